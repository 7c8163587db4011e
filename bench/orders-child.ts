import { answer, forgetPeak, peakMegabytes, used } from './measure';
import { collectOurs, inFolder, loadOurNode, orderOurs, runOurs, type Batch } from './nodes';

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

async function measured({ way, ...batch }: OrdersTask): Promise<OrdersResult> {
	const ours = loadOurNode();
	const end = async (): Promise<void> => {
		const body = JSON.stringify({ end: 'completed' });
		await fetch(`${batch.url.replace(/\/v1$/, '')}/__batches`, { method: 'POST', body });
	};
	const run = async (given: Batch): Promise<OrdersResult> => {
		const ordering = await used(async () => {
			if (way === 'order') await orderOurs(given, ours);
		});
		if (way === 'order') await end();
		forgetPeak();
		const baseMb = process.memoryUsage().rss / 1e6;
		const getting = await used(async () => {
			await (way === 'order' ? collectOurs(given, ours) : runOurs(given, ours));
		});
		return {
			cpuMs: ordering.cpuMs + getting.cpuMs,
			wallMs: ordering.wallMs + getting.wallMs,
			peakMb: peakMegabytes(),
			baseMb,
		};
	};
	await run({ ...batch, items: 1 });
	return await run(batch);
}

answer<OrdersTask>(async (task) => await inFolder(async () => await measured(task)));
