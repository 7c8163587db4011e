import { toGptImageError, type GptImageError } from '../errors';
import type { Answer, ItemRef, OrderFacts } from '../job';
import type {
	BatchFiles,
	BatchLine,
	InputFile,
	OrderDesk,
	OrderState,
	SubmittedOrder,
	TurnDesk,
} from '../job-orders';
import type { PurchaseContext } from '../purchase/purchase';
import { stoppedBeforeStart } from '../purchase/stop';
import { scopeOf } from '../store/record';
import type { Order } from '../store/order-rows';
import type { Store } from '../store/store';

/** Where lines wait for one another, become orders, and are submitted. */

/** The service, as far as ordering needs it. */
export interface OrderService {
	upload(file: InputFile): Promise<string>;
	write(lines: Buffer[]): Promise<string>;
	submit(
		order: SubmittedOrder,
		unsure: (isUnsure: boolean) => Promise<void>,
	): Promise<OrderState | undefined>;
}

/** What OpenAI takes in one file (Batch guide). */
const MOST_LINES = 50_000;
const MOST_BYTES = 200_000_000;

export interface OrderContext extends PurchaseContext {
	readonly service: OrderService;
	readonly account: string;
	readonly maxImagesPerBatch: number;
	readonly maxParallel: number;
	/** Whether one failure means that nothing is ordered; the same for one that is over a limit. */
	readonly stopOnError: boolean;
	readonly stopOnLimit: boolean;
}

interface Placed {
	readonly line: BatchLine;
	readonly done: PromiseWithResolvers<Answer>;
}

const isoOf = (milliseconds: number | null): string | null =>
	milliseconds === null ? null : new Date(milliseconds).toISOString();

/** @returns the contract's `order` of an item */
export const orderFacts = (
	{ kind, remote, status, orderedAt, expiresAt }: Order,
	customId: string | undefined,
): OrderFacts => ({
	id: remote,
	kind,
	...(customId === undefined ? {} : { customId }),
	status,
	orderedAt: isoOf(orderedAt),
	expiresAt: isoOf(expiresAt),
});

/**
 * Submits an order that is not yet, or may not be. Only while it is held.
 * @returns it as it is then; with a `failure` when no answer came and it may be there all the same
 * @throws GptImageError when it is refused
 */
export async function submit(
	order: Order,
	{ store, service }: { readonly store: Store; readonly service: Pick<OrderService, 'submit'> },
): Promise<{ readonly order: Order; readonly failure?: GptImageError }> {
	const { id, inputFile = '', endpoint, isUnsure = false } = order;
	let current: Order = order;
	const change = async (changes: Partial<Order>): Promise<void> => {
		current = { ...current, ...changes };
		await store.orders.change(current);
	};
	let state: OrderState | undefined;
	try {
		const sent = { id, inputFile, endpoint, isUnsure };
		state = await service.submit(sent, async (value) => await change({ isUnsure: value }));
	} catch (error) {
		const failure = toGptImageError(error);
		if (current.isUnsure !== true) throw failure;
		return { order: current, failure };
	}
	if (state) {
		const { remote, status, expiresAt } = state;
		await change({ remote, status, expiresAt, isUnsure: false });
	}
	return { order: current };
}

/** Turns are begun one by one: each is an order of its own. */
export const turnDesk = (
	item: ItemRef,
	account: string,
	{ store, clock }: { readonly store: Store; readonly clock: PurchaseContext['retry']['clock'] },
): TurnDesk => ({
	place: async ({ line, remote, status, expiresAt, files, facts }) => {
		// A process that died may have placed it.
		const known = (await store.orders.open(account)).find((order) => order.remote === remote);
		const id = known?.id ?? store.orders.id();
		const part = { facts: { ...facts, order: id } };
		await store.orders.place({
			...{ id, kind: 'turn', status, remote, endpoint: '/v1/responses', expiresAt, line },
			kept: [],
			files: known?.files ?? files,
			requests: { total: 1, completed: 0, failed: 0 },
			orderedAt: known?.orderedAt ?? clock.now(),
			...{ scope: scopeOf(item), execution: item.executionId, account },
			...{ lines: [line], facts: part.facts },
		});
		return part;
	},
	find: async (id) => {
		const order = (await store.orders.open(account)).find((one) => one.id === id);
		return orderFacts(order ?? gone(id), undefined);
	},
});

/** Takes lines until no job is on its way to it any more, and makes orders of them. */
export class Desk implements OrderDesk {
	private placed: Placed[] = [];
	/** Why nothing is ordered. */
	failure: GptImageError | undefined;
	/** Distinct bytes that were uploaded in this run. */
	private readonly uploads = new Map<string, Promise<string>>();
	private readonly submitted = new Map<string, Promise<Order>>();

	/** @param active jobs that may still place a line */
	constructor(
		private active: number,
		private readonly item: ItemRef,
		private readonly context: OrderContext,
	) {}

	place = async (line: BatchLine): Promise<Answer> => {
		const done = Promise.withResolvers<Answer>();
		this.placed.push({ line, done });
		return await this.pausing(async () => await done.promise);
	};

