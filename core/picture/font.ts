import { promises as fs } from 'node:fs';

/**
 * Outlines of the letters of Inter (SIL Open Font License), read from its TrueType files. Pictures
 * with text are drawn from them because n8n's Docker image and small servers have no fonts at all.
 * Tables and their layout: OpenType specification 1.9.
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

interface Point {
	readonly x: number;
	readonly y: number;
	readonly onCurve: boolean;
}
type Contour = readonly Point[];

const middle = (a: Point, b: Point): Point => ({
	x: (a.x + b.x) / 2,
	y: (a.y + b.y) / 2,
	onCurve: true,
});

/** TrueType leaves out the points halfway between two control points; they are put back here. */
function withMidpoints(contour: Contour): Point[] {
	return contour.flatMap((point, index) => {
		const next = contour[(index + 1) % contour.length] ?? point;
		return point.onCurve || next.onCurve ? [point] : [point, middle(point, next)];
	});
}

function contourPath(contour: Contour, place: (point: Point) => string): string {
	const points = withMidpoints(contour);
	const start = points.findIndex(({ onCurve }) => onCurve);
	if (start < 0) return '';
	const ordered = [...points.slice(start), ...points.slice(0, start + 1)];
	let path = '';
	let control: Point | undefined;
	for (const [index, point] of ordered.entries()) {
		if (index === 0) path += `M${place(point)}`;
		else if (!point.onCurve) control = point;
		else {
			path += control ? `Q${place(control)} ${place(point)}` : `L${place(point)}`;
			control = undefined;
		}
	}
	return `${path}Z`;
}

/** Bits of a simple glyph's flags, and of a composite glyph's. */
const ON_CURVE = 0x01;
const REPEATED = 0x08;
const X = { short: 0x02, sameOrPositive: 0x10 };
const Y = { short: 0x04, sameOrPositive: 0x20 };
const WORDS = 0x0001;
const OFFSETS = 0x0002;
const SCALE = 0x0008;
const MORE = 0x0020;
const TWO_SCALES = 0x0040;
const MATRIX = 0x0080;

class TrueType implements Font {
	readonly capHeight: number;
	private readonly tables = new Map<string, number>();
	private readonly unitsPerEm: number;
	private readonly longLoca: boolean;
	private readonly metrics: number;
	private readonly indexes: ReadonlyMap<number, number>;
	private readonly known = new Map<number, Glyph>();

	constructor(private readonly data: Buffer) {
		for (let index = 0; index < data.readUInt16BE(4); index++) {
			const at = 12 + 16 * index;
			this.tables.set(data.toString('latin1', at, at + 4), data.readUInt32BE(at + 8));
		}
		this.unitsPerEm = data.readUInt16BE(this.table('head') + 18);
		this.longLoca = data.readInt16BE(this.table('head') + 50) === 1;
		this.metrics = data.readUInt16BE(this.table('hhea') + 34);
		this.capHeight = data.readInt16BE(this.table('OS/2') + 88) / this.unitsPerEm;
		this.indexes = this.readIndexes();
	}

	glyph(codePoint: number): Glyph | undefined {
		const index = this.indexes.get(codePoint);
		if (index === undefined) return undefined;
		const known = this.known.get(index);
		if (known) return known;
		const contours = this.contours(index);
		const units = this.unitsPerEm;
		const made: Glyph = {
			advance: this.advance(index) / units,
			path: (size, x, y) => {
				const scale = size / units;
				const place = (point: Point) =>
					`${(x + point.x * scale).toFixed(2)} ${(y - point.y * scale).toFixed(2)}`;
				return contours.map((contour) => contourPath(contour, place)).join('');
			},
		};
		this.known.set(index, made);
		return made;
	}

	private table(tag: string): number {
		const at = this.tables.get(tag);
		if (at === undefined) throw new RangeError(`The font has no table ${tag}`);
		return at;
	}

	private advance(index: number): number {
		return this.data.readUInt16BE(this.table('hmtx') + 4 * Math.min(index, this.metrics - 1));
	}

