/** Places on an output: margins, safe areas, the nine positions. */

import type { Channel } from '../../rules/channels';
import type { Position } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';

export interface Rectangle extends Dimensions {
	readonly left: number;
	readonly top: number;
}

/** Of the output's width. */
const margin = 0.04;

/** @returns where text and logo may lie: inside the margin and the channel's safe middle */
export function areaOf(size: Dimensions, safe: Channel['safe']): Rectangle {
	const edge = Math.round(size.width * margin);
	const left = Math.max(edge, safe ? Math.ceil((size.width - safe.width) / 2) : 0);
	// A banner is so low that a margin by its width would leave nothing.
	const least = Math.min(edge, Math.round(size.height * 0.15));
	const top = Math.max(least, safe ? Math.ceil((size.height - safe.height) / 2) : 0);
	return {
		left,
		top,
		width: Math.max(1, size.width - 2 * left),
		height: Math.max(1, size.height - 2 * top),
	};
}

/** @returns the column of a position: 0 is left, 0.5 center, 1 right */
export const columnOf = (position: Position): 0 | 0.5 | 1 => {
	if (/left/i.test(position)) return 0;
	return /right/i.test(position) ? 1 : 0.5;
};

/** @returns the row of a position: 0 is top, 0.5 center, 1 bottom */
export const rowOf = (position: Position): 0 | 0.5 | 1 => {
	if (position.startsWith('top')) return 0;
	return position.startsWith('bottom') ? 1 : 0.5;
};

export const placeIn = (area: Rectangle, box: Dimensions, position: Position): Rectangle => ({
	left: area.left + Math.round((area.width - box.width) * columnOf(position)),
	top: area.top + Math.round((area.height - box.height) * rowOf(position)),
	width: box.width,
	height: box.height,
});

export const overlap = (one: Rectangle, other: Rectangle): boolean =>
	one.left < other.left + other.width &&
	other.left < one.left + one.width &&
	one.top < other.top + other.height &&
	other.top < one.top + one.height;
