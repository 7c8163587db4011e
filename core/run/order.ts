import { toGptImageError, type GptImageError } from '../errors';
import type { Call, ItemRef, OrderOutput, Purchase } from '../job';
import type { OrderDesk } from '../job-orders';
import { purchase, type Bought } from '../purchase/purchase';
import { unavailable } from '../store/trouble';
import { Desk, type OrderContext } from './desk';
import type { Result } from './run';
import { schedule } from './schedule';

/**
 * Orders jobs for later: all rows are claimed and reserved, their lines lie in files at the service,
 * every row is kept, and only then anything is submitted. So a process may die between any two steps.
 */

export interface OrderedJob {
	readonly item: ItemRef;
	readonly dryRun: boolean;
	open(desk: OrderDesk): Promise<Call<OrderOutput>>;
}

class Rows {
	readonly previews = new Map<number, Call<OrderOutput>>();
	readonly bought = new Map<number, Bought<OrderOutput>>();
	readonly errors = new Map<number, GptImageError>();
	private readonly buying: Array<Promise<void>> = [];
	readonly desk: Desk;

	constructor(
		private readonly jobs: readonly OrderedJob[],
		item: ItemRef,
		private readonly context: OrderContext,
	) {
		this.desk = new Desk(jobs.length, item, context);
	}

	/** @returns when every row is kept or has failed; nothing is submitted yet */
	async buy(): Promise<void> {
		const { context, jobs, desk } = this;
		const { maxParallel, signal } = context;
		const isStopped = (): boolean => signal?.aborted === true;
		let started = 0;
		const open = async (job: OrderedJob, index: number): Promise<void> => {
			started += 1;
			try {
				const call = await job.open(desk);
				if (!job.dryRun) return void this.buying.push(this.buyOne(call, job, index));
				this.previews.set(index, call);
			} catch (error) {
				this.fail(index, error);
			}
			desk.leave();
		};
		await schedule(jobs, open, { maxParallel, isStopped });
		for (; started < jobs.length; started += 1) desk.leave();
		await Promise.all(this.buying);
	}

	private async buyOne(call: Call<OrderOutput>, { item }: OrderedJob, index: number) {
		const { context, desk } = this;
		const { pausing } = desk;
		try {
			const open = async (): Promise<Call<OrderOutput>> => call;
			this.bought.set(index, await purchase(open, item, undefined, { ...context, pausing }));
		} catch (error) {
			this.fail(index, error);
		} finally {
			desk.leave();
		}
	}

	private fail(index: number, error: unknown): void {
		const failure = toGptImageError(error);
		const { stopOnError, stopOnLimit } = this.context;
		// It failed only because another one did, and the node stops with that one.
		if (stopOnError && failure === this.desk.failure) return;
		this.errors.set(index, failure);
		const isLimit = failure.is('budget_exceeded', 'price_unknown');
		if (stopOnError || (isLimit && stopOnLimit)) this.desk.fail(failure);
	}

	/** Submits what these rows are on; a refusal is that of every row of the order. */
	async submit(): Promise<void> {
		const { bought, desk, context } = this;
		const orders = Map.groupBy(bought, ([, { purchase: paid }]) => orderOf(paid));
		for (const [id, rows] of orders) {
			const notKept = rows
				.flatMap(([, { purchase: paid }]) => paid.warnings)
				.find(({ code }) => code === 'not_kept');
			try {
				if (notKept) throw unavailable(notKept.message);
				await desk.submit(id);
			} catch (error) {
				for (const [index] of rows) {
					bought.delete(index);
					this.errors.set(index, toGptImageError(error));
				}
				await context.store.orders.drop(id).catch(() => undefined);
			}
		}
	}
}

const orderOf = ({ parts: [part] }: Purchase): string => String(part?.facts.order ?? '');

/** @returns the outcomes of the jobs, in order, when everything is submitted */
export async function* order(
	jobs: readonly OrderedJob[],
	context: OrderContext,
): AsyncGenerator<Result, void, void> {
	const [first] = jobs;
	if (!first) return;
	if (jobs.some(({ dryRun }) => !dryRun)) await context.store.orders.dropBroken(context.account);
	const rows = new Rows(jobs, first.item, context);
	await rows.buy();
	await rows.submit();
	for (const job of jobs.keys()) {
		for (const output of (await rows.previews.get(job)?.preview()) ?? []) {
			yield { job, output, purchaseId: undefined };
		}
		const { call, purchase: paid } = rows.bought.get(job) ?? {};
		for (const part of paid?.parts ?? []) {
			if (!call || !paid) continue;
			const output = await call.finish(part, paid);
			const warnings = [...output.warnings, ...paid.warnings];
			yield { job, output: { ...output, warnings }, purchaseId: undefined };
		}
		const error = rows.errors.get(job);
		if (error) yield { job, error };
	}
}