	/** Glyph index by code point, from the Unicode subtable of format 4 (Basic Multilingual Plane). */
	private readIndexes(): Map<number, number> {
		const { data } = this;
		const cmap = this.table('cmap');
		const indexes = new Map<number, number>();
		for (let entry = 0; entry < data.readUInt16BE(cmap + 2); entry++) {
			const at = cmap + data.readUInt32BE(cmap + 4 + 8 * entry + 4);
			if (data.readUInt16BE(at) !== 4) continue;
			const segments = data.readUInt16BE(at + 6) / 2;
			const part = (list: number, index: number) => at + list + 2 * index;
			const [ends, starts] = [14, 16 + 2 * segments];
			const [deltas, offsets] = [starts + 2 * segments, starts + 4 * segments];
			for (let segment = 0; segment < segments; segment++) {
				const first = data.readUInt16BE(part(starts, segment));
				const last = data.readUInt16BE(part(ends, segment));
				const delta = data.readUInt16BE(part(deltas, segment));
				const offset = data.readUInt16BE(part(offsets, segment));
				for (let code = first; code <= last && code < 0xffff; code++) {
					const listed =
						offset === 0
							? code
							: data.readUInt16BE(part(offsets, segment) + offset + 2 * (code - first));
					const index = listed === 0 ? 0 : (listed + delta) & 0xffff;
					if (index !== 0) indexes.set(code, index);
				}
			}
		}
		return indexes;
	}

	private place(index: number): readonly [start: number, end: number] {
		const loca = this.table('loca');
		const at = (item: number) =>
			this.longLoca
				? this.data.readUInt32BE(loca + 4 * item)
				: 2 * this.data.readUInt16BE(loca + 2 * item);
		return [this.table('glyf') + at(index), this.table('glyf') + at(index + 1)];
	}

	private contours(index: number): Contour[] {
		const [start, end] = this.place(index);
		if (start === end) return [];
		const count = this.data.readInt16BE(start);
		return count < 0 ? this.composite(start + 10) : this.simple(start + 10, count);
	}

	private simple(start: number, count: number): Contour[] {
		const { data } = this;
		const ends = Array.from({ length: count }, (_, index) => data.readUInt16BE(start + 2 * index));
		const points = (ends.at(-1) ?? -1) + 1;
		let at = start + 2 * count;
		at += 2 + data.readUInt16BE(at);
		const flags: number[] = [];
		while (flags.length < points) {
			const flag = data.readUInt8(at++);
			const repeats = flag & REPEATED ? data.readUInt8(at++) : 0;
			for (let repeat = 0; repeat <= repeats; repeat++) flags.push(flag);
		}
		const read = ({ short, sameOrPositive }: typeof X) => {
			let value = 0;
			return flags.map((flag) => {
				if (flag & short) {
					value += flag & sameOrPositive ? data.readUInt8(at) : -data.readUInt8(at);
					at += 1;
				} else if (!(flag & sameOrPositive)) {
					value += data.readInt16BE(at);
					at += 2;
				}
				return value;
			});
		};
		const xs = read(X);
		const ys = read(Y);
		const all = flags.map((flag, index): Point => {
			return { x: xs[index] ?? 0, y: ys[index] ?? 0, onCurve: (flag & ON_CURVE) !== 0 };
		});
		return ends.map((end, index) => all.slice((ends[index - 1] ?? -1) + 1, end + 1));
	}

	/** A letter made of others, e.g. a base and an accent. */
	private composite(start: number): Contour[] {
		const { data } = this;
		const contours: Contour[] = [];
		let at = start;
		let flags = MORE;
		while (flags & MORE) {
			flags = data.readUInt16BE(at);
			const index = data.readUInt16BE(at + 2);
			at += 4;
			const words = (flags & WORDS) !== 0;
			const dx = words ? data.readInt16BE(at) : data.readInt8(at);
			const dy = words ? data.readInt16BE(at + 2) : data.readInt8(at + 1);
			at += words ? 4 : 2;
			const fraction = () => {
				at += 2;
				return data.readInt16BE(at - 2) / 16_384;
			};
			let [xx, xy, yx, yy] = [1, 0, 0, 1];
			if (flags & SCALE) xx = yy = fraction();
			else if (flags & TWO_SCALES) [xx, yy] = [fraction(), fraction()];
			else if (flags & MATRIX) [xx, xy, yx, yy] = [fraction(), fraction(), fraction(), fraction()];
			const [moveX, moveY] = flags & OFFSETS ? [dx, dy] : [0, 0];
			for (const contour of this.contours(index)) {
				contours.push(
					contour.map(({ x, y, onCurve }) => ({
						x: xx * x + yx * y + moveX,
						y: xy * x + yy * y + moveY,
						onCurve,
					})),
				);
			}
		}
		return contours;
	}
}

const FILES: Readonly<Record<Weight, string>> = {
	regular: '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf',
	bold: '@expo-google-fonts/inter/700Bold/Inter_700Bold.ttf',
};
const fonts = new Map<Weight, Promise<Font>>();

/** @returns the font, read from its file on first use */
export async function loadFont(weight: Weight): Promise<Font> {
	const known = fonts.get(weight);
	if (known) return await known;
	const loading = fs.readFile(require.resolve(FILES[weight])).then((data) => new TrueType(data));
	fonts.set(weight, loading);
	return await loading;
}
