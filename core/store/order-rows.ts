import type { Facts } from '../job';
import { beat } from './claim';
import type { PartRow, Tx } from './driver';
import type { PurchaseRow } from './schema';
import { allOf, deadOf, insert } from './sql';

/**
 * Orders: what was ordered for later, from its placing until all of it is collected. An order is a row
 * of the purchases in state `ordered`; its lines are purchases of their own, whose `session` it is.
 * What comes of a line is one more purchase, whose key names the line.
 */

export interface OrderRecord {
	readonly kind: 'batch' | 'turn';
	/** As the service calls it; `waiting`: not submitted yet. */
	readonly status: string;
	/** The path that its lines are for, e.g. `/v1/images/edits`. */
	readonly endpoint: string;
	/** The file with its lines, which can be submitted more than once. */
	readonly inputFile?: string;
	/** Files at the service that are ours and needed only until it is collected. */
	readonly files: readonly string[];
	readonly requests: {
		readonly total: number;
		readonly completed: number;
		readonly failed: number;
	};
	/** Milliseconds since 1970; null where this store does not know. */
	readonly orderedAt: number | null;
	readonly expiresAt: number | null;
	/** The only line of a turn, which has the session of its conversation. */
	readonly line?: string;
	/** It was sent, and no answer came: it may be there all the same. */
	readonly isUnsure?: boolean;
	/** Why none of it ran, as `errorToJson` gives it. */
	readonly error?: unknown;
}

export interface Order extends OrderRecord {
	/** Ours; also in the service's metadata. */
	readonly id: string;
	/** The service's ID; null while it waits. */
	readonly remote: string | null;
	readonly workflowId: string;
	/** Digest of the key and the Base URL with which it was placed. */
	readonly account: string;
}

export interface Line {
	/** The purchase's ID, and the line's `custom_id`. */
	readonly id: string;
	/** `read`: its outcome is kept; `delivered`: n8n has it. */
	readonly state: 'open' | 'read' | 'delivered';
}

export type OfOrder = Pick<Order, 'id' | 'line' | 'remote'>;

/** Bytes that an order needs when it is collected, by `n`. */
export type OrderFile = Pick<PartRow, 'sha256' | 'size' | 'format'>;

interface PlaceArguments {
	readonly id: string;
	readonly scope: string;
	readonly execution: string;
	readonly account: string;
	readonly remote: string | null;
	readonly record: string;
	readonly lines: readonly string[];
	readonly files: readonly OrderFile[];
	/** What is kept of the line of a turn, as JSON: nobody finds an order without it. */
	readonly part: string | null;
}

/** IDs of the service are secrets of its account: another one, which may have a service of its own, gets nothing by them. */
export const resultKey = (account: string | null, name: string): string =>
	`collected ${account ?? ''} ${name}`;
/** @returns what names the outcome of a line; of a turn, which may be placed twice, its response */
export const outcomeOf = ({ line, remote }: Pick<Order, 'line' | 'remote'>, id: string): string =>
	line === undefined ? id : (remote ?? id);
const recordOf = (row: PurchaseRow): Order => {
	const [workflowId = ''] = JSON.parse(row.scope) as [string, string];
	const record = JSON.parse(row.record) as OrderRecord;
	return { ...record, id: row.id, remote: row.response, workflowId, account: row.account ?? '' };
};

/** @param result the state of its outcome */
function lineState(result: string | null): Line['state'] {
	if (result === null) return 'open';
	return result === 'kept' || result === 'available' ? 'read' : 'delivered';
}

const factsOf = ([part]: readonly PartRow[]): Facts | undefined =>
	part && (JSON.parse(part.record) as { facts: Facts }).facts;

const LINES = 'SELECT id FROM purchase WHERE session = $1';

