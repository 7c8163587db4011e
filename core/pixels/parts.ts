/** The parts that PNG and JPEG files are made of, read without decoding any pixels. */

/** Where a part's content lies in the file; broken files announce more than they have. */
interface Part {
	readonly start: number;
	readonly end: number;
}

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** @returns the chunks up to IEND: length, type, data, checksum (PNG, third edition, 5.3) */
export function* pngChunks(bytes: Buffer): Generator<Part & { readonly type: string }, void, void> {
	for (let at = pngSignature.length; at + 8 <= bytes.length;) {
		const start = at + 8;
		const end = start + bytes.readUInt32BE(at);
		const type = bytes.toString('latin1', at + 4, start);
		yield { type, start, end };
		if (type === 'IEND') return;
		at = end + 4;
	}
}

/** @returns the segments before the image data, by their length (ITU T.81, B.1.1) */
export function* jpegSegments(
	bytes: Buffer,
): Generator<Part & { readonly marker: number }, void, void> {
	for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
		const marker = bytes[at + 1] ?? 0;
		// Any marker may be preceded by fill bytes.
		if (marker === 0xff) {
			at++;
			continue;
		}
		// Start of scan: what follows is image data.
		if (marker === 0xda || marker === 0xd9) return;
		const end = at + 2 + bytes.readUInt16BE(at + 2);
		yield { marker, start: at + 4, end };
		at = end;
	}
}
