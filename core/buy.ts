import type { Client } from './api/client';
import { editImages } from './api/edits';
import { badAnswer } from './api/bad-answer';
import { generateImages, type ImageAnswer } from './api/openai';
import type { Pace } from './api/pace';
import { withRetries } from './api/retry';
import { asFailure, GptImageError } from './errors';
import type { RawPicture } from './finish';
import type { Job } from './job';
import type { Budget } from './money/budget';
import { actual, type Actual } from './money/cost';
import type { Ledger, LedgerEntry, Place, Reservation as Mark } from './money/ledger';
import type { PriceOverrides } from './money/prices';
import { formatOf } from './picture/measure';
import { moneyFacts, type PaidFacts } from './record';
import type { Calls } from './rules/calls';
import type { EditInputs } from './rules/request-types';

/** One wanted image, and the key under which it is kept. */
export interface Wanted {
	/** Which of the request's images, from 0. */
	readonly index: number;
	readonly fingerprint: string;
	/** What the ledger says of it, e.g. that an earlier call was cut off; for the item. */
	readonly warnings: readonly string[];
	/** Marks of the calls that the warnings tell of. */
	readonly lostCalls: Mark;
}

export interface Bought {
	readonly index: number;
	readonly fingerprint: string;
	readonly raw: RawPicture;
	/** Undefined when the picture could not be kept; `raw.warnings` says why. */
	readonly entry: LedgerEntry | undefined;
}

/** What buying needs from the run. */
export interface Shop {
	readonly client: Client;
	readonly pace: Pace;
	readonly calls: Calls;
	readonly ledger: Ledger;
	readonly budget: Budget;
	readonly prices: PriceOverrides;
	readonly signal: AbortSignal | undefined;
}

/** One job's order: which of its images are missing, and what they may cost at most. */
export interface Order {
	readonly job: Job;
	readonly inputs: EditInputs | undefined;
	/** Images that one call is to answer, one or more. */
	readonly wanted: readonly Wanted[];
	readonly place: Place;
	/** USD; null when no upper bound is known. */
	readonly upperUsd: number | null;
}

async function callApi(shop: Shop, { job, inputs, wanted }: Order): Promise<ImageAnswer> {
	const request = { ...job.request, count: wanted.length };
	// A stopped execution does not cut it off: it would be billed all the same, with nothing to keep.
	const options = { timeoutMs: job.timeoutMs };
	const answer = inputs
		? await editImages(shop.client, request, inputs, options)
		: await generateImages(shop.client, request, options);
	if (!answer.images.some((bytes) => formatOf(bytes))) throw badAnswer('broken_image');
	return answer;
}

/** n8n's lint refuses a caught value that is thrown by its name. */
const failed = (error: GptImageError): GptImageError => error;

/** Puts the pictures of an answer into the ledger, in order. */
async function keep(
	{ ledger }: Shop,
	{ job, wanted, place }: Order,
	answer: ImageAnswer,
	bill: Actual,
	call: Pick<PaidFacts, 'attempts' | 'durationMs'>,
	doubts: readonly string[],
): Promise<Bought[]> {
	const { model, quality, background, prompt } = job.request;
	const bought: Bought[] = [];
	for (const [position, bytes] of answer.images.entries()) {
		const format = formatOf(bytes);
		const want = wanted[position];
		const billed = bill.perImage[position];
		// What is no picture at all is not worth keeping: it would be handed out again.
		if (!format || !want || !billed) continue;
		const facts: PaidFacts = {
			model,
			quality: answer.quality ?? quality,
			background: answer.background ?? background,
			requestId: answer.requestId ?? null,
			...call,
			...moneyFacts(billed),
		};
		// Kept with the picture: should this run fail, the one that gets it tells of the money too.
		const told = [...want.warnings, ...doubts];
		const record = { ...facts, format, prompt, warnings: told };
		const kept = await ledger.keep(want.fingerprint, place, { bytes, record });
		await ledger.release(want.lostCalls);
		bought.push({
			index: want.index,
			fingerprint: want.fingerprint,
			raw: {
				...facts,
				bytes,
				sha256: kept.sha256,
				partials: answer.partials,
				reused: false,
				warnings: [...told, ...kept.warnings],
			},
			entry: kept.entry,
		});
	}
	return bought;
}

/**
 * One attempt: reserved in the budget and marked in the ledger before it is sent, its pictures kept
 * before anything else is done, then settled by what it has cost.
 * @param doubts what the attempts before may have cost, for the item
 * @param unknown gets the mark of a call that may be on the bill without a picture
 */
async function attempt(
	shop: Shop,
	order: Order,
	attempts: number,
	doubts: readonly string[],
	unknown: Mark[],
): Promise<Bought[]> {
	const { budget, ledger, pace, prices } = shop;
	const { job, wanted, place } = order;
	const { model, row } = job.request;
	const reservation = await budget.reserve(order.upperUsd);
	const fingerprints = wanted.map(({ fingerprint }) => fingerprint);
	let mark: Mark | undefined;
	try {
		mark = await ledger.reserve(fingerprints, place);
		const started = performance.now();
		const answer = await callApi(shop, order);
		const durationMs = Math.round(performance.now() - started);
		const bill = actual({ ...answer, count: answer.images.length, model, row, prices });
		const bought = await keep(shop, order, answer, bill, { attempts, durationMs }, doubts);
		pace.observe(answer.headers);
		const unsettled = await reservation.settle(bill.whole.cost.usd);
		const warnings = [
			...bill.warnings,
			...(unsettled === undefined ? [] : [unsettled]),
			...(bought.length < wanted.length
				? [`OpenAI sent ${bought.length} of ${wanted.length} images`]
				: []),
		];
		return bought.map((one) => withWarnings(one, warnings));
	} catch (error) {
		const failure = asFailure(error);
		await (failure.facts.billed === 'no' ? reservation.release() : reservation.settle(null));
		if (mark && failure.facts.billed !== 'no') {
			unknown.push(mark);
			mark = undefined;
		}
		throw failed(failure);
	} finally {
		if (mark) await ledger.release(mark);
	}
}

const withWarnings = (bought: Bought, warnings: readonly string[]): Bought => ({
	...bought,
	raw: { ...bought.raw, warnings: [...warnings, ...bought.raw.warnings] },
});

/**
 * Makes one paid call, with retries as far as money allows, and puts every picture of its answer
 * into the ledger before anything else can throw.
 * @returns as many pictures as came, in order
 * @throws GptImageError; a permanent refusal is remembered and not sent again in this execution
 */
export async function buy(shop: Shop, order: Order): Promise<Bought[]> {
	const { ledger, pace, calls, signal } = shop;
	const { wanted, place, inputs } = order;
	for (const { fingerprint } of wanted) {
		const refusal = await ledger.refusal(fingerprint, place);
		if (refusal) throw refusal;
	}
	const load = { images: wanted.length, inputImages: inputs?.images.length ?? 0 };
	const unknown: Mark[] = [];
	try {
		const { value } = await withRetries(
			async (attempts, doubts) => await attempt(shop, order, attempts, doubts, unknown),
			{ ...calls, load },
			pace,
			signal,
		);
		// The picture's warnings tell of them.
		for (const mark of unknown) await ledger.release(mark);
		return value;
	} catch (error) {
		const failure = asFailure(error);
		for (const { fingerprint } of wanted) await ledger.refuse(fingerprint, place, failure);
		// A node tells of one failure only, and of none that it tried again: whoever asks for the
		// picture next is told.
		for (const mark of unknown) await ledger.abandon(mark);
		throw failed(failure);
	}
}
