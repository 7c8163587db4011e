/** Lays out headline and subline: size, line breaks, place. */

import { labels } from '../../rules/labels';
import type { TextRequest } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import { columnOf, placeIn, type Rectangle } from './place';
import { refused } from './refused';
import { drawParagraphs, type Drawn, type Typefaces } from './text';

export interface TextBlock {
	readonly drawn: Drawn;
	readonly box: Rectangle;
	/** Between the text and the edge of its panel. */
	readonly padding: number;
}

/** Headline size by the area's; what is smaller than the least can hardly be read. */
const sizes = { usual: 0.07, subline: 0.55, least: 10, shrink: 0.9, most: 0.5 };
/** Of the height that text may lie in. */
const highest = 0.6;

/**
 * Lays headline and subline out at the largest of a few sizes at which they fit into the area.
 * @param hasBox whether a box with padding is drawn around it, which then lies in the area too
 * @throws text_does_not_fit
 */
export async function layOut(
	text: TextRequest,
	typefaces: Typefaces,
	size: Dimensions,
	area: Rectangle,
	hasBox: boolean,
): Promise<TextBlock> {
	const column = columnOf(text.position);
	const usual = sizes.usual * Math.sqrt(area.width * area.height);
	for (let share = 1; share >= sizes.most; share *= sizes.shrink) {
		const letters = Math.round(usual * share);
		if (letters < sizes.least) break;
		const padding = Math.round(letters * 0.4);
		const inset = hasBox ? padding : 0;
		const inner: Rectangle = {
			left: area.left + inset,
			top: area.top + inset,
			width: area.width - 2 * inset,
			height: area.height - 2 * inset,
		};
		if (inner.width < letters) break;
		const small = Math.max(sizes.least, Math.round(letters * sizes.subline));
		const paragraphs = [
			{ text: text.headline, size: letters },
			{ text: text.subline, size: small },
		].filter((paragraph) => paragraph.text !== '');
		const drawn = await drawParagraphs(paragraphs, typefaces, inner.width, column);
		if (drawn.width > inner.width || drawn.height > area.height * highest) continue;
		return { drawn, box: placeIn(inner, drawn, text.position), padding };
	}
	throw refused(
		'text_does_not_fit',
		text.headline === '' ? 'subline' : 'headline',
		`'${labels.headline}' and '${labels.subline}' do not fit on ${size.width} x ${size.height} pixels, even in small letters`,
		'Shorten them, or export this channel without text in another node.',
	);
}
