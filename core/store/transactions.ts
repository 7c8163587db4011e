import { hasHad, isHeld, type ItemParts } from './choose';
import { beat, claim, partsOf, type PaidRows } from './claim';
import type { Slip, Tx } from './driver';
import { orderTransactions, resultKey } from './order-rows';
import { elect, pruneTransactions } from './prune';
import { IS_OPEN, type PurchaseRow } from './schema';
import { pause, send, type Limits } from './send';
import { allOf, deadOf, insert } from './sql';

/**
 * Everything that must happen at once: named, with plain data in and out, so that SQLite's thread
 * can run it whole. Each may be repeated with the same arguments.
 */

/**
 * Which turns are looked for: those of a session, of which a workflow is a part, or of a response, whose
 * ID somebody else may know: only with the key, or in the workflow, by which it was bought.
 */
export type History =
	{ readonly session: string } | Readonly<Record<'responseId' | 'account' | 'workflowId', string>>;

/** A turn, as an item finds it. */
export interface FoundRows extends PaidRows {
	/** Nobody got it, so the conversation does not go on from it for this item. */
	readonly isOwed: boolean;
}

/** Whether another execution has it, or an item that comes before this one in its own. */
function isEarlier(row: PurchaseRow, item: string): boolean {
	const [workflow, node, execution, run, index] = JSON.parse(item) as ItemParts;
	const [itsWorkflow, itsNode, itsExecution, itsRun, itsIndex] = JSON.parse(row.item) as ItemParts;
	const isSame = itsWorkflow === workflow && itsNode === node && itsExecution === execution;
	return !isSame || itsRun < run || (itsRun === run && itsIndex < index);
}

export interface KeepArguments {
	readonly slip: Slip;
	/** `kept`: for its item; `available`: found by its slip; `delivered`: could not be kept. */
	readonly state: 'kept' | 'available' | 'delivered';
}
export interface FailArguments {
	readonly id: string;
	/** `released`: nothing was sent, or nothing billed, and it may be tried again. */
	readonly outcome: 'released' | 'refused' | 'lost';
	readonly record: string;
	/** Null: counts as much as was reserved. */
	readonly spent: number | null;
}

const IS_LOST = "state IN ('sent', 'lost', 'refused')";

/** What was refused and may be billed counts on, and is told: one error is all that a stopped node says. */
async function endRefused(tx: Tx, where: string, ...params: readonly string[]): Promise<void> {
	const refused = `WHERE ${where} AND state = 'refused'`;
	await tx.all(`DELETE FROM purchase ${refused} AND COALESCE(spent, reserved, 0) = 0`, ...params);
	await tx.all(`UPDATE purchase SET state = 'lost' ${refused}`, ...params);
}

