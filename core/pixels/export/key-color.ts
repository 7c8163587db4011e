import type { Rgb } from '../../rules/export';
import { inPieces, pieceOfPixels } from '../mask/pieces';
import type { SharpLibrary } from '../sharp';
import { openRaw, toRaw, type Raw } from '../raw';

/**
 * Distances from the key, in levels of 255: up to the first all is background, from the second on
 * nothing is transparent, from the third on nothing has the key's tint.
 */
const [near, far, tinted] = [40, 110, 160] as const;

/** The channel that gives the key its colour, as green does on a green screen. */
function tintOf(key: Rgb): 0 | 1 | 2 | undefined {
	const most = Math.max(...key);
	const [, second = 0] = [...key].sort((one, other) => other - one);
	if (most - second < 60) return undefined;
	return key[0] === most ? 0 : key[1] === most ? 1 : 2;
}

function* cutOut({ data }: Raw, key: Rgb): Generator<void, void, void> {
	const [red, green, blue] = key;
	const tint = tintOf(key);
	for (let at = 0; at < data.length; at += 4) {
		if (at % (pieceOfPixels * 4) === 0) yield;
		const r = data[at] ?? 0;
		const g = data[at + 1] ?? 0;
		const b = data[at + 2] ?? 0;
		const squared = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;
		if (squared >= tinted * tinted) continue;
		const share = Math.max(0, Math.min(1, (Math.sqrt(squared) - near) / (far - near)));
		data[at + 3] = Math.round((data[at + 3] ?? 0) * share);
		if (tint === undefined) continue;
		// An edge is a mixture: what the key added to it is taken out again, or a fringe stays.
		const others = tint === 0 ? Math.max(g, b) : tint === 1 ? Math.max(r, b) : Math.max(r, g);
		data[at + tint] = Math.min(data[at + tint] ?? 0, others);
	}
}

/** @returns the image with the colour and what is close to it transparent, with soft edges */
export async function withoutColor(sharp: SharpLibrary, image: Raw, key: Rgb): Promise<Raw> {
	const result = await toRaw(openRaw(sharp, image).ensureAlpha());
	await inPieces(cutOut(result, key));
	return result;
}
