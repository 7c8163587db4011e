/** A limit on how many images are decoded at once in this process. */

import { loadSharp, type SharpLibrary } from './sharp';

/** Images decoded at once in one process, so that peak memory is that of the two largest. */
const slots = 2;

let free = slots;
const waiting: { readonly images: number; readonly start: () => void }[] = [];

function startNext(): void {
	// Strictly first come, first served: otherwise a job that needs both slots would starve.
	for (let next = waiting[0]; next && next.images <= free; next = waiting[0]) {
		waiting.shift();
		free -= next.images;
		next.start();
	}
}

/**
 * Runs a job as soon as there are slots for it. Jobs must not be nested: the inner one could wait for
 * the outer one's slot.
 * @param images how many images the job holds decoded at once
 * @throws what the job throws; sharp_unavailable
 */
export async function withSharpSlot<T>(
	images: 1 | 2,
	job: (sharp: SharpLibrary) => Promise<T>,
): Promise<T> {
	const sharp = await loadSharp();
	await new Promise<void>((start) => {
		waiting.push({ images, start });
		startNext();
	});
	try {
		return await job(sharp);
	} finally {
		free += images;
		startNext();
	}
}
