import { invalidParameter } from '../errors';
import { labels, type Parameter } from './labels';
import type { FixedSizes, FreeSizes, ImageModel, OutputFormat } from './model-types';
import { common } from './models';
import type { Dimensions } from './request-types';

/** One megapixel as image people count it: 1024 x 1024 pixels. */
export const pixelsPerMegapixel = 1024 * 1024;

const toText = ({ width, height }: Dimensions): string => `${width}x${height}`;
const number = (value: number): string => value.toLocaleString('en-US');

/**
 * @param text `WIDTHxHEIGHT` in pixels
 * @returns the two numbers, or undefined when the text is not of that form
 */
export function parseSize(text: string): Dimensions | undefined {
	const match = /^\s*(\d+)\s*[x×*]\s*(\d+)\s*$/i.exec(text);
	return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

/**
 * @param text `16:9`, `1.91:1`, `4/5`
 * @returns width divided by height
 * @throws invalid_parameter when it is not two positive numbers
 */
export function parseRatio(text: string, param: Parameter = 'aspectRatio'): number {
	const match = /^\s*(\d+(?:\.\d+)?)\s*[:/x]\s*(\d+(?:\.\d+)?)\s*$/i.exec(text);
	const ratio = match ? Number(match[1]) / Number(match[2]) : NaN;
	if (!Number.isFinite(ratio) || ratio <= 0) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${text}", which is not a ratio`,
			'Write width and height with a colon between them, e.g. 16:9, 1:1 or 4:5.',
		);
	}
	return ratio;
}

/**
 * The size rule that holds for a model and an output format.
 * An animated GIF lays its frames on one sheet, and the sheet must obey the model's limits
 * (APIYI measurements, 2026-11-09: 960x960 is the largest square at 9 frames).
 */
export function sizeRule(row: ImageModel, format: OutputFormat): FreeSizes | FixedSizes {
	if (format !== 'gif' || row.sizes.rule === 'fixed') return row.sizes;
	const framesAcross = Math.sqrt(common.gifFrames);
	return {
		...row.sizes,
		longestEdge: row.sizes.longestEdge / framesAcross,
		maxPixels: Math.floor(row.sizes.maxPixels / common.gifFrames),
	};
}

/** The rules a size breaks, each as the end of a sentence that starts with the size. */
export function brokenSizeRules(rule: FreeSizes | FixedSizes, size: Dimensions): string[] {
	if (rule.rule === 'fixed') {
		return rule.sizes.includes(toText(size))
			? []
			: [`is not one of the sizes of this model (${rule.sizes.join(', ')})`];
	}
	const { width, height } = size;
	const longest = Math.max(width, height);
	const shortest = Math.min(width, height);
	const pixels = width * height;
	const broken: string[] = [];
	if (width % rule.multipleOf !== 0 || height % rule.multipleOf !== 0) {
		broken.push(`has an edge that is not divisible by ${rule.multipleOf}`);
	}
	if (longest > rule.longestEdge) {
		broken.push(`has an edge above ${number(rule.longestEdge)} pixels`);
	}
	if (longest > shortest * rule.longestRatio) {
		broken.push(`is longer than ${rule.longestRatio}:1`);
	}
	if (pixels < rule.minPixels) {
		broken.push(`has ${number(pixels)} pixels, fewer than ${number(rule.minPixels)}`);
	}
	if (pixels > rule.maxPixels) {
		broken.push(`has ${number(pixels)} pixels, more than ${number(rule.maxPixels)}`);
	}
	return broken;
}

const listed = new WeakMap<FreeSizes | FixedSizes, readonly Dimensions[]>();

/** Every size a rule allows; a few ten thousand where sizes are free, so the list is made once. */
export function legalSizes(rule: FreeSizes | FixedSizes): readonly Dimensions[] {
	const known = listed.get(rule);
	if (known) return known;
	const sizes: Dimensions[] = [];
	if (rule.rule === 'fixed') {
		for (const text of rule.sizes) {
			const size = parseSize(text);
			if (size) sizes.push(size);
		}
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
 * The legal size nearest to a wish for shape and area.
 * An exact ratio wins where one exists between half and twice the wished area; else the smallest
 * ratio error within a quarter of it (a wider search would buy several times the pixels asked for
 * to win a thousandth of shape). Ties go to the nearer area.
 * @param ratio width divided by height
 * @param pixels the wished area in pixels
 */
export function nearestSize(
	rule: FreeSizes | FixedSizes,
	ratio: number,
	pixels: number,
): Dimensions {
	const sizes = legalSizes(rule);
	const wish =
		rule.rule === 'free' ? Math.min(Math.max(pixels, rule.minPixels), rule.maxPixels) : pixels;
	const ratioError = (size: Dimensions) => Math.abs(Math.log(size.width / size.height / ratio));
	const areaError = (size: Dimensions) => Math.abs(size.width * size.height - wish);
	const within = (factor: number) => (size: Dimensions) =>
		size.width * size.height >= wish / factor && size.width * size.height <= wish * factor;
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

/**
 * The legal size that looks most like an illegal one: its shape weighs more than its area.
 * @param size width and height in pixels, both above 0
 */
export function nearestLegal(rule: FreeSizes | FixedSizes, size: Dimensions): Dimensions {
	const shape = Math.log(size.width / size.height);
	const area = Math.log(size.width * size.height);
	return best(legalSizes(rule), ({ width, height }) => {
		const shapeError = Math.abs(Math.log(width / height) - shape);
		return 4 * shapeError + Math.abs(Math.log(width * height) - area);
	});
}

/**
 * @param size the wished size in pixels
 * @param param the parameter that holds it, to be named in the message
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
		const nearest = toText(nearestLegal(rule, size));
		throw invalidParameter(
			param,
			`'${labels[param]}' ${toText(size)} ${broken.join(' and ')}`,
			rule.rule === 'fixed'
				? `Use one of ${rule.sizes.join(', ')} or auto. The nearest is ${nearest}.`
				: `The nearest size this model can draw is ${nearest}. Both edges must be divisible by ` +
						`${rule.multipleOf}, the longest at most ${number(rule.longestEdge)}, the ratio at most ` +
						`${rule.longestRatio}:1, and the area ${number(rule.minPixels)} to ${number(rule.maxPixels)} pixels.`,
		);
	}
	return rule.rule === 'free' && size.width * size.height > rule.experimentalAbove
		? `OpenAI calls sizes above 2560x1440 experimental: ${toText(size)} may vary in quality`
		: undefined;
}