export const orderTransactions = {
	async placeOrder(
		tx: Tx,
		{ lines, files, part, remote, ...order }: PlaceArguments,
	): Promise<void> {
		const row = {
			...order,
			...{ key: `order ${order.id}`, item: '', worker: '', state: 'ordered', ended: 1, images: 0 },
			...{ response: remote, created_at: tx.now, changed_at: tx.now, keep_until: 0 },
		};
		// PostgreSQL has the row already where bytes came with it.
		const set = 'key state worker response record keep_until'.split(' ');
		const then = set.map((name) => `${name} = excluded.${name}`).join(', ');
		await insert(tx, 'purchase', row, `ON CONFLICT (id) DO UPDATE SET ${then}`);
		for (const [n, file] of files.entries()) {
			const one = { purchase: order.id, n, ...file, record: '{}' };
			await insert(tx, 'part', one, 'ON CONFLICT (purchase, n) DO NOTHING');
		}
		const own = 'UPDATE purchase SET session = COALESCE(session, $1) WHERE id IN $ids';
		await allOf(tx, own, lines, order.id);
		for (const purchase of part === null ? [] : lines) {
			const one = { purchase, n: 0, sha256: null, size: 0, format: 'bin', record: part };
			await insert(tx, 'part', one, 'ON CONFLICT (purchase, n) DO NOTHING');
		}
	},

	async changeOrder(
		tx: Tx,
		args: { readonly id: string; readonly remote: string | null; readonly record: string },
	): Promise<void> {
		const set = 'UPDATE purchase SET response = $1, record = $2';
		await tx.all(`${set} WHERE id = $3 AND state = 'ordered'`, args.remote, args.record, args.id);
	},

	async findOrders(
		tx: Tx,
		{ account, id }: { readonly account: string; readonly id: string | null },
	): Promise<readonly Order[]> {
		const where = `state = 'ordered' AND account = $1${id === null ? '' : ' AND id = $2'}`;
		const rows = await tx.all<PurchaseRow>(
			`SELECT * FROM purchase WHERE ${where} ORDER BY created_at, id`,
			account,
			...(id === null ? [] : [id]),
		);
		return rows.map(recordOf);
	},

	/** @returns those of a workflow that are open with other keys */
	async otherOrders(
		tx: Tx,
		{ account, workflowId }: { readonly account: string; readonly workflowId: string },
	): Promise<readonly Order[]> {
		const rows = await tx.all<PurchaseRow>(
			"SELECT * FROM purchase WHERE state = 'ordered' AND account <> $1 ORDER BY created_at, id",
			account,
		);
		return rows.map(recordOf).filter((order) => order.workflowId === workflowId);
	},

	/** @returns whether it is held by this token now: for so long, or until its worker dies */
	async holdOrder(
		tx: Tx,
		{ id, token, ms }: { readonly id: string; readonly token: string; readonly ms: number },
	): Promise<boolean> {
		const where = "id = $1 AND state = 'ordered'";
		const [row] = await tx.all<PurchaseRow>(`SELECT * FROM purchase WHERE ${where}`, id);
		if (!row) return false;
		const isDead = await deadOf(tx, [row]);
		if (row.item !== token && row.keep_until > tx.now && !isDead(row)) return false;
		await beat(tx);
		const set = 'UPDATE purchase SET worker = $2, item = $3, keep_until = $4';
		const isAsRead = `${where} AND item = $5 AND keep_until = $6 RETURNING id`;
		const held = [id, tx.me.id, token, tx.now + ms, row.item, row.keep_until];
		return (await tx.all(`${set} WHERE ${isAsRead}`, ...held)).length > 0;
	},

	async linesOf(tx: Tx, { id, line, remote }: OfOrder): Promise<readonly Line[]> {
		const is = "state IN ('kept', 'available', 'delivered', 'told')";
		if (line !== undefined) {
			// Two processes may have asked for one response, of which one died: it is one line all the same.
			const of = 'SELECT account FROM purchase WHERE id = $1';
			const [row] = await tx.all<Pick<PurchaseRow, 'account'>>(of, line);
			const key = resultKey(row?.account ?? null, outcomeOf({ line, remote }, line));
			const sql = `SELECT state FROM purchase WHERE key = $1 AND ${is}`;
			const [result] = await tx.all<{ state: string }>(sql, key);
			return [{ id: line, state: lineState(result?.state ?? null) }];
		}
		const rows = await tx.all<{ id: string; state: string | null }>(
			`SELECT p.id AS id, r.state AS state FROM purchase p LEFT JOIN purchase r ON r.key = 'collected ' || COALESCE(p.account, '') || ' ' || p.id
			AND r.${is} WHERE p.session = $1 ORDER BY p.created_at, p.id`,
			id,
		);
		return rows.map((row) => ({ id: row.id, state: lineState(row.state) }));
	},

	/** @returns what is kept of a line of an account; undefined for one that is not known */
	async lineOf(
		tx: Tx,
		{ line, account }: { readonly line: string; readonly account: string },
	): Promise<Facts | undefined> {
		const owned = 'SELECT 1 FROM purchase WHERE id = part.purchase AND account = $2';
		const select = `SELECT * FROM part WHERE purchase = $1 AND n = 0 AND EXISTS (${owned})`;
		return factsOf(await tx.all<PartRow>(select, line, account));
	},

	/** Whether all lines of an order are kept, or still may be. */
	async placing(tx: Tx, order: string): Promise<'placed' | 'underWay' | 'broken'> {
		const rows = await tx.all<PurchaseRow>(
			"SELECT * FROM purchase WHERE session = $1 AND state NOT IN ('kept', 'available', 'delivered')",
			order,
		);
		const isDead = await deadOf(tx, rows);
		if (rows.length === 0) return 'placed';
		return rows.some((row) => row.state === 'sent' && !isDead(row)) ? 'underWay' : 'broken';
	},

	/** Whether all of an order was collected before. */
	async wasCollected(
		tx: Tx,
		{ account, remote }: { readonly account: string; readonly remote: string },
	): Promise<boolean> {
		const where = "response = $1 AND account = $2 AND state = 'told' AND key = 'order ' || id";
		return (await tx.all(`SELECT id FROM purchase WHERE ${where}`, remote, account)).length > 0;
	},

	/** What a line has cost, on the day on which it was ordered. */
	async billLine(
		tx: Tx,
		{ id, spent }: { readonly id: string; readonly spent: number },
	): Promise<void> {
		await tx.all('UPDATE purchase SET spent = $1 WHERE id = $2', spent, id);
	},

	async filesOfOrder(tx: Tx, order: string): Promise<readonly PartRow[]> {
		return await tx.all('SELECT * FROM part WHERE purchase = $1 ORDER BY n', order);
	},

	/**
	 * All of it is delivered: what its lines were is forgotten, but for which order it was, and what a
	 * conversation needs to go on from a turn.
	 */
	async closeOrder(tx: Tx, { id: order, line }: OfOrder): Promise<void> {
		const select = 'SELECT * FROM part WHERE purchase = $1 AND n = 0';
		const { turn } = factsOf(await tx.all<PartRow>(select, line ?? '')) ?? {};
		const record = JSON.stringify({ facts: { order, turn } });
		const text = `purchase = $3 OR purchase IN (${LINES})`;
		await tx.all(`UPDATE part SET record = $2 WHERE ${text}`, order, record, line ?? null);
		await tx.all('DELETE FROM part WHERE purchase = $1', order);
		await tx.all(
			"UPDATE purchase SET state = 'told', changed_at = $2 WHERE id = $1",
			order,
			tx.now,
		);
	},

	/** Nothing of it was submitted, and nothing will be. */
	async dropOrder(tx: Tx, order: string): Promise<void> {
		for (const sql of [
			`DELETE FROM part WHERE purchase = $1 OR purchase IN (${LINES})`,
			'DELETE FROM purchase WHERE session = $1 OR id = $1',
		])
			await tx.all(sql, order);
	},
};
