/** Image sizes: parsing them, the rules of each model, and the nearest legal size. */

import { invalidParameter } from '../errors';
import { labels, type Parameter } from './labels';
import type { FixedSizes, FreeSizes, ImageModel } from './model-types';
import type { Dimensions, Frames, Size } from './request-types';
import { excerpt, grouped } from './parameters';

/** One megapixel as image people count it: 1024 x 1024 pixels. */
export const pixelsPerMegapixel = 1024 * 1024;

/** @returns `auto`, or `WIDTHxHEIGHT` in pixels */
export const sizeText = (size: Size): string =>
	size === 'auto' ? size : `${size.width}x${size.height}`;

/** @returns undefined when the text is not `WIDTHxHEIGHT` in pixels */
export function parseSize(text: string): Dimensions | undefined {
	const match = /^\s*(\d+)\s*[x×*]\s*(\d+)\s*$/i.exec(text);
	return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

/**
 * @param text `16:9`, `1.91:1`, `4/5`
 * @returns width divided by height
 * @throws invalid_parameter when it is not two positive numbers
 */
export function parseRatio(text: string, param: Parameter): number {
	const match = /^\s*(\d+(?:\.\d+)?)\s*[:/x]\s*(\d+(?:\.\d+)?)\s*$/i.exec(text);
	const ratio = match ? Number(match[1]) / Number(match[2]) : NaN;
	if (!Number.isFinite(ratio) || ratio <= 0) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${excerpt(text)}", which is not a ratio`,
			'Enter the ratio as width:height, e.g. 16:9, 1:1 or 4:5.',
		);
	}
	return ratio;
}

/**
 * How the frames of an animated GIF lie on one sheet: 3 x 3 up to 9 of them, 4 x 3 up to 12, else
 * 4 x 4 (APIYI measurements, 2026-11-09: the largest squares are 960, 816 and 720 pixels).
 */
export function gifSheet({ count }: Frames): { readonly across: number; readonly places: number } {
	if (count <= 9) return { across: 3, places: 9 };
	return { across: 4, places: count <= 12 ? 12 : 16 };
}

/** The size rule of a model; the sheet of a GIF's frames must obey its limits. */
export function sizeRule(row: ImageModel, frames: Frames | undefined): FreeSizes | FixedSizes {
	if (!frames || row.sizes.rule === 'fixed') return row.sizes;
	const { across, places } = gifSheet(frames);
	return {
		...row.sizes,
		longestEdge: row.sizes.longestEdge / across,
		minPixels: Math.ceil(row.sizes.minPixels / places),
		maxPixels: Math.floor(row.sizes.maxPixels / places),
	};
}

/** The rules a size breaks, each as the end of a sentence that starts with the size. */
export function brokenSizeRules(rule: FreeSizes | FixedSizes, size: Dimensions): string[] {
	if (rule.rule === 'fixed') {
		return rule.sizes.includes(sizeText(size))
			? []
			: [`is not a size of this model (${rule.sizes.join(', ')})`];
	}
	const { multipleOf, longestEdge, longestRatio, minPixels, maxPixels } = rule;
	const { width, height } = size;
	const longest = Math.max(width, height);
	const pixels = width * height;
	return [
		(width % multipleOf !== 0 || height % multipleOf !== 0) &&
			`has a width or height that is not a multiple of ${multipleOf}`,
		longest > longestEdge && `has an edge longer than ${grouped(longestEdge)} pixels`,
		longest > Math.min(width, height) * longestRatio && `has a ratio beyond ${longestRatio}:1`,
		pixels < minPixels && `has ${grouped(pixels)} pixels, fewer than ${grouped(minPixels)}`,
		pixels > maxPixels && `has ${grouped(pixels)} pixels, more than ${grouped(maxPixels)}`,
	].filter((broken) => broken !== false);
}

const listed = new WeakMap<FreeSizes | FixedSizes, readonly Dimensions[]>();

