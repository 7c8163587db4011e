import { errorFromJson, errorToJson, GptImageError, toGptImageError } from '../errors';
import type {
	Answer,
	AnswerFacts,
	ItemRef,
	OrderedRow,
	OrderState,
	Output,
	Part,
	Purchase,
} from '../job';
import { receive } from '../purchase/purchase';
import { withRetries, type RetryPolicy } from '../purchase/retry';
import { outcomeOf, resultKey, type Order } from '../store/orders';
import type { Store } from '../store/store';
import { submit, type OrderService } from './desk';

/**
 * Collects what was ordered. Every answer is kept before the next is read, so that a download that
 * breaks off, or a process that dies, costs only time: the next one goes on from there.
 */

type OrderName = NonNullable<AnswerFacts['order']>;

/** The service, as far as collecting needs it. */
export interface CollectService<State extends OrderState> extends Pick<OrderService, 'submit'> {
	/** @throws GptImageError `order_not_found` */
	look(remote: string): Promise<State>;
	cancel(remote: string): Promise<State>;
	answers(state: State): AsyncGenerator<LineResult, void, void>;
	/** @param line counted from 1. @returns why it has no answer */
	missing(state: State, line: number): GptImageError;
	/** Of an order that was never submitted. */
	cancelled(): GptImageError;
	/** Deletes files. */
	remove(ids: readonly string[]): Promise<boolean>;
	/** @param kept what its row kept when it was ordered; undefined where the store knows nothing of it */
	line(
		kept: unknown,
		order: OrderName,
		state: State | undefined,
		bytes: (n: number) => Promise<Buffer | undefined>,
	): CollectedLine;
}

interface LineResult {
	/** Undefined where there is only one. */
	readonly customId: string | undefined;
	readonly answer: unknown;
}

export interface CollectedLine {
	readonly row: OrderedRow;
	/** @param answer one of `answers`, or a GptImageError. Never throws. */
	answer(answer: unknown): Promise<Answer>;
	/** @throws GptImageError when it failed */
	finish(part: Part, purchase: Purchase): Promise<Output>;
}

interface Collector {
	readonly store: Store;
	readonly account: string;
	readonly item: ItemRef;
	readonly keepPrompts: boolean;
	/** Of looking and downloading, which cost nothing. */
	readonly retry: RetryPolicy;
	readonly signal: AbortSignal | undefined;
}

interface CollectContext<State extends OrderState> extends Collector {
	readonly service: CollectService<State>;
}

/** By the kind of an order. */
export interface Services<Batch extends OrderState, Turn extends OrderState> {
	readonly batch: CollectService<Batch>;
	readonly turn: CollectService<Turn>;
}

export interface Selection {
	/** Undefined = of every workflow. */
	readonly workflowId: string | undefined;
	/** The service's ID of one order. */
	readonly remote: string | undefined;
	/** Cancels those that are not through, and gives what is finished. */
	readonly cancel: boolean;
}

export type Collected =
	| {
			readonly kind: 'image';
			readonly output: Output;
			readonly purchaseId: string;
			readonly row: OrderedRow;
	  }
	| {
			readonly kind: 'failed';
			readonly error: GptImageError;
			/** Undefined when all of the order failed. */
			readonly row: OrderedRow | undefined;
			readonly order: OrderName;
	  }
	/** Not through; `error` is why it could not be looked at. */
	| { readonly kind: 'open'; readonly order: Order; readonly error?: GptImageError };

export async function* collect<Batch extends OrderState, Turn extends OrderState>(
	{ workflowId, remote, cancel }: Selection,
	services: Services<Batch, Turn>,
	context: Collector,
): AsyncGenerator<Collected, void, void> {
	const { store, account, signal } = context;
	const batches = { ...context, service: services.batch };
	const turns = { ...context, service: services.turn };
	await store.orders.dropBroken(account);
	const all = await store.orders.open(account);
	const meant = all.filter((order) =>
		remote === undefined
			? workflowId === undefined || order.workflowId === workflowId
			: order.remote === remote,
	);
	if (remote !== undefined && meant.length === 0) {
		if (await store.orders.wasCollected(account, remote)) return;
		const order = unknownOrder(remote);
		const unknown =
			order.kind === 'turn'
				? new Unknown(remote, cancel, turns)
				: new Unknown(remote, cancel, batches);
		yield* guarded(() => order, unknown.collect());
	}
	for (const order of meant) {
		if (signal?.aborted) return;
		const held = await store.orders.hold(account, order.id);
		try {
			if (!held) yield { kind: 'open', order };
			else {
				const { order: one } = held;
				const collecting =
					one.kind === 'turn'
						? new Collecting(one, cancel, turns)
						: new Collecting(one, cancel, batches);
				yield* guarded(() => collecting.order, collecting.collect());
			}
		} finally {
			await held?.release();
		}
	}
}

