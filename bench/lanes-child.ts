import { flatPng } from '../test/openai-double/testing';
import { loadBuiltInNode } from './built-in';
import { runFloor } from './floor';
import { answer, used } from './measure';
import { inFolder, loadOurNode, runBuiltIn, runOurs, runReviews } from './nodes';

export interface LanesTask {
	readonly url: string;
	readonly items: number;
	readonly lanes: readonly number[];
	/** How often each number of lanes runs. */
	readonly rounds: readonly number[];
}

/** Wall times in milliseconds. */
export interface LanesResult {
	readonly builtIn: number;
	/** By number of lanes. */
	readonly ours: Readonly<Record<string, readonly number[]>>;
	/** With 8 lanes. */
	readonly reviews: readonly number[];
	readonly floor: readonly number[];
}

async function measured(
	{ url, items, lanes, rounds }: LanesTask,
	folder: string,
): Promise<LanesResult> {
	const ours = loadOurNode();
	const builtIn = loadBuiltInNode();
	// Workers live for days: the first batch of a process tells how long code takes to get fast.
	await runOurs({ url, items, lanes: 8 }, ours);
	await runBuiltIn({ url, items: 1, lanes: 1 }, builtIn);
	const { wallMs } = await used(async () => await runBuiltIn({ url, items, lanes: 1 }, builtIn));
	const walls: Record<string, number[]> = {};
	for (const [index, count] of lanes.entries()) {
		for (let round = 0; round < (rounds[index] ?? 1); round++) {
			const its = await used(async () => await runOurs({ url, items, lanes: count }, ours));
			(walls[String(count)] ??= []).push(its.wallMs);
		}
	}
	const image = await flatPng(1024, 1024);
	const reviews: number[] = [];
	const floor: number[] = [];
	await runReviews({ url, items, lanes: 8, image }, ours);
	for (let round = 0; round < 3; round++) {
		const its = await used(async () => await runReviews({ url, items, lanes: 8, image }, ours));
		reviews.push(its.wallMs);
		const least = await used(async () => await runFloor({ url, items, lanes: 8 }, folder));
		floor.push(least.wallMs);
	}
	return { builtIn: wallMs, ours: walls, reviews, floor };
}

answer<LanesTask>(async (task) => await inFolder(async (folder) => await measured(task, folder)));
