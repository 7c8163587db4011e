import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connectTo, ensurePostgres, startPostgres } from './postgres';
import type { Postgres, PostgresConnection } from './postgres';

/** Where test files ask for the server; unset where there is no PostgreSQL. */
const ADDRESS = 'TEST_POSTGRES_ADDRESS';

let started: Promise<Postgres> | undefined;
let server: Server | undefined;
let missing: string | undefined;

/**
 * For Jest's global setup: one PostgreSQL for all test files of a run, started when the first of them
 * asks, so that a run without any does not pay for it.
 * @param required whether a machine that cannot have PostgreSQL is an error, or has fewer tests
 */
export async function offerPostgres(required: boolean): Promise<void> {
	try {
		await ensurePostgres();
	} catch (error) {
		if (required) throw error;
		missing = error instanceof Error ? error.message : String(error);
		return;
	}
	server = createServer((_, response) => {
		started ??= startPostgres();
		started.then(
			({ connection }) => response.end(JSON.stringify(connection)),
			(error: unknown) => response.writeHead(500).end(String(error)),
		);
	});
	await once(server.listen(0, '127.0.0.1'), 'listening');
	process.env[ADDRESS] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** For Jest's global teardown. */
export async function endPostgres(): Promise<void> {
	server?.close();
	server?.closeAllConnections();
	const postgres = await started?.catch(() => undefined);
	await postgres?.close();
	if (missing === undefined) return;
	console.warn(`\nLEFT OUT: the tests on PostgreSQL, which cannot be installed here:\n${missing}`);
}

/** Whether this run has PostgreSQL, for tests that are declared only then. */
export const hasPostgres = (): boolean => process.env[ADDRESS] !== undefined;

/** @returns a new, empty database of the server that all test files share */
export async function newDatabase(): Promise<PostgresConnection> {
	const answer = await fetch(process.env[ADDRESS] ?? '');
	const text = await answer.text();
	if (!answer.ok) throw new Error(text);
	const connection = JSON.parse(text) as PostgresConnection;
	const database = `test_${randomUUID().replaceAll('-', '')}`;
	const client = await connectTo(connection);
	await client.query(`CREATE DATABASE ${database}`);
	await client.end();
	return { ...connection, database };
}
