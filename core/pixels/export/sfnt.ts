/**
 * The little that has to be known of a font file: which characters it has, and a name of its own.
 * OpenType 1.9.1, https://learn.microsoft.com/en-us/typography/opentype/spec/otff
 */

interface Table {
	readonly offset: number;
	readonly length: number;
	/** Where its record stands in the table directory. */
	readonly record: number;
}

/** Why a file is no font that can be used; `advice` says what to do. */
export interface NoFont {
	readonly problem: string;
	readonly advice: string;
}

function tablesOf(bytes: Buffer): ReadonlyMap<string, Table> | NoFont {
	if (!/^(?:\0\x01\0\0|OTTO|true)$/.test(bytes.toString('latin1', 0, 4))) {
		return {
			problem: 'is not a font in TTF or OTF format',
			advice:
				'Font tools convert web fonts (WOFF), and take single fonts out of collections (TTC).',
		};
	}
	const damaged = { problem: 'is damaged or cut off', advice: 'Download or export it again.' };
	const tables = new Map<string, Table>();
	const count = bytes.length >= 12 ? bytes.readUInt16BE(4) : 0;
	for (let index = 0; index < count; index++) {
		const record = 12 + index * 16;
		if (record + 16 > bytes.length) return damaged;
		const offset = bytes.readUInt32BE(record + 8);
		const length = bytes.readUInt32BE(record + 12);
		if (offset + length > bytes.length) return damaged;
		tables.set(bytes.toString('latin1', record, record + 4), { offset, length, record });
	}
	const isWhole = ['cmap', 'head', 'hhea', 'hmtx', 'maxp', 'name'].every((tag) => tables.has(tag));
	return isWhole ? tables : damaged;
}

type Run = readonly [first: number, last: number];

/** Glyphs that a font can have; a file that claims more groups is made to keep a reader busy. */
const mostGlyphs = 65_535;

/** `cmap` format 12: groups of code points. */
function readGroups(cmap: Buffer, at: number): Run[] {
	const runs: Run[] = [];
	const there = Math.floor((cmap.length - at - 16) / 12);
	const count = Math.min(cmap.readUInt32BE(at + 12), there, mostGlyphs);
	for (let group = at + 16; group < at + 16 + count * 12; group += 12) {
		const first = cmap.readUInt32BE(group);
		// Glyph 0 is the box for what is missing.
		const isMissing = cmap.readUInt32BE(group + 8) === 0;
		runs.push([isMissing ? first + 1 : first, cmap.readUInt32BE(group + 4)]);
	}
	return runs;
}

/** `cmap` format 4: segments of the basic plane. */
function readSegments(cmap: Buffer, at: number): Run[] {
	const runs: Run[] = [];
	const twice = cmap.readUInt16BE(at + 6);
	const [ends, starts] = [at + 14, at + 16 + twice];
	const [deltas, offsets] = [starts + twice, starts + 2 * twice];
	let next = 0;
	for (let index = 0; index < twice; index += 2) {
		if (offsets + index + 2 > cmap.length) break;
		const last = cmap.readUInt16BE(ends + index);
		const first = cmap.readUInt16BE(starts + index);
		const delta = cmap.readUInt16BE(deltas + index);
		const offset = cmap.readUInt16BE(offsets + index);
		// In a sound font the segments are in order; others would be read over and over.
		for (let code = Math.max(first, next); code <= last && code !== 0xffff; code++) {
			const entry = offsets + index + offset + (code - first) * 2;
			const glyph = offset === 0 ? code : entry + 2 <= cmap.length ? cmap.readUInt16BE(entry) : 0;
			const isThere = offset === 0 ? ((glyph + delta) & 0xffff) !== 0 : glyph !== 0;
			if (isThere) runs.push([code, code]);
		}
		next = Math.max(next, last + 1);
	}
	return runs;
}

/** @returns the runs of the best Unicode table; empty when there is none that is known here */
function readRuns(cmap: Buffer): Run[] {
	const count = cmap.length >= 4 ? cmap.readUInt16BE(2) : 0;
	const found = new Map<number, number>();
	for (let record = 4; record < 4 + count * 8 && record + 8 <= cmap.length; record += 8) {
		const platform = cmap.readUInt16BE(record);
		const encoding = cmap.readUInt16BE(record + 2);
		const at = cmap.readUInt32BE(record + 4);
		const isUnicode = platform === 0 || (platform === 3 && (encoding === 1 || encoding === 10));
		if (isUnicode && at + 16 <= cmap.length) found.set(cmap.readUInt16BE(at), at);
	}
	const [groups, segments] = [found.get(12), found.get(4)];
	if (groups !== undefined) return readGroups(cmap, groups);
	return segments === undefined ? [] : readSegments(cmap, segments);
}

/** A `name` table (version 0) with the family's name alone: Windows, Unicode, English. */
function nameTable(family: string): Buffer {
	const text = Buffer.from(family, 'utf16le').swap16();
	const ids = [1, 4, 6];
	const header = Buffer.alloc(6 + ids.length * 12);
	header.writeUInt16BE(ids.length, 2);
	header.writeUInt16BE(header.length, 4);
	for (const [index, id] of ids.entries()) {
		[3, 1, 0x409, id, text.length, 0].forEach((value, field) =>
			header.writeUInt16BE(value, 6 + index * 12 + field * 2),
		);
	}
	return Buffer.concat([header, text]);
}

export interface Font {
	readonly has: (codePoint: number) => boolean;
	/** The file under a family name of its own, so that no other font can be taken for it. */
	readonly renamed: (family: string) => Buffer;
}

/** @returns the font, or why the file is none */
export function readFont(bytes: Buffer): Font | NoFont {
	const tables = tablesOf(bytes);
	if ('problem' in tables) return tables;
	const [cmap, name] = [tables.get('cmap'), tables.get('name')];
	const runs = cmap ? readRuns(bytes.subarray(cmap.offset, cmap.offset + cmap.length)) : [];
	if (runs.length === 0 || !name) {
		return { problem: 'is a font without Unicode characters', advice: 'Choose another font.' };
	}
	return {
		has: (codePoint) => runs.some(([first, last]) => codePoint >= first && codePoint <= last),
		renamed: (family) => {
			const names = nameTable(family);
			const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
			const file = Buffer.concat([bytes, padding, names]);
			file.writeUInt32BE(bytes.length + padding.length, name.record + 8);
			file.writeUInt32BE(names.length, name.record + 12);
			return file;
		},
	};
}
