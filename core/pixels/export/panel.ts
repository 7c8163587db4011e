/** Draws what makes text readable: a shade or a panel behind it. */

import type { OverlayOptions } from 'sharp';
import type { ExportWarning, Rgb, TextRequest } from '../../rules/export';
import type { SharpLibrary } from '../sharp';
import { contrast, leastContrast, leastShade, opposite, worstContrast } from './contrast';
import type { Background } from './contrast';
import type { TextBlock } from './layout';
import { rowOf, type Rectangle } from './place';
import { openRaw, toRaw, type Raw } from '../raw';

/** @returns the extremes of the pixels in a rectangle; where something shines through, all */
async function measureBackground(
	sharp: SharpLibrary,
	image: Raw,
	box: Rectangle,
): Promise<Background> {
	const part = await toRaw(openRaw(sharp, image).extract({ ...box }));
	const { channels } = await openRaw(sharp, part).stats();
	const [r, g, b, alpha] = channels;
	if (!r || !g || !b || (alpha && alpha.min < 255)) {
		return { darkest: [0, 0, 0], brightest: [255, 255, 255] };
	}
	return { darkest: [r.min, g.min, b.min], brightest: [r.max, g.max, b.max] };
}

/** A band over the whole width, as strong as needed behind the text and fading out beside it. */
function shade(
	{ width, height }: Raw,
	{ box, padding }: TextBlock,
	{ position }: TextRequest,
	color: Rgb,
	share: number,
): OverlayOptions {
	const row = rowOf(position);
	const from = row === 0 ? 0 : box.top - padding;
	const to = row === 1 ? height : box.top + box.height + padding;
	const fade = Math.max(1, Math.round(box.height * 0.6));
	const top = Math.max(0, from - fade);
	const rows = Math.min(height, to + fade) - top;
	const faded = fade / (to - from + 2 * fade);
	const stop = (offset: number, opacity: number): string =>
		`<stop offset="${offset}" stop-color="rgb(${color.join()})" stop-opacity="${opacity}"/>`;
	const svg = [
		`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${rows}">`,
		`<linearGradient id="shade" gradientUnits="userSpaceOnUse" x2="0" y1="${from - fade - top}" y2="${to + fade - top}">`,
		...[stop(0, 0), stop(faded, share), stop(1 - faded, share), stop(1, 0)],
		'</linearGradient><rect width="100%" height="100%" fill="url(#shade)"/></svg>',
	].join('');
	return { input: Buffer.from(svg), left: 0, top };
}

const whenLow = (ratio: number, advice: string): ExportWarning[] => {
	if (ratio >= leastContrast) return [];
	const message = `The text's contrast to its background is only ${(Math.floor(ratio * 10) / 10).toFixed(1)}:1 at its worst, below the ${leastContrast}:1 of WCAG; ${advice}`;
	return [{ code: 'low_contrast', message }];
};
const otherColors = 'choose colors that differ more';

/** Makes the text readable: a shade or a box covers what lies behind it as far as needed. */
export async function drawPanel(
	sharp: SharpLibrary,
	image: Raw,
	block: TextBlock,
	text: TextRequest,
): Promise<{
	readonly layers: readonly OverlayOptions[];
	readonly warnings: readonly ExportWarning[];
}> {
	const color = text.panelColor ?? opposite(text.color);
	const { box, padding } = block;
	if (text.panel === 'solid') {
		const [r, g, b] = color;
		const left = Math.max(0, box.left - padding);
		const top = Math.max(0, box.top - padding);
		const width = Math.min(image.width, box.width + 2 * padding);
		const height = Math.min(image.height, box.height + 2 * padding);
		const ground = { create: { width, height, channels: 3, background: { r, g, b } } } as const;
		const warnings = whenLow(contrast(text.color, color), otherColors);
		return { layers: [{ input: ground, left, top }], warnings };
	}
	const background = await measureBackground(sharp, image, box);
	if (text.panel === 'none') {
		const ratio = worstContrast(text.color, background, color, 0);
		const advice = 'a shade or a solid panel makes it readable';
		return { layers: [], warnings: whenLow(ratio, advice) };
	}
	const share = leastShade(text.color, background, color);
	const ratio = worstContrast(text.color, background, color, share);
	const warnings = whenLow(ratio, otherColors);
	if (share === 0) return { layers: [], warnings };
	return { layers: [shade(image, block, text, color, share)], warnings };
}
