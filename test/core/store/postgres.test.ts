import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { chown, mkdtemp, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { GptImageError } from '../../../core/errors';
import { connectTo, startPostgres, type PostgresConnection } from '../../services/postgres';
import { hasPostgres, newDatabase } from '../../services/shared-postgres';
import { startTcpProxy } from '../../services/tcp-proxy';
import { mayMount, SmallDisk } from '../../faults/disk';
import {
	asOwner,
	claimOf,
	closeDrivers,
	driverOf,
	newFolder,
	PATIENT,
	rowsOf,
	keepOf,
} from './databases';

afterEach(closeDrivers);

async function failure(work: Promise<unknown>): Promise<GptImageError> {
	const error: unknown = await work.then(
		() => undefined,
		(thrown: unknown) => thrown,
	);
	expect(error).toBeInstanceOf(Error);
	return error as GptImageError;
}

/** Jest itself compares a megabyte for seconds. */
const sha256 = (bytes: Buffer | undefined) =>
	bytes && createHash('sha256').update(bytes).digest('hex');

const everythingIn = ({ message, stack, ...rest }: GptImageError): string =>
	[message, rest.advice, stack, JSON.stringify(rest)].join('\n');

/** A role of its own that may do nothing yet, in a new database. */
async function newRole(
	...grants: string[]
): Promise<{ owner: PostgresConnection; role: PostgresConnection }> {
	const owner = await newDatabase();
	const role = { ...owner, user: `role_${randomBytes(4).toString('hex')}`, password: 'ink' };
	const sql = grants.map((grant) => grant.replace('$role', role.user));
	await asOwner(owner, `CREATE ROLE ${role.user} LOGIN PASSWORD 'ink'`, ...sql);
	return { owner, role };
}

async function dataFolder(owner: PostgresConnection): Promise<string> {
	const [row] = await rowsOf<{ data_directory: string }>(owner, 'SHOW data_directory');
	return row?.data_directory ?? '';
}

if (hasPostgres()) {
	test('bytes of every size come back as they were, whatever the server calls its output', async () => {
		const connection = await newDatabase();
		await asOwner(connection, `ALTER DATABASE ${connection.database} SET bytea_output TO 'escape'`);
		const driver = driverOf(connection);
		const sizes = [1, 2 ** 20, 2 ** 20 + 1, 3 * 2 ** 20 + 7];
		const bytes = sizes.map((size) => randomBytes(size));
		const id = randomUUID();
		await driver.put(keepOf(id, 5), [...bytes, undefined]);
		await driver.put(keepOf(id, 5), [...bytes, undefined]);
		for (const [n, one] of bytes.entries()) {
			if (one.length > 0)
				expect(sha256(await driver.bytes({ id, n, format: 'png' }))).toBe(sha256(one));
		}
		expect(await driver.bytes({ id, n: 4, format: 'png' })).toBeUndefined();
		await driver.remove([{ id, n: 3, format: 'png' }], []);
		expect(await driver.bytes({ id, n: 3, format: 'png' })).toBeUndefined();
		expect(sha256(await driver.bytes({ id, n: 2, format: 'png' }))).toBe(sha256(bytes[2]));
		await driver.run('keep', keepOf(id, 5));
		expect(await rowsOf(connection, 'SELECT id, state FROM gpt_image.purchase')).toEqual([
			{ id, state: 'kept' },
		]);
	});

	test('a claim of an execution that was stopped meanwhile takes nothing', async () => {
		const connection = await newDatabase();
		const driver = driverOf(connection);
		const id = randomUUID();
		await driver.run('keep', { ...keepOf(id, 1), state: 'available' });
		const [row] = await rowsOf<{ key: string }>(connection, 'SELECT key FROM gpt_image.purchase');
		const other = await connectTo(connection);
		await other.query('BEGIN; LOCK gpt_image.purchase');
		const stopping = new AbortController();
		const claim = claimOf(row?.key ?? '', randomUUID());
		const claiming = driverOf(connection)
			.run('claim', claim, stopping.signal)
			.catch((error: unknown) => error);
		const waits =
			"SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'gpt_image.purchase'::regclass";
		while ((await other.query(waits)).rows.length === 0);
		stopping.abort();
		await other.query('COMMIT');
		await other.end();
		expect(await claiming).toMatchObject({ name: 'AbortError' });
		const states = await rowsOf(connection, 'SELECT id, state FROM gpt_image.purchase');
		expect(states).toEqual([{ id, state: 'available' }]);
		expect(await driver.run('claim', claim)).toMatchObject({ kind: 'paid', row: { id } });
	});

	test('a wrong password is told at once and shown nowhere', async () => {
		const connection = await newDatabase();
		const error = await failure(
			driverOf({ ...connection, password: 'brush and wink' }).run('beat', null),
		);
		expect(error.code).toBe('store_unavailable');
		expect(error.message).toMatch(/password authentication failed for user "studio"/);
		expect(error.advice).toMatch(/N8N_GPT_IMAGE_STORE/);
		expect(everythingIn(error)).not.toMatch(/wink/);
	});

	test('a database that is not there', async () => {
		const connection = await newDatabase();
		const error = await failure(driverOf({ ...connection, database: 'nowhere' }).run('beat', null));
		expect(error.message).toMatch(/database "nowhere" does not exist/);
	});

	test('a role without CREATE is told the three lines that help, and they do', async () => {
		const { owner, role } = await newRole();
		const driver = driverOf(role);
		const error = await failure(driver.run('beat', null));
		const lines = error.advice.split('\n').filter((line) => line.endsWith(';'));
		expect(lines).toHaveLength(3);
		await asOwner(owner, ...lines);
		await driver.run('beat', null);
	});

	test('a schema that another role has filled', async () => {
		const { owner, role } = await newRole();
		await driverOf(owner).run('beat', null);
		const driver = driverOf(role);
		const error = await failure(driver.run('beat', null));
		await asOwner(owner, ...error.advice.split('\n').slice(1));
		await driver.run('beat', null);
	});

	test('a schema that is there needs no right to create one', async () => {
		const { role } = await newRole('CREATE SCHEMA gpt_image AUTHORIZATION $role');
		await driverOf(role).run('beat', null);
	});

	test('a database that may only be read', async () => {
		const connection = await newDatabase();
		await driverOf(connection).run('beat', null);
		await asOwner(
			connection,
			`ALTER DATABASE ${connection.database} SET default_transaction_read_only TO on`,
		);
		const error = await failure(driverOf(connection).run('beat', null));
		expect(error.message).toMatch(/read-only transaction/);
		expect(error.advice).toMatch(/primary/);
	});

	test('a store of a newer version is left alone', async () => {
		const connection = await newDatabase();
		const driver = driverOf(connection);
		await driver.run('beat', null);
		await asOwner(connection, 'UPDATE gpt_image.meta SET version = 9');
		await driverOf(connection).run('beat', null);
		await asOwner(connection, 'UPDATE gpt_image.meta SET readable_from = 8');
		const error = await failure(driverOf(connection).run('beat', null));
		expect(error.code).toBe('store_newer');
	});

	test('what is decided is decided after the lock, also where the owner wants repeatable reads', async () => {
		const connection = await newDatabase();
		await asOwner(
			connection,
			`ALTER DATABASE ${connection.database} SET default_transaction_isolation TO 'repeatable read'`,
		);
		const drivers = Array.from({ length: 4 }, () => driverOf(connection));
		for (let round = 0; round < 10; round++) {
			const claims = await Promise.all(
				drivers.map(
					async (driver) =>
						await driver.run('claim', {
							...claimOf(`key ${round}`, randomUUID()),
							reuse: { kind: 'always', hours: 24 },
						}),
				),
			);
			expect(claims.map(({ kind }) => kind).sort()).toEqual(['later', 'later', 'later', 'yours']);
		}
	});

	test('tables that somebody deletes are made again', async () => {
		const connection = await newDatabase();
		const driver = driverOf(connection);
		await driver.run('beat', null);
		const { generation } = driver;
		await asOwner(connection, 'DROP SCHEMA gpt_image CASCADE');
		await driver.run('beat', null);
		expect(driver.generation).not.toBe(generation);
	});

	test('a commit whose answer is lost is the same claim again', async () => {
		const connection = await newDatabase();
		const proxy = await startTcpProxy(connection.port);
		const driver = driverOf({ ...connection, port: proxy.port });
		await driver.run('beat', null);
		proxy.weather = 'deafAfterCommit';
		const claiming = driver.run('claim', claimOf('key', 'the-first'));
		while ((await rowsOf(connection, 'SELECT id FROM gpt_image.purchase')).length === 0);
		proxy.weather = 'pass';
		expect(await claiming).toMatchObject({ kind: 'yours', row: { id: 'the-first' } });
		expect(await rowsOf(connection, 'SELECT id, state FROM gpt_image.purchase')).toEqual([
			{ id: 'the-first', state: 'claimed' },
		]);
		await proxy.close();
	});

	test.each(['cut', 'blackHole'] as const)(
		'%s: nobody claims, what is paid for lies here',
		async (weather) => {
			const connection = await newDatabase();
			const proxy = await startTcpProxy(connection.port);
			const outbox = newFolder();
			const driver = driverOf({ ...connection, port: proxy.port }, outbox);
			const [id, later] = [randomUUID(), randomUUID()];
			const bytes = [randomBytes(2 ** 20 + 1), undefined, randomBytes(5)];
			await driver.run('claim', claimOf('key', id));
			proxy.weather = weather;
			expect(await failure(driver.run('claim', claimOf('other', later)))).toMatchObject({
				code: 'store_unavailable',
				billed: 'no',
			});
			const keep = keepOf(id, 3);
			await driver.put(keep, bytes);
			await failure(driver.run('keep', keep));
			expect(await driver.slips()).toEqual([id]);
			expect(readdirSync(path.join(outbox, 'images', id.slice(0, 2)))).toHaveLength(2);
			expect(
				(await driver.bytes({ id, n: 2, format: 'png' }))?.equals(bytes[2] ?? Buffer.of()),
			).toBe(true);

			proxy.weather = 'pass';
			await driver.run('keep', keep);
			expect(await driver.slips()).toEqual([]);
			expect(readdirSync(path.join(outbox, 'images', id.slice(0, 2)))).toEqual([]);
			const elsewhere = driverOf(connection);
			for (const [n, one] of bytes.entries())
				expect(sha256(await elsewhere.bytes({ id, n, format: 'png' }))).toBe(sha256(one));
			expect(await rowsOf(connection, 'SELECT id, state FROM gpt_image.purchase')).toEqual([
				{ id, state: 'kept' },
			]);
			await proxy.close();
		},
	);

	test('a database that crashes loses no claim that it has taken', async () => {
		const postgres = await startPostgres();
		const lanes = Array.from({ length: 4 }, () =>
			driverOf(postgres.connection, newFolder(), PATIENT),
		);
		const ids = Array.from({ length: 200 }, () => randomUUID());
		const claimed = Promise.all(
			lanes.map(async (lane, n) => {
				for (const id of ids.filter((_, k) => k % lanes.length === n))
					expect(await lane.run('claim', claimOf(`key ${id}`, id))).toMatchObject({
						kind: 'yours',
						row: { id },
					});
			}),
		);
		for (let crash = 0; crash < 2; crash++) {
			await postgres.crash();
			await postgres.service.start();
		}
		await claimed;
		const rows = await rowsOf<{ id: string }>(
			postgres.connection,
			'SELECT id FROM gpt_image.purchase',
		);
		expect(rows.map(({ id }) => id).sort()).toEqual(ids.sort());
		await closeDrivers();

		// The same server as a replica: it replays a log, and takes nothing else.
		const data = await dataFolder(postgres.connection);
		await postgres.service.stop();
		await writeFile(path.join(data, 'standby.signal'), '', { mode: 0o666 });
		await postgres.service.start();
		const error = await failure(driverOf(postgres.connection).run('claim', claimOf('k', 'id')));
		expect(error).toMatchObject({ code: 'store_unavailable', billed: 'no' });
		expect(error.advice).toMatch(/primary/);
		await closeDrivers();
		await postgres.close();
	});

	if (mayMount())
		test('a full database: nobody claims, what is paid for lies here', async () => {
			const folder = await mkdtemp(path.join(tmpdir(), 'full-database-'));
			const disk = SmallDisk.mountAt(folder);
			const connection = await newDatabase();
			const { uid, gid } = await stat(await dataFolder(connection));
			await chown(folder, uid, gid);
			const space = connection.database;
			await asOwner(
				{ ...connection, database: 'postgres' },
				`CREATE TABLESPACE ${space} LOCATION '${folder}'`,
				`ALTER DATABASE ${space} SET TABLESPACE ${space}`,
			);
			const driver = driverOf(connection);
			await driver.run('beat', null);
			const id = randomUUID();
			await driver.run('claim', claimOf('key', id));
			disk.fillUpTo(0);
			const claiming = async (): Promise<void> => {
				for (;;) await driver.run('claim', claimOf(randomUUID(), randomUUID()));
			};
			const error = await failure(claiming());
			expect(error).toMatchObject({ code: 'store_unavailable', billed: 'no' });
			expect(error.advice).toBe("Free space on the database server's disk.");
			await driver.put(keepOf(id, 1), [randomBytes(2 ** 21)]);
			expect(await driver.slips()).toEqual([id]);
			disk.empty();
			await driver.run('keep', keepOf(id, 1));
			expect(await driver.slips()).toEqual([]);
			await closeDrivers();
			await asOwner(
				{ ...connection, database: 'postgres' },
				`DROP DATABASE ${space}`,
				`DROP TABLESPACE ${space}`,
			);
			disk.unmount();
		});
}
