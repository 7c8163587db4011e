/** Masks as the API takes them, and masks from a box. */

import { invalidParameter } from '../../errors';
import { choiceName } from '../../rules/choices';
import { labels } from '../../rules/labels';
import { common } from '../../rules/models';
import { megabytes, numberFrom } from '../../rules/parameters';
import type { Dimensions } from '../../rules/request-types';
import { inPieces, pieceOfPixels } from './pieces';
import type { SharpLibrary } from '../sharp';
import { withSharpSlot } from '../slots';

/** A mask over the first image: a pixel is edited or kept, as a partly kept one could not stay. */
export interface Mask extends Dimensions {
	/** What the API accepts: RGBA PNG, below 4 MB, fully transparent where it may edit, else opaque. */
	readonly png: Buffer;
	readonly editedPixels: number;
	/** Decisions to report to the user, as sentences. */
	readonly notes: readonly string[];
}

/** One byte per pixel, row by row: 0 is edited, 255 is kept, as in the mask's alpha channel. */
export type Plane = Buffer;

export const edited = 0;
export const kept = 255;

function* countEdited(plane: Plane): Generator<void, number, void> {
	let count = 0;
	for (let at = 0; at < plane.length; at++) {
		if (at % pieceOfPixels === 0) yield;
		if (plane[at] === edited) count++;
	}
	return count;
}

/**
 * @param plane of `size.width * size.height` bytes
 * @param param the parameter that the mask came from
 * @throws invalid_parameter when there is nothing to edit, or everything, or the PNG is too large
 */
export async function maskOf(
	sharp: SharpLibrary,
	plane: Plane,
	size: Dimensions,
	param: string,
): Promise<Mask> {
	const { width, height } = size;
	const editedPixels = await inPieces(countEdited(plane));
	const turnAround =
		param === 'maskField' ? ` If the mask is inverted, change '${labels.maskMeaning}'.` : '';
	if (editedPixels === 0) {
		throw invalidParameter(
			param,
			'The mask leaves nothing to edit: it keeps every pixel',
			`Mark at least some of the image.${turnAround}`,
		);
	}
	if (editedPixels === plane.length) {
		throw invalidParameter(
			param,
			'The mask marks the whole image for editing',
			`Leave the mask out: set '${labels.maskSource}' to '${choiceName('maskSource', 'none')}'.${turnAround}`,
		);
	}
	const png = await sharp({ create: { width, height, channels: 3, background: '#000' } })
		.joinChannel(plane, { raw: { width, height, channels: 1 } })
		.png()
		.toBuffer();
	if (png.length >= common.maxMaskBytes) {
		throw invalidParameter(
			param,
			`The mask has ${megabytes(png.length)} as a PNG; OpenAI accepts less than ${common.maxMaskBytes / 2 ** 20} MB`,
			'It has too much fine detail: use a mask with smooth areas, or scale the first image down.',
		);
	}
	return { width, height, png, editedPixels, notes: [] };
}

/** The mask's pixels as bytes. */
export const planeOf = (sharp: SharpLibrary, { png }: Mask): Promise<Plane> =>
	sharp(png).extractChannel('alpha').raw().toBuffer();

/** The middle of a plane's values. */
export const half = 128;

/**
 * Cuts a plane of any values into edited and kept, in place; yields where it may pause.
 * @param highIsEdited whether values from `limit` on are edited; else those below, as in an alpha channel
 * @returns the share of values that were clearly neither
 */
export function* cut(
	plane: Plane,
	highIsEdited: boolean,
	limit: number,
): Generator<void, number, void> {
	let soft = 0;
	for (let at = 0; at < plane.length; at++) {
		if (at % pieceOfPixels === 0) yield;
		const value = plane[at] ?? kept;
		if (value > 32 && value < 223) soft++;
		plane[at] = value >= limit === highIsEdited ? edited : kept;
	}
	return soft / plane.length;
}

/**
 * The same mask for another size of the same image, e.g. one that was shrunk for the upload.
 * @throws invalid_parameter when a size is so small that nothing of the edited area is left
 */
export async function scaleMask(mask: Mask, size: Dimensions): Promise<Mask> {
	return await withSharpSlot(1, async (sharp) => {
		const plane = await sharp(mask.png)
			.resize({ width: size.width, height: size.height, fit: 'fill' })
			.extractChannel('alpha')
			.raw()
			.toBuffer();
		await inPieces(cut(plane, false, half));
		return { ...(await maskOf(sharp, plane, size, 'maskSource')), notes: mask.notes };
	});
}

/** A box in percent of the image, from its upper left corner. */
export interface Box {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

const boxParams = { x: 'boxX', y: 'boxY', width: 'boxWidth', height: 'boxHeight' } as const;

/** @throws invalid_parameter when it is not inside the image */
export function checkBox(box: Box): void {
	for (const [start, length] of [
		['x', 'width'],
		['y', 'height'],
	] as const) {
		const percentage = 'Enter a percentage of the first image:';
		numberFrom(boxParams[start], box[start], 0, 100, `${percentage} from 0 to below 100.`);
		const least = Number.MIN_VALUE;
		numberFrom(boxParams[length], box[length], least, 100, `${percentage} above 0, up to 100.`);
		const end = box[start] + box[length];
		if (end <= 100 + 1e-9) continue;
		const from = labels[boxParams[start]];
		const name = labels[boxParams[length]];
		throw invalidParameter(
			boxParams[length],
			`The box extends beyond the image: '${from}' ${box[start]} and '${name}' ${box[length]} add up to ${end}%`,
			`'${name}' can be ${100 - box[start]} at most here.`,
		);
	}
}

/**
 * @param first dimensions of the first image after its EXIF orientation
 * @throws invalid_parameter when the box is not inside the image, has no area or is the whole of it
 */
export async function maskFromBox(box: Box, first: Dimensions): Promise<Mask> {
	checkBox(box);
	const { width, height } = first;
	const left = Math.round((box.x / 100) * width);
	const right = Math.round(((box.x + box.width) / 100) * width);
	const top = Math.round((box.y / 100) * height);
	const bottom = Math.round(((box.y + box.height) / 100) * height);
	return await withSharpSlot(1, async (sharp) => {
		const plane = Buffer.alloc(width * height, kept);
		for (let row = top; row < bottom; row++) {
			plane.fill(edited, row * width + left, row * width + right);
		}
		return await maskOf(sharp, plane, first, 'boxWidth');
	});
}
