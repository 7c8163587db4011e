import { errorFromJson, errorToJson, GptImageError, toGptImageError } from '../errors';
import type { OrderState } from '../job-orders';
import { outcomeOf, resultKey, type Order } from '../store/order-rows';
import { blankOrder, submit } from './desk';
import {
	Outcomes,
	type Collected,
	type CollectContext,
	type Collector,
	type CollectService,
} from './outcomes';

/**
 * Collects what was ordered. Every answer is kept before the next is read, so that a download that
 * breaks off, or a process that dies, costs only time: the next one goes on from there.
 */

export interface Selection {
	/** Undefined = of every workflow. */
	readonly workflowId: string | undefined;
	readonly remote: string | undefined;
	/** Cancels those that are not through, and gives what is finished. */
	readonly cancel: boolean;
}

/**
 * @param services by the kind of an order
 * @returns what was finished, failed or is still open, as it is read
 * @throws GptImageError when the store cannot be used
 */
export async function* collect(
	{ workflowId, remote, cancel }: Selection,
	services: Readonly<Record<Order['kind'], CollectService>>,
	collector: Collector,
): AsyncGenerator<Collected, void, void> {
	const { store, account, signal } = collector;
	const contextOf = ({ kind }: Order): CollectContext => ({
		...collector,
		service: services[kind],
		cancel,
	});
	await store.orders.dropBroken(account);
	const all = await store.orders.open(account);
	const meant = all.filter((order) =>
		remote === undefined
			? workflowId === undefined || order.workflowId === workflowId
			: order.remote === remote,
	);
	if (remote !== undefined && meant.length === 0) {
		if (await store.orders.wasCollected(account, remote)) return;
		const kind = remote.startsWith('resp_') ? 'turn' : 'batch';
		// The key may have changed since this workflow has placed it.
		const others = await store.orders.allOfOtherKeys(account, collector.item.workflowId);
		const owner = others.find((order) => order.remote === remote)?.account ?? account;
		const order: Order = { ...blankOrder, remote, kind, account: owner };
		yield* guarded(() => order, new Unknown(contextOf(order)).collect(order, remote));
	}
	for (const order of meant) {
		if (signal?.aborted) return;
		const held = await store.orders.hold(account, order.id);
		try {
			if (!held) yield { kind: 'open', order };
			else {
				const collecting = new Collecting(held.order, contextOf(held.order));
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

class Collecting extends Outcomes {
	constructor(
		public order: Order,
		context: CollectContext,
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
		// What was kept and is damaged is read again.
		const left = lines.some(({ state }) => state === 'read')
			? await store.orders.lines(this.order)
			: lines;
		const open = new Set(left.filter(({ state }) => state === 'open').map(({ id }) => id));
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
		const ours = new Set(lines.map(({ id }) => id));
		let count = 0;
		for await (const { customId = first, isDone, answer } of this.answers(state)) {
			if (isDone && ours.has(customId)) count += 1;
			if (open.delete(customId)) yield* this.line(customId, answer, state);
			if (open.size === 0) break;
		}
		const { completed } = state.requests;
		if (open.size > 0 && count < completed && !this.context.cancel) throw cut(count, completed);
		for (const { id, number } of await this.numbered(open)) {
			yield* this.line(id, this.context.service.missing(state, number), state);
		}
		await this.removeFiles();
	}

	/** @returns lines with their numbers, in the order of the file that was submitted */
	private async numbered(ids: Iterable<string>): Promise<Array<{ id: string; number: number }>> {
		const numbered = [];
		for (const id of ids) {
			const kept = await this.context.store.orders.line(id, this.order.account);
			numbered.push({ id, number: Number(kept?.number) });
		}
		return numbered.sort((a, b) => a.number - b.number);
	}

	private async change(changes: Partial<Order>): Promise<void> {
		this.order = { ...this.order, ...changes };
		await this.context.store.orders.change(this.order);
	}

	/** @returns `error`: nothing of it ran, or will */
	private async look(): Promise<{ readonly state?: OrderState; readonly error?: GptImageError }> {
		const { context } = this;
		const { service, cancel } = context;
		const { error: why, id, isUnsure = false } = this.order;
		if (why !== undefined) return { error: errorFromJson(why) };
		if (this.order.remote === null) {
			if (!isUnsure && !(await context.store.orders.isPlaced(id))) return {};
			if (cancel && !isUnsure) return await this.giveUp('cancelled', service.cancelled());
			const submitted = await submit(this.order, context).catch(toGptImageError);
			if (submitted instanceof GptImageError) return await this.giveUp('failed', submitted);
			this.order = submitted.order;
			if (submitted.failure) throw submitted.failure.with({ retryable: true });
		}
		const { remote } = this.order;
		if (remote === null) return {};
		const state = await this.stateOf(remote).catch(toGptImageError);
		if (state instanceof GptImageError) {
			// It is given up when its owner says so.
			if (cancel && state.is('order_not_found')) return await this.giveUp('failed', state);
			throw state;
		}
		const { status, requests, expiresAt, isFull } = state;
		// The next one that collects submits it again.
		if (isFull) await this.change({ remote: null, status: 'waiting', expiresAt: null });
		else await this.change({ status, requests, expiresAt });
		if (isFull && cancel) return await this.giveUp('cancelled', service.cancelled());
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
		state: OrderState | undefined,
	): AsyncGenerator<Collected, void, void> {
		const { store, service } = this.context;
		const { id: order, remote, kind, account } = this.order;
		const name = { id: remote, kind, ...(kind === 'batch' ? { customId: id } : {}) };
		const kept = (await store.orders.line(id, account))?.line;
		const bytes = async (n: number) => await store.orders.kept(order, n);
		const line = service.line(kept, name, state, bytes);
		const bill = async (usd: number | null) => await store.orders.bill(id, usd);
		const key = resultKey(account, outcomeOf(this.order, id));
		yield* this.outcome(key, answer, line, name, bill);
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

/** Files that a gateway cut off in silence, or that are not there yet: the next Collect reads them again. */
const cut = (count: number, completed: number): GptImageError =>
	new GptImageError(`The files of the order contain ${count} of ${completed} results`, {
		code: 'empty_answer',
		advice: 'Collect again later.',
		retryable: true,
		billed: 'no',
	});

/** An order that this store knows nothing of, as the service has it. */
class Unknown extends Outcomes {
	async *collect(order: Order, remote: string): AsyncGenerator<Collected, void, void> {
		const { service, store } = this.context;
		const { kind, account } = order;
		const state = await this.stateOf(remote);
		if (!state.isFinal) {
			yield { kind: 'open', order: { ...order, ...state, orderedAt: state.createdAt } };
			return;
		}
		for await (const { customId, answer } of this.answers(state)) {
			const name = { id: remote, kind, customId };
			const row = customId === undefined ? {} : await store.orders.line(customId, account);
			const kept = row?.line;
			const line = kept === undefined ? [remote, customId].filter(Boolean).join(' ') : customId;
			const finishing = service.line(kept, name, state, async () => undefined);
			const bill = async () => undefined;
			yield* this.outcome(resultKey(account, line ?? ''), answer, finishing, name, bill);
		}
	}
}
