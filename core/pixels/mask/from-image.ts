/** Masks from the user's images: by transparency, or by black and white. */

import type { Sharp } from 'sharp';
import type { ValueOf } from '../../rules/choices';
import { labels } from '../../rules/labels';
import type { Dimensions } from '../../rules/request-types';
import { cut, edited, half, kept, maskOf, type Mask, type Plane } from './mask';
import { inPieces } from './pieces';
import { checkShape } from './geometry';
import type { SharpLibrary } from '../sharp';
import { withDecoded, inspect, readToEnd, refusal, type Origin, type Source } from '../source';
import { withSharpSlot } from '../slots';
import { sizeText } from '../../rules/size';

export type MaskMeaning = ValueOf<'maskMeaning'>;

const percent = (share: number): string =>
	share > 0 && share < 0.01 ? 'less than 1%' : `${Math.round(share * 100)}%`;

const alphaOf = (image: Sharp): Sharp => image.ensureAlpha().extractChannel('alpha');
const brightnessOf = (image: Sharp): Sharp => image.removeAlpha().toColourspace('b-w');

const planeFrom = (
	sharp: SharpLibrary,
	source: Source,
	{ width, height }: Dimensions,
	channelOf: (image: Sharp) => Sharp,
): Promise<Plane> =>
	withDecoded(sharp, source, (image) =>
		channelOf(image.resize({ width, height, fit: 'fill' }))
			.raw()
			.toBuffer(),
	);

/** Share of pixels that are coloured, read from a small copy: colour is either there or not. */
async function colouredShare(sharp: SharpLibrary, source: Source): Promise<number> {
	const pixels = await withDecoded(sharp, source, (image) =>
		image
			.removeAlpha()
			.resize({ width: 512, height: 512, fit: 'inside', withoutEnlargement: true })
			.raw()
			.toBuffer(),
	);
	let coloured = 0;
	for (let at = 0; at + 2 < pixels.length; at += 3) {
		const [red = 0, green = 0, blue = 0] = pixels.subarray(at, at + 3);
		// JPEG colours the edges of grey areas a little.
		if (Math.max(red, green, blue) - Math.min(red, green, blue) > 48) coloured++;
	}
	return coloured / (pixels.length / 3);
}

/** An image with more of these is a photo rather than a mask with soft edges. */
const mostSoft = 0.25;
const mostColoured = 0.05;

async function checkLooksLikeMask(
	sharp: SharpLibrary,
	source: Source,
	softShare: number,
): Promise<void> {
	const isColoured = (await colouredShare(sharp, source)) > mostColoured;
	if (!isColoured && softShare <= mostSoft) return;
	throw refusal(
		source.origin,
		`looks like a photo, not a mask: ${isColoured ? 'it has colors' : 'most of it is gray'}, and nothing in it is transparent`,
		`Use a black-and-white image, or one that is transparent where the model may edit. If this is intended, choose in '${labels.maskMeaning}' whether white or black is edited.`,
	);
}

const decisionNote = (usesAlpha: boolean, share: string): string =>
	usesAlpha
		? `The transparent pixels of the mask are edited (${share} of the image)`
		: `White in the mask is edited (${share} of the image), black is kept; if it is the other way round, set '${labels.maskMeaning}' to Black Is Edited`;

/**
 * Makes the API's mask from a user's image. `auto` edits the transparent pixels if there are any,
 * otherwise the white ones, as nearly every mask editor does. It never guesses by area: in product
 * photos the background, the larger part, is just as often what should change.
 * @param first dimensions of the first image after its EXIF orientation; a mask of the same shape and
 *   another size is scaled
 * @throws invalid_parameter: unreadable, another shape, no transparency for `alpha`, a photo for
 *   `auto`, nothing or everything to edit
 */
export async function maskFromImage(
	bytes: Buffer,
	origin: Origin,
	first: Dimensions,
	meaning: MaskMeaning,
): Promise<Mask> {
	return await withSharpSlot(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		checkShape(source, first, 'mask');
		const isScaled = source.width !== first.width || source.height !== first.height;
		if (isScaled) await readToEnd(sharp, source);
		const mayUseAlpha = source.hasAlpha && (meaning === 'auto' || meaning === 'alpha');
		const read = async (channelOf: (image: Sharp) => Sharp, highIsEdited: boolean) => {
			const plane = await planeFrom(sharp, source, first, channelOf);
			return { plane, softShare: await inPieces(cut(plane, highIsEdited, half)) };
		};
		const alpha = mayUseAlpha ? await read(alphaOf, false) : undefined;
		const transparency = alpha?.plane.includes(edited) ? alpha : undefined;
		if (meaning === 'alpha' && !transparency) {
			throw refusal(
				origin,
				`has no transparent pixels, but '${labels.maskMeaning}' says that the transparent ones are edited`,
				`Make the area to edit transparent and save as PNG, or set '${labels.maskMeaning}' to what white and black mean.`,
			);
		}
		const { plane, softShare } =
			transparency ?? (await read(brightnessOf, meaning !== 'blackIsEdited'));
		if (meaning === 'auto' && !transparency) await checkLooksLikeMask(sharp, source, softShare);
		const mask = await maskOf(sharp, plane, first, origin.param);

		const share = percent(mask.editedPixels / (first.width * first.height));
		const notes = [
			isScaled && `The mask was scaled from ${sizeText(source)} to ${sizeText(first)}`,
			meaning === 'auto' && decisionNote(transparency !== undefined, share),
			softShare > 0.02 &&
				`Partly transparent or gray pixels of the mask were counted as either edited or not; '${labels.feather}' makes a soft transition`,
		].filter((note) => note !== false);
		return { ...mask, notes };
	});
}

/**
 * Edits every pixel of the first image that is not fully opaque, so that no half-transparent rim is
 * left around the filled area.
 * @throws invalid_parameter when it has no transparent pixel or no opaque one
 */
export async function maskFromTransparency(bytes: Buffer, origin: Origin): Promise<Mask> {
	return await withSharpSlot(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const plane = await planeFrom(sharp, source, source, alphaOf);
		await inPieces(cut(plane, false, kept));
		if (!plane.includes(edited)) {
			throw refusal(
				{ ...origin, param: 'maskSource' },
				`has no transparent pixels, but '${labels.maskSource}' says that they are edited`,
				`Send an image with transparent areas (PNG or WebP), or choose another source in '${labels.maskSource}'.`,
			);
		}
		return await maskOf(sharp, plane, source, 'maskSource');
	});
}
