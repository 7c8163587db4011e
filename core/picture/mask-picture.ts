import { invalidParameter } from '../errors';
import { labels } from '../rules/labels';
import type { Dimensions } from '../rules/request-types';
import { edited, harden, kept, maskOf, type Mask, type Plane } from './mask';
import { hasShapeOf } from './shape';
import type { SharpLibrary } from './sharp';
import { decode, inspect, refusal, type Origin, type Source } from './source';
import { inTurn } from './turns';

/** How a user's picture is to be read as a mask. */
export type MaskMeaning = 'auto' | 'alpha' | 'whiteIsEdited' | 'blackIsEdited';

const percent = (share: number): string =>
	share > 0 && share < 0.01 ? 'less than 1%' : `${Math.round(share * 100)}%`;
const sizeText = ({ width, height }: Dimensions): string => `${width}x${height}`;

function checkShape(source: Source, first: Dimensions): void {
	if (hasShapeOf(source, first)) return;
	const isTurned = hasShapeOf({ width: source.height, height: source.width }, first);
	throw refusal(
		source.origin,
		`is ${sizeText(source)}, the first image is ${sizeText(first)}: the mask has another shape`,
		isTurned
			? 'The first image was turned upright by its EXIF orientation; make the mask over the upright picture.'
			: `Make the mask over the first image, at ${sizeText(first)} or any size of the same ratio.`,
	);
}

const alphaPlane = (sharp: SharpLibrary, source: Source, size: Dimensions): Promise<Plane> =>
	decode(sharp, source, (picture) =>
		picture
			.resize({ width: size.width, height: size.height, fit: 'fill' })
			.ensureAlpha()
			.extractChannel('alpha')
			.raw()
			.toBuffer(),
	);

const brightnessPlane = (sharp: SharpLibrary, source: Source, size: Dimensions): Promise<Plane> =>
	decode(sharp, source, (picture) =>
		picture
			.removeAlpha()
			.resize({ width: size.width, height: size.height, fit: 'fill' })
			.toColourspace('b-w')
			.raw()
			.toBuffer(),
	);

/** Share of pixels that are coloured, read from a small copy: colour is either there or not. */
async function colouredShare(sharp: SharpLibrary, source: Source): Promise<number> {
	const pixels = await decode(sharp, source, (picture) =>
		picture
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

/** Share of values that are neither clearly one state nor the other. */
function softShare(plane: Plane): number {
	let soft = 0;
	for (const value of plane) if (value > 32 && value < 223) soft++;
	return soft / plane.length;
}

function invert(plane: Plane): Plane {
	for (let at = 0; at < plane.length; at++) plane[at] = kept - (plane[at] ?? 0);
	return plane;
}

const hasTransparent = (plane: Plane): boolean => plane.some((value) => value < 128);

/** Values above this share are a photo rather than a mask with soft edges. */
const mostSoft = 0.25;
const mostColoured = 0.05;

async function checkLooksLikeMask(
	sharp: SharpLibrary,
	source: Source,
	brightness: Plane,
): Promise<void> {
	const coloured = await colouredShare(sharp, source);
	if (coloured <= mostColoured && softShare(brightness) <= mostSoft) return;
	throw refusal(
		source.origin,
		`looks like a photo, not like a mask: ${coloured > mostColoured ? 'it is coloured' : 'most of it is grey'}, and nothing in it is transparent`,
		`Give a black-and-white picture or one that is transparent where the model may edit. If it is meant so, say in '${labels.maskMeaning}' whether white or black is edited.`,
	);
}

/**
 * Makes the API's mask from a user's picture. Values are cut in the middle into edited and kept.
 * `auto` takes the transparent pixels when there are any; else white is edited, as in nearly every
 * mask editor. It never guesses by area: with product photos the background, the larger part, is
 * as often what shall change.
 * @param bytes a picture of any readable kind
 * @param first dimensions of the first image after its EXIF orientation; a mask of the same shape
 *   and another size is scaled
 * @throws invalid_parameter: unreadable, another shape, no transparency for `alpha`, a photo for
 *   `auto`, nothing or everything to edit
 */
export async function maskFromPicture(
	bytes: Buffer,
	origin: Origin,
	first: Dimensions,
	meaning: MaskMeaning,
): Promise<Mask> {
	return await inTurn(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		checkShape(source, first);
		const notes: string[] = [];
		if (source.width !== first.width || source.height !== first.height) {
			notes.push(`The mask was scaled from ${sizeText(source)} to ${sizeText(first)}`);
		}
		const finish = async (plane: Plane, decided: (share: string) => string): Promise<Mask> => {
			const soft = softShare(plane);
			const mask = await maskOf(sharp, harden(plane), first, origin.param);
			const share = percent(mask.editedPixels / (first.width * first.height));
			const said = meaning === 'auto' ? [decided(share)] : [];
			if (soft > 0.02) {
				said.push(
					`The mask's soft values were cut in the middle; '${labels.feather}' makes a soft transition`,
				);
			}
			return { ...mask, notes: [...notes, ...said] };
		};

		if (meaning === 'auto' || meaning === 'alpha') {
			const alpha = source.hasAlpha ? await alphaPlane(sharp, source, first) : undefined;
			if (alpha && hasTransparent(alpha)) {
				return await finish(
					alpha,
					(share) => `The transparent pixels of the mask are edited (${share} of the picture)`,
				);
			}
			if (meaning === 'alpha') {
				throw refusal(
					origin,
					`has no transparent pixels, but '${labels.maskMeaning}' says that the transparent ones are edited`,
					`Make the area to edit transparent and save as PNG, or set '${labels.maskMeaning}' to what white and black mean.`,
				);
			}
		}
		const brightness = await brightnessPlane(sharp, source, first);
		if (meaning === 'auto') await checkLooksLikeMask(sharp, source, brightness);
		return await finish(
			meaning === 'blackIsEdited' ? brightness : invert(brightness),
			(share) =>
				`White in the mask is edited (${share} of the picture), black is kept; if it is the other way round, set '${labels.maskMeaning}' to Black Is Edited`,
		);
	});
}

/**
 * The mask that a picture with holes has in itself: every pixel of it that is not fully opaque is
 * edited, so that no half-transparent rim is left around what was filled in.
 * @param bytes the first image
 * @throws invalid_parameter when it has no transparent pixel or no opaque one
 */
export async function maskFromTransparency(bytes: Buffer, origin: Origin): Promise<Mask> {
	return await inTurn(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const plane = await alphaPlane(sharp, source, source);
		for (let at = 0; at < plane.length; at++) plane[at] = plane[at] === kept ? kept : edited;
		if (!plane.includes(edited)) {
			throw invalidParameter(
				'maskSource',
				`${origin.label}: "${origin.name}" has no transparent pixels, but '${labels.maskSource}' says that they are edited`,
				`Send a picture with transparent areas (PNG or WebP), or choose another source in '${labels.maskSource}'.`,
			);
		}
		return await maskOf(sharp, plane, source, 'maskSource');
	});
}
