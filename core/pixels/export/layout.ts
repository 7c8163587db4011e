/** Lays out headline and subline: size, line breaks, place. */

import { labels } from '../../rules/labels';
import type { Position, TextRequest } from '../../rules/export';
import type { Dimensions } from '../../rules/request-types';
import { columnOf, placeIn, type Rectangle } from './place';
import { refused } from './refused';
import { drawText, type Drawn, type Typefaces } from './text';

export interface PlacedText {
	readonly drawn: Drawn;
	readonly left: number;
	readonly top: number;
}

export interface TextBlock {
	readonly lines: readonly PlacedText[];
	/** Around all of them. */
	readonly box: Rectangle;
	/** Between the text and the edge of its panel. */
	readonly padding: number;
}

/** Headline size by the area's; what is smaller than the least can hardly be read. */
const sizes = { usual: 0.07, subline: 0.55, least: 10, shrink: 0.9, most: 0.5 };
/** Of the height that text may lie in. */
const highest = 0.6;

/** Whether a text begins in a script that is written from right to left. */
const isRightToLeft = (text: string): boolean =>
	/^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(
		text,
	);

/** One above the other, at one size of letters. */
async function drawLines(
	{ headline, subline }: Pick<TextRequest, 'headline' | 'subline'>,
	typefaces: Typefaces,
	size: number,
	width: number,
	column: 0 | 0.5 | 1,
): Promise<{ readonly drawn: readonly Drawn[]; readonly gap: number }> {
	const small = Math.max(sizes.least, Math.round(size * sizes.subline));
	const drawn = [
		...(headline === '' ? [] : [await drawText(headline, typefaces, size, width, column)]),
		...(subline === '' ? [] : [await drawText(subline, typefaces, small, width, column)]),
	];
	return { drawn, gap: Math.round(size * 0.45) };
}

const around = (drawn: readonly Drawn[], gap: number): Dimensions => ({
	width: Math.max(...drawn.map(({ width }) => width)),
	height: drawn.reduce((sum, { height }) => sum + height, 0) + gap * (drawn.length - 1),
});

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
		const { drawn, gap } = await drawLines(text, typefaces, letters, inner.width, column);
		const box = around(drawn, gap);
		if (box.width > inner.width || box.height > area.height * highest) continue;
		const placed = placeIn(inner, box, text.position);
		return { lines: linesIn(placed, drawn, gap, text), box: placed, padding };
	}
	throw refused(
		'text_does_not_fit',
		text.headline === '' ? 'subline' : 'headline',
		`'${labels.headline}' and '${labels.subline}' do not fit on ${size.width} x ${size.height} pixels, even in small letters`,
		'Shorten them, or export this channel without text in another node.',
	);
}

function linesIn(
	box: Rectangle,
	drawn: readonly Drawn[],
	gap: number,
	{ position, headline, subline }: TextRequest,
): PlacedText[] {
	// Text that begins at the right stands at the right of its block.
	const isMirrored = columnOf(position) === 0 && isRightToLeft(`${headline} ${subline}`);
	const column: Position = isMirrored ? 'right' : position;
	let { top } = box;
	return drawn.map((one) => {
		const line = { drawn: one, left: placeIn(box, one, column).left, top };
		top += one.height + gap;
		return line;
	});
}
