/** Format and dimensions of an image that OpenAI sent. */

import { formatOf } from '../rules/image-format';
import type { OutputFormat } from '../rules/model-types';
import { loadSharp } from './sharp';
import { drawSvg, leastSvgEdge, maxSvgBytes, maxSvgPixels } from './svg';

export interface Measured {
	readonly format: OutputFormat;
	readonly width: number;
	readonly height: number;
}

/** @returns an answer's drawing; undefined when it is damaged or takes too long */
async function drawingOf(bytes: Buffer) {
	if (bytes.length > maxSvgBytes) return undefined;
	const drawing = await drawSvg(bytes, leastSvgEdge, maxSvgPixels);
	return typeof drawing === 'string' ? undefined : drawing;
}

/**
 * Read from the image's header, because the API may return another size than requested.
 * @returns undefined when the bytes cannot be read as an image
 */
export async function measure(bytes: Buffer): Promise<Measured | undefined> {
	const format = formatOf(bytes);
	if (!format) return undefined;
	// The first chunk of every PNG has its size: no library is needed for most answers.
	if (format === 'png' && bytes.length >= 24 && bytes.toString('latin1', 12, 16) === 'IHDR') {
		return { format, width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
	}
	if (format === 'svg') {
		const drawing = await drawingOf(bytes);
		return drawing && { format, width: drawing.width, height: drawing.height };
	}
	const sharp = await loadSharp();
	try {
		const { width, height, ...read } = await sharp(bytes, { limitInputPixels: false }).metadata();
		return read.format === format ? { format, width, height } : undefined;
	} catch {
		return undefined;
	}
}

/** What browsers run or load in an SVG that is opened by itself: a website of the user may show it so. */
const active =
	/<(?:script|foreignObject|iframe|embed|object|handler)\b|\son[a-z]{3,30}\s{0,9}=|\bjavascript:|@import\b|<!ENTITY|\bhref\s{0,9}=\s{0,9}["']?\s{0,9}(?:https?:)?\/\//i;

/** @returns whether a drawing has scripts, or parts from elsewhere */
export const isActive = (svg: Buffer): boolean => active.test(svg.toString('utf8'));

/** @returns a drawing as a PNG; undefined when it is damaged or takes too long */
export async function pngOfSvg(bytes: Buffer): Promise<Buffer | undefined> {
	const drawing = await drawingOf(bytes);
	return drawing && Buffer.from(drawing.png);
}
