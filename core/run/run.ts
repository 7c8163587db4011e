/** Runs jobs: in order and in parallel, each with its fallbacks. */

import { toGptImageError, type GptImageError } from '../errors';
import type { Call, Job, OrderOutput, Output, Purchase, Warning } from '../job';
import { purchase, type Bought, type PurchaseContext } from '../purchase/purchase';
import { orStopped } from '../purchase/stop';
import { schedule } from './schedule';

export interface RunContext extends PurchaseContext {
	/** Whose purchases a conversation goes on from; see `Limits`. */
	readonly account: string;
	readonly maxParallel: number;
	/** Whether one failure ends the run: nothing more is started then. */
	readonly stopOnError: boolean;
}

/** One image or text of a job, or its error; those of a job come in order. */
export type Result = { readonly job: number } & JobResult;
type JobResult =
	| {
			readonly output: Output | OrderOutput;
			/** Undefined when nothing was bought. */
			readonly purchaseId: string | undefined;
	  }
	| { readonly error: GptImageError };

/**
 * Runs jobs, several at a time. A lane continues only when its result was delivered, so that no more
 * images are in memory than there are lanes.
 * @param jobs best created lazily, as a job holds its inputs
 * @param deliver takes the results of several lanes at the same time; must not reject
 */
export async function run(
	jobs: Iterable<Job>,
	context: RunContext,
	deliver: (result: Result) => Promise<void>,
): Promise<void> {
	const { maxParallel, stopOnError, signal } = context;
	const sessions = new Map<string, Promise<void>>();
	let hasFailed = false;
	const isStopped = (): boolean => (hasFailed && stopOnError) || signal?.aborted === true;
	const work = async (job: Job, index: number): Promise<void> => {
		try {
			for await (const result of resultsOf(job, context)) {
				hasFailed ||= 'error' in result;
				await deliver({ job: index, ...result });
			}
		} catch (error) {
			hasFailed = true;
			await deliver({ job: index, error: toGptImageError(error) });
		}
	};
	/** A turn may depend on the one before it, whichever lane is quicker. */
	const inOrder = async (job: Job, index: number): Promise<void> => {
		const { session } = job;
		if (session === undefined) return await work(job, index);
		const turn = (sessions.get(session) ?? Promise.resolve()).then(async () => {
			if (!isStopped()) await work(job, index);
		});
		sessions.set(session, turn);
		await turn;
	};
	await schedule(jobs, inOrder, { maxParallel, isStopped });
}

async function* resultsOf(job: Job, context: RunContext): AsyncGenerator<JobResult, void, void> {
	const failed: Warning[] = [];
	let first: GptImageError | undefined;
	let last: GptImageError | undefined;
	const withFailed = <Out extends Pick<Output, 'warnings'>>(output: Out): Out => ({
		...output,
		warnings: [...failed, ...output.warnings],
	});
	// What was paid for is delivered even if a later call of the job fails: others only do the rest.
	let start = 0;
	for (const choice of job.choices) {
		if (last && !choice.follows(last)) continue;
		try {
			if (job.dryRun) {
				for (const call of await choice.open(await historyOf(job, context))) {
					for (const output of await call.preview()) {
						yield { output: withFailed(output), purchaseId: undefined };
					}
				}
				return;
			}
			for await (const bought of buyFrom(start, choice, job, context)) {
				start += 1;
				for await (const result of finished(bought)) {
					yield 'error' in result ? result : { ...result, output: withFailed(result.output) };
				}
			}
			return;
		} catch (error) {
			last = toGptImageError(error);
			first ??= last;
			const message = `${choice.name}: ${last.message}; a fallback was used`;
			failed.push({ code: 'fallback', message });
		}
	}
	if (last && job.standIn?.follows(last)) {
		yield { output: await job.standIn.output(failed), purchaseId: undefined };
		return;
	}
	if (first) throw job.explain(first);
}

/** @returns the earlier turns, oldest first, as the job's item sees them */
async function historyOf(
	{ item, session, previousResponseId: responseId }: Job,
	{ store, account }: RunContext,
): Promise<readonly Purchase[]> {
	if (session !== undefined) return await store.find({ session }, item);
	if (responseId === undefined) return [];
	return await store.find({ responseId, account, workflowId: item.workflowId });
}

/**
 * One after the other, so that no lane waits for another buyer while it holds a claim.
 * @param start the calls before it have been bought: every choice has the same number of them
 */
async function* buyFrom(
	start: number,
	choice: Job['choices'][number],
	job: Job,
	context: RunContext,
): AsyncGenerator<Bought, void, void> {
	const { item, session } = job;
	let calls = await choice.open(await historyOf(job, context));
	let isFresh = true;
	for (let index = start; index < calls.length; index += 1) {
		const open = async (): Promise<Call> => {
			if (!isFresh && session !== undefined) {
				calls = await choice.open(await historyOf(job, context));
			}
			isFresh = false;
			const call = calls[index];
			if (!call) throw new RangeError(`${choice.name} has no call ${index}`);
			return call;
		};
		const buying = purchase(open, item, session, context);
		yield await orStopped(buying, context.signal);
	}
}

async function* finished({ call, purchase: paid }: Bought): AsyncGenerator<JobResult, void, void> {
	for (const part of paid.parts) {
		try {
			yield { output: await call.finish(part, paid), purchaseId: paid.id };
		} catch (error) {
			yield { error: toGptImageError(error) };
		}
	}
}
