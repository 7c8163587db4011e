/**
 * Text in images is drawn with a bundled font, Inter SemiBold (SIL Open Font License), because
 * n8n's Docker image and small servers may have no fonts at all.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { loadSharp, type SharpLibrary } from './sharp';

const folder = path.join(__dirname, 'fonts');
export const fontFile = path.join(folder, 'Inter-SemiBold.ttf');
/** For SVG's `font-family`; letters that Inter does not have come from the machine's fonts. */
export const fontFamily = 'Inter, sans-serif';

/** Without any configuration, fontconfig prints an error for every process that draws text. */
function provideFontConfig(): void {
	const isConfigured = process.env.FONTCONFIG_FILE ?? process.env.FONTCONFIG_PATH;
	if (isConfigured !== undefined || existsSync('/etc/fonts/fonts.conf')) return;
	process.env.FONTCONFIG_FILE = path.join(folder, 'fonts.conf');
	// Two of its threads that make the folder of its cache at once print an error, too.
	const caches = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
	try {
		mkdirSync(path.join(caches, 'fontconfig'), { recursive: true });
	} catch {
		// It works without a cache.
	}
}

let loading: Promise<unknown> | undefined;

/**
 * @returns sharp, able to draw SVG text in {@link fontFamily}: drawing one letter with the font's file
 *   makes it known to the whole process
 * @throws sharp_unavailable
 */
export async function loadSharpWithFont(): Promise<SharpLibrary> {
	const sharp = await loadSharp();
	loading ??= (async () => {
		provideFontConfig();
		await sharp({ text: { text: 'x', font: 'Inter', fontfile: fontFile } }).toBuffer();
	})();
	// What failed is tried again by whoever comes next.
	loading.catch(() => (loading = undefined));
	await loading;
	return sharp;
}

/** @returns text for SVG content and attributes; characters that XML cannot hold become spaces */
export const escapeXml = (text: string): string =>
	text
		.replace(/[\p{Cc}\p{Cs}\ufffe\uffff]/gu, ' ')
		.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Marks have no width of their own, so a line may have any number of them. */
const longestLine = 1_000;

/** Letters as wide as they are high: CJK and pictographs. */
const WIDE =
	/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}]/u;

/** @returns about how wide a code point is, in ems: enough to break lines and to cut names */
function letterWidth(letter: string): number {
	if (/\p{M}|\p{Cf}/u.test(letter)) return 0;
	if (WIDE.test(letter)) return 1;
	if (/[ .,:;|!'il1jtfr]/.test(letter)) return 0.36;
	return /[MWmw@%\p{Lu}]/u.test(letter) ? 0.82 : 0.62;
}

/** @returns about how wide the text is, in ems */
export const textWidth = (text: string): number => {
	let width = 0;
	for (const letter of text) width += letterWidth(letter);
	return width;
};

/** @returns the longest beginning within a width in ems, at least one letter */
function beginning(text: string, width: number): string {
	let used = 0;
	let end = 0;
	for (const letter of text) {
		used += letterWidth(letter);
		if (used > width && end > 0) break;
		end += letter.length;
	}
	return text.slice(0, end);
}

/** @returns the text, cut with … where it is wider than so many ems */
export const fitText = (whole: string, width: number): string => {
	const text = whole.slice(0, longestLine);
	const fitting = beginning(text, width);
	return fitting === whole ? whole : `${beginning(text, width - 1).trimEnd()}…`;
};

/**
 * Breaks text between words, and within a word that is longer than a line of `width` ems.
 * @returns at most `maxLines` lines; the last one ends with … when text is missing
 */
export function wrapText(text: string, width: number, maxLines: number): string[] {
	const lines: string[] = [];
	let rest = text.replace(/\s+/g, ' ').trim();
	while (rest !== '' && lines.length < maxLines - 1) {
		const fitting = beginning(rest, width);
		const breaksHere = fitting.length === rest.length || rest[fitting.length] === ' ';
		const space = fitting.lastIndexOf(' ');
		const line = breaksHere || space <= 0 ? fitting : fitting.slice(0, space);
		lines.push(line.trimEnd());
		rest = rest.slice(line.length).trimStart();
	}
	return rest === '' || maxLines < 1 ? lines : [...lines, fitText(rest, width)];
}
