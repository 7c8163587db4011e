/** Restores the original's pixels outside the mask after an edit. */

import { setImmediate } from 'node:timers/promises';
import type { Sharp } from 'sharp';
import { GptImageError } from '../../errors';
import { choiceName } from '../../rules/choices';
import { labels } from '../../rules/labels';
import { blendInto, difference, rowsOf, type Difference } from './blend';
import { answerWeights } from './feather';
import { planeOf, type Mask, type Plane } from './mask';
import { layOnCanvas, type Placement } from './geometry';
import { inPieces, pieceOfPixels } from './pieces';
import { labelXmp } from '../ai-label';
import { hasC2pa, lostProvenance } from '../provenance';
import { isTransparent, openRaw, toRaw, type Raw } from '../raw';
import { jpegOptions, type SharpLibrary } from '../sharp';
import { inspect, openUpright, type Origin } from '../source';
import { withSharpSlot } from '../slots';
import { sizeText } from '../../rules/size';

export interface PreserveOutside {
	/** The first image as the user has it, not as it was uploaded, so that nothing is lost. */
	readonly original: Buffer;
	readonly origin: Origin;
	/** Where the original lies on its canvas, when the image was extended. */
	readonly placement?: Placement;
	/** As large as the upright original, or as the canvas. */
	readonly mask: Mask;
	/** The image as the API sent it. */
	readonly answer: Buffer;
	/** Pixels, 0 to 80. */
	readonly feather: number;
	readonly format: 'png' | 'jpeg' | 'webp';
	/** 0 to 100; WebP is lossless at 100, which is the API's default too. */
	readonly compression: number | undefined;
}

/** The contract's `image.maskReport`. */
export interface MaskReport {
	/** Pixels outside the mask: all of them are the original's. */
	readonly preservedPixels: number;
	/** Share of these, 0 to 1, that the model had changed visibly. */
	readonly changedOutsideBefore: number;
	/** How far a lossy file format moved the kept pixels again, in levels of 255. */
	readonly lossyDifference?: { readonly mean: number; readonly largest: number };
}

export interface Composition {
	readonly bytes: Buffer;
	readonly width: number;
	readonly height: number;
	readonly report: MaskReport;
	readonly warnings: readonly string[];
}

const scale = (sharp: SharpLibrary, from: Raw, width: number, height: number): Promise<Raw> =>
	from.width === width && from.height === height
		? Promise.resolve(from)
		: toRaw(openRaw(sharp, from).resize({ width, height, fit: 'fill' }));

/**
 * What the model changed outside the mask, compared at the smaller of the two sizes: an answer of
 * one megapixel lacks the detail of a photo of twelve, and missing detail is not a change.
 */
async function measureDrift(
	sharp: SharpLibrary,
	original: Raw,
	answer: Raw,
	plane: Plane,
): Promise<Difference> {
	const { width, height } = original;
	if (answer.width * answer.height >= width * height) {
		return await inPieces(difference(original, await scale(sharp, answer, width, height), plane));
	}
	const small = await scale(sharp, original, answer.width, answer.height);
	const smallPlane = await sharp(plane, { raw: { width, height, channels: 1 } })
		.resize({ width: answer.width, height: answer.height, fit: 'fill', kernel: 'linear' })
		.extractChannel(0)
		.raw()
		.toBuffer();
	return await inPieces(difference(small, answer, smallPlane));
}

/** Scales and blends some rows at a time: the whole answer, enlarged, would be another photo in memory. */
async function blendByRows(
	sharp: SharpLibrary,
	original: Raw,
	answer: Raw,
	weights: Uint8Array,
): Promise<void> {
	const { width, height } = original;
	const isFitting = answer.width === width && answer.height === height;
	const rowsAtOnce = Math.ceil(pieceOfPixels / width);
	for (let top = 0; top < height; top += rowsAtOnce) {
		const rows = Math.min(rowsAtOnce, height - top);
		const rowWeights = weights.subarray(top * width, (top + rows) * width);
		if (rowWeights.every((weight) => weight === 0)) continue;
		const part = isFitting
			? rowsOf(answer, top, rows)
			: await toRaw(
					openRaw(sharp, answer)
						.resize({ width, height, fit: 'fill' })
						.extract({ left: 0, top, width, height: rows }),
				);
		blendInto(rowsOf(original, top, rows), part, rowWeights);
		await setImmediate();
	}
}

