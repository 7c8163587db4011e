import type { OverlayOptions, Sharp } from 'sharp';
import type { SharpLibrary } from './sharp';

/** Decoded pixels: sRGB, 8 bits, RGB or RGBA. */
export interface Raw {
	readonly data: Buffer;
	readonly width: number;
	readonly height: number;
	readonly channels: 3 | 4;
}

export const openRaw = (sharp: SharpLibrary, { data, width, height, channels }: Raw): Sharp =>
	sharp(data, { raw: { width, height, channels } });

export async function toRaw(image: Sharp): Promise<Raw> {
	const { data, info } = await image
		.toColourspace('srgb')
		.raw()
		.toBuffer({ resolveWithObject: true });
	return {
		data,
		width: info.width,
		height: info.height,
		channels: info.channels === 4 ? 4 : 3,
	};
}

/** Whether any pixel is not fully opaque. */
export function isTransparent({ data, channels }: Raw): boolean {
	if (channels === 3) return false;
	for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return true;
	return false;
}

/** @returns the pixels as a layer for sharp's `composite` */
export const overlay = (
	{ data, ...raw }: Raw,
	{ left, top }: { readonly left: number; readonly top: number },
): OverlayOptions => ({ input: data, raw, left: Math.round(left), top: Math.round(top) });
