/** Markup: a transparent drawing over the first image that shows what to change. */

import { labels } from '../rules/labels';
import type { Dimensions } from '../rules/request-types';
import { checkShape } from './mask/geometry';
import { withDecoded, inspect, refusal, type Origin } from './source';
import { withSharpSlot } from './slots';

/**
 * Checks a drawing that shows the model what to change: a transparent PNG over the first image
 * (openai 7.55.0 types: same dimensions after EXIF orientation, must contain transparent pixels).
 * One of the same shape and another size is scaled, because the first image may have been shrunk.
 * @param first dimensions of the first image as it is uploaded
 * @throws invalid_parameter: unreadable, another shape, nothing transparent, nothing drawn
 */
export async function prepareMarkup(
	bytes: Buffer,
	origin: Origin,
	first: Dimensions,
): Promise<Buffer> {
	return await withSharpSlot(1, async (sharp) => {
		const source = await inspect(sharp, bytes, origin);
		const { width, height } = source;
		checkShape(source, first, 'markup');
		const alpha = await withDecoded(sharp, source, (image) =>
			image.ensureAlpha().extractChannel('alpha').raw().toBuffer(),
		);
		const { channels } = await sharp(alpha, { raw: { width, height, channels: 1 } }).stats();
		const [{ min, max } = { min: 255, max: 0 }] = channels;
		if (min === 255) {
			throw refusal(
				origin,
				'has no transparent pixels, so it would hide the first image',
				'Draw the markup on a transparent layer and save that layer alone as PNG.',
			);
		}
		if (max === 0) {
			throw refusal(
				origin,
				'is completely transparent: nothing is drawn on it',
				`Draw what should change, or leave '${labels.markupField}' empty.`,
			);
		}
		const fits = width === first.width && height === first.height;
		if (fits && source.kind === 'png' && source.changes.length === 0) return bytes;
		return await withDecoded(sharp, source, (image) =>
			(fits ? image : image.resize({ width: first.width, height: first.height, fit: 'fill' }))
				.png()
				.toBuffer(),
		);
	});
}
