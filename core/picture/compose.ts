import { setImmediate } from 'node:timers/promises';
import type { Sharp } from 'sharp';
import { GptImageError } from '../errors';
import { labels } from '../rules/labels';
import {
	blendInto,
	difference,
	isTransparent,
	rowsOf,
	type Difference,
	type Pixels,
} from './blend';
import { answerWeights } from './feather';
import { planeOf, type Mask, type Plane } from './mask';
import { placed, type Placement } from './place';
import { inPieces, pieceOfPixels } from './pieces';
import { c2paOf, lostProvenance } from './provenance';
import type { SharpLibrary } from './sharp';
import { inspect, upright, type Origin } from './source';
import { inTurn } from './turns';

export interface KeepOutside {
	/** The first image as the user has it, not as it was uploaded: nothing is lost on the way. */
	readonly original: Buffer;
	readonly origin: Origin;
	/** Where the original lies on its canvas, when the picture was extended. */
	readonly placement?: Placement;
	/** As large as the upright original, or as the canvas. */
	readonly mask: Mask;
	/** The picture as the API sent it. */
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
	readonly keptPixels: number;
	/** Share of these, 0 to 1, that the model had changed visibly. */
	readonly changedOutsideBefore: number;
	/** How far a lossy file format moved the kept pixels again, in levels of 255. */
	readonly lossyDifference?: { readonly mean: number; readonly largest: number };
}

export interface Kept {
	readonly bytes: Buffer;
	readonly width: number;
	readonly height: number;
	readonly report: MaskReport;
	/** Sentences for the user. */
	readonly warnings: readonly string[];
}

async function pixels(picture: Sharp): Promise<Pixels> {
	const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
	const { width, height } = info;
	return { data, width, height, channels: info.channels === 4 ? 4 : 3 };
}

const opened = (sharp: SharpLibrary, { data, width, height, channels }: Pixels): Sharp =>
	sharp(data, { raw: { width, height, channels } });

const scaled = (
	sharp: SharpLibrary,
	from: Pixels,
	width: number,
	height: number,
): Promise<Pixels> =>
	from.width === width && from.height === height
		? Promise.resolve(from)
		: pixels(opened(sharp, from).resize({ width, height, fit: 'fill' }));

/**
 * What the model changed outside the mask, at the smaller of the two sizes: an answer of one
 * megapixel does not have the detail of a photo of twelve, and missing detail is no drift.
 */
async function measureDrift(
	sharp: SharpLibrary,
	original: Pixels,
	answer: Pixels,
	plane: Plane,
): Promise<Difference> {
	const { width, height } = original;
	if (answer.width * answer.height >= width * height) {
		return await inPieces(difference(original, await scaled(sharp, answer, width, height), plane));
	}
	const small = await scaled(sharp, original, answer.width, answer.height);
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
	original: Pixels,
	answer: Pixels,
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
			: await pixels(
					opened(sharp, answer)
						.resize({ width, height, fit: 'fill' })
						.extract({ left: 0, top, width, height: rows }),
				);
		blendInto(rowsOf(original, top, rows), part, rowWeights);
		await setImmediate();
	}
}

function encode(picture: Sharp, { format, compression = 100 }: KeepOutside): Promise<Buffer> {
	if (format === 'png') return picture.png().toBuffer();
	if (format === 'webp') {
		return compression === 100
			? picture.webp({ lossless: true, exact: true, effort: 1 }).toBuffer()
			: picture.webp({ quality: compression, exact: true }).toBuffer();
	}
	return picture
		.flatten({ background: '#fff' })
		.jpeg({
			quality: Math.max(1, compression),
			chromaSubsampling: '4:4:4',
			// Optimised tables would hold the whole picture twice as coefficients to save a tenth.
			optimiseCoding: false,
		})
		.toBuffer();
}

/** Four decimals are more than the measure is worth. */
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

const isLossy = ({ format, compression = 100 }: KeepOutside): boolean =>
	format === 'jpeg' || (format === 'webp' && compression !== 100);

