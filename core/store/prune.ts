import type { Driver, FileRef, Tx } from './driver';
import { IS_OF_ORDER, resultKeyOf } from './order-rows';
import { DAY, HOUR } from './schema';
import { allOf } from './sql';

/** What is deleted when (docs/privacy.md); never what counts in the current day. */

const BATCH = 200;
const MOST_BYTES = 2 ** 30;

export interface Prunable {
	/** Their bytes go, and with them all but what they cost and, in a session, what was said. */
	readonly old: readonly string[];
	readonly gone: readonly string[];
	readonly files: readonly FileRef[];
}

/** @returns whether this worker is the one that prunes this hour */
export async function elect(tx: Tx): Promise<boolean> {
	const due = 'pruned_at < $2 OR pruned_at > $1 RETURNING one';
	const sql = `UPDATE meta SET pruned_at = $1 WHERE ${due}`;
	return (await tx.all(sql, tx.now, tx.now - HOUR)).length > 0;
}

/** A newer turn of that session, or what was collected of it, has an image. Not asked of the lines of orders, which are many. */
const hasNewer = (session: string, created: string): string =>
	`EXISTS (SELECT 1 FROM purchase next JOIN purchase has ON has.id = next.id OR has.key = ${resultKeyOf('next', 'response')}
		JOIN part ON part.purchase = has.id WHERE part.sha256 IS NOT NULL AND next.session = ${session} AND next.created_at > ${created})`;

/** What came of the last turn of a session that was ordered: the conversation goes on from it. */
const LAST_COLLECTED = `SELECT ${resultKeyOf('turn', 'response')} FROM purchase turn
	WHERE turn.session IS NOT NULL AND turn.response IS NOT NULL AND NOT ${hasNewer('turn.session', 'turn.created_at')}`;

export const pruneTransactions = {
	async prunable(tx: Tx, _: null): Promise<Prunable> {
		const day = tx.now - DAY;
		await tx.all('DELETE FROM worker WHERE seen_at < $1', day);
		const gone = await tx.all<{ id: string }>(
			`SELECT id FROM purchase WHERE (day IS NULL OR day < $1) AND (changed_at < $2 OR (changed_at < $3
			AND (state IN ('waiting', 'claimed', 'damaged', 'refused') OR (state = 'told' AND session IS NULL AND NOT ${IS_OF_ORDER})))) LIMIT ${BATCH}`,
			Math.floor(tx.now / DAY),
			tx.now - 30 * DAY,
			day,
		);
		const old = await tx.all<{ id: string }>(
			`SELECT id FROM (SELECT id, key, session, created_at, changed_at, keep_until, bytes, SUM(bytes) OVER (ORDER BY changed_at DESC, id) AS running
				FROM (SELECT p.*, (SELECT COALESCE(SUM(size), 0) FROM part WHERE purchase = p.id) AS bytes
					FROM purchase p WHERE state = 'delivered') AS sized) AS aged
			WHERE ((changed_at < $1 AND keep_until < $2) OR running > ${MOST_BYTES})
			AND (session IS NULL OR (bytes > 0 AND ${hasNewer('aged.session', 'aged.created_at')}))
			AND key NOT IN (${LAST_COLLECTED}) LIMIT ${BATCH}`,
			day,
			tx.now,
		);
		const ids = { old: old.map(({ id }) => id), gone: gone.map(({ id }) => id) };
		const select = `SELECT purchase AS id, n, format FROM part WHERE sha256 IS NOT NULL AND purchase IN $ids`;
		return { ...ids, files: await allOf<FileRef>(tx, select, [...ids.gone, ...ids.old]) };
	},

	/** The rows follow their files. One that was taken meanwhile has changed, and stays. */
	async pruned(tx: Tx, { old, gone }: Prunable): Promise<void> {
		const delivered = "UPDATE purchase SET state = 'told' WHERE state = 'delivered' AND id IN $ids";
		await allOf(tx, delivered, old);
		await allOf(tx, 'UPDATE part SET sha256 = NULL, size = 0 WHERE purchase IN $ids', old);
		const aged = 'DELETE FROM purchase WHERE changed_at < $1 AND id IN $ids';
		await allOf(tx, aged, gone, tx.now - DAY);
		const needed = "id = part.purchase AND (session IS NOT NULL OR state <> 'told')";
		const parts = `DELETE FROM part WHERE purchase IN $ids AND NOT EXISTS (SELECT 1 FROM purchase WHERE ${needed})`;
		await allOf(tx, parts, [...old, ...gone]);
	},
};

export async function prune(driver: Driver): Promise<void> {
	for (;;) {
		const prunable = await driver.run('prunable', null);
		if (prunable.old.length + prunable.gone.length === 0) break;
		await driver.remove(prunable.files, prunable.gone);
		await driver.run('pruned', prunable);
	}
	await driver.sweep();
}