	/** Around a wait, e.g. for another buyer, who may wait for a line of ours. */
	pausing = async <T>(wait: () => Promise<T>): Promise<T> => {
		this.leave();
		try {
			return await wait();
		} finally {
			this.active += 1;
		}
	};

	/** A job has ended, or goes no further until the others have. */
	leave(): void {
		this.active -= 1;
		if (this.active > 0 || this.placed.length === 0) return;
		const placed = this.placed
			.splice(0)
			.sort(({ line: a }, { line: b }) => a.itemIndex - b.itemIndex);
		void this.flush(placed).catch((error: unknown) => {
			for (const { done } of placed) done.reject(toGptImageError(error));
		});
	}

	fail(error: GptImageError): void {
		this.failure ??= error;
	}

	private async flush(placed: readonly Placed[]): Promise<void> {
		const { failure, context } = this;
		if (failure) throw failure;
		if (context.signal?.aborted) throw stoppedBeforeStart();
		const groups = Map.groupBy(placed, ({ line }) => `${line.endpoint} ${line.model}`);
		for (const group of groups.values()) {
			let batch = new Writing(this.uploads, context);
			for (const one of group) {
				if (await batch.add(one)) continue;
				await this.end(batch);
				batch = new Writing(this.uploads, context);
				await batch.add(one);
			}
			await this.end(batch);
		}
	}

	private async end({ lines, placed, files, kept }: Writing): Promise<void> {
		const { context, item } = this;
		const [first] = placed;
		if (!first) return;
		const { store, service, account } = context;
		const inputFile = await service.write(lines);
		const id = store.orders.id();
		await store.orders.place({
			...{ id, kind: 'batch', status: 'waiting', remote: null, endpoint: first.line.endpoint },
			...{ inputFile, files: [...new Set([...files, inputFile])], expiresAt: null },
			requests: { total: placed.length, completed: 0, failed: 0 },
			...{ orderedAt: context.retry.clock.now(), scope: scopeOf(item) },
			...{ execution: item.executionId, account, kept },
			lines: placed.map(({ line }) => line.id),
		});
		for (const [n, { done, text }] of placed.entries()) {
			const facts = { order: id, number: n + 1, line: text };
			done.resolve({ parts: [{ facts }], usd: null, warnings: [] });
		}
	}

	/** Submits an order that waits, once. @throws GptImageError when it is refused */
	async submit(id: string): Promise<Order> {
		const { context } = this;
		const submitting = async (): Promise<Order> => {
			const { store, account } = context;
			const held = await store.orders.hold(account, id);
			try {
				const isOpen = held?.order.remote === null && held.order.error === undefined;
				if (isOpen) return (await submit(held.order, context)).order;
			} finally {
				await held?.release();
			}
			const open = held ? [held.order] : await store.orders.open(account);
			return open.find((one) => one.id === id) ?? gone(id);
		};
		const known = this.submitted.get(id) ?? submitting();
		this.submitted.set(id, known);
		return await known;
	}

	find = async (id: string, customId: string | undefined): Promise<OrderFacts> =>
		orderFacts(await this.submit(id), customId);
}

/** An order of which this store knows nothing. */
export const blankOrder: Order = {
	id: '',
	kind: 'batch',
	remote: null,
	status: 'unknown',
	endpoint: '',
	files: [],
	requests: { total: 0, completed: 0, failed: 0 },
	orderedAt: null,
	expiresAt: null,
	workflowId: '',
	account: '',
};

/** An order that was collected before it was handed out a second time. */
const gone = (id: string): Order => ({ ...blankOrder, id, status: 'collected' });

class Writing implements BatchFiles {
	readonly lines: Buffer[] = [];
	readonly placed: Array<Placed & { readonly text: string }> = [];
	readonly files = new Set<string>();
	readonly kept: Buffer[] = [];
	private images = 0;
	private bytes = 0;

	constructor(
		private readonly uploads: Map<string, Promise<string>>,
		private readonly context: OrderContext,
	) {}

	/** @returns false when it is full */
	async add(one: Placed): Promise<boolean> {
		const { id: custom_id, endpoint: url, images } = one.line;
		const isFull =
			this.images + images > this.context.maxImagesPerBatch || this.lines.length >= MOST_LINES;
		if (isFull && this.lines.length > 0) return false;
		const { body, kept } = await one.line.write(this);
		const text = `${JSON.stringify({ custom_id, method: 'POST', url, body })}\n`;
		const line = Buffer.from(text);
		if (this.bytes + line.length > MOST_BYTES && this.lines.length > 0) return false;
		this.lines.push(line);
		this.placed.push({ ...one, text: kept });
		this.images += images;
		this.bytes += line.length;
		return true;
	}

	upload: BatchFiles['upload'] = async (file, digest) => {
		const upload = this.uploads.get(digest) ?? this.context.service.upload(file);
		this.uploads.set(digest, upload);
		const id = await upload.catch((error: unknown) => {
			this.uploads.delete(digest);
			throw toGptImageError(error);
		});
		this.files.add(id);
		return id;
	};

	keep: BatchFiles['keep'] = (bytes) => {
		const known = this.kept.findIndex((one) => one.equals(bytes));
		return known >= 0 ? known : this.kept.push(bytes) - 1;
	};
}
