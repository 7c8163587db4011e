import type { Dimensions } from '../rules/request-types';

/**
 * Whether a picture of one size can be scaled onto another without being distorted. Programs round
 * edges when they scale: one pixel, or half a percent, is the same shape.
 */
export function hasShapeOf(size: Dimensions, other: Dimensions): boolean {
	const height = (size.width / other.width) * other.height;
	return Math.abs(size.height - height) <= Math.max(1, size.height * 0.005);
}
