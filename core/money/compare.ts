import type { FixedQuality, ImageModel, OutputTokens, Quality } from '../rules/model-types';
import { imageModels, qualities } from '../rules/models';
import type { Dimensions, PictureRequest, Size } from '../rules/request-types';
import { brokenSizeRules, legalSizes, nearestLegal } from '../rules/size';
import { type Estimate, type EstimateWish, estimateWithTokens } from './estimate';
import { formulaTokens, type TokenRange } from './tokens';

/** What is to be drawn, whatever model draws it. */
export interface CompareWish extends Pick<PictureRequest, 'size' | 'count'> {
	/** The least quality; qualities are compared by name. */
	readonly quality: Quality;
	readonly images: EstimateWish['images'];
	readonly batch?: boolean;
	readonly prices?: EstimateWish['prices'];
}

/** One way to draw it. */
export interface Offer {
	readonly model: string;
	readonly quality: FixedQuality;
	readonly size: Size;
	readonly estimate: Estimate;
	/** Whether it has at least the wanted pixels and quality. */
	readonly isEnough: boolean;
	/** The cheapest of those that are enough and whose model is not about to stop. */
	readonly isCheapest: boolean;
	/** A dearer size of nearly the same shape that this one replaces. */
	readonly insteadOf?: Dimensions;
	readonly warnings: readonly string[];
}

/**
 * How far width to height may be from the wish for a size to count as of the same shape: 3%, which
 * is 31 pixels of 1024.
 */
const SAME_SHAPE = Math.log(1.03);

const pixels = ({ width, height }: Dimensions): number => width * height;
const shape = ({ width, height }: Dimensions): number => Math.log(width / height);

type Formula = Extract<OutputTokens, { rule: 'formula' | 'range' }>;

const cheaperSizes = new Map<string, Dimensions | undefined>();

/**
 * A cheaper legal size of nearly the same shape with at least as many pixels. OpenAI's formula has
 * steps: a slightly longer shape can fall to the next lower step and cost less although it is
 * larger (1040x1024 costs less than 1024x1024).
 * @returns the cheapest, of equally cheap ones the nearest; undefined when there is none
 */
export function cheaperSize(
	row: ImageModel,
	rule: Formula,
	quality: FixedQuality,
	size: Dimensions,
): Dimensions | undefined {
	const base = rule.bases[quality];
	if (base === undefined || row.sizes.rule !== 'free') return undefined;
	const key = `${base} ${size.width}x${size.height}`;
	if (cheaperSizes.has(key)) return cheaperSizes.get(key);
	let best: Dimensions | undefined;
	let least = formulaTokens(base, size.width, size.height);
	let distance = Infinity;
	for (const other of legalSizes(row.sizes)) {
		if (pixels(other) < pixels(size)) continue;
		const bent = Math.abs(shape(other) - shape(size));
		if (bent > SAME_SHAPE) continue;
		const tokens = formulaTokens(base, other.width, other.height);
		const far = bent + Math.log(pixels(other) / pixels(size));
		if (tokens < least || (best && tokens === least && far < distance)) {
			best = other;
			least = tokens;
			distance = far;
		}
	}
	// Wishes are few in one n8n process; a workflow that makes them up must not fill its memory.
	if (cheaperSizes.size > 1000) cheaperSizes.clear();
	cheaperSizes.set(key, best);
	return best;
}

function sizesFor(row: ImageModel, quality: FixedQuality, size: Size): [Size, Dimensions?][] {
	if (size === 'auto') return [['auto']];
	const legal =
		brokenSizeRules(row.sizes, size).length === 0 ? size : nearestLegal(row.sizes, size);
	const cheaper =
		row.outputTokens.rule === 'table'
			? undefined
			: cheaperSize(row, row.outputTokens, quality, legal);
	return cheaper ? [[legal], [cheaper, legal]] : [[legal]];
}

const rank = (quality: Quality): number => qualities.indexOf(quality);

/** Unknown prices last, then the dearest possible price, then the least. */
function byPrice({ estimate: a }: Offer, { estimate: b }: Offer): number {
	return (
		(a.usd.max ?? Infinity) - (b.usd.max ?? Infinity) ||
		(a.usd.min ?? Infinity) - (b.usd.min ?? Infinity)
	);
}

/**
 * What a picture would cost on each model that can be used today, at each quality, at the wanted
 * size and at a cheaper one of nearly the same shape.
 * @param wish what is to be drawn
 * @param prompt tokens of its prompt
 * @param today day in UTC, `YYYY-MM-DD`
 * @returns the offers, cheapest first; one of them is marked `isCheapest` if any is enough
 */
export function compare(wish: CompareWish, prompt: TokenRange, today: string): Offer[] {
	const wantedPixels = wish.size === 'auto' ? 0 : pixels(wish.size);
	const offers: Offer[] = [];
	for (const row of imageModels) {
		if (row.status === 'retired' || (row.stopsOn !== undefined && row.stopsOn <= today)) continue;
		for (const quality of row.qualities) {
			if (quality === 'auto') continue;
			for (const [size, insteadOf] of sizesFor(row, quality, wish.size)) {
				const hasPixels = size === 'auto' || pixels(size) >= wantedPixels;
				offers.push({
					model: row.id,
					quality,
					size,
					estimate: estimateWithTokens(
						{
							operation: wish.images.length > 0 ? 'edit' : 'generate',
							model: row.id,
							row,
							size,
							quality,
							count: wish.count,
							format: 'png',
							partialImages: 0,
							inputFidelity: undefined,
							images: wish.images,
							batch: wish.batch,
							prices: wish.prices,
						},
						prompt,
					),
					isEnough: hasPixels && rank(quality) >= rank(wish.quality),
					isCheapest: false,
					...(insteadOf && { insteadOf }),
					warnings:
						row.stopsOn === undefined
							? []
							: [`${row.id} stops on ${row.stopsOn}: move to ${row.successor ?? 'a newer model'}`],
				});
			}
		}
	}
	offers.sort(byPrice);
	const cheapest = offers.find(
		({ isEnough, estimate, warnings }) =>
			isEnough && estimate.usd.max !== null && warnings.length === 0,
	);
	return offers.map((offer) => (offer === cheapest ? { ...offer, isCheapest: true } : offer));
}
