/** Opens the image to export: its header, label and pixels. */

import { exportFormats, type ExportFormat } from '../../rules/channels';
import type { Dimensions } from '../../rules/request-types';
import { labelIn, type DigitalSource } from '../ai-label';
import type { SharpLibrary } from '../sharp';
import {
	draw,
	withDecoded,
	inspect,
	readToEnd,
	refusal,
	type Origin,
	type Source,
} from '../source';
import { jpegSegments, pngChunks } from '../parts';
import { toRaw, type Raw } from '../raw';

/** An image that was looked at, and not yet decoded. */
export interface Opened {
	readonly source: Source;
	/** The format that a file of its kind is written in again; what cannot be written becomes PNG. */
	readonly format: ExportFormat;
	readonly label: DigitalSource | undefined;
	/** Whether it tells more than the label, e.g. the place of a photo or the prompt of an image. */
	readonly hasMetadata: boolean;
	/** An SVG, which can be drawn at any size without loss. */
	readonly drawing: Buffer | undefined;
}

const longestDrawing = 2048;

/** @returns how many frames an animated PNG has, which sharp does not tell (PNG, third edition, 11.3.3) */
function pngFrames(bytes: Buffer): number {
	for (const { type, start } of pngChunks(bytes)) {
		if (type === 'acTL') return bytes.readUInt32BE(start);
		if (type === 'IDAT') break;
	}
	return 1;
}

/** A JPEG's comment, which sharp does not tell; it often names an author or a program. */
function hasComment(bytes: Buffer): boolean {
	for (const { marker } of jpegSegments(bytes)) if (marker === 0xfe) return true;
	return false;
}

/** @throws invalid_parameter when it cannot be read here, or has several frames or pages */
export async function open(sharp: SharpLibrary, bytes: Buffer, origin: Origin): Promise<Opened> {
	const source = await inspect(sharp, bytes, origin);
	const { metadata } = source;
	const { xmpAsString, exif, iptc, comments } = metadata;
	const pages = source.kind === 'png' ? pngFrames(bytes) : (metadata.pages ?? 1);
	if (pages > 1) {
		const what = source.kind === 'tiff' ? 'pages' : 'frames';
		throw refusal(
			origin,
			`has ${pages} ${what}, and all but one would be lost`,
			source.kind === 'tiff'
				? 'Save the page you need as a separate file.'
				: 'Publish an animation as it is; this node exports still images.',
		);
	}
	const label = labelIn(xmpAsString);
	return {
		source,
		format: exportFormats.find(({ id }) => id === source.kind)?.id ?? 'png',
		label,
		hasMetadata:
			Boolean(exif ?? iptc ?? comments ?? (label ? undefined : xmpAsString)) ||
			(source.kind === 'jpeg' && hasComment(bytes)),
		drawing: source.kind === 'svg' ? bytes : undefined,
	};
}

/**
 * Decodes an image once, for all that is made of it: upright, 8 bits, sRGB.
 * @param scale of the largest output. Photos more than twice as large as needed are decoded smaller
 * @throws invalid_parameter when its pixels are damaged or end early
 */
export async function decodeOnce(
	sharp: SharpLibrary,
	{ source, drawing }: Opened,
	scale: number,
): Promise<Raw> {
	if (drawing) {
		const longest = Math.min(longestDrawing, scale * Math.max(source.width, source.height));
		const png = await draw(drawing, source.origin, longest, longestDrawing ** 2);
		return await withDecoded(sharp, { ...source, bytes: png }, toRaw);
	}
	const isReduced = scale < 0.5;
	if (!isReduced) return await withDecoded(sharp, source, toRaw);
	// Decoding at a smaller scale gives no sign of missing rows.
	await readToEnd(sharp, source);
	const reduced: Dimensions = {
		width: Math.ceil(source.width * scale * 2),
		height: Math.ceil(source.height * scale * 2),
	};
	return await withDecoded(sharp, source, (image) =>
		toRaw(image.resize({ ...reduced, fit: 'fill' })),
	);
}
