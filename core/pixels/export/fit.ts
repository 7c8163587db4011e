/** Fits an image to the shape of a channel: crops around the subject, pads, scales. */

import type { ResizeOptions } from 'sharp';
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
	/** The file's size. */
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
	if (fit === 'subject' || fit === 'center') return { size, scale: Math.max(across, down) };
	const least = Math.min(across, down);
	if (fit === 'pad') return { size, scale: least };
	const scale = allowUpscale ? least : Math.min(1, least);
	const scaled = (edge: number): number => Math.max(1, Math.round(edge * scale));
	return { size: { width: scaled(image.width), height: scaled(image.height) }, scale };
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

/** @returns the part of the decoded image that has the shape of the output, in its pixels */
function cropOf({ width, height }: Raw, size: Dimensions, focus: Focus): Rectangle {
	const scale = Math.max(size.width / width, size.height / height);
	const part = {
		width: Math.max(1, Math.min(width, Math.round(size.width / scale))),
		height: Math.max(1, Math.min(height, Math.round(size.height / scale))),
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
async function paddingOf(
	sharp: SharpLibrary,
	image: Raw,
	size: Dimensions,
): Promise<ResizeOptions['background']> {
	const { width, height, channels } = image;
	const isAcross = size.width * height > size.height * width;
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
	const [r = 0, g = 0, b = 0, alpha = 255] = Array.from({ length: channels }, (_, index) =>
		Math.round(means.reduce((sum, mean) => sum + (mean[index] ?? 0), 0) / means.length),
	);
	return { r, g, b, alpha: alpha === 255 ? 1 : 0 };
}

/** @returns the image at the size that was planned for it */
export async function fitImage(
	sharp: SharpLibrary,
	image: Raw,
	size: Dimensions,
	fit: Fit,
	focus: Focus,
): Promise<Raw> {
	if (size.width === image.width && size.height === image.height) return image;
	const opened = openRaw(sharp, image);
	if (fit === 'pad') {
		const background = await paddingOf(sharp, image, size);
		return await toRaw(opened.resize({ ...size, fit: 'contain', background }));
	}
	const part = fit === 'inside' ? opened : opened.extract(cropOf(image, size, focus));
	return await toRaw(part.resize({ ...size, fit: 'fill' }));
}