const transactions = {
	...pruneTransactions,
	...orderTransactions,
	beat: async (tx: Tx, _: null): Promise<void> => await beat(tx),
	claim,
	send,
	pause,

	/** @returns what has become of these purchases, and whether their workers are dead */
	async look(tx: Tx, ids: readonly string[]) {
		const sql = 'SELECT id, state, worker FROM purchase WHERE id IN $ids';
		const rows = await allOf<Pick<PurchaseRow, 'id' | 'state' | 'worker'>>(tx, sql, ids);
		const isDead = await deadOf(tx, rows);
		return rows.map((row) => ({ ...row, isDead: isDead(row) }));
	},

	async note(tx: Tx, { id, response }: Pick<PurchaseRow, 'id' | 'response'>): Promise<void> {
		const where = "id = $2 AND worker = $3 AND state IN ('claimed', 'sent')";
		await tx.all(`UPDATE purchase SET response = $1 WHERE ${where}`, response, id, tx.me.id);
	},

	/**
	 * Once, however often it is repeated: only a row that is not paid yet changes. With it go the lost
	 * calls that it tells of: one whose answer it has is no other call.
	 */
	async keep(tx: Tx, { slip: { parts, ...slip }, state }: KeepArguments): Promise<void> {
		const { id, response } = slip;
		const isLost = `teller = $1 AND ${IS_LOST}`;
		const lost = await tx.all<PurchaseRow>(`SELECT * FROM purchase WHERE ${isLost}`, id);
		const begun = lost.find((row) => row.response !== null && row.response === response);
		const isFound = state === 'available';
		const row = {
			...slip,
			...{ worker: isFound ? '' : tx.me.id, state, ended: isFound ? 1 : 0, changed_at: tx.now },
			account: slip.account ?? begun?.account ?? null,
			day: slip.day ?? begun?.day ?? null,
			reserved: slip.reserved ?? begun?.reserved ?? null,
		};
		const isOurs = `purchase.ended = 0 AND purchase.worker = excluded.worker AND purchase.state IN ('claimed', 'sent')`;
		const columns = 'account day reserved spent response changed_at keep_until record'.split(' ');
		const changed = await insert(
			tx,
			'purchase',
			row,
			`ON CONFLICT (id) DO UPDATE SET ${columns.map((name) => `${name} = excluded.${name}`).join(', ')},
			state = CASE WHEN excluded.state = 'delivered' OR (${isOurs}) THEN excluded.state ELSE 'available' END
			WHERE purchase.state IN ('waiting', 'claimed', 'sent', 'lost', 'told') RETURNING id`,
		);
		if (changed.length === 0) return;
		for (const [n, part] of parts.entries()) {
			const then = 'ON CONFLICT (purchase, n) DO NOTHING';
			await insert(tx, 'part', { purchase: id, n, ...part }, then);
		}
		if (lost.length === 0) return;
		await tx.all(`DELETE FROM purchase WHERE ${isLost} AND response = $2`, id, response);
		await tx.all(`UPDATE purchase SET state = 'told' WHERE ${isLost}`, id);
	},

	/**
	 * With the images goes the word of calls that were lost.
	 * @returns whether they are still in this worker's hands
	 */
	async tell(
		tx: Tx,
		{ id, record, lost }: { readonly id: string; readonly record: string; lost: readonly string[] },
	): Promise<boolean> {
		await beat(tx);
		const sql = `UPDATE purchase SET record = $1 WHERE id = $2 AND worker = $3 AND state = 'kept' RETURNING id`;
		const told = await tx.all(sql, record, id, tx.me.id);
		if (told.length === 0) return false;
		await allOf(tx, `UPDATE purchase SET state = 'told' WHERE ${IS_LOST} AND id IN $ids`, lost);
		return true;
	},

	async damaged(tx: Tx, id: string): Promise<void> {
		const set = "state = 'damaged', changed_at = $1";
		await tx.all(`UPDATE purchase SET ${set} WHERE id = $2`, tx.now, id);
	},

	/** A claim without an answer may have taken a place in line, the right to buy, or an image that is owed. */
	async leave(
		tx: Tx,
		{ item, held }: Pick<PurchaseRow, 'item'> & { readonly held: readonly string[] },
	): Promise<void> {
		const mine = 'item = $1 AND worker = $2 AND state';
		const open = `DELETE FROM purchase WHERE ${mine} IN ('waiting', 'claimed')`;
		await tx.all(open, item, tx.me.id);
		const select = `SELECT id FROM purchase WHERE ${mine} = 'kept'`;
		const kept = await tx.all<{ id: string }>(select, item, tx.me.id);
		const taken = kept.map(({ id }) => id).filter((id) => !held.includes(id));
		await allOf(tx, "UPDATE purchase SET state = 'available' WHERE id IN $ids", taken);
	},

	async fail(tx: Tx, { id, outcome, record, spent }: FailArguments): Promise<void> {
		const where = `id = $1 AND worker = $2 AND ${IS_OPEN}`;
		if (outcome === 'released')
			return void (await tx.all(`DELETE FROM purchase WHERE ${where}`, id, tx.me.id));
		const sql = `UPDATE purchase SET state = $3, spent = $4, record = $5, changed_at = $6 WHERE ${where}`;
		await tx.all(sql, id, tx.me.id, outcome, spent, record, tx.now);
		// The execution may have been settled first, while this could not be written.
		await endRefused(tx, 'id = $1 AND ended = 1', id);
	},

	/**
	 * @param delivered purchases that n8n has
	 * @param returned paid and not delivered: owed to the next execution
	 * @returns whether this worker has to prune now
	 */
	async settle(
		tx: Tx,
		args: Readonly<Record<'delivered' | 'returned', readonly string[]>> & { execution: string },
	): Promise<boolean> {
		const held = "worker = $3 AND state IN ('kept', 'available') AND id IN $ids";
		const set = `UPDATE purchase SET state = $1, changed_at = $2 WHERE ${held}`;
		await allOf(tx, set, args.delivered, 'delivered', tx.now, tx.me.id);
		await allOf(tx, set, args.returned, 'available', tx.now, tx.me.id);
		const where = 'WHERE execution = $1 AND worker = $2 AND state';
		for (const sql of [
			`UPDATE purchase SET ended = 1 ${where} IN ('claimed', 'sent')`,
			`DELETE FROM purchase ${where} = 'waiting'`,
		])
			await tx.all(sql, args.execution, tx.me.id);
		await endRefused(tx, 'execution = $1 AND worker = $2', args.execution, tx.me.id);
		return await elect(tx);
	},

	/** @returns what was paid, oldest first */
	async find(
		tx: Tx,
		{ of, item }: { readonly of: History; readonly item: string | null },
	): Promise<readonly FoundRows[]> {
		const inWorkflow = 'substr(scope, 1, length(CAST($3 AS text))) = $3';
		const [where, ...values] =
			'session' in of
				? ['session = $1', of.session]
				: [
						`response = $1 AND (account = $2 OR ${inWorkflow})`,
						...[of.responseId, of.account, `${JSON.stringify([of.workflowId]).slice(0, -1)},`],
					];
		const paid = "state IN ('kept', 'available', 'delivered', 'told')";
		const hasParts = 'EXISTS (SELECT 1 FROM part WHERE part.purchase = purchase.id)';
		const rows = await tx.all<PurchaseRow>(
			`SELECT * FROM purchase WHERE ${where} AND ${paid} AND ${hasParts} ORDER BY created_at DESC, id DESC LIMIT 32`,
			...values,
		);
		const isDead = await deadOf(tx, rows);
		// A turn that was ordered has its own place, and what was collected of it.
		const keys = rows.flatMap(({ response, account }) =>
			response === null ? [] : resultKey(account, response),
		);
		const select = `SELECT * FROM purchase WHERE key IN $ids AND ${paid} AND ${hasParts}`;
		const collected = await allOf<PurchaseRow>(tx, select, keys);
		const found: FoundRows[] = [];
		for (const row of rows.reverse()) {
			const isHidden = (one: string): boolean =>
				row.state !== 'available' && (isDead(row) ? hasHad(row, one) : isEarlier(row, one));
			const isOwed = item !== null && isHeld(row) && !isHidden(item);
			const answer =
				collected.find(({ key }) => key === resultKey(row.account, row.response ?? '')) ?? row;
			found.push({ row: answer, parts: await partsOf(tx, answer.id), isOwed });
		}
		return found;
	},
};

