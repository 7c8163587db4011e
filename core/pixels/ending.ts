/** Whether a file is complete, for the formats whose decoders do not notice a missing end. */

import type { ImageKind } from './sniff';

/** Chunks follow one another up to IEND: length, type, data, checksum (PNG, third edition, 5.3). */
function hasPngEnd(bytes: Buffer): boolean {
	const iend = 0x49454e44;
	let at = 8;
	while (at + 12 <= bytes.length) {
		if (bytes.readUInt32BE(at + 4) === iend) return true;
		at += 12 + bytes.readUInt32BE(at);
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

/**
 * @param bytes the whole file
 * @returns false when the file ends too early; data after the end is ignored. True for formats whose
 *   decoder notices: TIFF, AVIF, SVG
 */
export function reachesEnd(bytes: Buffer, kind: ImageKind): boolean {
	switch (kind) {
		case 'png':
			return hasPngEnd(bytes);
		case 'gif':
			return hasGifEnd(bytes);
		case 'jpeg':
			// End of image (ITU T.81, B.1.1.3); coded data never has these two bytes.
			return bytes.lastIndexOf('\xff\xd9', undefined, 'latin1') > 0;
		case 'webp':
			// RIFF's size counts what follows it; the byte that makes it even is often left out.
			return bytes.length >= 12 && bytes.length + 1 >= bytes.readUInt32LE(4) + 8;
		default:
			return true;
	}
}
