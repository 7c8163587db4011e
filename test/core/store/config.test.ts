import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GptImageError } from '../../../core/errors';
import { readStoreConfig, type Environment } from '../../../core/store/config';

const HOME = '/home/node/.n8n/gpt-image';
const SECRET = 'brush-and-ink';

const read = (environment: Environment) => readStoreConfig(environment, HOME);

/** @returns the file's path */
function file(content: string): string {
	const name = path.join(mkdtempSync(path.join(tmpdir(), 'config-')), 'secret');
	writeFileSync(name, content);
	return name;
}

/** @returns all that a person can see of the refusal */
function refusal(environment: Environment): string {
	try {
		read(environment);
	} catch (error) {
		const { message, stack, code, advice } = error as GptImageError;
		expect(code).toBe('invalid_environment');
		return [message, advice, stack, JSON.stringify(error)].join('\n');
	}
	throw new Error('This environment was taken');
}

test.each([
	['nothing set', {}, HOME, 60_000],
	['set to nothing', { N8N_GPT_IMAGE_STORE: ' ', N8N_GPT_IMAGE_LEASE_SECONDS: '' }, HOME, 60_000],
	['a folder', { N8N_GPT_IMAGE_STORE: '/data/gpt-image' }, '/data/gpt-image', 60_000],
	['the shortest lease', { N8N_GPT_IMAGE_LEASE_SECONDS: '2' }, HOME, 2_000],
])('%s', (_, environment, folder, leaseMs) => {
	expect(read(environment)).toEqual({ kind: 'sqlite', folder, leaseMs });
});

test('a database of its own, also from a file', () => {
	const url = `postgres://studio:${SECRET}@db:5432/images?sslmode=verify-full`;
	const expected = {
		kind: 'postgres',
		folder: HOME,
		leaseMs: 60_000,
		connection: { connectionString: url },
	};
	expect(read({ N8N_GPT_IMAGE_STORE: url })).toEqual(expected);
	expect(read({ N8N_GPT_IMAGE_STORE_FILE: file(`${url}\n`) })).toEqual(expected);
	expect(read({ N8N_GPT_IMAGE_STORE: '', N8N_GPT_IMAGE_STORE_FILE: file(url) })).toEqual(expected);
});

test("n8n's own database: its defaults, its variables, its files", () => {
	const connectionOf = (environment: Environment) =>
		read({ N8N_GPT_IMAGE_STORE: 'n8n', DB_TYPE: 'postgresdb', ...environment });
	expect(connectionOf({})).toEqual({
		kind: 'postgres',
		folder: HOME,
		leaseMs: 60_000,
		connection: {
			host: 'localhost',
			port: 5432,
			database: 'n8n',
			user: 'postgres',
			password: '',
			ssl: false,
		},
	});
	expect(
		connectionOf({
			DB_TYPE: undefined,
			DB_TYPE_FILE: file('postgresdb'),
			DB_POSTGRESDB_HOST: 'db.internal',
			DB_POSTGRESDB_PORT_FILE: file('6432\n'),
			DB_POSTGRESDB_DATABASE: '"flows"',
			DB_POSTGRESDB_USER_FILE: file('flows'),
			DB_POSTGRESDB_PASSWORD_FILE: file(`${SECRET}\n`),
			DB_POSTGRESDB_SCHEMA: 'elsewhere',
			DB_POSTGRESDB_SSL_ENABLED: 'True',
		}),
	).toMatchObject({
		connection: {
			host: 'db.internal',
			port: 6432,
			database: 'flows',
			user: 'flows',
			password: SECRET,
			ssl: true,
		},
	});
});

test.each([
	[{ DB_POSTGRESDB_SSL_ENABLED: 'false' }, false],
	[{ DB_POSTGRESDB_SSL_ENABLED: '1', DB_POSTGRESDB_SSL_REJECT_UNAUTHORIZED: '' }, true],
	[{ DB_POSTGRESDB_SSL_REJECT_UNAUTHORIZED: '0' }, { rejectUnauthorized: false }],
	[
		{ DB_POSTGRESDB_SSL_CA_FILE: file('authority\n'), DB_POSTGRESDB_SSL_KEY: 'key' },
		{ ca: 'authority', key: 'key', rejectUnauthorized: true },
	],
])("n8n's TLS settings %j", (environment, ssl) => {
	const store = { N8N_GPT_IMAGE_STORE: 'n8n', DB_TYPE: 'postgresdb' };
	expect(read({ ...store, ...environment })).toMatchObject({ connection: { ssl } });
});

test.each([
	['a relative path', 'N8N_GPT_IMAGE_STORE', { N8N_GPT_IMAGE_STORE: `data/${SECRET}` }],
	[
		'a database of another kind',
		'N8N_GPT_IMAGE_STORE',
		{ N8N_GPT_IMAGE_STORE: `mysql://u:${SECRET}@db/x` },
	],
	[
		'a misspelt URL',
		'N8N_GPT_IMAGE_STORE',
		{ N8N_GPT_IMAGE_STORE: `postgress://u:${SECRET}@db/x` },
	],
	[
		'a password with a raw #',
		'percent-encoded',
		{ N8N_GPT_IMAGE_STORE: `postgres://u:a#${SECRET}@db/x` },
	],
	[
		'n8n on SQLite',
		'DB_TYPE',
		{ N8N_GPT_IMAGE_STORE: 'n8n', DB_TYPE: 'sqlite', DB_POSTGRESDB_PASSWORD: SECRET },
	],
	['n8n on its default', 'DB_TYPE', { N8N_GPT_IMAGE_STORE: 'n8n' }],
	[
		'a file that is not there',
		'N8N_GPT_IMAGE_STORE_FILE',
		{ N8N_GPT_IMAGE_STORE_FILE: '/nowhere/store' },
	],
	['an empty file', 'N8N_GPT_IMAGE_STORE_FILE', { N8N_GPT_IMAGE_STORE_FILE: file('\n') }],
	[
		"a file of n8n's that is not there",
		'DB_POSTGRESDB_PASSWORD_FILE',
		{ N8N_GPT_IMAGE_STORE: 'n8n', DB_TYPE: 'postgresdb', DB_POSTGRESDB_PASSWORD_FILE: '/nowhere' },
	],
	[
		'a lease that is too short',
		'N8N_GPT_IMAGE_LEASE_SECONDS',
		{ N8N_GPT_IMAGE_LEASE_SECONDS: '1.9' },
	],
	['a lease in words', 'N8N_GPT_IMAGE_LEASE_SECONDS', { N8N_GPT_IMAGE_LEASE_SECONDS: 'a minute' }],
])('%s is refused, by the name of the variable and without a secret', (_, name, environment) => {
	const text = refusal(environment);
	expect(text).toContain(name);
	expect(text).not.toContain(SECRET);
});