function shapeWarnings(original: Pixels, answer: Pixels): string[] {
	const text = ({ width, height }: Pixels) => `${width}x${height}`;
	const across = original.width / answer.width;
	const down = original.height / answer.height;
	const warnings: string[] = [];
	if (Math.abs(Math.log(across / down)) > Math.log(1.02)) {
		warnings.push(
			`The answer (${text(answer)}) was stretched to the shape of the first image (${text(original)}); with '${labels.size}' Input both have the same shape`,
		);
	}
	if (Math.max(across, down) > 1.5) {
		warnings.push(
			`Inside the mask the answer (${text(answer)}) was enlarged ${Math.max(across, down).toFixed(1)} times to fit the first image (${text(original)}), so it is softer there than around it; a larger '${labels.size}' or a smaller first image makes it sharper`,
		);
	}
	return warnings;
}

/** The answer was checked when it arrived, so this is a picture of a kind that sharp cannot read. */
const notComposed = (error: unknown): GptImageError =>
	new GptImageError(
		`The answer cannot be put together with the first image: ${error instanceof Error ? error.message : String(error)}`,
		{
			code: 'picture_not_composed',
			advice: `Switch off '${labels.keepOutsideMask}' to get the answer as it is.`,
			retryable: false,
			billed: 'yes',
			cause: error,
		},
	);

async function compose(sharp: SharpLibrary, wish: KeepOutside): Promise<Kept> {
	const { mask, answer: answerBytes, feather } = wish;
	const source = await inspect(sharp, wish.original, wish.origin);
	const answer = await pixels(sharp(answerBytes, { failOn: 'truncated' }).toColourspace('srgb'));
	const answerHasHoles = isTransparent(answer);
	const picture = upright(sharp, source);
	const open = wish.placement ? placed(picture, source, wish.placement) : picture;
	const original = await pixels(answerHasHoles ? open.ensureAlpha() : open);
	const { width, height } = original;
	if (mask.width !== width || mask.height !== height) {
		throw new RangeError(`mask ${mask.width}x${mask.height}, picture ${width}x${height}`);
	}
	const plane = await planeOf(sharp, mask);
	const drift = await measureDrift(sharp, original, answer, plane);

	const weights = await inPieces(answerWeights(plane, mask, feather));
	await blendByRows(sharp, original, answer, weights);
	const hasHoles = isTransparent(original);
	const result = opened(sharp, original);
	const bytes = await encode(hasHoles ? result : result.removeAlpha(), wish);

	const warnings = shapeWarnings(original, answer);
	if (hasHoles && wish.format === 'jpeg') {
		warnings.push('JPEG holds no transparency: transparent pixels became white');
	}
	if (c2paOf(answerBytes) === 'present') warnings.push(lostProvenance);
	const report: MaskReport = {
		keptPixels: width * height - mask.editedPixels,
		changedOutsideBefore: rounded(drift.compared > 0 ? drift.visible / drift.compared : 0),
	};
	if (!isLossy(wish)) return { bytes, width, height, report, warnings };
	const { mean, largest } = await inPieces(difference(original, await pixels(sharp(bytes)), plane));
	warnings.push(
		`Outside the mask the pixels are the original's, but ${wish.format === 'jpeg' ? 'JPEG' : 'lossy WebP'} changed them by ${mean.toFixed(1)} of 255 levels on average, ${Math.round(largest)} at most; PNG keeps them exactly`,
	);
	return {
		bytes,
		width,
		height,
		report: { ...report, lossyDifference: { mean: rounded(mean), largest: rounded(largest) } },
		warnings,
	};
}

/**
 * Puts the original's pixels back outside the mask. With PNG and lossless WebP every pixel outside
 * is then exactly the original's (upright, 8 bits, sRGB: see `upright`); the feather lies inside
 * the mask.
 * @returns the picture in the first image's dimensions (or the canvas's), and how much the model
 *   had changed
 * @throws picture_not_composed when the answer cannot be decoded
 */
export async function keepOutside(wish: KeepOutside): Promise<Kept> {
	return await inTurn(2, async (sharp) => {
		try {
			return await compose(sharp, wish);
		} catch (error) {
			throw notComposed(error);
		}
	});
}
