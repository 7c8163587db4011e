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

/** @returns a drawing as a PNG; undefined when it is damaged or takes too long */
export async function pngOfSvg(bytes: Buffer): Promise<Buffer | undefined> {
	const drawing = await drawingOf(bytes);
	return drawing && Buffer.from(drawing.png);
}
