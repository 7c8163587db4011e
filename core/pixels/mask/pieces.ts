/** Long loops over pixels in pieces, so that the event loop is never blocked. */

import { setImmediate } from 'node:timers/promises';

/** Pixels between two pauses: a few milliseconds of work. */
export const pieceOfPixels = 2 ** 18;

/** Runs a loop over many pixels, with a pause at each yield in which n8n can answer others. */
export async function inPieces<T>(work: Generator<void, T, void>): Promise<T> {
	for (;;) {
		const step = work.next();
		if (step.done) return step.value;
		await setImmediate();
	}
}