/** One order that cannot be read does not cost the others. */
async function* guarded(
	current: () => Order,
	collecting: AsyncGenerator<Collected, void, void>,
): AsyncGenerator<Collected, void, void> {
	try {
		yield* collecting;
	} catch (error) {
		const failure = toGptImageError(error);
		const order = current();
		const { remote: id, kind } = order;
		if (failure.retryable) yield { kind: 'open', order, error: failure };
		else yield { kind: 'failed', error: failure, row: undefined, order: { id, kind } };
	}
}

/** What known and unknown orders share: a line's outcome is claimed once, kept, and given out. */
class Outcomes<State extends OrderState> {
	constructor(protected readonly context: CollectContext<State>) {}

	protected async seen(remote: string): Promise<State> {
		const { service, retry, signal } = this.context;
		return await withRetries(retry, signal, async () => await service.look(remote));
	}

	/** Each once. A download that breaks off starts again, as often as none of it is new. */
	protected async *answers(state: State): AsyncGenerator<LineResult, void, void> {
		const { service, retry, signal } = this.context;
		const seen = new Set<string | undefined>();
		let reading = service.answers(state);
		const next = async (attempt: number): Promise<LineResult | undefined> => {
			if (attempt > 1) reading = service.answers(state);
			for (;;) {
				const one = await reading.next();
				if (one.done === true) return undefined;
				if (!seen.has(one.value.customId)) return one.value;
			}
		};
		try {
			for (;;) {
				const one = await withRetries(retry, signal, next);
				if (!one) return;
				seen.add(one.customId);
				yield one;
			}
		} finally {
			await reading.return();
		}
	}

	/** @param answer of the line; undefined to give out only what is kept */
	protected async *outcome(
		key: string,
		answer: unknown,
		line: CollectedLine,
		order: OrderName,
		bill: (usd: number | null) => Promise<void>,
	): AsyncGenerator<Collected, void, void> {
		const paid = await receive(key, this.context.item, this.context, async () => {
			const found = await line.answer(answer);
			await bill(found.usd);
			return found;
		});
		if (!paid) return;
		for (const part of paid.parts) {
			try {
				const output = await line.finish(part, paid);
				yield { kind: 'image', output, purchaseId: paid.id, row: line.row };
			} catch (error) {
				yield { kind: 'failed', error: toGptImageError(error), row: line.row, order };
			}
		}
	}
}

class Collecting<State extends OrderState> extends Outcomes<State> {
	constructor(
		public order: Order,
		private readonly isCancelled: boolean,
		context: CollectContext<State>,
	) {
		super(context);
	}

	async *collect(): AsyncGenerator<Collected, void, void> {
		const { store } = this.context;
		const lines = await store.orders.lines(this.order);
		if (lines.every(({ state }) => state === 'delivered')) return await this.close();
		for (const { id, state } of lines) {
			if (state === 'read') yield* this.line(id, undefined, undefined);
		}
		const open = new Set(lines.filter(({ state }) => state === 'open').map(({ id }) => id));
		if (open.size === 0) return;
		const { state, error } = await this.look();
		if (error) {
			for (const id of open) yield* this.line(id, error, state);
			return;
		}
		if (!state?.isFinal) {
			yield { kind: 'open', order: this.order };
			return;
		}
		const [first = ''] = open;
		for await (const { customId = first, answer } of this.answers(state)) {
			if (open.delete(customId)) yield* this.line(customId, answer, state);
		}
		for (const { id, number } of await this.numbered(open)) {
			yield* this.line(id, this.context.service.missing(state, number), state);
		}
		await this.removeFiles();
	}

	/** @returns lines with their numbers, in the order of the file that was submitted */
	private async numbered(ids: Iterable<string>): Promise<Array<{ id: string; number: number }>> {
		const numbered = [];
		for (const id of ids) {
			const kept = await this.context.store.orders.line(id);
			numbered.push({ id, number: Number(kept?.number) });
		}
		return numbered.sort((a, b) => a.number - b.number);
	}

	private async change(changes: Partial<Order>): Promise<void> {
		this.order = { ...this.order, ...changes };
		await this.context.store.orders.change(this.order);
	}

