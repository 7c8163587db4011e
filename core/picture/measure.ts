import type { OutputFormat } from '../rules/model-types';
import { loadSharp } from './sharp';

/** What the bytes of a picture say of themselves. */
export interface Measured {
	readonly format: OutputFormat;
	readonly width: number;
	readonly height: number;
}

/**
 * The format that the first bytes announce; it needs no library, so that a damaged answer is found
 * before it is kept.
 * @returns undefined when the bytes are no picture that OpenAI delivers
 */
export function formatOf(bytes: Buffer): OutputFormat | undefined {
	const start = bytes.toString('latin1', 0, 16);
	if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
	if (start.startsWith('\xff\xd8\xff')) return 'jpeg';
	if (start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP') return 'webp';
	if (start.startsWith('GIF8')) return 'gif';
	return /^\s*(?:<\?xml|<!--|<!doctype svg|<svg)/i.test(bytes.toString('utf8', 0, 256))
		? 'svg'
		: undefined;
}

/**
 * Format and dimensions, read from the picture's header: the API may draw another size than asked
 * (`auto` gives sizes such as 1254x1254), so the bytes are the truth.
 * @returns undefined when the bytes cannot be read as a picture
 */
export async function measure(bytes: Buffer): Promise<Measured | undefined> {
	const format = formatOf(bytes);
	if (!format) return undefined;
	const sharp = await loadSharp();
	try {
		const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
		return { format, width, height };
	} catch {
		return undefined;
	}
}
