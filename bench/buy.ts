import { randomUUID } from 'node:crypto';
import type { Store } from '../core/store/store';

/** The store's side of a paid image: claim, send, keep. */

const call = {
	estimate: { usd: { min: 0.01, max: 0.01 } },
	weight: { images: 1, inputImages: 0 },
};

export async function buy(
	store: Store,
	executionId: string,
	itemIndex: number,
	bytes: Buffer,
): Promise<void> {
	const item = { workflowId: 'w', nodeId: 'n', executionId, itemIndex, runIndex: 0 };
	const claim = await store.claim(randomUUID(), item, { kind: 'undelivered' }, undefined);
	if (claim.kind !== 'yours') throw new Error(claim.kind);
	await store.send(claim.id, call, { account: 'bench', keepPrompts: true });
	const parts = [{ bytes, facts: { format: 'png' } }];
	const { warnings } = await store.keep(claim.id, { parts, usd: 0.01, warnings: [] });
	if (warnings.length > 0) throw new Error(warnings.map(({ message }) => message).join());
}
