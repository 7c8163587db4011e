/** What the same image costs on every model, quality and size. */

import { modelStatus } from '../rules/calendar';
import { successorText } from '../rules/model';
import type { FixedQuality, ImageModel, OutputTokens, Quality } from '../rules/model-types';
import { modelTable } from '../rules/model-table';
import { valuesOf } from '../rules/choices';
import type { Dimensions, Size } from '../rules/request-types';
import { brokenSizeRules, legalSizes, nearestLegal, sizeText } from '../rules/size';
import { type Estimate, type EstimateInput, estimateWithTokens } from './estimate';
import { formulaTokens, type TokenRange } from './output-tokens';

/** The image to compare prices for, whatever model makes it. */
export interface CompareInput extends Pick<
	EstimateInput,
	'size' | 'count' | 'images' | 'batch' | 'prices'
> {
	/** The least quality; qualities are compared by name. */
	readonly quality: Quality;
}

export interface PriceOption {
	readonly model: string;
	readonly quality: FixedQuality;
	readonly size: Size;
	readonly estimate: Estimate;
	/** Whether it has at least the requested pixels and quality. */
	readonly meetsRequest: boolean;
	/** The cheapest that meets the request and whose model is not about to be retired. */
	readonly isCheapest: boolean;
	/** A more expensive size of nearly the same shape that this one replaces. */
	readonly replaces?: Dimensions;
	readonly warnings: readonly string[];
}

/** How far width to height may be from the request for a size to count as of the same shape: 3%. */
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
	const key = `${base} ${sizeText(size)}`;
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
	// A workflow with ever new sizes must not fill the memory.
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

const rank = (quality: Quality): number => valuesOf('quality').indexOf(quality);

/** By the highest possible price, then by the lowest, unknown ones last; behind all, models that stop soon. */
function byWorth(one: PriceOption, other: PriceOption): number {
	const [a, b] = [one.estimate, other.estimate];
	return (
		one.warnings.length - other.warnings.length ||
		(a.usd.max ?? Infinity) - (b.usd.max ?? Infinity) ||
		(a.usd.min ?? Infinity) - (b.usd.min ?? Infinity)
	);
}

/**
 * What an image would cost on each model that can be used today (and in a batch, for a batch), at each
 * quality, at the wanted size and at a cheaper one of nearly the same shape.
 * @param prompt tokens of its prompt
 * @param today day in UTC, `YYYY-MM-DD`
 * @returns the offers, cheapest first, those on models that stop soon last
 */
export function compare(input: CompareInput, prompt: TokenRange, today: string): PriceOption[] {
	const wantedPixels = input.size === 'auto' ? 0 : pixels(input.size);
	const offers: PriceOption[] = [];
	for (const row of modelTable().image) {
		const status = modelStatus(row, today);
		if (status === 'upcoming' || status === 'stopped') continue;
		if (input.batch === true && !row.batches) continue;
		for (const quality of row.qualities) {
			if (quality === 'auto') continue;
			for (const [size, replaces] of sizesFor(row, quality, input.size)) {
				const hasPixels = size === 'auto' || pixels(size) >= wantedPixels;
				offers.push({
					model: row.id,
					quality,
					size,
					estimate: estimateWithTokens(
						{
							operation: input.images.length > 0 ? 'edit' : 'generate',
							model: row.id,
							row,
							size,
							quality,
							count: input.count,
							format: 'png',
							partialImages: 0,
							inputFidelity: undefined,
							images: input.images,
							batch: input.batch,
							prices: input.prices,
						},
						prompt,
					),
					meetsRequest: hasPixels && rank(quality) >= rank(input.quality),
					isCheapest: false,
					...(replaces && { replaces }),
					warnings:
						status === 'stopping'
							? [`${row.id} stops on ${row.until ?? ''}: switch to ${successorText(row)}`]
							: [],
				});
			}
		}
	}
	offers.sort(byWorth);
	const cheapest = offers.find(
		({ meetsRequest, estimate, warnings }) =>
			meetsRequest && estimate.usd.max !== null && warnings.length === 0,
	);
	return offers.map((offer) => (offer === cheapest ? { ...offer, isCheapest: true } : offer));
}
