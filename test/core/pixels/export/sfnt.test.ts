import { readFont } from '../../../../core/pixels/export/sfnt';

/** A font file with this `cmap` and the other tables empty. */
function fontOf(cmap: Buffer): Buffer {
	const tags = ['cmap', 'head', 'hhea', 'hmtx', 'maxp', 'name'];
	const directory = Buffer.alloc(12 + tags.length * 16);
	directory.writeUInt32BE(0x00010000, 0);
	directory.writeUInt16BE(tags.length, 4);
	for (const [index, tag] of tags.entries()) {
		const record = 12 + index * 16;
		directory.write(tag, record, 'latin1');
		directory.writeUInt32BE(directory.length, record + 8);
		directory.writeUInt32BE(tag === 'cmap' ? cmap.length : 0, record + 12);
	}
	return Buffer.concat([directory, cmap]);
}

/** A `cmap` with one Unicode table, 12 bytes behind its start. */
function cmapOf(table: Buffer): Buffer {
	const head = Buffer.alloc(12);
	head.writeUInt16BE(1, 2);
	head.writeUInt16BE(3, 4);
	head.writeUInt16BE(1, 6);
	head.writeUInt32BE(12, 8);
	return Buffer.concat([head, table]);
}

const has = (font: ReturnType<typeof readFont>, letter: string): boolean =>
	'has' in font && font.has(letter.codePointAt(0) ?? 0);

it('reads a font of 32,000 segments that all cover everything in one go', () => {
	const segments = 32_000;
	const table = Buffer.alloc(16 + segments * 8);
	table.writeUInt16BE(4, 0);
	table.writeUInt16BE(segments * 2, 6);
	for (let index = 0; index < segments; index++) {
		table.writeUInt16BE(0xfffe, 14 + index * 2);
		table.writeUInt16BE(1, 16 + segments * 4 + index * 2);
	}
	const font = readFont(fontOf(cmapOf(table)));
	expect(has(font, 'A')).toBe(true);
	expect(has(font, 'Ж')).toBe(true);
});

it('reads no more groups than a font can have glyphs', () => {
	const groups = 70_000;
	const table = Buffer.alloc(16 + groups * 12);
	table.writeUInt16BE(12, 0);
	table.writeUInt32BE(groups, 12);
	for (let index = 0; index < groups; index++) {
		[index, index, 1].forEach((value, field) =>
			table.writeUInt32BE(value, 16 + index * 12 + field * 4),
		);
	}
	const font = readFont(fontOf(cmapOf(table)));
	expect(has(font, 'A')).toBe(true);
	expect(has(font, '\u{10fff}')).toBe(false);
});
