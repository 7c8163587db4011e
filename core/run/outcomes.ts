import { toGptImageError, type GptImageError } from '../errors';
import type { ItemRef, OrderName, Output } from '../job';
import type { CollectedLine, OrderedRow, OrderState } from '../job-orders';
import { receive } from '../purchase/purchase';
import { withRetries, type RetryPolicy } from '../purchase/retry';
import type { Order } from '../store/order-rows';
import type { Store } from '../store/store';
import type { OrderService } from './desk';

/** What comes of the lines of an order: read from the service, kept, and given out once. */

/** The service, as far as collecting needs it. A state is handed to the service that gave it only. */
export interface CollectService extends Pick<OrderService, 'submit'> {
	/** @throws GptImageError `order_not_found` */
	look(remote: string): Promise<OrderState>;
	cancel(remote: string): Promise<void>;
	answers(state: OrderState): AsyncGenerator<LineResult, void, void>;
	/** @param line counted from 1. @returns why it has no answer */
	missing(state: OrderState, line: number): GptImageError;
	/** Of an order that was never submitted. */
	cancelled(): GptImageError;
	remove(ids: readonly string[]): Promise<boolean>;
	/** @param kept what its row kept when it was ordered; undefined where the store knows nothing of it */
	line(
		kept: unknown,
		order: OrderName,
		state: OrderState | undefined,
		bytes: (n: number) => Promise<Buffer | undefined>,
	): CollectedLine;
}

interface LineResult {
	/** Undefined where there is only one. */
	readonly customId: string | undefined;
	/** Whether the service counts it as completed. */
	readonly isDone: boolean;
	readonly answer: unknown;
}

export interface Collector {
	readonly store: Store;
	readonly account: string;
	readonly item: ItemRef;
	readonly keepPrompts: boolean;
	/** Of looking and downloading, which cost nothing. */
	readonly retry: RetryPolicy;
	readonly signal: AbortSignal | undefined;
}

export interface CollectContext extends Collector {
	readonly service: CollectService;
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

/** What known and unknown orders share: a line's outcome is claimed once, kept, and given out. */
export class Outcomes {
	constructor(protected readonly context: CollectContext) {}

	/**
	 * @returns the order as it is now; one that is cancelled may have ended by itself before
	 * @throws GptImageError when it was to be cancelled and goes on
	 */
	protected async stateOf(remote: string): Promise<OrderState> {
		const { service, retry, signal, cancel } = this.context;
		const look = async (): Promise<OrderState> =>
			await withRetries(retry, signal, async () => await service.look(remote));
		const seen = await look();
		if (!cancel || seen.isFinal) return seen;
		const failure = await service.cancel(remote).then(() => undefined, toGptImageError);
		const state = await look();
		if (failure && !state.isFinal && state.status !== 'cancelling') throw failure;
		return state;
	}

	/** Each once. A download that breaks off starts again, as often as none of it is new. */
	protected async *answers(state: OrderState): AsyncGenerator<LineResult, void, void> {
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
		const read = async () => {
			const found = await line.answer(answer);
			await bill(found.usd);
			return found;
		};
		const { context } = this;
		const paid = await receive(key, context.item, context, answer === undefined ? undefined : read);
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
