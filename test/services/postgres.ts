import { chown, globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { run } from '../host/command';
import { freePorts } from '../host/ports';
import type { Service } from '../host/service';
import { ensurePackages } from './apt';
import { isRoot } from './root';
import { startDaemon } from './service';

export interface PostgresConnection {
	host: string;
	port: number;
	database: string;
	user: string;
	password: string;
}

export interface Postgres {
	connection: PostgresConnection;
	service: Service;
	connect: () => Promise<Client>;
	/** Ends the server as `pg_ctl stop -m immediate` does: no goodbye, and recovery at the next start. */
	crash: () => Promise<void>;
	/** Stops the server and deletes its data. */
	close: () => Promise<void>;
}

/** @throws where PostgreSQL is not installed and cannot be: no Debian, no root, no packages */
export async function ensurePostgres(): Promise<void> {
	if (newestProgram('postgres') === undefined) await ensurePackages('postgresql');
}

/** Starts a PostgreSQL server with one user and one empty database. */
export async function startPostgres(): Promise<Postgres> {
	await ensurePostgres();
	const [port = 0] = await freePorts(1);
	const connection: PostgresConnection = {
		host: '127.0.0.1',
		port,
		database: 'studio',
		user: 'studio',
		password: 'brush and ink',
	};
	const folder = await initialize(connection);
	const connect = async () => await connectTo(connection);
	const service = await startDaemon({
		name: 'postgres',
		...asServer(program('postgres'), [
			...['-D', join(folder, 'data'), '-p', String(port), '-h', '127.0.0.1', '-k', ''],
			// A killed server loses nothing by it: what it wrote is in the system's memory. Only a power
			// cut would.
			...['-c', 'fsync=off', '-c', 'max_connections=200'],
		]),
		folder,
		// SIGTERM would wait until the last client has gone.
		stopSignal: 'SIGINT',
		isReady: async () => await canConnect(connection),
	});
	const client = await connectTo({ ...connection, database: 'postgres' });
	await client.query(`CREATE DATABASE ${connection.database}`);
	await client.end();
	return {
		connection,
		service,
		connect,
		crash: async () => await service.stop('SIGQUIT'),
		close: async () => {
			await service.stop();
			await rm(folder, { recursive: true, force: true });
		},
	};
}

/**
 * Makes an empty database cluster. It lies in the system's temporary folder, because the server may
 * not run as root, and another user might not be allowed to look into the checkout.
 */
async function initialize({ user, password }: PostgresConnection): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'gpt-image-postgres-'));
	const passwordFile = join(folder, 'password');
	await writeFile(passwordFile, password, { mode: 0o644 });
	if (isRoot()) {
		const [uid = 0, gid = 0] = await Promise.all(
			['-u', '-g'].map(async (flag) => Number(await run('id', [flag, SERVER_USER], { cwd: '/' }))),
		);
		await promisify(chown)(folder, uid, gid);
	}
	const { command, args } = asServer(program('initdb'), [
		...['-D', join(folder, 'data'), '-U', user, '--auth=scram-sha-256', '--pwfile', passwordFile],
		...['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
	]);
	await run(command, args, { cwd: folder });
	return folder;
}

/** The user that Debian's package makes. */
const SERVER_USER = 'postgres';

function asServer(command: string, args: string[]): { command: string; args: string[] } {
	if (!isRoot()) return { command, args };
	const identity = [`--reuid=${SERVER_USER}`, `--regid=${SERVER_USER}`, '--clear-groups'];
	return { command: 'setpriv', args: [...identity, command, ...args] };
}

function program(name: string): string {
	const found = newestProgram(name);
	if (found === undefined) throw new Error(`PostgreSQL's ${name} is not in /usr/lib/postgresql`);
	return found;
}

/** The newest installed version's; Debian keeps them out of PATH. */
function newestProgram(name: string): string | undefined {
	const version = (path: string) => Number(basename(join(path, '../..')));
	const found = globSync(`/usr/lib/postgresql/*/bin/${name}`);
	return found.sort((a, b) => version(b) - version(a))[0];
}

async function canConnect(connection: PostgresConnection): Promise<boolean> {
	try {
		const client = await connectTo({ ...connection, database: 'postgres' });
		await client.end();
		return true;
	} catch {
		return false;
	}
}

/** One session, by the driver that the store uses too. */
export async function connectTo(connection: PostgresConnection): Promise<Client> {
	const client = new Client(connection);
	// A server that ends under a session is what some tests are about.
	client.on('error', () => undefined);
	await client.connect();
	return client;
}
