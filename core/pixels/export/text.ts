/** Draws text with the bundled font or the user's own. */

import { labels } from '../../rules/labels';
import type { ExportWarning, Rgb } from '../../rules/export';
import { visible } from '../../rules/parameters';
import type { Dimensions } from '../../rules/request-types';
import { loadSharpWithFont } from '../font';
import { refused } from './refused';
import { toRaw, type Raw } from '../raw';
import type { Typeface } from './typeface';

/** The fonts of one text, the user's own first. */
export type Typefaces = readonly Typeface[];

/** Coverage of each pixel by letters, 0 to 255. */
export interface Drawn extends Dimensions {
	readonly alpha: Buffer;
}

/** @returns the letters of a text that none of the fonts has, each once */
export const missingIn = (text: string, typefaces: Typefaces): string[] =>
	[...new Set(text)].filter(
		(letter) =>
			visible(letter) !== '' && !typefaces.some((font) => font.has(letter.codePointAt(0) ?? 0)),
	);

const codeOf = (letter: string): string =>
	`U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/**
 * Letters that no font has would be drawn as boxes.
 * @returns a warning when only the bundled font has some
 * @throws missing_glyphs naming them
 */
export function checkGlyphs(
	text: string,
	param: 'headline' | 'subline',
	typefaces: Typefaces,
): ExportWarning[] {
	const list = (letters: readonly string[]): string =>
		letters
			.slice(0, 10)
			.map((letter) => `${letter} (${codeOf(letter)})`)
			.join(', ') + (letters.length > 10 ? ', …' : '');
	const missing = missingIn(text, typefaces);
	if (missing.length > 0) {
		throw refused(
			'missing_glyphs',
			param,
			`'${labels[param]}' has characters that ${typefaces.map(({ name }) => name).join(' and ')} cannot display: ${list(missing)}`,
			`Remove them, or load a font that has them (TTF or OTF) into a binary field and name it in '${labels.fontField}'.`,
		);
	}
	const [own, ...others] = typefaces;
	const borrowed = own && others.length > 0 ? missingIn(text, [own]) : [];
	if (!own || borrowed.length === 0) return [];
	const message = `${own.name} lacks ${list(borrowed)}: drawn in ${others.map(({ name }) => name).join(', ')}`;
	return [{ code: 'font_fallback', message }];
}

/** Pango reads markup. */
const escapeMarkup = (text: string): string =>
	text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign] ?? sign);

const alignments = { 0: 'left', 0.5: 'centre', 1: 'right' } as const;
/** A text that begins in such a script stands at the right in Pango's `left`. */
const rightToLeft =
	/^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** Unicode's marks: the side of the paragraph is decided by the first, and the text in the isolate keeps its order. */
const onSide = (isRight: boolean, text: string): string =>
	rightToLeft.test(text) === isRight ? text : `${isRight ? '\u200f' : '\u200e'}\u2068${text}\u2069`;

/** A paragraph; `size` is that of its letters in pixels. */
interface Paragraph {
	readonly text: string;
	readonly size: number;
}

/**
 * Draws paragraphs below one another, letters shaped, joined and ordered as their script wants (Pango,
 * HarfBuzz). They stand where the first one does: at the right if it runs from there, unless centered.
 * @param width at which lines break, in pixels; a longer word sticks out
 */
export async function drawParagraphs(
	paragraphs: readonly Paragraph[],
	typefaces: Typefaces,
	width: number,
	column: 0 | 0.5 | 1,
): Promise<Drawn> {
	const sharp = await loadSharpWithFont();
	// Pango counts in 1024ths of a point, which is a pixel at this density.
	const isRight = rightToLeft.test(paragraphs[0]?.text ?? '');
	const markup = paragraphs.map(
		({ text, size }) => `<span size="${size * 1024}">${escapeMarkup(onSide(isRight, text))}</span>`,
	);
	const isMirrored = column === 1 && isRight;
	const { data, info } = await sharp({
		text: {
			text: markup.join('\n'),
			font: typefaces.map(({ family }) => family).join(','),
			width,
			align: isMirrored ? 'left' : alignments[column],
			dpi: 72,
		},
	})
		.extractChannel(0)
		.raw()
		.toBuffer({ resolveWithObject: true });
	return { alpha: data, width: info.width, height: info.height };
}

/** As {@link drawParagraphs}, of one, in the left column. */
export const drawText = (
	text: string,
	typefaces: Typefaces,
	size: number,
	width: number,
): Promise<Drawn> => drawParagraphs([{ text, size }], typefaces, width, 0);

/** @returns letters in one colour on a transparent ground */
export async function colored({ alpha, width, height }: Drawn, [r, g, b]: Rgb): Promise<Raw> {
	const sharp = await loadSharpWithFont();
	return await toRaw(
		sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).joinChannel(alpha, {
			raw: { width, height, channels: 1 },
		}),
	);
}
