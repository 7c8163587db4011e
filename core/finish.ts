import { createHash } from 'node:crypto';
import { badAnswer } from './api/bad-answer';
import type { KeepPlan, PreparedEdit } from './edit';
import { asFailure, invalidParameter } from './errors';
import type { Job, Picture } from './job';
import type { Estimate } from './money/estimate';
import { keepOutside, type Kept } from './picture/compose';
import { measure } from './picture/measure';
import { placeholderPicture } from './picture/placeholder';
import { provenanceOf } from './picture/provenance';
import type { PaidFacts } from './record';
import { labels } from './rules/labels';
import type { OutputFormat } from './rules/model-types';
import type { PictureRequest } from './rules/request-types';

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
 * @param raw what was paid for, now or by an earlier run
 * @param estimatedUsd what this picture was to cost, in USD
 * @returns the contract's `cost` and `request`
 */
export const billOf = (
	raw: RawPicture,
	estimatedUsd: Estimate['usd'],
): Pick<Picture, 'cost' | 'request'> => ({
	cost: {
		usd: raw.reused ? 0 : raw.usd,
		estimatedUsd,
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
});

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The answer with the original's pixels outside the mask; a paid picture is delivered in any case. */
async function keepOriginal(
	plan: KeepPlan,
	raw: RawPicture,
	format: OutputFormat,
	{ compression }: PictureRequest,
): Promise<(Partial<Kept> & Pick<Kept, 'warnings'>) | undefined> {
	if (format === 'gif' || format === 'svg') return undefined;
	try {
		return await keepOutside({ ...plan, answer: raw.bytes, format, compression });
	} catch (error) {
		const { message } = asFailure(error);
		return {
			warnings: [`The picture is as OpenAI sent it, the original was not put back: ${message}`],
		};
	}
}

/**
 * @param price the estimate of the whole request
 * @param index which of the request's images, from 0
 * @returns the picture with everything the contract's `image` says of it
 * @throws broken_image when the bytes cannot be read as a picture
 */
export async function finishPicture(
	{ request }: Job,
	inputs: PreparedEdit | undefined,
	raw: RawPicture,
	price: Estimate,
	index: number,
): Promise<Picture> {
	const measured = await measure(raw.bytes);
	if (!measured) throw badAnswer('broken_image');
	const kept = inputs?.keep && (await keepOriginal(inputs.keep, raw, measured.format, request));
	const bytes = kept?.bytes ?? raw.bytes;
	return {
		bytes,
		partials: raw.partials,
		model: raw.model,
		prompt: request.prompt,
		format: measured.format,
		width: kept?.width ?? measured.width,
		height: kept?.height ?? measured.height,
		quality: raw.quality,
		background: raw.background,
		sha256: bytes === raw.bytes ? raw.sha256 : sha256Of(bytes),
		index: index + 1,
		count: request.count,
		usage: raw.usage,
		...billOf(raw, estimatedUsd(price, request.count)),
		provenance: provenanceOf(raw.bytes, bytes),
		...(kept?.report ? { maskReport: kept.report } : {}),
		warnings: [
			...request.warnings,
			...(inputs?.notes ?? []),
			...price.warnings,
			...raw.warnings,
			...(kept?.warnings ?? []),
		],
	};
}

/** The placeholder of a dry run, in the shape of the real thing. */
export async function dryPicture(
	{ request }: Job,
	inputs: PreparedEdit | undefined,
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
		sha256: sha256Of(bytes),
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
		provenance: provenanceOf(bytes, bytes),
		warnings: [...request.warnings, ...(inputs?.notes ?? []), ...price.warnings],
	};
}

/**
 * The user's own picture in place of one that could not be made.
 * @param said what happened before
 * @throws invalid_parameter when it is no picture
 */
export async function standInPicture(
	{ request }: Job,
	bytes: Buffer,
	said: readonly string[],
): Promise<Picture> {
	const measured = await measure(bytes);
	if (!measured) {
		throw invalidParameter(
			'fallbackField',
			`'${labels.fallbackField}' holds no PNG, JPEG, WebP, GIF or SVG`,
			`${said.join('. ')}.`,
		);
	}
	return {
		bytes,
		partials: [],
		model: request.model,
		prompt: request.prompt,
		...measured,
		quality: request.quality,
		background: request.background,
		sha256: sha256Of(bytes),
		index: 1,
		count: 1,
		usage: null,
		cost: { usd: 0, estimatedUsd: { min: 0, max: 0 }, parts: {}, pricesOf: [] },
		request: { id: null, attempts: said.length, durationMs: 0, reused: false, dryRun: false },
		provenance: provenanceOf(bytes, bytes),
		warnings: [...request.warnings, ...said, `The picture of '${labels.fallbackField}' was used`],
	};
}