	/** @returns `error`: nothing of it ran, or will */
	private async look(): Promise<{ readonly state?: State; readonly error?: GptImageError }> {
		const { context, isCancelled } = this;
		const { service } = context;
		const { error: why, id, isUnsure = false } = this.order;
		if (why !== undefined) return { error: errorFromJson(why) };
		if (this.order.remote === null) {
			if (!isUnsure && !(await context.store.orders.isPlaced(id))) return {};
			if (isCancelled && !isUnsure) return await this.giveUp('cancelled', service.cancelled());
			try {
				this.order = await submit(this.order, context);
			} catch (error) {
				return await this.giveUp('failed', toGptImageError(error));
			}
		}
		const { remote } = this.order;
		if (remote === null) return {};
		const seen = await this.seen(remote).catch((error: unknown) => toGptImageError(error));
		if (seen instanceof GptImageError) {
			// It is given up when its owner says so.
			if (isCancelled && seen.is('order_not_found')) return await this.giveUp('failed', seen);
			throw seen;
		}
		const state = isCancelled && !seen.isFinal ? await service.cancel(remote) : seen;
		const { status, requests, expiresAt, isFull } = state;
		// The next one that collects submits it again.
		if (isFull) await this.change({ remote: null, status: 'waiting', expiresAt: null });
		else await this.change({ status, requests, expiresAt });
		if (isFull && isCancelled) return await this.giveUp('cancelled', service.cancelled());
		return isFull ? {} : { state };
	}

	/** For good, whoever collects the rest of its lines. */
	private async giveUp(status: string, error: GptImageError) {
		await this.change({ status, error: errorToJson(error) });
		return { error };
	}

	private async *line(
		id: string,
		answer: unknown,
		state: State | undefined,
	): AsyncGenerator<Collected, void, void> {
		const { store, service } = this.context;
		const { id: order, remote, kind } = this.order;
		const name = { id: remote, kind, ...(kind === 'batch' ? { customId: id } : {}) };
		const kept = (await store.orders.line(id))?.line;
		const bytes = async (n: number) => await store.orders.kept(order, n);
		const line = service.line(kept, name, state, bytes);
		const bill = async (usd: number | null) => await store.orders.bill(id, usd);
		yield* this.outcome(resultKey(outcomeOf(this.order, id)), answer, line, name, bill);
	}

	/** References and lines are needed no more, unless another order has them, too. */
	private async removeFiles(): Promise<void> {
		const { store, service, account } = this.context;
		const others = (await store.orders.open(account)).filter(({ id }) => id !== this.order.id);
		const used = new Set(others.flatMap(({ files }) => files));
		const files = this.order.files.filter((id) => !used.has(id));
		if (await service.remove(files)) await this.change({ files: [] });
	}

	private async close(): Promise<void> {
		if (this.order.files.length > 0) await this.removeFiles().catch(() => undefined);
		await this.context.store.orders.close(this.order);
	}
}

/** An order that this store knows nothing of, as the service has it. */
function unknownOrder(remote: string): Order {
	return {
		...{ id: '', remote, workflowId: '', status: 'unknown', endpoint: '' },
		kind: remote.startsWith('resp_') ? 'turn' : 'batch',
		...{
			files: [],
			requests: { total: 0, completed: 0, failed: 0 },
			orderedAt: null,
			expiresAt: null,
		},
	};
}

class Unknown<State extends OrderState> extends Outcomes<State> {
	constructor(
		private readonly remote: string,
		private readonly isCancelled: boolean,
		context: CollectContext<State>,
	) {
		super(context);
	}

	async *collect(): AsyncGenerator<Collected, void, void> {
		const { remote, isCancelled, context } = this;
		const { service, store } = context;
		const seen = await this.seen(remote);
		const state = isCancelled && !seen.isFinal ? await service.cancel(remote) : seen;
		if (!state.isFinal) {
			const order = { ...unknownOrder(remote), ...state, orderedAt: state.createdAt };
			yield { kind: 'open', order };
			return;
		}
		for await (const { customId, answer } of this.answers(state)) {
			const { kind } = unknownOrder(remote);
			const name = { id: remote, kind, customId };
			const kept = customId === undefined ? undefined : (await store.orders.line(customId))?.line;
			const line = kept === undefined ? [remote, customId].filter(Boolean).join(' ') : customId;
			const finishing = service.line(kept, name, state, async () => undefined);
			const bill = async () => undefined;
			yield* this.outcome(resultKey(line ?? ''), answer, finishing, name, bill);
		}
	}
}
