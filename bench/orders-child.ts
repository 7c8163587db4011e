import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { useBinaryMode } from '../test/workflows/engine';
import { answer, forgetPeak, peakMegabytes, used, type Used } from './measure';
import { collectOurs, loadOurNode, orderOurs, runOurs, type Batch } from './nodes';

/** Images that are bought now, or ordered as one batch and collected, in a process of its own. */

export interface OrdersTask extends Batch {
	readonly way: 'now' | 'order';
}

export interface OrdersResult {
	/** Of all, ordering included. */
	readonly cpuMs: number;
	/** Without what the service took for its images. */
	readonly wallMs: number;
	/** While they were bought or collected. */
	readonly peakMb: number;
	readonly baseMb: number;
}

const sum = (a: Used, b: Used): Used => ({
	cpuMs: a.cpuMs + b.cpuMs,
	wallMs: a.wallMs + b.wallMs,
});

answer<OrdersTask>(async ({ way, ...batch }): Promise<OrdersResult> => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-bench-'));
	process.env.N8N_GPT_IMAGE_STORE = path.join(folder, 'store');
	const end = async (): Promise<void> => {
		const body = JSON.stringify({ end: 'completed' });
		await fetch(`${batch.url.replace(/\/v1$/, '')}/__batches`, { method: 'POST', body });
	};
	try {
		await useBinaryMode('filesystem', path.join(folder, 'binary'));
		const ours = loadOurNode();
		const run = async (given: Batch): Promise<Used & { peakMb: number; baseMb: number }> => {
			const ordering = await used(async () => {
				if (way === 'order') await orderOurs(given, ours);
			});
			if (way === 'order') await end();
			forgetPeak();
			const baseMb = process.memoryUsage().rss / 1e6;
			const getting = await used(async () => {
				await (way === 'order' ? collectOurs(given, ours) : runOurs(given, ours));
			});
			return { ...sum(ordering, getting), peakMb: peakMegabytes(), baseMb };
		};
		await run({ ...batch, items: 1 });
		return await run(batch);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
