import { badAnswer } from './api/failures';
import type { Job, Picture } from './job';
import type { Estimate } from './money/estimate';
import { measure } from './picture/measure';
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
	const { count } = request;
	const each = (usd: number | null) => (usd === null ? null : usd / count);
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
		count,
		usage: raw.usage,
		cost: {
			usd: raw.reused ? 0 : raw.usd,
			estimatedUsd: { min: each(price.usd.min), max: each(price.usd.max) },
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
