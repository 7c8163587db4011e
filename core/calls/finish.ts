import { badAnswer } from '../openai/errors/bad-answer';
import { toGptImageError, invalidParameter } from '../errors';
import type { AnswerFacts, Cost, ImageFacts, ImageOutput, Part, Purchase, Warning } from '../job';
import type { Price } from '../pricing/estimate';
import { preserveOutside, type Composition } from '../pixels/mask/preserve-outside';
import { isActive, measure, pngOfSvg, type Measured } from '../pixels/measure';
import { reachesEnd } from '../pixels/ending';
import { drawPlaceholder } from '../pixels/placeholder';
import { c2paOf } from '../pixels/provenance';
import { formatOf } from '../rules/image-format';
import { labels } from '../rules/labels';
import type { OutputFormat } from '../rules/model-types';
import type { ImageRequest } from '../rules/request-types';
import { paidFacts, type PaidFacts } from './facts';
import { sha256 } from './key';
import type { PreservePlan } from './prepare';
import { warningsOf } from './warnings';
import { divideUsd } from '../pricing/money';

/** Builds the contract's `image` for a paid part, a dry run, or the user's fallback image. */

/** What every image reports, wherever it comes from. */
type Billed = Pick<AnswerFacts, 'index' | 'count' | 'usage' | 'cost' | 'request'>;

/** @returns what one of so many images may cost */
export const shareOf = ({ min, max }: Cost, count: number): Cost => ({
	min: divideUsd(min, count),
	max: divideUsd(max, count),
});

/** @param estimatedUsd the estimate for this image */
export const billedBy = (
	{ index, count, usage, cost: { usd, ...cost }, request }: PaidFacts,
	{ reused, attempts }: Purchase,
	estimatedUsd: Cost,
): Billed => ({
	...{ index, count, usage },
	cost: { usd: reused ? 0 : usd, estimatedUsd, ...cost, ...(reused && { originalUsd: usd }) },
	request: { ...request, attempts, reused, dryRun: false },
});

/** An image of a response as it may be delivered. */
interface Usable {
	readonly bytes: Buffer;
	/** Kept with the part: the format that came, where it is not handed on. */
	readonly came?: 'svg';
}

/**
 * An SVG that was not asked for may run scripts where it is shown, so it is drawn as a PNG.
 * @returns undefined for what is no image: kept, it would be handed out again
 */
export async function usable(bytes: Buffer, request: ImageRequest): Promise<Usable | undefined> {
	const format = formatOf(bytes);
	if (format !== 'svg' || request.format === 'svg') return format && { bytes };
	try {
		const png = await pngOfSvg(bytes);
		return png && { bytes: png, came: 'svg' };
	} catch {
		// Nothing can be drawn on this machine now; the SVG is paid, and its format is told.
		return { bytes };
	}
}

/** Which of a request's images one call returns. */
export interface Span {
	/** From 0. */
	readonly start: number;
	readonly count: number;
}

type Asked = Pick<ImageFacts, 'model' | 'prompt' | 'quality' | 'background'>;

interface Pixels {
	readonly bytes: Buffer;
	readonly sha256: string;
	readonly measured: Omit<Measured, 'width' | 'height'> & Pick<ImageFacts, 'width' | 'height'>;
	/** As the API sent it, if `bytes` differ. */
	readonly answer?: Buffer;
}

const imageOf = (
	{ model, prompt, quality, background }: Asked,
	{ bytes, sha256: digest, measured, answer = bytes }: Pixels,
	billed: Billed,
): ImageFacts => ({
	model,
	prompt,
	...measured,
	quality,
	background,
	sha256: digest,
	...billed,
	provenance: { c2pa: c2paOf(answer, bytes) },
});

/** Restores the original's pixels outside the mask. Does not throw: a paid image is always delivered. */
async function preserved(
	plan: PreservePlan,
	answer: Buffer,
	format: OutputFormat,
	{ compression }: ImageRequest,
): Promise<(Partial<Composition> & Pick<Composition, 'warnings'>) | undefined> {
	if (format === 'gif' || format === 'svg') return undefined;
	try {
		return await preserveOutside({ ...plan, answer, format, compression });
	} catch (error) {
		const { message } = toGptImageError(error);
		return {
			warnings: [
				`The image is as OpenAI sent it; the original pixels were not restored: ${message}`,
			],
		};
	}
}

const unmeasured: Warning = {
	code: 'not_measured',
	message:
		'The image cannot be read and is delivered as OpenAI sent it: it may be damaged, and its size is unknown',
};

/** What came otherwise than it was asked for. */
function differences(
	{ format: askedFormat, size }: ImageRequest,
	came: unknown,
	format: OutputFormat,
	measured: Measured | undefined,
	bytes: Buffer,
): Warning[] {
	const warnings: Warning[] = [];
	if (came === 'svg' || (format === 'svg' && askedFormat !== 'svg')) {
		const message = `OpenAI sent an SVG, which was not requested and may contain scripts: it ${came === 'svg' ? 'was' : 'could not be'} drawn as a PNG`;
		warnings.push({ code: 'format_differs', message });
	} else if (format === 'svg' && isActive(bytes)) {
		const message =
			'The SVG contains scripts, links or content from elsewhere: check it before a website shows it';
		warnings.push({ code: 'svg_active', message });
	} else if (format !== askedFormat) {
		const message = `The image is a ${format}, not the ${askedFormat} that was requested`;
		warnings.push({ code: 'format_differs', message });
	}
	if (!measured) return warnings;
	const { width, height } = measured;
	const isSize = size === 'auto' || format === 'svg' || came === 'svg';
	if (!isSize && (width !== size.width || height !== size.height)) {
		const message = `The image has ${width}x${height} pixels, not the ${size.width}x${size.height} that were requested`;
		warnings.push({ code: 'size_differs', message });
	}
	if (!reachesEnd(bytes, format)) {
		const message = `The end of the ${format} is missing: the image is cut off, and is delivered as OpenAI sent it`;
		warnings.push({ code: 'image_incomplete', message });
	}
	return warnings;
}

