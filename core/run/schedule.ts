/**
 * Several jobs at once, started in order. Our own code, because a queue library leaves two things to
 * its caller: after a failure nothing more starts, and calls under way are awaited, as they are paid.
 */

export interface ScheduleOptions {
	/** Jobs at the same time, at least 1. */
	readonly maxParallel: number;
	/** Whether to start no more jobs; those under way run to their end. */
	isStopped(): boolean;
}

/**
 * @param jobs started in order; may be created lazily
 * @param work for one job; must not reject
 */
export async function schedule<Job>(
	jobs: Iterable<Job>,
	work: (job: Job, index: number) => Promise<void>,
	{ maxParallel, isStopped }: ScheduleOptions,
): Promise<void> {
	// One iterator for all lanes, so that each job goes to one lane only.
	const waiting = jobs[Symbol.iterator]();
	let started = 0;
	const lane = async (): Promise<void> => {
		while (!isStopped()) {
			const next = waiting.next();
			if (next.done === true) return;
			await work(next.value, started++);
		}
	};
	await Promise.all(Array.from({ length: maxParallel }, lane));
}
