import { choose, isBefore, isHeld, type Choice, type Reuse } from './choose';
import type { PartRow, Tx } from './driver';
import { HOUR, IS_OPEN, type PurchaseRow } from './schema';
import { allOf, deadOf, insert } from './sql';

/** The transaction that decides who buys. */

/** What somebody wants. */
export interface Wanted extends Pick<
	PurchaseRow,
	'key' | 'scope' | 'item' | 'execution' | 'session'
> {
	readonly reuse: Reuse;
}
/** A paid purchase as its rows have it. */
export interface PaidRows {
	readonly row: PurchaseRow;
	readonly parts: readonly PartRow[];
}
/**
 * `lost`: calls whose answer was lost, to be told with it. `isCopy`: it is not held by whoever asked.
 * `id`: of the place in line.
 */
export type ClaimResult =
	| ({ kind: 'paid'; isCopy: boolean; lost: readonly PurchaseRow[] } & PaidRows)
	/** `left`: what the dead claimed to receive, and may have kept. */
	| { kind: 'yours'; row: PurchaseRow; lost: readonly PurchaseRow[]; left: readonly string[] }
	| { kind: 'refused'; row: PurchaseRow }
	| { kind: 'later'; id: string; behind: readonly string[] };

const LEAST_HOURS = 24;

export const partsOf = async (tx: Tx, id: string): Promise<readonly PartRow[]> =>
	await tx.all('SELECT sha256, size, format, record FROM part WHERE purchase = $1 ORDER BY n', id);

export async function beat(tx: Tx): Promise<void> {
	const then = 'ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at';
	await insert(tx, 'worker', { ...tx.me, seen_at: tx.now }, then);
}

/** The slip decides: on a disk too full to say so in its row, a purchase is delivered without it. */
async function checkSlip(tx: Tx, row: PurchaseRow): Promise<PurchaseRow> {
	if (!isHeld(row) || (await tx.isOwed(row.id))) return row;
	await tx.all("UPDATE purchase SET state = 'delivered' WHERE id = $1", row.id);
	return { ...row, state: 'delivered' };
}

/**
 * @param id of the purchase, if it is one to be bought
 * @param beat whether to show that this worker lives
 */
export async function claim(
	tx: Tx,
	{ id, beat: isDue, reuse, ...wanted }: Wanted & { readonly id: string; readonly beat: boolean },
): Promise<ClaimResult> {
	const { key, session, item } = wanted;
	const worker = tx.me.id;
	if (isDue) await beat(tx);
	const select = 'SELECT * FROM purchase WHERE';
	const order = 'ORDER BY created_at, id';
	const rows: PurchaseRow[] = [];
	for (const row of await tx.all<PurchaseRow>(`${select} key = $1 ${order}`, key))
		rows.push(await checkSlip(tx, row));
	const inLine = `${select} session = $1 AND ${IS_OPEN} ${order}`;
	const line = session === null ? [] : await tx.all<PurchaseRow>(inLine, session);
	const isDead = await deadOf(tx, [...rows, ...line]);
	const isMine = (row: PurchaseRow): boolean => row.item === item && row.worker === worker;
	const place = (session === null ? rows : line).find(
		(row) => row.state === 'waiting' && isMine(row) && row.session === session,
	);
	// A commit whose answer did not arrive is repeated.
	const again = rows.find((row) => row.id === id && row.state === 'claimed');
	const choice: Choice = again
		? { kind: 'buy', lost: rows.filter(({ teller }) => teller === id) }
		: choose(rows, { ...wanted, worker, reuse, place }, tx.now, isDead);
	const { lost } = choice;
	if (choice.kind !== 'later' && choice.kind !== 'buy') {
		const { row } = choice;
		if (place) await tx.all('DELETE FROM purchase WHERE id = $1', place.id);
		if (choice.kind === 'refused') return { kind: 'refused', row };
		const isCopy = choice.kind === 'copy';
		const hold = `UPDATE purchase SET state = 'kept', ended = 0, item = $1, worker = $2, changed_at = $3 WHERE id = $4`;
		if (!isCopy) await tx.all(hold, item, worker, tx.now, row.id);
		// The lost calls are told by `tell`, in one step with the record that says so.
		return { kind: 'paid', isCopy, row, parts: await partsOf(tx, row.id), lost };
	}

	const ahead = line.filter(
		(row) => row.id !== place?.id && !isDead(row) && (!place || isBefore(row, place)),
	);
	// The first claim of a turn only takes a place: its key may depend on the turns before.
	const isEarly = session !== null && !again && (!place || ahead.length > 0);
	const before = choice.kind === 'later' ? [choice.row] : isEarly ? ahead : undefined;
	const mine = place ?? again;
	// Later than all that asked before, also in the same millisecond or when the clock was set back.
	const newest = `${select} session = $1 ORDER BY created_at DESC LIMIT 1`;
	const [turn] = session === null ? [] : await tx.all<PurchaseRow>(newest, session);
	const last = Math.max(rows.at(-1)?.created_at ?? 0, turn?.created_at ?? 0);
	const { hours: reused = 0, account = null } = reuse.kind === 'always' ? reuse : {};
	const hours = Math.max(LEAST_HOURS, reused);
	const values = {
		...{ ...wanted, account, worker, images: 0, ended: 0, record: '{}' },
		...{ id: mine?.id ?? id, state: before ? 'waiting' : 'claimed' },
		...{ changed_at: tx.now, keep_until: tx.now + hours * HOUR },
		created_at: mine?.created_at ?? Math.max(tx.now, last + 1),
	};
	const set = 'state = excluded.state, key = excluded.key, changed_at = excluded.changed_at';
	const then = `ON CONFLICT (id) DO UPDATE SET ${set} RETURNING *`;
	const [row] = await insert<PurchaseRow>(tx, 'purchase', values, then);
	if (before || !row)
		return { kind: 'later', id: values.id, behind: before?.map((one) => one.id) ?? [] };
	const ids = lost.map((call) => call.id);
	await allOf(tx, 'UPDATE purchase SET teller = $1 WHERE id IN $ids', ids, row.id);
	const left = rows.filter((one) => one.state === 'claimed' && isDead(one)).map((one) => one.id);
	if (reuse.kind === 'once') return { kind: 'yours', row, lost, left };
	// One who was only asleep must not send what is bought by another now.
	await allOf(tx, 'DELETE FROM purchase WHERE id IN $ids', left);
	return { kind: 'yours', row, lost, left: [] };
}
