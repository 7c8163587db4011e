/** Where the store lies is the owner's decision: it comes from the environment and from nowhere else. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ClientConfig } from 'pg';
import type { GptImageError } from '../errors';
import { refusal } from './trouble';

export type Environment = Readonly<Record<string, string | undefined>>;

export type StoreConfig = {
	/** Absolute path: all of an embedded store, or this machine's part of a shared one. */
	readonly folder: string;
	/** How long a process that shows no sign of life still counts as living. */
	readonly leaseMs: number;
} & (
	{ readonly kind: 'sqlite' } | { readonly kind: 'postgres'; readonly connection: ClientConfig }
);

const STORE = 'N8N_GPT_IMAGE_STORE';
const LEASE = 'N8N_GPT_IMAGE_LEASE_SECONDS';
const DEFAULT_LEASE_SECONDS = 60;
const SHORTEST_LEASE_SECONDS = 2;

/**
 * @param defaultFolder absolute path of this package's folder on this machine
 * @throws GptImageError `invalid_environment`, naming the variable and never its value, which may hold
 * a password
 */
export function readStoreConfig(environment: Environment, defaultFolder: string): StoreConfig {
	const leaseMs = readLease(environment);
	const store = readStore(environment);
	if (store === '') return { kind: 'sqlite', folder: defaultFolder, leaseMs };
	if (path.isAbsolute(store)) return { kind: 'sqlite', folder: store, leaseMs };
	const connection = store === 'n8n' ? n8nConnection(environment) : urlConnection(store);
	return { kind: 'postgres', folder: defaultFolder, leaseMs, connection };
}

function readStore(environment: Environment): string {
	const store = environment[STORE]?.trim() ?? '';
	const file = environment[`${STORE}_FILE`];
	if (store !== '' || !file) return store;
	const content = readFile(`${STORE}_FILE`, file);
	if (content !== '') return content;
	throw refused(`${STORE}_FILE names an empty file`, `Enter the location of the store in ${file}.`);
}

function readLease(environment: Environment): number {
	const text = environment[LEASE]?.trim();
	const seconds = text ? Number(text) : DEFAULT_LEASE_SECONDS;
	if (Number.isFinite(seconds) && seconds >= SHORTEST_LEASE_SECONDS) return seconds * 1000;
	throw refused(
		`${LEASE} must be a number of seconds, ${SHORTEST_LEASE_SECONDS} or more`,
		`Correct ${LEASE}, or remove it for ${DEFAULT_LEASE_SECONDS} seconds.`,
	);
}

function urlConnection(url: string): ClientConfig {
	if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { connectionString: url };
	throw refused(
		`${STORE} is neither an absolute path nor "n8n" nor a valid postgres:// URL`,
		`Set ${STORE} to a folder's absolute path, to n8n for the PostgreSQL that n8n itself uses, or to postgres://user:password@host:5432/database with special characters percent-encoded.`,
	);
}

/** As n8n 2.41 reads it: @n8n/config (database.config, decorators) and @n8n/db (db-connection-options). */
function n8nConnection(environment: Environment): ClientConfig {
	if (n8nValue(environment, 'DB_TYPE') !== 'postgresdb') {
		throw refused(
			`${STORE} is n8n, but n8n itself does not use PostgreSQL: DB_TYPE is not postgresdb`,
			`Set ${STORE} to postgres://user:password@host:5432/database, or remove it.`,
		);
	}
	const value = (name: string) => n8nValue(environment, `DB_POSTGRESDB_${name}`);
	const [ca, cert, key] = [value('SSL_CA'), value('SSL_CERT'), value('SSL_KEY')];
	const rejectUnauthorized = booleanOf(value('SSL_REJECT_UNAUTHORIZED')) ?? true;
	return {
		host: value('HOST') ?? 'localhost',
		port: Number(value('PORT')) || 5432,
		database: value('DATABASE') ?? 'n8n',
		user: value('USER') ?? 'postgres',
		password: value('PASSWORD') ?? '',
		ssl:
			ca || cert || key || !rejectUnauthorized
				? { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), rejectUnauthorized }
				: (booleanOf(value('SSL_ENABLED')) ?? false),
	};
}

function n8nValue(environment: Environment, name: string): string | undefined {
	const file = environment[`${name}_FILE`];
	const text = environment[name] ?? (file ? readFile(`${name}_FILE`, file) : undefined);
	return text?.trim().replace(/^(['"])(.*)\1$/, '$2');
}

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false };

const booleanOf = (text: string | undefined): boolean | undefined =>
	BOOLEANS[text?.toLowerCase() ?? ''];

function readFile(variable: string, file: string): string {
	try {
		return readFileSync(file, 'utf8').trim();
	} catch (error) {
		const { code } = error as NodeJS.ErrnoException;
		throw refused(
			`The file ${file}, which ${variable} names, cannot be read (${code})`,
			`Correct ${variable}, or allow the user who runs n8n to read the file.`,
		);
	}
}

const refused = (message: string, advice: string): GptImageError =>
	refusal('invalid_environment', message, advice);
