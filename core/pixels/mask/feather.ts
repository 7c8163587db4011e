/** The soft edge of a mask: how much of the answer goes into each pixel. */

import { ranges } from '../../rules/ranges';
import type { Dimensions } from '../../rules/request-types';
import { edited, type Plane } from './mask';
import { pieceOfPixels } from './pieces';

/** Lengths of a step across and of a diagonal one: 3:4 is within 8% of the true distance. */
const straight = 3;
const diagonal = 4;

/**
 * Distance of every edited pixel from the nearest kept one, as a chamfer distance in thirds of a
 * pixel (Borgefors, Distance transformations in digital images, 1986), cut at `most`. Kept pixels
 * have 0. The image's border counts as edited: there is nothing beyond it to blend into.
 */
function* distances(
	plane: Plane,
	{ width, height }: Dimensions,
	most: number,
): Generator<void, Uint8Array, void> {
	const distance = new Uint8Array(plane.length);
	const at = (index: number) => distance[index] ?? most;
	const rowsAtOnce = Math.ceil(pieceOfPixels / width);
	for (let row = 0, index = 0; row < height; row++) {
		if (row % rowsAtOnce === 0) yield;
		for (let column = 0; column < width; column++, index++) {
			if (plane[index] !== edited) continue;
			let least = most;
			if (column > 0) least = Math.min(least, at(index - 1) + straight);
			if (row > 0) {
				const above = index - width;
				least = Math.min(least, at(above) + straight);
				if (column > 0) least = Math.min(least, at(above - 1) + diagonal);
				if (column < width - 1) least = Math.min(least, at(above + 1) + diagonal);
			}
			distance[index] = least;
		}
	}
	for (let row = height - 1, index = plane.length - 1; row >= 0; row--) {
		if (row % rowsAtOnce === 0) yield;
		for (let column = width - 1; column >= 0; column--, index--) {
			let least = at(index);
			if (least <= straight) continue;
			if (column < width - 1) least = Math.min(least, at(index + 1) + straight);
			if (row < height - 1) {
				const below = index + width;
				least = Math.min(least, at(below) + straight);
				if (column > 0) least = Math.min(least, at(below - 1) + diagonal);
				if (column < width - 1) least = Math.min(least, at(below + 1) + diagonal);
			}
			distance[index] = least;
		}
	}
	return distance;
}

/**
 * How much of the answer goes into each pixel: 0 where the original is kept, rising smoothly over
 * `feather` pixels (0 to 80) inside the edited area, then 255.
 * @returns one byte per pixel, row by row; yields where it may be paused
 */
export function* answerWeights(
	plane: Plane,
	size: Dimensions,
	feather: number,
): Generator<void, Uint8Array, void> {
	// Distances are kept in bytes, because large images have many: this one must fit.
	const reach = (Math.min(Math.round(feather), ranges.feather.most) + 1) * straight;
	const weights = yield* distances(plane, size, reach);
	const curve = new Uint8Array(reach + 1);
	for (let step = 0; step <= reach; step++) {
		const part = step / reach;
		curve[step] = Math.round(255 * part * part * (3 - 2 * part));
	}
	for (let index = 0; index < weights.length; index++) {
		if (index % pieceOfPixels === 0) yield;
		weights[index] = curve[weights[index] ?? 0] ?? 255;
	}
	return weights;
}
