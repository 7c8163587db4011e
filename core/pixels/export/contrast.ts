import type { Rgb } from '../../rules/export';

/** WCAG 2.2, success criterion 1.4.3 (AA), https://www.w3.org/TR/WCAG22/#contrast-minimum */
export const leastContrast = 4.5;

/** WCAG 2.2, relative luminance; of one 8-bit value. */
const linear = (value: number): number => {
	const share = value / 255;
	return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
};

export const luminance = ([r, g, b]: Rgb): number =>
	0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);

/** @returns 1 (the same) to 21 (black and white) */
export function contrast(one: Rgb, other: Rgb): number {
	const [first, second] = [luminance(one), luminance(other)];
	return (Math.max(first, second) + 0.05) / (Math.min(first, second) + 0.05);
}

/** @returns black or white, whichever stands out more */
export const opposite = (color: Rgb): Rgb =>
	contrast(color, [0, 0, 0]) >= contrast(color, [255, 255, 255]) ? [0, 0, 0] : [255, 255, 255];

/** The darkest and the brightest of what lies behind a text, channel by channel. */
export interface Background {
	readonly darkest: Rgb;
	readonly brightest: Rgb;
}

const mixed = (below: Rgb, above: Rgb, share: number): Rgb => {
	const mix = (index: 0 | 1 | 2): number => below[index] * (1 - share) + above[index] * share;
	return [mix(0), mix(1), mix(2)];
};

/**
 * The least contrast of a text to its background. Luminance grows with every channel, so no pixel
 * can come closer to the text than the extremes.
 * @param share how much of the panel covers the background, 0 to 1
 */
export function worstContrast(
	text: Rgb,
	{ darkest, brightest }: Background,
	panel: Rgb,
	share: number,
): number {
	const dark = luminance(mixed(darkest, panel, share));
	const bright = luminance(mixed(brightest, panel, share));
	const own = luminance(text);
	if (own > dark && own < bright) return 1;
	return own >= bright ? (own + 0.05) / (bright + 0.05) : (dark + 0.05) / (own + 0.05);
}

/** @returns how strongly the panel has to cover the background, in steps of 1/255; 1 at most */
export function leastShade(text: Rgb, background: Background, panel: Rgb): number {
	let share = 0;
	while (share < 255 && worstContrast(text, background, panel, share / 255) < leastContrast) {
		share += 1;
	}
	// Composing rounds.
	return share === 0 ? 0 : Math.min(255, share + 2) / 255;
}
