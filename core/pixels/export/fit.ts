/** Fits an image to the shape of a channel: crops around the subject, pads, scales. */

import type { Fit } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import type { SharpLibrary } from '../sharp';
import type { Rectangle } from './place';
import { openRaw, toRaw, type Raw } from '../raw';

/** Where the eye falls first, as shares of width and height. */
export interface Focus {
	readonly x: number;
	readonly y: number;
}

/** How an image becomes as large as its channel wants it. */
export interface Plan {
	/** Share of the image that is used: all of it, or what a crop leaves. */
	readonly crop: { readonly width: number; readonly height: number };
	/** The used part is drawn at this size. */
	readonly drawn: Dimensions;
	/** The file's size; larger than `drawn` where it is padded. */
	readonly size: Dimensions;
	/** How much larger than the image its pixels are drawn. */
	readonly scale: number;
}

/**
 * @param target the channel's size; undefined keeps the image's own
 * @param allowUpscale whether `inside` may enlarge
 */
export function planFit(
	image: Dimensions,
	target: Dimensions | undefined,
	fit: Fit,
	allowUpscale: boolean,
): Plan {
	const size = target ?? { width: image.width, height: image.height };
	const across = size.width / image.width;
	const down = size.height / image.height;
	const whole = { width: 1, height: 1 };
	if (fit === 'subject' || fit === 'center') {
		const scale = Math.max(across, down);
		return {
			crop: { width: across / scale, height: down / scale },
			drawn: size,
			size,
			scale,
		};
	}
	const least = Math.min(across, down);
	const scale = fit === 'inside' && !allowUpscale ? Math.min(1, least) : least;
	const drawn = {
		width: Math.max(1, Math.round(image.width * scale)),
		height: Math.max(1, Math.round(image.height * scale)),
	};
	return { crop: whole, drawn, size: fit === 'inside' ? drawn : size, scale };
}

/** Longest edge of the copy that is searched. */
const searched = 256;

/**
 * Looks for the subject once, for all crops, by libvips' attention: luminance frequency, saturation
 * and skin tones.
 */
export async function findFocus(sharp: SharpLibrary, image: Raw): Promise<Focus> {
	const small = await toRaw(
		openRaw(sharp, image).resize({ width: searched, height: searched, fit: 'inside' }),
	);
	// A point is told only when something is cropped away.
	const { width, height } = small;
	const window =
		width >= height
			? { width: Math.max(1, Math.round(height * 0.7)), height }
			: { width, height: Math.max(1, Math.round(width * 0.7)) };
	const { info } = await openRaw(sharp, small)
		.resize({ ...window, fit: 'cover', position: 'attention' })
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { x: (info.attentionX ?? width / 2) / width, y: (info.attentionY ?? height / 2) / height };
}

/** @returns the part of the decoded image that is used, in its pixels */
function cropOf({ width, height }: Raw, { crop }: Plan, focus: Focus): Rectangle {
	const part = {
		width: Math.max(1, Math.min(width, Math.round(width * crop.width))),
		height: Math.max(1, Math.min(height, Math.round(height * crop.height))),
	};
	const start = (whole: number, used: number, at: number): number =>
		Math.round(Math.max(0, Math.min(whole - used, whole * at - used / 2)));
	return {
		left: start(width, part.width, focus.x),
		top: start(height, part.height, focus.y),
		...part,
	};
}

/** The colour of the two edges that padding touches; transparent where the image has holes. */
async function paddingOf(sharp: SharpLibrary, image: Raw, isAcross: boolean): Promise<number[]> {
	const { width, height, channels } = image;
	const edges = isAcross
		? [
				{ left: 0, top: 0, width: 1, height },
				{ left: width - 1, top: 0, width: 1, height },
			]
		: [
				{ left: 0, top: 0, width, height: 1 },
				{ left: 0, top: height - 1, width, height: 1 },
			];
	const means = await Promise.all(
		edges.map(async (edge) => {
			const stats = await sharp(await openRaw(sharp, image).extract(edge).raw().toBuffer(), {
				raw: { width: edge.width, height: edge.height, channels },
			}).stats();
			return stats.channels.map(({ mean }) => mean);
		}),
	);
	return Array.from({ length: channels }, (_, index) =>
		Math.round(means.reduce((sum, mean) => sum + (mean[index] ?? 0), 0) / means.length),
	);
}

/** @returns the image at the plan's size */
export async function fitImage(
	sharp: SharpLibrary,
	image: Raw,
	plan: Plan,
	focus: Focus,
): Promise<Raw> {
	const { drawn, size, crop } = plan;
	const isWhole = crop.width === 1 && crop.height === 1;
	const isDrawn = isWhole && drawn.width === image.width && drawn.height === image.height;
	if (isDrawn && size.width === image.width && size.height === image.height) return image;
	const drawnImage = await toRaw(
		openRaw(sharp, image)
			.extract(cropOf(image, plan, focus))
			.resize({ ...drawn, fit: 'fill' }),
	);
	const across = size.width - drawn.width;
	const down = size.height - drawn.height;
	if (across === 0 && down === 0) return drawnImage;
	const [r = 0, g = 0, b = 0, alpha = 255] = await paddingOf(sharp, drawnImage, across > 0);
	return await toRaw(
		openRaw(sharp, drawnImage).extend({
			left: Math.floor(across / 2),
			right: Math.ceil(across / 2),
			top: Math.floor(down / 2),
			bottom: Math.ceil(down / 2),
			background: { r, g, b, alpha: alpha === 255 ? 1 : 0 },
		}),
	);
}
