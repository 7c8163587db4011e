/** Recognizes the format of an image by its first bytes. */

import type { OutputFormat } from './model-types';

/** @returns the root of an SVG or a page: without XML declaration, comments, doctype, white space */
export const rootOf = (text: string): string =>
	text
		.replace(/^\uFEFF/, '')
		.replace(/^(?:\s+|<\?[^>]*>|<!--[\s\S]*?-->|<!doctype\s+svg[^>[]*(?:\[[^\]]*\]\s*)?>)+/i, '');

/**
 * The format that the first kilobytes announce, without a library, so that a damaged answer is found
 * before it is kept.
 * @returns undefined when the bytes are not an image that OpenAI delivers
 */
export function formatOf(bytes: Buffer): OutputFormat | undefined {
	const start = bytes.toString('latin1', 0, 16);
	if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
	if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
	if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'webp';
	if (start.startsWith('GIF8')) return 'gif';
	if (!/^\s*(?:\xef\xbb\xbf)?\s*</.test(start)) return undefined;
	return /^<svg[\s>]/i.test(rootOf(bytes.toString('utf8', 0, 4096))) ? 'svg' : undefined;
}
