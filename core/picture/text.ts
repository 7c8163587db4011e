import { type Font, loadFont, type Weight } from './font';

/** Text for SVG pictures as outlines, so that it looks the same on a machine without fonts. */

export interface TextStyle {
	/** Pixels per em. */
	readonly size: number;
	/** SVG colour. */
	readonly fill: string;
	readonly weight?: Weight;
	/** Which point of the text `x` is. */
	readonly anchor?: 'start' | 'middle' | 'end';
}

export interface Typesetter {
	/** @returns the width of a line in pixels; estimated for letters that the font does not have */
	width(text: string, style: Pick<TextStyle, 'size' | 'weight'>): number;
	/**
	 * @param x in pixels, see `anchor`; y of the baseline
	 * @returns an SVG fragment
	 */
	line(text: string, x: number, y: number, style: TextStyle): string;
	/** Breaks text into lines; the last one ends with … when not all of it fits. */
	wrap(
		text: string,
		style: Pick<TextStyle, 'size' | 'weight'>,
		width: number,
		maxLines: number,
	): string[];
	/** The text, cut with … in its middle so that it fits: the ends of names and ids tell most. */
	fit(text: string, style: Pick<TextStyle, 'size' | 'weight'>, width: number): string;
	/** Height of a capital letter in pixels. */
	capHeight(style: Pick<TextStyle, 'size' | 'weight'>): number;
}

const ELLIPSIS = '…';
/** Letters of the width of an em: CJK and pictographs. */
const WIDE =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;
/** Scripts that run from right to left or whose letters join: the renderer must see whole lines. */
const JOINED =
	/[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Thai}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** What takes no place of its own: joiners, variation selectors, combining marks, controls. */
const NO_WIDTH = /[\p{Cc}\p{Cf}\p{M}]/u;

/** @returns text for SVG content and attributes; characters that XML cannot hold become spaces */
export const escapeXml = (text: string): string =>
	text
		.replace(/[\p{Cc}\ufffe\uffff]/gu, ' ')
		.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const isJoined = (text: string): boolean => JOINED.test(text);

function letterWidth(font: Font, letter: string): number {
	const glyph = font.glyph(letter.codePointAt(0) ?? 0);
	if (glyph) return glyph.advance;
	if (NO_WIDTH.test(letter)) return 0;
	return WIDE.test(letter) ? 1 : 0.6;
}

const widthOf = (font: Font, text: string): number => {
	let width = 0;
	for (const letter of text) width += letterWidth(font, letter);
	return width;
};

function drawLine(font: Font, text: string, left: number, y: number, style: TextStyle): string {
	const { size, fill, weight } = style;
	const bySystemFont = (part: string, x: number) =>
		`<text x="${x.toFixed(2)}" y="${y.toFixed(2)}" font-size="${size}" fill="${fill}" ` +
		`font-family="sans-serif"${weight === 'bold' ? ' font-weight="bold"' : ''}>${escapeXml(part)}</text>`;
	if (isJoined(text)) return bySystemFont(text, left);
	let path = '';
	let others = '';
	let run = '';
	let runStart = left;
	let x = left;
	for (const letter of text) {
		const glyph = font.glyph(letter.codePointAt(0) ?? 0);
		if (glyph) {
			if (run !== '') others += bySystemFont(run, runStart);
			run = '';
			path += glyph.path(size, x, y);
		} else {
			if (run === '') runStart = x;
			run += letter;
		}
		x += size * letterWidth(font, letter);
	}
	if (run !== '') others += bySystemFont(run, runStart);
	return `${path === '' ? '' : `<path fill="${fill}" d="${path}"/>`}${others}`;
}

/** The longest beginning of a text that fits, in whole letters; at least one. */
function longestFit(font: Font, text: string, width: number): string {
	let used = 0;
	let end = 0;
	for (const letter of text) {
		used += letterWidth(font, letter);
		if (used > width && end > 0) break;
		end += letter.length;
	}
	return text.slice(0, end);
}

function breakLines(font: Font, text: string, width: number, maxLines: number): string[] {
	const lines: string[] = [];
	let rest = text.replace(/\s+/g, ' ').trim();
	while (rest !== '' && lines.length < maxLines) {
		const fitting = longestFit(font, rest, width);
		const breaksHere = fitting.length === rest.length || rest[fitting.length] === ' ';
		const space = fitting.lastIndexOf(' ');
		const line = breaksHere || space <= 0 ? fitting : fitting.slice(0, space);
		lines.push(line.trimEnd());
		rest = rest.slice(line.length).trimStart();
	}
	const last = lines.at(-1);
	if (rest !== '' && last !== undefined) {
		const cut = longestFit(font, last, width - widthOf(font, ELLIPSIS)).trimEnd();
		lines[lines.length - 1] = `${cut}${ELLIPSIS}`;
	}
	return lines;
}

function fitMiddle(font: Font, text: string, width: number): string {
	if (widthOf(font, text) <= width) return text;
	const letters = [...text];
	for (let kept = letters.length - 1; kept > 1; kept--) {
		const head = letters.slice(0, Math.ceil(kept / 2)).join('');
		const tail = letters.slice(letters.length - Math.floor(kept / 2)).join('');
		const short = `${head}${ELLIPSIS}${tail}`;
		if (widthOf(font, short) <= width) return short;
	}
	return ELLIPSIS;
}

/** @returns the typesetter, its fonts read on first use */
export async function loadTypesetter(): Promise<Typesetter> {
	const [regular, bold] = await Promise.all([loadFont('regular'), loadFont('bold')]);
	const fontOf = (weight: Weight | undefined) => (weight === 'bold' ? bold : regular);
	return {
		width: (text, { size, weight }) => size * widthOf(fontOf(weight), text),
		line(text, x, y, style) {
			const font = fontOf(style.weight);
			const width = style.size * widthOf(font, text);
			const shift = { start: 0, middle: width / 2, end: width }[style.anchor ?? 'start'];
			return drawLine(font, text, x - shift, y, style);
		},
		wrap: (text, { size, weight }, width, maxLines) =>
			breakLines(fontOf(weight), text, width / size, maxLines),
		fit: (text, { size, weight }, width) => fitMiddle(fontOf(weight), text, width / size),
		capHeight: ({ size, weight }) => size * fontOf(weight).capHeight,
	};
}
