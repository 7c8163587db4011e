/** Fits an image to the shape of a channel: crops around the subject, pads, scales. */

import type { ResizeOptions } from 'sharp';
import type { Fit } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import type { SharpLibrary } from '../sharp';
import { openRaw, toRaw, type Raw } from '../raw';

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
		edges.map((edge) =>
			openRaw(sharp, image).extract(edge).resize(1, 1, { fit: 'fill' }).raw().toBuffer(),
		),
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
): Promise<Raw> {
	if (size.width === image.width && size.height === image.height) return image;
	const opened = openRaw(sharp, image);
	if (fit === 'pad') {
		const background = await paddingOf(sharp, image, size);
		return await toRaw(opened.resize({ ...size, fit: 'contain', background }));
	}
	if (fit === 'inside') return await toRaw(opened.resize({ ...size, fit: 'fill' }));
	// Cropped before it is enlarged: all of a narrow strip, enlarged, is gigapixels to look at.
	const enlarged = Math.max(1, size.width / image.width, size.height / image.height);
	const part = {
		width: Math.max(1, Math.round(size.width / enlarged)),
		height: Math.max(1, Math.round(size.height / enlarged)),
	};
	// libvips' attention looks for luminance frequency, saturated colours and skin tones.
	const position = fit === 'subject' ? 'attention' : 'centre';
	const cropped = await toRaw(opened.resize({ ...part, fit: 'cover', position }));
	return await fitImage(sharp, cropped, size, 'inside');
}
