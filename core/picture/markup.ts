import { labels } from '../rules/labels';
import type { Dimensions } from '../rules/request-types';
import { hasShapeOf } from './shape';
import { decode, inspect, refusal, type Origin } from './source';
import { inTurn } from './turns';

/**
 * Checks a drawing that shows the model what to change: a transparent PNG over the first image
 * (openai 7.55.0 types: same dimensions after EXIF orientation, must contain transparent pixels).
 * One of the same shape and another size is scaled, because the first image may have been shrunk.
 * @param first dimensions of the first image as it is uploaded
 * @returns the PNG; the user's own bytes when they are one that fits
 * @throws invalid_parameter: unreadable, another shape, nothing transparent, nothing drawn
 */
export async function prepareMarkup(
	bytes: Buffer,
	origin: Origin,
	first: Dimensions,
): Promise<Buffer> {
	return await inTurn(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const { width, height } = source;
		if (!hasShapeOf(source, first)) {
			throw refusal(
				origin,
				`is ${width}x${height}, the first image is ${first.width}x${first.height}: the markup has another shape`,
				'Draw the markup over the first image, at its size or any size of the same ratio.',
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
		const fits = width === first.width && height === first.height;
		if (fits && source.kind === 'png' && source.changes.length === 0) return bytes;
		return await decode(sharp, source, (picture) =>
			(fits ? picture : picture.resize({ width: first.width, height: first.height, fit: 'fill' }))
				.png()
				.toBuffer(),
		);
	});
}