function encode(image: Sharp, { format, compression = 100 }: PreserveOutside): Promise<Buffer> {
	// The API's qualities begin at 0, sharp's at 1.
	const quality = Math.max(1, compression);
	if (format === 'png') return image.png().toBuffer();
	if (format === 'webp') {
		return compression === 100
			? image.webp({ lossless: true, exact: true, effort: 1 }).toBuffer()
			: image.webp({ quality, exact: true }).toBuffer();
	}
	return image
		.flatten({ background: '#fff' })
		.jpeg({ ...jpegOptions, quality })
		.toBuffer();
}

/** Four decimals are more than the measure is worth. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4;

const isLossy = ({ format, compression = 100 }: PreserveOutside): boolean =>
	format === 'jpeg' || (format === 'webp' && compression !== 100);

function shapeWarnings(original: Raw, answer: Raw): string[] {
	const across = original.width / answer.width;
	const down = original.height / answer.height;
	const times = Math.max(across, down);
	return [
		Math.abs(Math.log(across / down)) > Math.log(1.02) &&
			`The result (${sizeText(answer)}) was stretched to the aspect ratio of the first image (${sizeText(original)}); to avoid this, set '${labels.size}' to '${choiceName('size', 'input')}'`,
		times > 1.5 &&
			`Inside the mask, the result (${sizeText(answer)}) was enlarged ${times.toFixed(1)} times to fit the first image (${sizeText(original)}), so it is less sharp than its surroundings; a larger '${labels.size}' or a smaller first image makes it sharper`,
	].filter((warning) => warning !== false);
}

/** The answer was checked when it arrived, so this is an image of a kind that sharp cannot read. */
const notComposed = (error: unknown): GptImageError =>
	new GptImageError(
		`The result cannot be combined with the first image: ${error instanceof Error ? error.message : String(error)}`,
		{
			code: 'image_not_composed',
			advice: `Turn off '${labels.keepOutsideMask}' to get the image as OpenAI sent it.`,
			billed: 'yes',
			cause: error,
		},
	);

async function compose(sharp: SharpLibrary, options: PreserveOutside): Promise<Composition> {
	const { mask, answer: answerBytes, feather } = options;
	const source = await inspect(sharp, options.original, options.origin);
	const answer = await toRaw(sharp(answerBytes, { failOn: 'truncated' }));
	const answerHasHoles = isTransparent(answer);
	const image = openUpright(sharp, source);
	const open = options.placement ? layOnCanvas(image, source, options.placement) : image;
	const original = await toRaw(answerHasHoles ? open.ensureAlpha() : open);
	const { width, height } = original;
	if (mask.width !== width || mask.height !== height) {
		throw new RangeError(`mask ${sizeText(mask)}, image ${sizeText(original)}`);
	}
	const plane = await planeOf(sharp, mask);
	const drift = await measureDrift(sharp, original, answer, plane);

	const weights = await inPieces(answerWeights(plane, mask, feather));
	await blendByRows(sharp, original, answer, weights);
	const hasHoles = isTransparent(original);
	const result = openRaw(sharp, original);
	const shown = hasHoles ? result : result.removeAlpha();
	const bytes = await encode(shown.withXmp(labelXmp('composite')), options);

	const warnings = shapeWarnings(original, answer);
	if (hasHoles && options.format === 'jpeg') {
		warnings.push('JPEG does not support transparency: transparent pixels became white');
	}
	if (hasC2pa(answerBytes)) warnings.push(lostProvenance);
	const lossy = isLossy(options)
		? await inPieces(difference(original, await toRaw(sharp(bytes)), plane))
		: undefined;
	if (lossy) {
		warnings.push(
			`Outside the mask, the pixels come from the original, but ${options.format === 'jpeg' ? 'JPEG' : 'lossy WebP'} changed them by ${lossy.mean.toFixed(1)} of 255 levels on average, ${Math.round(lossy.largest)} at most; PNG keeps them exactly`,
		);
	}
	const report: MaskReport = {
		preservedPixels: width * height - mask.editedPixels,
		changedOutsideBefore: round(drift.compared > 0 ? drift.visible / drift.compared : 0),
		...(lossy && {
			lossyDifference: { mean: round(lossy.mean), largest: round(lossy.largest) },
		}),
	};
	return { bytes, width, height, report, warnings };
}

/**
 * Restores the original's pixels outside the mask: with PNG and lossless WebP exactly (upright, 8 bits,
 * sRGB); the feather lies inside the mask.
 * @returns the image in the first image's dimensions (or the canvas's), and what the model had changed
 * @throws image_not_composed when the answer cannot be decoded
 */
export async function preserveOutside(options: PreserveOutside): Promise<Composition> {
	return await withSharpSlot(2, async (sharp) => {
		try {
			return await compose(sharp, options);
		} catch (error) {
			throw notComposed(error);
		}
	});
}
