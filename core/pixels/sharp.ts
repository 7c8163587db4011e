/** sharp, loaded on first use and configured for a small worker. */

import type sharp from 'sharp';
import { GptImageError } from '../errors';

export type SharpLibrary = typeof sharp;

/**
 * Pixels of an image that are decoded at most, 134 million: half of sharp's own limit, because one RGB
 * image of this size takes 400 MB of a worker's 1 GB. Cameras of 100 megapixels fit; a decompression
 * bomb (30,000 x 30,000 pixels in 1 MB) does not.
 */
export const maxPixels = 2 ** 27;

/**
 * Logos and text suffer from halved colour resolution. Optimised tables would hold the whole image
 * twice as coefficients to save a tenth.
 */
export const jpegOptions = { chromaSubsampling: '4:4:4', optimiseCoding: false };

function unavailable(error: unknown): GptImageError {
	const [reason] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
	const platform = `${process.platform}-${process.arch}`;
	return new GptImageError(`The image library sharp could not be loaded: ${reason}`, {
		code: 'sharp_unavailable',
		advice:
			`Reinstall this community package on the machine that runs n8n, so that npm fetches sharp's ` +
			`build for ${platform}, then restart n8n. A node_modules folder copied from another system does not work.`,
		billed: 'no',
		cause: error,
	});
}

/** @throws sharp_unavailable when its native part is missing for this platform */
export async function loadSharp(): Promise<SharpLibrary> {
	try {
		const { default: library } = await import('sharp');
		// libvips would keep decoded pixels of finished work in case it sees the same file again; a
		// workflow never shows it one twice, so that cache only makes the worker larger.
		library.cache(false);
		// One thread for one image. sharp takes one per core on Alpine, n8n's own image, where each
		// holds buffers of its own, while a worker shares one or two cores between executions.
		library.concurrency(1);
		return library;
	} catch (error) {
		throw unavailable(error);
	}
}