type Transactions = typeof transactions;
export type Name = keyof Transactions;
export type Arguments<N extends Name> = Parameters<Transactions[N]>[1];
export type Result<N extends Name> = Awaited<ReturnType<Transactions[N]>>;

/** Runs a transaction by its name, on a database that `tx` has begun to use. */
export async function transact<N extends Name>(
	tx: Tx,
	name: N,
	args: Arguments<N>,
): Promise<Result<N>> {
	const table: { [K in Name]: (tx: Tx, args: Arguments<K>) => Promise<Result<K>> } = transactions;
	return await table[name](tx, args);
}

/** The names of what a transaction needs for itself, in the order to lock them. */
export function locksOf<N extends Name>(name: N, args: Arguments<N>): readonly string[] {
	const of = Object(args) as Partial<PurchaseRow> & { readonly limits?: Limits };
	if (name === 'send' && of.limits) {
		const { account, perRun, perDay, imagesPerMinute } = of.limits;
		// Without a limit there is nothing to add up before it is sent.
		return [perRun, perDay, imagesPerMinute].some((limit) => limit !== undefined)
			? [`account ${account}`]
			: [];
	}
	if (name !== 'claim') return [];
	return [`key ${of.key}`, ...(typeof of.session === 'string' ? [`session ${of.session}`] : [])];
}
