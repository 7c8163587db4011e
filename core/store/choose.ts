import { HOUR, type PurchaseRow } from './schema';

/** Pure: which of a key's purchases answers a claim. */

/** Which paid images may answer: those owed to this node; also copies of others'; or none. */
export type Reuse =
	| { readonly kind: 'undelivered' | 'never' }
	| {
			readonly kind: 'always';
			readonly hours: number;
			/** Whose images may be copied; undefined = anybody's. */
			readonly account?: string;
	  }
	/** Whoever comes first gets it, of whatever scope; there are no copies (`refused`). */
	| { readonly kind: 'once'; readonly keepPrompts: boolean };

/** How long an image that a dead worker held counts as not delivered: n8n may have saved it. */
const HELD_MS = 24 * HOUR;

/** Take or copy what is paid, wait for it (`later`), or buy; `lost`: calls that are told with it. */
export type Choice = { readonly lost: readonly PurchaseRow[] } & (
	| { readonly kind: 'take' | 'copy' | 'refused' | 'later'; readonly row: PurchaseRow }
	| { readonly kind: 'buy' }
);

/** Who asks. */
export interface Asking extends Pick<PurchaseRow, 'scope' | 'item' | 'worker'> {
	readonly reuse: Reuse;
	/** Its place in line; undefined = it has none yet. */
	readonly place: PurchaseRow | undefined;
}

/** Whether `a` asked before `b`. */
export const isBefore = (a: PurchaseRow, b: PurchaseRow): boolean =>
	a.created_at < b.created_at || (a.created_at === b.created_at && a.id < b.id);

export const isHeld = ({ state }: PurchaseRow): boolean =>
	state === 'kept' || state === 'available';

/** See `itemOf`. */
export type ItemParts = [string, string, string, number, number];

/**
 * Whether this item's execution had the row before it came to this node: it waited while n8n restarted,
 * and goes on in another process. One that is run again from its start asks with the same items.
 */
export function hasHad({ item: held }: Pick<PurchaseRow, 'item'>, item: string): boolean {
	const [workflow, node, execution, run] = JSON.parse(item) as ItemParts;
	const [itsWorkflow, itsNode, itsExecution, itsRun] = JSON.parse(held) as ItemParts;
	const isSame = itsWorkflow === workflow && itsExecution === execution;
	return isSame && (itsNode !== node || itsRun < run);
}

/**
 * @param rows of one key, oldest first
 * @param now milliseconds since 1970, by the database's clock
 * @param isDead whether the worker of a row lives no more
 */
export function choose(
	rows: readonly PurchaseRow[],
	{ scope, item, worker, reuse, place }: Asking,
	now: number,
	isDead: (row: PurchaseRow) => boolean,
): Choice {
	const own = rows.filter((row) => row.item === item);
	const refused = own.find(({ state }) => state === 'refused');
	if (refused) return { kind: 'refused', row: refused, lost: [] };

	const isPaid = (row: PurchaseRow): boolean => isHeld(row) || row.state === 'delivered';
	const isBuying = ({ state }: PurchaseRow): boolean => state === 'claimed' || state === 'sent';
	const tellers = rows.filter((row) => isPaid(row) || (isBuying(row) && !isDead(row)));
	const isBilled = ({ state, reserved, spent }: PurchaseRow): boolean =>
		state === 'sent' || (state === 'refused' && (spent ?? reserved ?? 0) > 0);
	const lost = rows.filter(
		(row) =>
			row.scope === scope &&
			(row.state === 'lost' || (isBilled(row) && isDead(row))) &&
			!tellers.some(({ id }) => id === row.teller),
	);
	const isOwed = (row: PurchaseRow): boolean =>
		row.state === 'available' ||
		(row.state === 'kept' && isDead(row) && now - row.changed_at < HELD_MS && !hasHad(row, item));
	const paid =
		own.find((row) => isHeld(row) || (row.state === 'delivered' && row.worker === worker)) ??
		(reuse.kind === 'never'
			? undefined
			: rows.find((row) => (row.scope === scope || reuse.kind === 'once') && isOwed(row)));
	if (paid && isHeld(paid)) return { kind: 'take', row: paid, lost };
	if (paid) return { kind: 'copy', row: paid, lost: [] };
	const isOfAccount = ({ account }: PurchaseRow): boolean =>
		reuse.kind === 'always' && (reuse.account === undefined || account === reuse.account);
	if (reuse.kind === 'always') {
		const oldest = now - reuse.hours * HOUR;
		const copy = rows.findLast((row) => isOfAccount(row) && isPaid(row) && row.created_at > oldest);
		if (copy) return { kind: 'copy', row: copy, lost: [] };
	}
	const gone =
		reuse.kind === 'once' ? rows.find((row) => isPaid(row) || row.state === 'told') : undefined;
	if (gone) return { kind: 'refused', row: gone, lost: [] };
	const isAhead = (row: PurchaseRow): boolean =>
		isBuying(row) || (row.state === 'waiting' && (!place || isBefore(row, place)));
	const other = rows.find(
		(row) =>
			row.id !== place?.id &&
			isAhead(row) &&
			!isDead(row) &&
			(row.item === item ||
				// Whoever copies nothing names its key only when it sends.
				(reuse.kind === 'always' && (row.account === null || isOfAccount(row))) ||
				reuse.kind === 'once' ||
				(row.scope === scope && row.ended === 1 && reuse.kind === 'undelivered')),
	);
	return other ? { kind: 'later', row: other, lost: [] } : { kind: 'buy', lost };
}
