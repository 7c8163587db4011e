import { invalidParameter } from '../errors';
import type { Origin } from './source';

/** Longest edge at least, in pixels: the patch rule enlarges smaller pictures to it anyway. */
const leastEdge = 1024;

const isInside = (address: string): boolean =>
	/^\s*(?:#|data:image\/(?:png|jpe?g|webp|gif)[;,])/i.test(address);

/** The first thing that a drawing would load from elsewhere, or undefined. */
function foreignPart(text: string): string | undefined {
	const declared = /<!ENTITY|<(?:\w+:)?include\b|<\?xml-stylesheet/i.exec(text);
	if (declared) return declared[0];
	// Links are not loaded, and logos that were exported from a website have them.
	const drawing = text.replace(/<a\s[^>]*>/gi, '');
	for (const [, , address = ''] of drawing.matchAll(/\bhref\s*=\s*(["'])([^"']*)\1/gi)) {
		if (!isInside(address)) return address;
	}
	for (const [, , address = ''] of drawing.matchAll(/\burl\(\s*(["']?)([^"')]*)\1\s*\)/gi)) {
		if (!isInside(address)) return address;
	}
	return /@import\b/i.exec(drawing)?.[0];
}

/**
 * Refuses a drawing with parts from elsewhere. librsvg never loads them for a drawing in memory,
 * so nothing could leak; but they would be missing in the picture without a word.
 * @throws invalid_parameter
 */
export function checkSvg(bytes: Buffer, origin: Origin): void {
	const part = foreignPart(bytes.toString('utf8'));
	if (part === undefined) return;
	throw invalidParameter(
		origin.param,
		`${origin.label}: "${origin.name}" is an SVG with parts from elsewhere ("${part.slice(0, 80)}"), which are not loaded`,
		'Put the parts into the file as data: URLs, or convert the drawing to PNG before this node.',
	);
}

/**
 * @param width natural width of the drawing in pixels, and its height
 * @returns the density in dots per inch that makes its longest edge large enough to be seen well
 */
export const svgDensity = (width: number, height: number): number =>
	Math.min(100_000, 72 * Math.max(1, leastEdge / Math.max(width, height)));