/** @param estimatedUsd of the whole call */
export async function finishImage(
	request: ImageRequest,
	plan: PreservePlan | undefined,
	part: Part,
	purchase: Purchase,
	estimatedUsd: Cost,
	warnings: readonly Warning[],
): Promise<ImageOutput> {
	const { bytes: answer } = part;
	const format = answer && formatOf(answer);
	if (!answer || !format) throw badAnswer('broken_image');
	const facts = paidFacts(part.facts);
	// Whatever keeps this machine from reading it now, it is paid.
	const measured = await measure(answer).catch(() => undefined);
	const kept = measured && plan && (await preserved(plan, answer, format, request));
	const bytes = kept?.bytes ?? answer;
	const pixels: Pixels = {
		bytes,
		sha256: bytes === answer && part.sha256 !== undefined ? part.sha256 : sha256(bytes),
		measured: {
			format,
			width: kept?.width ?? measured?.width ?? null,
			height: kept?.height ?? measured?.height ?? null,
		},
		answer,
	};
	const billed = billedBy(facts, purchase, shareOf(estimatedUsd, request.count));
	return {
		image: {
			...imageOf({ ...facts, prompt: request.ownPrompt }, pixels, billed),
			...(kept?.report ? { maskReport: kept.report } : {}),
		},
		bytes,
		frames: part.frames ?? [],
		warnings: [
			...warnings,
			...purchase.warnings,
			...(measured ? [] : [unmeasured]),
			...differences(request, part.facts.came, format, measured, answer),
			...warningsOf('preserve', kept?.warnings ?? []),
		],
	};
}

/** What is told of an answer that was not bought. */
export const notBought = (
	{ usd: estimatedUsd, pricesOf }: Price,
	request: Pick<AnswerFacts['request'], 'attempts' | 'dryRun'>,
): Pick<AnswerFacts, 'usage' | 'cost' | 'request'> => ({
	usage: null,
	cost: { usd: 0, parts: {}, estimatedUsd, pricesOf },
	request: { id: null, durationMs: 0, reused: false, ...request },
});

const notPaid = (
	request: ImageRequest,
	bytes: Buffer,
	measured: Pixels['measured'],
	billed: Billed,
	warnings: readonly Warning[],
): ImageOutput => ({
	image: imageOf(
		{ ...request, prompt: request.ownPrompt },
		{ bytes, sha256: sha256(bytes), measured },
		billed,
	),
	bytes,
	frames: [],
	warnings,
});

/** The placeholder of a dry run. @param index which of the request's images, from 0 */
export async function previewImage(
	request: ImageRequest,
	{ usd, pricesOf }: Price,
	index: number,
	warnings: readonly Warning[],
): Promise<ImageOutput> {
	const { format, count } = request;
	const bytes = await drawPlaceholder({ ...request, prompt: request.ownPrompt });
	const size = request.size === 'auto' ? await measure(bytes) : request.size;
	const measured = { format, width: size?.width ?? null, height: size?.height ?? null };
	const price = { usd: shareOf(usd, count), pricesOf };
	const billed = { index: index + 1, count, ...notBought(price, { attempts: 0, dryRun: true }) };
	return notPaid(request, bytes, measured, billed, warnings);
}

/** @returns a placeholder for each of these images of the request */
export async function previewImages(
	request: ImageRequest,
	price: Price,
	{ start, count }: Span,
	warnings: readonly Warning[],
): Promise<ImageOutput[]> {
	const previews: ImageOutput[] = [];
	for (let index = start; index < start + count; index++) {
		previews.push(await previewImage(request, price, index, warnings));
	}
	return previews;
}

/**
 * The user's own image instead of one that could not be made.
 * @param failed what was tried before
 * @throws invalid_parameter when it is not an image
 */
export async function standInImage(
	request: ImageRequest,
	bytes: Buffer,
	failed: readonly Warning[],
): Promise<ImageOutput> {
	const measured = await measure(bytes);
	if (!measured) {
		throw invalidParameter(
			'fallbackField',
			`'${labels.fallbackField}' is not a PNG, JPEG, WebP, GIF or SVG`,
			`${failed.map(({ message }) => message).join('. ')}.`,
		);
	}
	const price = { usd: { min: 0, max: 0 }, pricesOf: [] };
	const facts = notBought(price, { attempts: failed.length, dryRun: false });
	return notPaid(request, bytes, measured, { index: 1, count: 1, ...facts }, [
		...failed,
		{ code: 'fallback_image', message: `The image of '${labels.fallbackField}' was used` },
	]);
}
