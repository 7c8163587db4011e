import type { Sharp } from 'sharp';
import type { Dimensions } from '../rules/request-types';
import type { Source } from './source';

/** Where a picture lies on a larger canvas, in pixels from its upper left corner. */
export interface Placement extends Dimensions {
	readonly left: number;
	readonly top: number;
	readonly canvas: Dimensions;
}

/**
 * @param picture the source, opened upright
 * @returns the picture on its canvas, the margin filled
 */
export function placed(picture: Sharp, source: Source, placement: Placement): Sharp {
	const { left, top, width, height, canvas } = placement;
	const isScaled = width !== source.width || height !== source.height;
	return (isScaled ? picture.resize({ width, height, fit: 'fill' }) : picture).extend({
		left,
		top,
		right: canvas.width - left - width,
		bottom: canvas.height - top - height,
		// The edge drawn out gives the feather something to blend with. Where the picture has holes,
		// drawn-out edges would be streaks among them.
		...(source.hasAlpha
			? { background: { r: 0, g: 0, b: 0, alpha: 0 } }
			: { extendWith: 'copy' as const }),
	});
}
