/** File names and MIME types of output images. */

import type { ExportFormat } from '../rules/channels';
import { entryOf } from '../rules/json';
import type { OutputFormat } from '../rules/model-types';

export const mimeTypeOf = (format: OutputFormat | ExportFormat): string =>
	format === 'svg' ? 'image/svg+xml' : `image/${format}`;

export const endingOf = (format: OutputFormat | ExportFormat): string =>
	format === 'jpeg' ? 'jpg' : format;

export interface FileNameParts {
	readonly prompt: string;
	/** Counted from 1. */
	readonly index: number;
	readonly count: number;
	readonly model: string;
	readonly width: number;
	readonly height: number;
	readonly format: OutputFormat;
	readonly date: Date;
}

/** Names of one prompt; in UTF-8, scripts of three bytes a character have room for as many. */
const slugLimit = { units: 60, bytes: 180 };
/** A name that others are made from: a channel and a size still follow. */
const stemLimit = { units: 160, bytes: 180 };
/** File systems take 255 bytes; two numbers, `_partial_3` and the ending still follow. */
const nameLimit = { units: 200, bytes: 225 };
/** Limits what an expression may insert before it is processed. */
const mostRead = 1_000;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The start of a text, cut between two characters as people see them. */
function cut(text: string, limit: typeof slugLimit): string {
	let end = 0;
	let bytes = 0;
	for (const { segment, index } of graphemes.segment(text)) {
		bytes += Buffer.byteLength(segment);
		if (bytes > limit.bytes || index + segment.length > limit.units) break;
		end = index + segment.length;
	}
	return text.slice(0, end);
}

/**
 * Without the marks that Latin, Greek and Cyrillic names can do without. In other scripts they are
 * vowels, voicing or tones: a name without them is another word.
 */
const withoutAccents = (text: string): string =>
	text
		.normalize('NFD')
		.replace(/([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{Mark}+/gu, '$1')
		.normalize('NFC');

/** Joiners inside a word shape its letters: Persian, Sinhala and Malayalam need them. */
const word = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{Mn}\p{Mc}]|[\u200c\u200d](?=[\p{L}\p{M}]))*/gu;

/**
 * Words of a text as a file name, in NFC: letters and digits of any script, joined by hyphens.
 * @returns up to 60 characters and 180 bytes, cut after a word where there is one; may be empty
 */
export function slug(text: string): string {
	const plain = withoutAccents(text.slice(0, mostRead))
		.replace(/\p{Variation_Selector}/gu, '')
		.toLowerCase()
		.normalize('NFC');
	const words = (plain.match(word) ?? []).join('-');
	const start = cut(words, slugLimit);
	if (start === words || words[start.length] === '-') return start;
	const lastWord = start.lastIndexOf('-');
	// Scripts without spaces have words as long as sentences.
	return lastWord > start.length / 2 ? start.slice(0, lastWord) : start;
}

/** Names that Windows keeps for its devices, whatever follows the first dot. */
const device = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³])\s*(?:\.|$)/i;

/** Without characters that could mislead a file system, a shell or a reader, and within the limit. */
export function safe(name: string): string {
	const clean = name
		.slice(0, mostRead)
		.normalize('NFC')
		// Marks of direction and the like; a joiner stays, emoji and many scripts are shaped by it.
		.replace(/(?![\u200c\u200d])\p{Cf}/gu, '')
		.replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu, '-')
		.replace(/^[\s.\-\u200c\u200d]+/, '');
	const short = cut(clean, nameLimit).replace(/[\s.\-\u200c\u200d]+$/, '');
	return device.test(short) ? `image-${short}` : short;
}

const knownEnding = /\.(?:png|jpe?g|webp|gif|svg|avif|tiff?|heic)$/i;

/** @returns a file's name without the ending of an image */
export const withoutEnding = (name: string): string => name.replace(knownEnding, '');

/** @returns a safe name, without an ending: the template with the values that it names */
const filled = (template: string, values: Readonly<Record<string, string>>): string =>
	safe(
		withoutEnding(template.slice(0, mostRead)).replace(
			/\{(\w+)\}/g,
			(placeholder, key: string) => entryOf(values, key) ?? placeholder,
		),
	);

/**
 * @param template `{prompt}`, `{index}`, `{model}`, `{size}` and `{date}` are filled in, the index only
 *   where there are several images; the ending is always that of the format
 * @param nth which of several items that want this name, from 1
 * @returns a name that is safe on every file system, in NFC
 */
export function fileName(template: string, parts: FileNameParts, nth: number): string {
	const named = (index: string): string =>
		filled(index === '' ? template.replace(/[-_. ]?\{index\}/g, '') : template, {
			prompt: slug(parts.prompt) || 'image',
			index,
			model: parts.model,
			size: `${parts.width}x${parts.height}`,
			date: parts.date.toISOString().slice(0, 10),
		});
	const plain = named('') || 'image';
	const suffix = nth > 1 ? `-${nth}` : '';
	const ending = endingOf(parts.format);
	if (parts.count <= 1) return `${plain}${suffix}.${ending}`;
	const name = named(String(parts.index));
	// A template may have no index, or lose it where it is cut.
	const own = name === '' || name === plain ? `${plain}-${parts.index}` : name;
	return `${own}${suffix}.${ending}`;
}

/** Values that the template of an exported file's name can take. */
interface ExportNameParts {
	readonly name: string;
	readonly channel: string;
	readonly width: number;
	readonly height: number;
	readonly format: ExportFormat;
}

/**
 * @param template `{name}`, `{channel}` and `{size}` are filled in
 * @param nth which of several files that want this name, from 1
 */
export function exportName(template: string, parts: ExportNameParts, nth: number): string {
	const { name, channel, width, height, format } = parts;
	const stem = cut(withoutEnding(name), stemLimit);
	const values = { name: stem, channel, size: `${width}x${height}` };
	const suffix = nth > 1 ? `-${nth}` : '';
	return `${filled(template, values) || channel}${suffix}.${endingOf(format)}`;
}
