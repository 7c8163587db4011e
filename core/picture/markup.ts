import { labels } from '../rules/labels';
import type { Dimensions } from '../rules/request-types';
import { decode, inspect, refusal, type Origin } from './source';
import { inTurn } from './turns';

/**
 * Checks a drawing that shows the model what to change: a transparent PNG over the first image
 * (openai 7.55.0 types: same dimensions after EXIF orientation, must contain transparent pixels).
 * @param first dimensions of the first image as it is uploaded
 * @returns the PNG; the user's own bytes when they are one that fits
 * @throws invalid_parameter: unreadable, other dimensions, nothing transparent, nothing drawn
 */
export async function prepareMarkup(
	bytes: Buffer,
	origin: Origin,
	first: Dimensions,
): Promise<Buffer> {
	return await inTurn(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const { width, height } = source;
		if (width !== first.width || height !== first.height) {
			throw refusal(
				origin,
				`is ${width}x${height}, the first image is ${first.width}x${first.height}`,
				`Draw the markup over the first image at ${first.width}x${first.height}.`,
			);
		}
		const alpha = await decode(sharp, source, (picture) =>
			picture.ensureAlpha().extractChannel('alpha').raw().toBuffer(),
		);
		if (!alpha.some((value) => value < 255)) {
			throw refusal(
				origin,
				'has no transparent pixels, so it would hide the first image',
				'Draw the markup on a transparent layer and save that layer alone as PNG.',
			);
		}
		if (!alpha.some((value) => value > 0)) {
			throw refusal(
				origin,
				'is wholly transparent: nothing is drawn on it',
				`Draw on it what shall change, or leave '${labels.markupField}' empty.`,
			);
		}
		if (source.kind === 'png' && source.changes.length === 0) return bytes;
		return await decode(sharp, source, (picture) => picture.png().toBuffer());
	});
}
