import sharp from 'sharp';
import { loadFont } from '../../../core/picture/font';
import { escapeXml, loadTypesetter, type Typesetter } from '../../../core/picture/text';

const FONT = require.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf');

let type: Typesetter;
beforeAll(async () => {
	type = await loadTypesetter();
});

/** The ink of a picture, scaled to 48x48: 0 white, 255 black. */
async function ink(picture: Buffer): Promise<Buffer> {
	const flat = await sharp(picture).flatten({ background: '#ffffff' }).png().toBuffer();
	return await sharp(flat)
		.trim({ background: '#ffffff', threshold: 40 })
		.resize(48, 48, { fit: 'fill' })
		.greyscale()
		.negate()
		.raw()
		.toBuffer();
}

const drawn = async (text: string) =>
	await ink(
		Buffer.from(
			`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">${type.line(text, 100, 200, { size: 150, fill: '#000000' })}</svg>`,
		),
	);

const drawnByPango = async (text: string) =>
	await ink(
		await sharp({
			text: {
				text: `<span foreground="black">${escapeXml(text)}</span>`,
				font: 'Inter 150',
				fontfile: FONT,
				dpi: 72,
				rgba: true,
			},
		})
			.png()
			.toBuffer(),
	);

describe('outlines', () => {
	it.each(['R', 'g', '8', '@', 'å', 'Ž', 'ё', 'Ω', 'ß', '€', '%', 'Ấ'])(
		'%s looks as another renderer draws it from the same font',
		async (letter) => {
			const [ours, theirs] = [await drawn(letter), await drawnByPango(letter)];
			let difference = 0;
			let filled = 0;
			for (const [index, value] of ours.entries()) {
				difference += Math.abs(value - (theirs[index] ?? 0));
				filled += value;
			}
			expect(filled).toBeGreaterThan(48 * 48 * 20);
			expect(difference / filled).toBeLessThan(0.08);
		},
	);

	it('knows the letters it has', async () => {
		const font = await loadFont('bold');
		for (const letter of 'AZaz09äñőшΩ…–×·€') {
			expect([letter, font.glyph(letter.codePointAt(0) ?? 0)?.advance]).toEqual([
				letter,
				expect.any(Number),
			]);
		}
		expect(font.glyph('東'.codePointAt(0) ?? 0)).toBeUndefined();
	});
});

describe('typesetter', () => {
	const style = { size: 20 };

	it('measures: twice the size is twice the width, bold is wider', () => {
		const width = type.width('Hamburg', style);
		expect(type.width('Hamburg', { size: 40 })).toBeCloseTo(2 * width, 6);
		expect(type.width('Hamburg', { size: 20, weight: 'bold' })).toBeGreaterThan(width);
		expect(type.width('', style)).toBe(0);
	});

	it('breaks lines between words, long words anywhere', () => {
		const lines = type.wrap('one two three four five six seven', style, 110, 9);
		expect(lines.join(' ')).toBe('one two three four five six seven');
		for (const line of lines) expect(type.width(line, style)).toBeLessThanOrEqual(110);
		expect(type.wrap('x'.repeat(100), style, 110, 99).join('')).toBe('x'.repeat(100));
		expect(type.wrap('漢'.repeat(30), style, 110, 99)).toHaveLength(6);
		expect(type.wrap('  \n ', style, 110, 3)).toEqual([]);
	});

	it('says with … that text is missing', () => {
		const lines = type.wrap('one two three four five six seven', style, 110, 2);
		expect(lines).toHaveLength(2);
		expect(lines[1]).toMatch(/…$/);
		expect(type.width(lines[1] ?? '', style)).toBeLessThanOrEqual(110);
	});

	it('cuts names in the middle', () => {
		expect(type.fit('short', style, 100)).toBe('short');
		const cut = type.fit('campaign of the north, 2026-Q4', style, 150);
		expect(cut).toMatch(/^camp.*…0?26-Q4$|^camp.*….*Q4$/);
		expect(type.width(cut, style)).toBeLessThanOrEqual(150);
	});

	it('leaves letters that the font does not have to the system', () => {
		const line = type.line('a 東京', 0, 0, { ...style, fill: '#000' });
		expect(line).toContain('<path');
		expect(line).toContain('>東京</text>');
		expect(type.line('مرحبا abc', 0, 0, { ...style, fill: '#000' })).toMatch(
			/^<text.*abc<\/text>$/,
		);
	});

	it('puts nothing into the SVG that is not text', () => {
		expect(escapeXml('<a b="c">&\'\u0000\u001b')).toBe('&#60;a b=&#34;c&#34;&#62;&#38;&#39;  ');
	});
});

it('a letter is whole wherever it stands', async () => {
	const font = await loadFont('regular');
	for (const letter of 'medium png · 1280') {
		const glyph = font.glyph(letter.codePointAt(0) ?? 0);
		const commands = (x: number) => glyph?.path(28.8, x, 375.12).match(/[A-Z]/g)?.join('');
		for (let x = 1; x < 1000; x += 7.3)
			expect([letter, x, commands(x)]).toEqual([letter, x, commands(0)]);
	}
});
