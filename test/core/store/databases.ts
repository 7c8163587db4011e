import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PostgresDriver } from '../../../core/store/postgres';
import type { KeepArguments } from '../../../core/store/transactions';
import { connectTo, type PostgresConnection } from '../../services/postgres';

const at = async () => undefined;
const open: PostgresDriver[] = [];

/** For every test's end. */
export async function closeDrivers(): Promise<void> {
	await Promise.all(open.splice(0).map(async (driver) => await driver.close()));
}

export const newFolder = () => mkdtempSync(path.join(tmpdir(), 'outbox-'));

/** As in production. */
export const PATIENT = { patienceMs: 18_000, connectMs: 3_000, statementMs: 8_000 };
const IMPATIENT = { patienceMs: 3_000, connectMs: 1_000, statementMs: 2_000 };

export function driverOf(
	connection: PostgresConnection,
	outbox = newFolder(),
	patience = IMPATIENT,
): PostgresDriver {
	const driver = new PostgresDriver({
		connection: { ...connection, ssl: false },
		leaseMs: 60_000,
		outbox,
		at,
		...patience,
	});
	open.push(driver);
	return driver;
}

export async function asOwner(owner: PostgresConnection, ...statements: string[]): Promise<void> {
	const client = await connectTo(owner);
	for (const sql of statements) await client.query(sql);
	await client.end();
}

export async function rowsOf<Row>(owner: PostgresConnection, sql: string): Promise<Row[]> {
	const client = await connectTo(owner);
	const { rows } = await client.query(sql);
	await client.end();
	return rows as Row[];
}

const slipOf = (id: string, parts: number) => ({
	...{ id, key: 'key', scope: '["w","n"]', item: '[]', execution: '1', session: null },
	...{ account: 'account', day: 1, images: 1, reserved: 5, spent: 3, response: null },
	...{ worker: 'w', state: 'sent', ended: 0, teller: null, changed_at: 2 },
	...{ created_at: 1, sent_at: 2, keep_until: 0, record: '{"text":"ünï \\u0000"}' },
	parts: Array.from({ length: parts }, () => ({
		sha256: 'x',
		size: 1,
		format: 'png',
		record: '{}',
	})),
});

export const keepOf = (id: string, parts: number): KeepArguments => ({
	slip: slipOf(id, parts),
	...{ state: 'kept' },
});

export const claimOf = (key: string, id: string) => ({
	...{ id, key, scope: '["w","n"]', execution: '1', session: null, beat: true },
	item: JSON.stringify(['w', 'n', '1', 0, 0]),
	reuse: { kind: 'undelivered' as const },
});