/** Every size a rule allows; a few ten thousand where sizes are free, so the list is made once. */
export function legalSizes(rule: FreeSizes | FixedSizes): readonly Dimensions[] {
	const known = listed.get(rule);
	if (known) return known;
	const sizes: Dimensions[] = [];
	if (rule.rule === 'fixed') {
		sizes.push(...rule.sizes.flatMap((text) => parseSize(text) ?? []));
	} else {
		const step = rule.multipleOf;
		for (let width = step; width <= rule.longestEdge; width += step) {
			const least = Math.max(width / rule.longestRatio, rule.minPixels / width);
			const most = Math.min(width * rule.longestRatio, rule.maxPixels / width, rule.longestEdge);
			for (let height = Math.ceil(least / step) * step; height <= most; height += step) {
				sizes.push({ width, height });
			}
		}
	}
	listed.set(rule, sizes);
	return sizes;
}

function best(sizes: readonly Dimensions[], penalty: (size: Dimensions) => number): Dimensions {
	const [first, ...rest] = sizes;
	if (!first) throw new RangeError('A size rule allows no size at all');
	let winner = first;
	let least = penalty(first);
	for (const size of rest) {
		const value = penalty(size);
		if (value < least) {
			winner = size;
			least = value;
		}
	}
	return winner;
}

/**
 * The legal size nearest to a request for shape (width divided by height) and area in pixels.
 * An exact ratio wins where one exists between half and twice the requested area; else the smallest
 * ratio error within a quarter of it (a wider search would buy several times the requested pixels to
 * gain a thousandth of shape). Ties go to the nearer area.
 */
export function nearestSize(
	rule: FreeSizes | FixedSizes,
	ratio: number,
	pixels: number,
): Dimensions {
	const sizes = legalSizes(rule);
	const target =
		rule.rule === 'free' ? Math.min(Math.max(pixels, rule.minPixels), rule.maxPixels) : pixels;
	const ratioError = (size: Dimensions) => Math.abs(Math.log(size.width / size.height / ratio));
	const areaError = (size: Dimensions) => Math.abs(size.width * size.height - target);
	const within = (factor: number) => (size: Dimensions) =>
		size.width * size.height >= target / factor && size.width * size.height <= target * factor;
	const isExact = (size: Dimensions) => ratioError(size) < 1e-9;

	const exact = sizes.filter((size) => isExact(size) && within(2)(size));
	if (exact.length > 0) return best(exact, areaError);
	const near = sizes.filter(within(1.25));
	const candidates = near.length > 0 && rule.rule === 'free' ? near : sizes;
	const smallest = ratioError(best(candidates, ratioError));
	return best(
		candidates.filter((size) => ratioError(size) - smallest < 1e-9),
		areaError,
	);
}

/** The legal size that looks most like an illegal one: its shape weighs more than its area. */
export function nearestLegal(rule: FreeSizes | FixedSizes, size: Dimensions): Dimensions {
	const shape = Math.log(size.width / size.height);
	const area = Math.log(size.width * size.height);
	return best(legalSizes(rule), ({ width, height }) => {
		const shapeError = Math.abs(Math.log(width / height) - shape);
		return 4 * shapeError + Math.abs(Math.log(width * height) - area);
	});
}

/**
 * @param param the parameter that holds it
 * @returns a warning, or undefined
 * @throws invalid_parameter with every rule that is broken and the nearest legal size
 */
export function checkSize(
	rule: FreeSizes | FixedSizes,
	size: Dimensions,
	param: Parameter,
): string | undefined {
	const broken = brokenSizeRules(rule, size);
	if (broken.length > 0) {
		const nearest = sizeText(nearestLegal(rule, size));
		throw invalidParameter(
			param,
			`'${labels[param]}' ${sizeText(size)} ${broken.join(' and ')}`,
			rule.rule === 'fixed'
				? `Choose ${rule.sizes.join(', ')} or Auto. The closest is ${nearest}.`
				: `The closest size this model supports is ${nearest}. Width and height must be multiples of ` +
						`${rule.multipleOf}, the longer edge at most ${grouped(rule.longestEdge)}, the ratio at most ` +
						`${rule.longestRatio}:1, and the area ${grouped(rule.minPixels)} to ${grouped(rule.maxPixels)} pixels.`,
		);
	}
	return rule.rule === 'free' && size.width * size.height > rule.experimentalAbove
		? `OpenAI calls sizes above 2560x1440 experimental: the quality of ${sizeText(size)} may vary`
		: undefined;
}
