import { createHash } from 'node:crypto';
import { badAnswer } from './api/failures';
import type { Job, Picture } from './job';
import type { Estimate } from './money/estimate';
import { measure } from './picture/measure';
import { placeholderPicture } from './picture/placeholder';
import type { PaidFacts } from './record';

/** A picture as it came from the API or the ledger. */
export interface RawPicture extends PaidFacts {
	readonly bytes: Buffer;
	/** Hex digest of the bytes. */
	readonly sha256: string;
	readonly partials: readonly Buffer[];
	readonly reused: boolean;
	readonly warnings: readonly string[];
}

/** An image's share of an amount for the whole request; money is told to 1e-10 USD. */
export const perImage = (usd: number | null, count: number): number | null =>
	usd === null ? null : Number((usd / count).toFixed(10));

const estimatedUsd = ({ usd }: Estimate, count: number) => ({
	min: perImage(usd.min, count),
	max: perImage(usd.max, count),
});

/**
 * @param price the estimate of the whole request
 * @param index which of the request's images, from 0
 * @returns the picture with everything the contract's `image` says of it
 * @throws broken_image when the bytes cannot be read as a picture
 */
export async function finishPicture(
	{ request }: Job,
	raw: RawPicture,
	price: Estimate,
	index: number,
): Promise<Picture> {
	const measured = await measure(raw.bytes);
	if (!measured) throw badAnswer('broken_image');
	return {
		bytes: raw.bytes,
		partials: raw.partials,
		model: raw.model,
		prompt: request.prompt,
		...measured,
		quality: raw.quality,
		background: raw.background,
		sha256: raw.sha256,
		index: index + 1,
		count: request.count,
		usage: raw.usage,
		cost: {
			usd: raw.reused ? 0 : raw.usd,
			estimatedUsd: estimatedUsd(price, request.count),
			parts: raw.parts,
			pricesOf: raw.pricesOf,
			...(raw.reused ? { originalUsd: raw.usd } : {}),
		},
		request: {
			id: raw.requestId,
			attempts: raw.attempts,
			durationMs: raw.durationMs,
			reused: raw.reused,
			dryRun: false,
		},
		warnings: [...request.warnings, ...price.warnings, ...raw.warnings],
	};
}

/** The placeholder of a dry run, in the shape of the real thing. */
export async function dryPicture(
	{ request }: Job,
	price: Estimate,
	index: number,
): Promise<Picture> {
	const bytes = await placeholderPicture(request);
	const size = request.size === 'auto' ? await measure(bytes) : request.size;
	return {
		bytes,
		partials: [],
		model: request.model,
		prompt: request.prompt,
		format: request.format,
		width: size?.width ?? 0,
		height: size?.height ?? 0,
		quality: request.quality,
		background: request.background,
		sha256: createHash('sha256').update(bytes).digest('hex'),
		index: index + 1,
		count: request.count,
		usage: null,
		cost: {
			usd: 0,
			estimatedUsd: estimatedUsd(price, request.count),
			parts: {},
			pricesOf: price.pricesOf,
		},
		request: { id: null, attempts: 0, durationMs: 0, reused: false, dryRun: true },
		warnings: [...request.warnings, ...price.warnings],
	};
}
