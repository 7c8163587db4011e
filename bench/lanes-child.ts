import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { flatPng } from '../test/openai-double/testing';
import { useBinaryMode } from '../test/workflows/engine';
import { loadBuiltInNode } from './built-in';
import { runFloor } from './floor';
import { answer, used } from './measure';
import { loadOurNode, runBuiltIn, runOurs, runReviews } from './nodes';

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

answer<LanesTask>(async ({ url, items, lanes, rounds }): Promise<LanesResult> => {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-bench-'));
	process.env.N8N_GPT_IMAGE_STORE = path.join(folder, 'store');
	try {
		await useBinaryMode('filesystem', path.join(folder, 'binary'));
		const ours = loadOurNode();
		const builtIn = loadBuiltInNode();
		await runOurs({ url, items: 2, lanes: 2 }, ours);
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
		await runReviews({ url, items: 2, lanes: 2, image }, ours);
		for (let round = 0; round < 3; round++) {
			const its = await used(async () => await runReviews({ url, items, lanes: 8, image }, ours));
			reviews.push(its.wallMs);
			const least = await used(async () => await runFloor({ url, items, lanes: 8 }, folder));
			floor.push(least.wallMs);
		}
		return { builtIn: wallMs, ours: walls, reviews, floor };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
});
