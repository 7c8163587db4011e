/** The parts that PNG and JPEG files are made of, read without decoding any pixels. */

/** Where a part's content lies in the file; broken files announce more than they have. */
interface Part {
	readonly start: number;
	readonly end: number;
}

/** @returns the chunks behind the signature up to IEND: length, type, data, checksum (PNG, third edition, 5.3) */
export function* pngChunks(bytes: Buffer): Generator<Part & { readonly type: string }, void, void> {
	for (let at = 8; at + 8 <= bytes.length;) {
		const start = at + 8;
		const end = start + bytes.readUInt32BE(at);
		const type = bytes.toString('latin1', at + 4, start);
		yield { type, start, end };
		if (type === 'IEND') return;
		at = end + 4;
	}
}

/** The last marker of a JPEG. */
export const endOfImage = 0xd9;

/**
 * @returns a JPEG's segments, by their length, and its end. Behind each start of scan comes coded data,
 *   in which a zero or a restart follows 0xFF (ITU T.81, B.1.1). A thumbnail in a segment has an end of
 *   its own
 */
export function* jpegSegments(
	bytes: Buffer,
): Generator<Part & { readonly marker: number }, void, void> {
	let at = bytes.indexOf(0xff, 2);
	while (at >= 0 && at + 1 < bytes.length) {
		const marker = bytes.readUInt8(at + 1);
		const isSegment = marker >= 0xc0 && marker < 0xff && (marker < 0xd0 || marker > endOfImage);
		if (isSegment && at + 4 > bytes.length) return;
		const end = at + 2 + (isSegment ? bytes.readUInt16BE(at + 2) : 0);
		if (isSegment || marker === endOfImage) yield { marker, start: at + 4, end };
		if (marker === endOfImage) return;
		// Any marker may be preceded by fill bytes.
		at = bytes.indexOf(0xff, marker === 0xff ? at + 1 : end);
	}
}
