import type { Client } from './api/client';
import { editImages } from './api/edits';
import { badAnswer } from './api/failures';
import { generateImages, type ImageAnswer } from './api/openai';
import type { Pace } from './api/pace';
import { withRetries, type Retried } from './api/retry';
import { asFailure, GptImageError } from './errors';
import type { RawPicture } from './finish';
import type { Job } from './job';
import type { Budget } from './money/budget';
import { actual, type Actual } from './money/cost';
import type { Ledger, LedgerEntry, Place } from './money/ledger';
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
}

export interface Bought {
	readonly index: number;
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

interface Paid {
	readonly answer: ImageAnswer;
	readonly bill: Actual;
	readonly durationMs: number;
	readonly warnings: readonly string[];
}

async function callApi(shop: Shop, { job, inputs, wanted }: Order): Promise<ImageAnswer> {
	const request = { ...job.request, count: wanted.length };
	const options = { timeoutMs: job.timeoutMs, signal: shop.signal };
	const answer = inputs
		? await editImages(shop.client, request, inputs, options)
		: await generateImages(shop.client, request, options);
	// What is no picture at all is not worth keeping: it would be handed out again.
	if (!answer.images.every((bytes) => formatOf(bytes))) throw badAnswer('broken_image');
	return answer;
}

/** One attempt, within the budget: reserved before it is sent, settled by what it has cost. */
async function pay(shop: Shop, order: Order): Promise<Paid> {
	const { model, row } = order.job.request;
	const reservation = await shop.budget.reserve(order.upperUsd);
	const started = performance.now();
	let answer: ImageAnswer;
	try {
		answer = await callApi(shop, order);
	} catch (error) {
		const failure = asFailure(error);
		await (failure.facts.billed === 'no' ? reservation.release() : reservation.settle(null));
		throw failed(failure);
	}
	shop.pace.observe(answer.headers);
	const bill = actual({ ...answer, count: answer.images.length, model, row, prices: shop.prices });
	const warning = await reservation.settle(bill.whole.cost.usd);
	return {
		answer,
		bill,
		durationMs: Math.round(performance.now() - started),
		warnings: [...bill.warnings, ...(warning === undefined ? [] : [warning])],
	};
}

/** n8n's lint refuses a caught value that is thrown by its name. */
const failed = (error: GptImageError): GptImageError => error;

/** Puts the pictures of an answer into the ledger, in order. */
async function keep(shop: Shop, order: Order, paid: Retried<Paid>): Promise<Bought[]> {
	const { wanted, place } = order;
	const { model, quality, background, prompt } = order.job.request;
	const { answer, bill, durationMs, warnings } = paid.value;
	const count = answer.images.length;
	const missing = wanted.length - count;
	const bought: Bought[] = [];
	for (const [position, bytes] of answer.images.entries()) {
		const want = wanted[position];
		const billed = bill.perImage[position];
		if (!want || !billed) break;
		const facts: PaidFacts = {
			model,
			quality: answer.quality ?? quality,
			background: answer.background ?? background,
			requestId: answer.requestId ?? null,
			attempts: paid.attempts,
			durationMs,
			...moneyFacts(billed),
		};
		const record = { ...facts, format: formatOf(bytes), prompt };
		const kept = await shop.ledger.keep(want.fingerprint, place, { bytes, record });
		bought.push({
			index: want.index,
			raw: {
				...facts,
				bytes,
				sha256: kept.sha256,
				partials: answer.partials,
				reused: false,
				warnings: [
					...paid.warnings,
					...warnings,
					...kept.warnings,
					...(missing > 0 ? [`OpenAI sent ${count} of ${wanted.length} images`] : []),
				],
			},
			entry: kept.entry,
		});
	}
	return bought;
}

/**
 * Makes one paid call, with retries as far as money allows, and puts every picture of its answer
 * into the ledger before anything else can throw.
 * @returns as many pictures as came, in order
 * @throws GptImageError; a permanent refusal is remembered and not sent again in this execution
 */
export async function buy(shop: Shop, order: Order): Promise<Bought[]> {
	const { ledger, pace, calls, signal } = shop;
	const { wanted, place, inputs } = order;
	const fingerprints = wanted.map(({ fingerprint }) => fingerprint);
	for (const fingerprint of fingerprints) {
		const refusal = await ledger.refusal(fingerprint, place);
		if (refusal) throw refusal;
	}
	const load = { images: wanted.length, inputImages: inputs?.images.length ?? 0 };
	const reservation = await ledger.reserve(fingerprints, place);
	try {
		const policy = { ...calls, load };
		const paid = await withRetries(async () => await pay(shop, order), policy, pace, signal);
		return await keep(shop, order, paid);
	} catch (error) {
		const failure = asFailure(error);
		for (const fingerprint of fingerprints) await ledger.refuse(fingerprint, place, failure);
		throw failed(failure);
	} finally {
		await ledger.release(reservation);
	}
}
