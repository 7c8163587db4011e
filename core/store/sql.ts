import type { Tx, Value, WorkerRow } from './driver';
import type { PurchaseRow } from './schema';

/** Statements that several transactions share. */

/** @param then what follows: ON CONFLICT..., RETURNING... */
export async function insert<T extends object>(
	tx: Tx,
	table: string,
	row: Readonly<Record<string, Value>>,
	then: string,
): Promise<readonly T[]> {
	const columns = Object.keys(row);
	const places = columns.map((_, n) => `$${n + 1}`).join(', ');
	const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places}) ${then}`;
	return await tx.all(sql, ...Object.values(row));
}

/** SQLite takes 32,766 parameters, PostgreSQL 65,535. */
const MOST_IDS = 4096;

/**
 * @param sql in which `$ids` becomes a list; with many it is run several times
 * @param more for `$1`, `$2`...
 */
export async function allOf<T extends object>(
	tx: Tx,
	sql: string,
	ids: readonly string[],
	...more: readonly Value[]
): Promise<readonly T[]> {
	if (ids.length === 0) return [];
	if (ids.length > MOST_IDS) {
		const first = await allOf<T>(tx, sql, ids.slice(0, MOST_IDS), ...more);
		return [...first, ...(await allOf<T>(tx, sql, ids.slice(MOST_IDS), ...more))];
	}
	// Rounded up to a power of two by repeating the last, so that few statements have to be prepared.
	const length = 2 ** Math.ceil(Math.log2(ids.length));
	const values = Array.from({ length }, (_, n) => ids[Math.min(n, ids.length - 1)] ?? '');
	const places = values.map((_, n) => `$${n + 1 + more.length}`).join(', ');
	return await tx.all<T>(sql.replace('$ids', `(${places})`), ...more, ...values);
}

type OfWorker = Pick<PurchaseRow, 'worker'>;

/** @returns whether the worker of one of these rows is dead */
export async function deadOf(
	tx: Tx,
	rows: readonly OfWorker[],
): Promise<(row: OfWorker) => boolean> {
	const names = [...new Set(rows.map(({ worker }) => worker))].filter((id) => id !== tx.me.id);
	const workers = await allOf<WorkerRow>(tx, 'SELECT * FROM worker WHERE id IN $ids', names);
	const isDead = (name: string): boolean => tx.isDead(workers.find(({ id }) => id === name));
	const dead = new Set(names.filter(isDead));
	return ({ worker }) => dead.has(worker);
}
