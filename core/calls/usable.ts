import { pngOfSvg } from '../pixels/measure';
import { formatOf } from '../rules/image-format';
import type { ImageRequest } from '../rules/request-types';

/** An image of a response as it may be delivered. */
export interface Usable {
	readonly bytes: Buffer;
	/** Kept with the part: the format that came, where it is not handed on. */
	readonly came?: 'svg';
}

/**
 * An SVG that was not asked for may run scripts where it is shown, so it is drawn as a PNG.
 * @returns undefined for what is no image: kept, it would be handed out again
 */
export async function usable(bytes: Buffer, request: ImageRequest): Promise<Usable | undefined> {
	const format = formatOf(bytes);
	if (format !== 'svg' || request.format === 'svg') return format && { bytes };
	try {
		const png = await pngOfSvg(bytes);
		return png && { bytes: png, came: 'svg' };
	} catch {
		// Nothing can be drawn on this machine now; the SVG is paid, and its format is told.
		return { bytes };
	}
}
