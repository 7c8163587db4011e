import { loadSharp, type SharpLibrary } from './sharp';

/**
 * Pictures that are decoded at the same time in one process, whatever number of items and
 * executions run: two, so that the peak of memory is that of the largest two pictures.
 */
const places = 2;

let free = places;
const waiting: { readonly pictures: number; readonly start: () => void }[] = [];

function startNext(): void {
	// Strictly first come, first served: a job that needs both places would starve otherwise.
	for (let next = waiting[0]; next && next.pictures <= free; next = waiting[0]) {
		waiting.shift();
		free -= next.pictures;
		next.start();
	}
}

/**
 * Runs a job that decodes pictures when its turn has come. Jobs must not be nested: the inner one
 * could wait for the outer one's place.
 * @param pictures how many pictures the job holds decoded at once
 * @returns what the job returns
 * @throws what the job throws; sharp_unavailable
 */
export async function inTurn<T>(
	pictures: 1 | 2,
	job: (sharp: SharpLibrary) => Promise<T>,
): Promise<T> {
	const sharp = await loadSharp();
	await new Promise<void>((start) => {
		waiting.push({ pictures, start });
		startNext();
	});
	try {
		return await job(sharp);
	} finally {
		free += pictures;
		startNext();
	}
}
