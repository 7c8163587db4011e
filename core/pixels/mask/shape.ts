/** Whether two sizes have the same shape. */

import type { Dimensions } from '../../rules/request-types';

/**
 * Whether an image of one size can be scaled to another without distortion. Programs round
 * edges when they scale: one pixel, or half a percent, is the same shape.
 */
export function hasShapeOf(size: Dimensions, other: Dimensions): boolean {
	const height = (size.width / other.width) * other.height;
	return Math.abs(size.height - height) <= Math.max(1, size.height * 0.005);
}
