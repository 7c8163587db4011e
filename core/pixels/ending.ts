/** Whether a file is complete, for the formats whose decoders do not notice a missing end. */

import { endOfImage, jpegSegments, pngChunks } from './parts';
import type { ImageKind } from './sniff';

function hasPngEnd(bytes: Buffer): boolean {
	for (const { type, end } of pngChunks(bytes)) {
		if (type === 'IEND') return end + 4 <= bytes.length;
	}
	return false;
}

const colorTableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Blocks follow one another up to the trailer (GIF89a, section 27); sharp decodes one frame only. */
function hasGifEnd(bytes: Buffer): boolean {
	const [extension, frame] = [0x21, 0x2c];
	let at = 13 + colorTableBytes(bytes[10] ?? 0);
	while (at < bytes.length) {
		const block = bytes[at];
		if (block === extension) at += 2;
		else if (block === frame) at += 11 + colorTableBytes(bytes[at + 9] ?? 0);
		// The trailer; any other byte is for the decoder to judge.
		else return true;
		for (let size = bytes[at]; size; size = bytes[at]) at += 1 + size;
		at += 1;
	}
	return false;
}

function hasJpegEnd(bytes: Buffer): boolean {
	for (const { marker } of jpegSegments(bytes)) if (marker === endOfImage) return true;
	return false;
}

/**
 * @returns false when the whole file ends too early; data after the end is ignored. True for formats
 *   whose decoder notices: TIFF, AVIF, SVG
 */
export function reachesEnd(bytes: Buffer, kind: ImageKind): boolean {
	switch (kind) {
		case 'png':
			return hasPngEnd(bytes);
		case 'gif':
			return hasGifEnd(bytes);
		case 'jpeg':
			return hasJpegEnd(bytes);
		case 'webp':
			// RIFF's size counts what follows it; the byte that makes it even is often left out.
			return bytes.length >= 12 && bytes.length + 1 >= bytes.readUInt32LE(4) + 8;
		default:
			return true;
	}
}
