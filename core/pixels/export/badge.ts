/** Draws the visible AI badge. */

import type { OverlayOptions } from 'sharp';
import { labels } from '../../rules/labels';
import type { Position } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import { overlap, placeIn, type Rectangle } from './place';
import { overlay } from '../raw';
import { refused } from './refused';
import { colored, drawText, type Drawn, type Typefaces } from './text';

const words = { generated: 'AI generated', modified: 'AI modified' } as const;
const corners: readonly Position[] = ['bottomRight', 'bottomLeft', 'topRight', 'topLeft'];

/** A text in white on nearly black, with its upper left corner there. */
export async function drawPill(
	text: Drawn,
	padding: number,
	{ left, top }: Pick<Rectangle, 'left' | 'top'>,
): Promise<OverlayOptions[]> {
	const [width, height] = [text.width + 2 * padding, text.height + 2 * padding];
	const background = { r: 16, g: 16, b: 16, alpha: 0.85 };
	const letters = await colored(text, [255, 255, 255]);
	return [
		{ input: { create: { width, height, channels: 4, background } }, left, top },
		overlay(letters, { left: left + padding, top: top + padding }),
	];
}

/**
 * The visible mark, in the first corner that nothing else lies in.
 * @throws text_does_not_fit
 */
export async function drawBadge(
	kind: keyof typeof words,
	typefaces: Typefaces,
	size: Dimensions,
	area: Rectangle,
	taken: readonly Rectangle[],
): Promise<OverlayOptions[]> {
	const letters = Math.max(11, Math.round(0.02 * Math.sqrt(size.width * size.height)));
	const text = await drawText(words[kind], typefaces, letters, size.width);
	const padding = Math.round(letters * 0.6);
	const pill = { width: text.width + 2 * padding, height: text.height + 2 * padding };
	if (pill.width > area.width || pill.height > area.height) {
		throw refused(
			'text_does_not_fit',
			'aiBadge',
			`'${labels.aiBadge}' does not fit on ${size.width} x ${size.height} pixels`,
			`Export this channel without '${labels.aiBadge}'.`,
		);
	}
	const boxes = corners.map((corner) => placeIn(area, pill, corner));
	const [first] = boxes;
	const box = boxes.find((one) => !taken.some((other) => overlap(one, other))) ?? first;
	if (!box) return [];
	return await drawPill(text, padding, box);
}
