import type { Money } from '../pricing/money';
import type { Tx } from './driver';
import { DAY, type PurchaseRow } from './schema';
import { insert } from './sql';

/** The transaction that lets a call be sent: pause, pace, limits and mark in one step. */

export interface Limits {
	/** A digest that names the key; no secret. */
	readonly account: string;
	/** For all that one node buys in one execution. */
	readonly perRun?: Money;
	/** For all that share the account and the store, from midnight UTC. */
	readonly perDay?: Money;
	readonly imagesPerMinute?: number;
	/** false: `Part.texts` is not kept. */
	readonly keepPrompts: boolean;
}
interface SendArguments {
	readonly id: string;
	readonly images: number;
	/** Null = not known; then no limit may be set. */
	readonly reserved: Money | null;
	readonly limits: Limits;
}
type Sums = Readonly<Record<'spent' | 'reserved', Money>>;
/** `gone`: somebody else has the purchase, so claim again. */
export type NotSent =
	| { readonly kind: 'gone' }
	| { readonly kind: 'wait'; readonly ms: number }
	| ({ readonly kind: 'over'; readonly limit: 'perRun' | 'perDay' } & Sums);

const MINUTE = 60_000;
/** How often a call looks again whose limit is taken by calls of its own run that may get cheaper. */
const LIMIT_POLL_MS = 250;

/** As a floating-point number: exact up to 900,000 USD, and absurd costs beyond cannot overflow it. */
async function sumOf(tx: Tx, where: string, ...values: Array<string | number>): Promise<Sums> {
	const sum = (units: string): string => `COALESCE(SUM(CAST(${units} AS double precision)), 0)`;
	const reserved = sum('CASE WHEN spent IS NULL THEN reserved END');
	const sql = `SELECT ${sum('spent')} AS spent, ${reserved} AS reserved FROM purchase WHERE ${where}`;
	return (await tx.all<Sums>(sql, ...values))[0] ?? { spent: 0, reserved: 0 };
}

async function checkLimits(
	tx: Tx,
	{ execution, scope }: PurchaseRow,
	{ reserved, limits }: SendArguments,
): Promise<NotSent | undefined> {
	const day = [limits.account, Math.floor(tx.now / DAY)] as const;
	const run = 'execution = $1 AND scope = $2 AND reserved IS NOT NULL';
	const table = [
		['perRun', run, [execution, scope]],
		['perDay', 'account = $1 AND day = $2', day],
	] as const;
	for (const [limit, where, values] of table) {
		const most = limits[limit];
		if (most === undefined) continue;
		const sums = await sumOf(tx, where, ...values);
		const over = sums.spent + sums.reserved + (reserved ?? 0) - most;
		if (over <= 0) continue;
		// Lines of a batch (no images of a minute) get no cheaper while their order waits for all of them.
		const underWay = `${run} AND state = 'sent' AND images > 0 AND worker = $3 AND account = $4 AND day = $5`;
		const own = await sumOf(tx, underWay, execution, scope, tx.me.id, ...day);
		return own.reserved > 0 && own.reserved >= over
			? { kind: 'wait', ms: LIMIT_POLL_MS }
			: { kind: 'over', limit, ...sums };
	}
	return undefined;
}

/** @returns milliseconds to wait; 0 or less = none */
async function paceOf(
	tx: Tx,
	images: number,
	{ account, imagesPerMinute }: Limits,
): Promise<number> {
	const [pause] = await tx.all<{ paused_until: number }>(
		'SELECT paused_until FROM account WHERE id = $1',
		account,
	);
	let wait = (pause?.paused_until ?? 0) - tx.now;
	if (imagesPerMinute === undefined) return wait;
	const sent = await tx.all<Readonly<Record<'images' | 'sent_at', number>>>(
		'SELECT images, sent_at FROM purchase WHERE account = $1 AND sent_at > $2 AND sent_at <= $3 ORDER BY sent_at',
		account,
		tx.now - MINUTE,
		tx.now,
	);
	let used = sent.reduce((sum, row) => sum + row.images, 0);
	for (const row of sent) {
		if (used + images <= imagesPerMinute) break;
		used -= row.images;
		wait = Math.max(wait, row.sent_at + MINUTE - tx.now);
	}
	return wait;
}

export async function send(
	tx: Tx,
	args: SendArguments,
): Promise<NotSent | { readonly kind: 'sent'; readonly row: PurchaseRow }> {
	const { id, images, reserved, limits } = args;
	const mine = "id = $1 AND worker = $2 AND state IN ('claimed', 'sent')";
	const [row] = await tx.all<PurchaseRow>(`SELECT * FROM purchase WHERE ${mine}`, id, tx.me.id);
	if (!row) return { kind: 'gone' };
	if (row.state === 'sent') return { kind: 'sent', row };
	const ms = await paceOf(tx, images, limits);
	if (ms > 0) return { kind: 'wait', ms };
	const refused = await checkLimits(tx, row, args);
	if (refused) return refused;
	const [sent = row] = await tx.all<PurchaseRow>(
		`UPDATE purchase SET state = 'sent', account = $2, day = $3, images = $4, reserved = $5, sent_at = $6, changed_at = $6
		WHERE id = $1 RETURNING *`,
		id,
		limits.account,
		Math.floor(tx.now / DAY),
		images,
		reserved,
		tx.now,
	);
	return { kind: 'sent', row: sent };
}

export async function pause(
	tx: Tx,
	{ account, ms }: { readonly account: string; readonly ms: number },
): Promise<void> {
	const then = `ON CONFLICT (id) DO UPDATE SET paused_until = excluded.paused_until WHERE account.paused_until < excluded.paused_until`;
	await insert(tx, 'account', { id: account, paused_until: tx.now + ms }, then);
}
