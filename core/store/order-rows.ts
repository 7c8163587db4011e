import type { Facts } from '../job';
import type { OrderState } from '../job-orders';
import { beat } from './claim';
import type { FileRef, PartRow, Tx } from './driver';
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
	readonly requests: OrderState['requests'];
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

interface PlaceArguments {
	/** The order's own. */
	readonly row: PurchaseRow;
	readonly lines: readonly string[];
	/** What is kept of the line of a turn, as JSON: nobody finds an order without it. */
	readonly part: string | null;
}

/** Of an order, and of what came of its lines: without them, what was collected would be given again. */
export const IS_OF_ORDER = "(key LIKE 'order %' OR key LIKE 'collected %')";
/** IDs of the service are secrets of its account: another one, which may have a service of its own, gets nothing by them. */
export const resultKey = (account: string | null, name: string): string =>
	`collected ${account ?? ''} ${name}`;
/** The same in SQL. @param name column of the row that names it */
export const resultKeyOf = (row: string, name: string): string =>
	`'collected ' || COALESCE(${row}.account, '') || ' ' || ${row}.${name}`;
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
	async placeOrder(tx: Tx, { row, lines, part }: PlaceArguments): Promise<void> {
		// The row is there already where bytes came with it.
		const set = 'state worker response record'.split(' ');
		const then = set.map((name) => `${name} = excluded.${name}`).join(', ');
		const placed = { ...row, created_at: tx.now, changed_at: tx.now };
		await insert(tx, 'purchase', placed, `ON CONFLICT (id) DO UPDATE SET ${then}`);
		const own = 'UPDATE purchase SET session = COALESCE(session, $1) WHERE id IN $ids';
		await allOf(tx, own, lines, row.id);
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

	/** @returns the open orders of an account, or those of all others, oldest first */
	async findOrders(
		tx: Tx,
		{ account, isOwn }: { readonly account: string; readonly isOwn: boolean },
	): Promise<readonly Order[]> {
		const where = `state = 'ordered' AND account ${isOwn ? '=' : '<>'} $1`;
		const sql = `SELECT * FROM purchase WHERE ${where} ORDER BY created_at, id`;
		return (await tx.all<PurchaseRow>(sql, account)).map(recordOf);
	},

	/** @returns the order, if it is held by this token now: for so long, or until its worker dies */
	async holdOrder(
		tx: Tx,
		{
			id,
			account,
			token,
			ms,
		}: Readonly<Record<'id' | 'account' | 'token', string>> & { ms: number },
	): Promise<Order | undefined> {
		const where = "id = $1 AND account = $2 AND state = 'ordered'";
		const sql = `SELECT * FROM purchase WHERE ${where}`;
		const [row] = await tx.all<PurchaseRow>(sql, id, account);
		if (!row) return undefined;
		const isDead = await deadOf(tx, [row]);
		if (row.item !== token && row.keep_until > tx.now && !isDead(row)) return undefined;
		await beat(tx);
		const set = 'UPDATE purchase SET worker = $3, item = $4, keep_until = $5';
		const isAsRead = `${where} AND item = $6 AND keep_until = $7 RETURNING *`;
		const held = [id, account, tx.me.id, token, tx.now + ms, row.item, row.keep_until];
		return (await tx.all<PurchaseRow>(`${set} WHERE ${isAsRead}`, ...held)).map(recordOf)[0];
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
			`SELECT p.id AS id, r.state AS state FROM purchase p LEFT JOIN purchase r ON r.key = ${resultKeyOf('p', 'id')}
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

	async filesOfOrder(tx: Tx, order: string): Promise<readonly FileRef[]> {
		return await tx.all('SELECT purchase AS id, n, format FROM part WHERE purchase = $1', order);
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
