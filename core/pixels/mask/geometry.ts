/** Shapes of images, and where one lies on a larger canvas. */

import type { Sharp } from 'sharp';
import type { Dimensions } from '../../rules/request-types';
import { sizeText } from '../../rules/size';
import { refusal, type Source } from '../source';

/** @throws invalid_parameter when it cannot be scaled to the first image without distortion */
export function checkShape(source: Source, first: Dimensions, what: 'mask' | 'markup'): void {
	const height = (source.width / first.width) * first.height;
	// Programs round edges when they scale: one pixel, or half a percent, is the same shape.
	if (Math.abs(source.height - height) <= Math.max(1, source.height * 0.005)) return;
	throw refusal(
		source.origin,
		`is ${sizeText(source)}, the first image is ${sizeText(first)}: the ${what} has a different aspect ratio`,
		`Draw it over the first image, rotated to its EXIF orientation, at ${sizeText(first)} or any size of the same ratio.`,
	);
}

/** Where an image lies on a larger canvas, in pixels from its upper left corner. */
export interface Placement extends Dimensions {
	readonly left: number;
	readonly top: number;
	readonly canvas: Dimensions;
}

/** @returns the image, opened upright, on its canvas, the margin filled */
export function layOnCanvas(image: Sharp, source: Source, placement: Placement): Sharp {
	const { left, top, width, height, canvas } = placement;
	const isScaled = width !== source.width || height !== source.height;
	return (isScaled ? image.resize({ width, height, fit: 'fill' }) : image).extend({
		left,
		top,
		right: canvas.width - left - width,
		bottom: canvas.height - top - height,
		// Repeating the edge gives the feather something to blend with. In an image with transparent
		// areas, repeated edges would be streaks.
		...(source.hasAlpha
			? { background: { r: 0, g: 0, b: 0, alpha: 0 } }
			: { extendWith: 'copy' as const }),
	});
}
