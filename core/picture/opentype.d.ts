/** What font.ts uses of opentype.js: its own types would bring the browser's globals in. */
declare module 'opentype.js' {
	type PathCommand =
		| { readonly type: 'M' | 'L'; readonly x: number; readonly y: number }
		| {
				readonly type: 'Q';
				readonly x: number;
				readonly y: number;
				readonly x1: number;
				readonly y1: number;
		  }
		| {
				readonly type: 'C';
				readonly x: number;
				readonly y: number;
				readonly x1: number;
				readonly y1: number;
				readonly x2: number;
				readonly y2: number;
		  }
		| { readonly type: 'Z' };

	interface Glyph {
		readonly advanceWidth?: number;
		getMetrics(): { readonly yMax: number };
		getPath(x: number, y: number, size: number): { readonly commands: readonly PathCommand[] };
	}

	interface Font {
		readonly unitsPerEm: number;
		hasChar(character: string): boolean;
		charToGlyph(character: string): Glyph;
	}

	const opentype: { parse(bytes: ArrayBuffer | SharedArrayBuffer): Font };
	export default opentype;
	export type { Font, PathCommand };
}
