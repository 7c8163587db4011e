/**
 * Several jobs at once, in order. Own code, for the two things that matter here and that a queue
 * library leaves to its caller: a job that was never started says so instead of staying pending, and
 * after a failure the calls in flight are waited for, because they are paid.
 */

export type Outcome<Result> =
	| { readonly status: 'done'; readonly value: Result }
	| { readonly status: 'failed'; readonly error: unknown }
	/** Never started: another job failed before, or the signal was aborted. */
	| { readonly status: 'skipped' };

export interface ScheduleOptions {
	/** Jobs at the same time, at least 1. */
	readonly maxParallel: number;
	/** Once aborted, nothing more starts. Jobs under way end by themselves. */
	readonly signal?: AbortSignal;
	/** After a failure nothing more starts; jobs under way still finish. */
	readonly stopOnError: boolean;
}

/**
 * Works on jobs with a fixed number of lanes, starting them in order.
 * @param work for one job; its result should be small, as all results are kept
 * @returns one outcome per job, in the order of the jobs; never rejects because of a job
 */
export async function schedule<Job, Result>(
	jobs: readonly Job[],
	work: (job: Job, index: number) => Promise<Result>,
	{ maxParallel, signal, stopOnError }: ScheduleOptions,
): Promise<Array<Outcome<Result>>> {
	const outcomes: Array<Outcome<Result>> = jobs.map(() => ({ status: 'skipped' }));
	// One iterator for all lanes: whichever is free takes the next job.
	const waiting = jobs.entries();
	let stopped = false;
	const lane = async (): Promise<void> => {
		for (const [index, job] of waiting) {
			if (stopped || signal?.aborted) return;
			try {
				outcomes[index] = { status: 'done', value: await work(job, index) };
			} catch (error) {
				outcomes[index] = { status: 'failed', error };
				stopped ||= stopOnError;
			}
		}
	};
	await Promise.all(Array.from({ length: Math.min(maxParallel, jobs.length) }, lane));
	return outcomes;
}
