import { toGptImageError } from '../errors';
import type { Answer, Call, ItemRef, OrderOutput, Output, Purchase } from '../job';
import type { Reuse, Store } from '../store/store';
import type { Spending } from './limits';
import { withRetries, type RetryPolicy } from './retry';
import { stoppedBeforeStart } from './stop';

export interface PurchaseContext {
	readonly store: Store;
	readonly spending: Spending;
	readonly reuse: Reuse;
	readonly retry: RetryPolicy;
	readonly signal: AbortSignal | undefined;
	/** Around every wait for another buyer, who may wait for this one's lines to be ordered. */
	readonly pausing?: (wait: () => Promise<void>) => Promise<void>;
}

interface ReceiveContext extends Pick<PurchaseContext, 'store' | 'signal'> {
	readonly keepPrompts: boolean;
}

export interface Bought<Out = Output | OrderOutput> {
	readonly call: Call<Out>;
	readonly purchase: Purchase;
}

/**
 * The one way to buy: claim (is it paid, refused, being bought by somebody else, or ours to buy?) ->
 * send (limits, pace and mark in one step) -> ask -> keep. Nothing is settled before it is kept. A
 * retry claims again, so that a lost call of ours and one of a dead process are reported in one place.
 * @param open returns the call; called again after each wait, as the conversation may have changed
 * @param session turns of one session run one after the other
 * @returns the purchase, with the call that can finish its parts
 * @throws GptImageError; a permanent refusal is remembered and not sent again in this execution
 */
export async function purchase<Out>(
	open: () => Promise<Call<Out>>,
	item: ItemRef,
	session: string | undefined,
	context: PurchaseContext,
): Promise<Bought<Out>> {
	const { store, reuse, signal } = context;
	const asked = async () => {
		const call = await open();
		return { call, claim: await store.claim(call.key, item, reuse, session, signal) };
	};
	return await withRetries(context.retry, signal, async (attempts) => {
		for (;;) {
			if (signal?.aborted) throw stoppedBeforeStart();
			const { call, claim } = await asked().catch(async (error: unknown) => {
				await store.leave(item);
				throw error;
			});
			if (claim.kind === 'paid') {
				// A stopped execution may have been settled before the claim was answered.
				if (signal?.aborted) await store.settle(item.executionId, 'returned');
				return { call, purchase: claim.purchase };
			}
			if (claim.kind === 'refused') throw claim.error;
			if (claim.kind === 'later') {
				const wait = async (): Promise<void> => await claim.ended(signal);
				await (context.pausing ? context.pausing(wait) : wait());
				continue;
			}
			const bought = await buy(claim.id, claim.begun, call, attempts, context);
			if (bought) return { call, purchase: bought };
		}
	});
}

/** So long an answer waits for its ID to be noted: while the store is away, what was paid for is only in memory. */
const LATE_MS = 1_000;

/** @returns undefined when the claim was lost before anything was sent */
async function buy<Out>(
	id: string,
	begun: string | undefined,
	whole: Call<Out>,
	attempts: number,
	{ store, spending, retry, signal }: PurchaseContext,
): Promise<Purchase | undefined> {
	let isSent = false;
	let noted = Promise.resolve();
	const note = async (responseId: string | undefined): Promise<void> => {
		const inTime = new AbortController();
		noted = noted.then(async () => await store.note(id, responseId));
		await Promise.race([noted, retry.clock.sleep(LATE_MS, inTime.signal)]);
		inTime.abort();
	};
	try {
		const call = await spending.send(id, whole, signal);
		if (!call) return undefined;
		isSent = true;
		const answer =
			(begun === undefined ? undefined : await call.resume?.(begun, id)) ??
			(await call.ask(note, id));
		return await store.keep(id, { ...answer, attempts });
	} catch (error) {
		await noted;
		const known = toGptImageError(error);
		// A bug of ours does not know what the service has done meanwhile.
		const failure = isSent && known.is('unexpected') ? known.with({ billed: 'possibly' }) : known;
		await store.fail(id, failure);
		throw failure;
	}
}

/**
 * The outcome of what was paid for before, e.g. of a line of a batch: claimed once, and kept before
 * anybody gets it.
 * @param answer called only when nobody has read it yet; must not throw: a failure is kept, too.
 *   Undefined to take only what is kept
 * @returns undefined when somebody else has it, or gets it just now
 * @throws GptImageError when the store cannot be used, and `aborted` when the execution was stopped
 */
export async function receive(
	key: string,
	item: ItemRef,
	{ store, keepPrompts, signal }: ReceiveContext,
	answer: (() => Promise<Answer>) | undefined,
): Promise<Purchase | undefined> {
	if (signal?.aborted) throw stoppedBeforeStart();
	const claim = await store.claim(key, item, { kind: 'once', keepPrompts }, undefined);
	const isMine = claim.kind === 'yours';
	// What is kept may be damaged.
	if (isMine && !answer) await store.release(claim.id);
	const paid = isMine && answer ? await store.keep(claim.id, await answer()) : undefined;
	// A stopped execution may have been settled before it had this.
	if (signal?.aborted) await store.settle(item.executionId, 'returned');
	return claim.kind === 'paid' ? claim.purchase : paid;
}
