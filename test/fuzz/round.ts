import { setImmediate, setTimeout } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GptImageError } from '../../core/errors';
import { randomOf } from './mutate';
import type { Target } from './target';

/** Longest stall of the event loop, in milliseconds. */
export const mostStall = 300;
const tick = 15;

/**
 * Runs one target once.
 * @returns what went wrong; undefined when nothing did. Stalls and memory are told by the caller's
 *   choice, as tests assert no times
 */
export async function round(
	target: Target,
	seed: number,
	isMeasured: boolean,
): Promise<string | undefined> {
	const delay = monitorEventLoopDelay({ resolution: 5 });
	await setImmediate();
	const before = process.memoryUsage.rss();
	delay.enable();
	// A stall is seen only between two of its ticks.
	if (isMeasured) await setTimeout(tick);
	try {
		await target.run(randomOf(seed));
	} catch (error) {
		if (!(error instanceof GptImageError)) return `a foreign error: ${String(error)}`;
		if (error.is('unexpected')) return `an unexpected error: ${error.message}`;
	} finally {
		if (isMeasured) await setTimeout(tick);
		delay.disable();
	}
	if (!isMeasured) return undefined;
	const stall = delay.max / 1e6;
	if (stall > mostStall) return `a stall of ${Math.round(stall)} ms`;
	const grown = process.memoryUsage.rss() - before;
	return grown > target.mostBytes ? `${Math.round(grown / 2 ** 20)} MB more memory` : undefined;
}
