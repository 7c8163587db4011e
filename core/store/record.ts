import { createHash } from 'node:crypto';
import { setImmediate as immediate } from 'node:timers/promises';
import type { ItemRef, Part, Purchase } from '../job';
import { fromUsd, type Money } from '../pricing/money';
import type { PaidRows } from './claim';
import type { Driver, PartRow } from './driver';

/** From a purchase in memory to its rows, and back. */

const STEP = 2 ** 20;
/** In steps: 12 MB at once would hold the event loop for 30 ms, and WebCrypto copies them first. */
async function digest(bytes: Buffer): Promise<string> {
	const hash = createHash('sha256');
	for (let at = 0; at < bytes.length; at += STEP) {
		hash.update(bytes.subarray(at, at + STEP));
		if (at + STEP < bytes.length) await immediate();
	}
	return hash.digest('hex');
}

export const scopeOf = ({ workflowId, nodeId }: ItemRef): string =>
	JSON.stringify([workflowId, nodeId]);
export const itemOf = (item: ItemRef): string =>
	JSON.stringify([item.workflowId, item.nodeId, item.executionId, item.runIndex, item.itemIndex]);

/** @returns null when it is not known, or no amount of money */
export function moneyOf(usd: number | null | undefined): Money | null {
	const money = fromUsd(usd ?? NaN);
	return Number.isSafeInteger(money) && money >= 0 ? money : null;
}

export async function partRow(
	{ bytes, facts, texts }: Part,
	keepPrompts: boolean,
): Promise<PartRow> {
	const { format } = facts;
	return {
		sha256: bytes ? await digest(bytes) : null,
		size: bytes?.length ?? 0,
		format: typeof format === 'string' && /^[a-z0-9]{1,8}$/.test(format) ? format : 'bin',
		record: JSON.stringify({ facts, ...(keepPrompts && { texts }) }),
	};
}

/** @returns undefined when its bytes are damaged */
export async function purchaseOf(
	driver: Driver,
	{ row: { id, response, record }, parts: rows }: PaidRows,
	hasBytes: boolean,
): Promise<Purchase | undefined> {
	const parts: Part[] = [];
	for (const [n, { sha256, format, record: text }] of rows.entries()) {
		const part = JSON.parse(text) as Part;
		const bytes = hasBytes && sha256 !== null ? await driver.bytes({ id, n, format }) : undefined;
		if (hasBytes && sha256 !== null && (!bytes || (await digest(bytes)) !== sha256))
			return undefined;
		parts.push({ ...part, ...(bytes && sha256 !== null && { bytes, sha256 }) });
	}
	const kept = JSON.parse(record) as Pick<Purchase, 'usd' | 'attempts' | 'warnings'>;
	return { id, parts, ...(response !== null && { responseId: response }), ...kept, reused: true };
}
