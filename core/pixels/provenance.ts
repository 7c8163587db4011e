/** Whether a file has the C2PA mark that OpenAI adds to its images. */

import { formatOf } from '../rules/image-format';
import { jpegSegments, pngChunks } from './parts';

/** PNG: a `caBX` chunk (C2PA 2.1, appendix A.3). */
function inPng(bytes: Buffer): boolean {
	for (const { type, start, end } of pngChunks(bytes)) {
		if (type === 'caBX') return end > start && end <= bytes.length;
	}
	return false;
}

/** JPEG: APP11 segments with a JUMBF box labelled `c2pa` (C2PA 2.1, appendix A.3; ISO 19566-5). */
function inJpeg(bytes: Buffer): boolean {
	for (const { marker, start, end } of jpegSegments(bytes)) {
		// Start of scan: what follows is image data.
		if (marker === 0xda) break;
		if (marker !== 0xeb || bytes.toString('latin1', start, start + 2) !== 'JP') continue;
		// Identifier, box instance and packet number take 8 bytes, then comes the box with its label.
		const box = bytes.subarray(start + 8, Math.min(end, start + 136));
		if (box.toString('latin1', 4, 8) === 'jumb' && box.includes('c2pa')) return true;
	}
	return false;
}

/** WebP: a RIFF chunk `C2PA` (C2PA 2.1, appendix A.3). */
function inWebp(bytes: Buffer): boolean {
	for (let at = 12; at + 8 <= bytes.length;) {
		const length = bytes.readUInt32LE(at + 4);
		if (bytes.toString('latin1', at, at + 4) === 'C2PA') {
			return length > 0 && at + 8 + length <= bytes.length;
		}
		at += 8 + length + (length % 2);
	}
	return false;
}

/**
 * Looks for a C2PA manifest by walking the file's chunks; pixel data is skipped, so a large file costs
 * no more than a small one. It says that a mark is there, not that it is valid.
 * @param bytes whole or broken; other kinds than PNG, JPEG and WebP count as without
 */
export function hasC2pa(bytes: Buffer): boolean {
	const format = formatOf(bytes);
	if (format === 'png') return inPng(bytes);
	if (format === 'jpeg') return inJpeg(bytes);
	return format === 'webp' && inWebp(bytes);
}

/** Said in `warnings` when an image was written anew. */
export const lostProvenance =
	"The image was re-encoded here, so OpenAI's C2PA label (who made it, and how) is no longer in the file";

/** @param delivered the same buffer if the answer was passed through */
export function c2paOf(answer: Buffer, delivered: Buffer): 'kept' | 'lost' | 'none' {
	if (!hasC2pa(answer)) return 'none';
	return delivered === answer || hasC2pa(delivered) ? 'kept' : 'lost';
}
