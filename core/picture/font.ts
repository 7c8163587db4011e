import { promises as fs } from 'node:fs';
import type { Font as OpenType, PathCommand } from 'opentype.js';

/**
 * Outlines of the letters of Inter (SIL Open Font License). Pictures with text are drawn from them
 * because n8n's Docker image and small servers have no fonts at all.
 */

export type Weight = 'regular' | 'bold';

export interface Glyph {
	/** How far the next letter is, in ems. */
	readonly advance: number;
	/**
	 * SVG path data of the outline.
	 * @param size pixels per em
	 * @param x left end of the letter's place, y of the baseline, in pixels
	 */
	path(size: number, x: number, y: number): string;
}

export interface Font {
	/** Height of a capital letter, in ems. */
	readonly capHeight: number;
	/** @returns undefined when the font has no such letter */
	glyph(codePoint: number): Glyph | undefined;
}

const FILES: Readonly<Record<Weight, string>> = {
	regular: '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
	bold: '@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf',
};
const fonts = new Map<Weight, Promise<Font>>();

/** The library's own writer drops the end of some letters (2.0.0, "u" at some places). */
function toPathData(command: PathCommand): string {
	switch (command.type) {
		case 'Z':
			return 'Z';
		case 'Q':
			return `Q${point(command.x1, command.y1)} ${point(command.x, command.y)}`;
		case 'C':
			return `C${point(command.x1, command.y1)} ${point(command.x2, command.y2)} ${point(command.x, command.y)}`;
		default:
			return `${command.type}${point(command.x, command.y)}`;
	}
}

const point = (x: number, y: number): string => `${x.toFixed(2)} ${y.toFixed(2)}`;

function fontOf(face: OpenType): Font {
	const ems = (units: number): number => units / face.unitsPerEm;
	const capital = face.charToGlyph('H').getMetrics().yMax;
	return {
		capHeight: ems(capital),
		glyph: (codePoint) => {
			const character = String.fromCodePoint(codePoint);
			if (!face.hasChar(character)) return undefined;
			const glyph = face.charToGlyph(character);
			return {
				advance: ems(glyph.advanceWidth ?? 0),
				path: (size, x, y) => glyph.getPath(x, y, size).commands.map(toPathData).join(''),
			};
		},
	};
}

async function readFont(weight: Weight): Promise<Font> {
	const { default: opentype } = await import('opentype.js');
	const { buffer, byteOffset, byteLength } = await fs.readFile(require.resolve(FILES[weight]));
	return fontOf(opentype.parse(buffer.slice(byteOffset, byteOffset + byteLength)));
}

/** @returns the font, read from its file on first use */
export async function loadFont(weight: Weight): Promise<Font> {
	const loading = fonts.get(weight) ?? readFont(weight);
	fonts.set(weight, loading);
	return await loading;
}
