import { globSync, promises as fs } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { isProvided } from '../../../services/debian';
import {
	contrast,
	leastShade,
	opposite,
	worstContrast,
} from '../../../../core/pixels/export/contrast';
import { drawParagraphs, drawText } from '../../../../core/pixels/export/text';
import { bundledTypeface, loadTypeface } from '../../../../core/pixels/export/typeface';
import { flat, painted } from '../samples';
import { exported, failureOf, named } from './exported';

const png = async (color: string, width = 1000, height = 1000) =>
	await flat(width, height, color).png({ compressionLevel: 1 }).toBuffer();

const asPng = { outputFormat: 'png' };

interface Box {
	left: number;
	right: number;
	top: number;
	bottom: number;
}

/** Around all pixels that are not of the one colour that the image had. */
async function changedBox(bytes: Buffer, color: readonly number[]): Promise<Box> {
	const { data, info } = await sharp(bytes)
		.removeAlpha()
		.raw()
		.toBuffer({ resolveWithObject: true });
	const [red = 0, green = 0, blue = 0] = color;
	// Globals are slow to reach from within Jest.
	const { abs, max, min } = Math;
	const { height, width } = info;
	const box = { left: Infinity, right: -1, top: Infinity, bottom: -1 };
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			const at = (y * width + x) * 3;
			const apart =
				abs((data[at] ?? 0) - red) +
				abs((data[at + 1] ?? 0) - green) +
				abs((data[at + 2] ?? 0) - blue);
			if (apart <= 6) continue;
			box.left = min(box.left, x);
			box.right = max(box.right, x);
			box.top = min(box.top, y);
			box.bottom = max(box.bottom, y);
		}
	}
	return box;
}

const DEJAVU = '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf';
const fontOf = async () =>
	(await isProvided(DEJAVU, 'fonts-dejavu-core'))
		? named(await fs.readFile(DEJAVU), 'DejaVuSans.ttf', 'fontField')
		: undefined;

describe('contrast', () => {
	it('is that of WCAG', () => {
		expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
		expect(contrast([255, 255, 255], [118, 118, 118])).toBeCloseTo(4.54, 2);
		expect(contrast([255, 255, 255], [119, 119, 119])).toBeCloseTo(4.48, 2);
		expect(contrast([255, 0, 0], [255, 255, 255])).toBeCloseTo(4.0, 2);
		expect(contrast([0, 0, 255], [255, 255, 255])).toBeCloseTo(8.59, 2);
		expect(opposite([255, 255, 255])).toEqual([0, 0, 0]);
		expect(opposite([40, 40, 90])).toEqual([255, 255, 255]);
	});

	it('needs no shade on black, 54 % of black on white, and no more than that between them', () => {
		const white = [255, 255, 255] as const;
		const black = [0, 0, 0] as const;
		expect(leastShade(white, { darkest: black, brightest: black }, black)).toBe(0);
		// White on 118 of 255 has 4.54:1, on 119 only 4.48:1.
		const share = leastShade(white, { darkest: black, brightest: white }, black);
		expect(share).toBeGreaterThan((255 - 118.5) / 255);
		expect(share).toBeLessThan((255 - 115) / 255);
		expect(worstContrast([128, 128, 128], { darkest: black, brightest: white }, black, 0)).toBe(1);
	});

	it('is guaranteed by the shade: on white the pixels behind white letters are dark enough', async () => {
		const { bytes, warnings } = await exported(await png('#ffffff'), {
			text: { headline: 'Hello', position: 'bottom' },
			options: asPng,
		});
		expect(warnings).toEqual([]);
		const { data } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
		const at = (x: number, y: number) => data[(y * 1000 + x) * 3] ?? 0;
		// Beside the letters, at the image's lower edge, and above all of it.
		expect(at(60, 930)).toBeLessThanOrEqual(118);
		expect(at(60, 930)).toBeGreaterThanOrEqual(112);
		expect(at(60, 990)).toBeLessThanOrEqual(118);
		expect(at(60, 300)).toBe(255);
	});

	it('is guaranteed on a photo of black and white pixels too', async () => {
		const noise = await painted(1000, 1000, 3, (x, y) =>
			(x * 7 + y * 13) % 2 ? [255, 255, 255] : [0, 0, 0],
		)
			.png({ compressionLevel: 1 })
			.toBuffer();
		const { bytes } = await exported(noise, {
			text: { headline: 'i', position: 'center' },
			options: asPng,
		});
		const row = await sharp(bytes)
			.extract({ left: 0, top: 500, width: 300, height: 1 })
			.raw()
			.toBuffer();
		expect(Math.max(...row)).toBeLessThanOrEqual(118);
	});

	it('dark letters get a bright shade', async () => {
		const { bytes } = await exported(await png('#000000'), {
			text: { headline: 'Hello', color: '#000000', position: 'bottom' },
			options: asPng,
		});
		const [value] = await sharp(bytes)
			.extract({ left: 60, top: 930, width: 1, height: 1 })
			.raw()
			.toBuffer();
		// Black on 116 has 4.6:1.
		expect(value).toBeGreaterThanOrEqual(115);
	});

	it.each([
		[{ panel: 'none' }, 'only 1.0:1'],
		[{ panel: 'solid', panelColor: '#777777' }, 'only 4.4:1'],
	])('%j tells what cannot be read', async (text, said) => {
		const { warnings } = await exported(await png('#ffffff'), {
			text: { headline: 'Hello', ...text },
		});
		expect(warnings).toEqual([{ code: 'low_contrast', message: expect.stringContaining(said) }]);
	});

	it('a dark image is not covered at all', async () => {
		const { bytes, warnings } = await exported(await png('#101010'), {
			text: { headline: 'i' },
			options: asPng,
		});
		expect(warnings).toEqual([]);
		const { right } = await changedBox(bytes, [16, 16, 16]);
		expect(right).toBeLessThan(120);
	});
});

describe('text stays in its box', () => {
	const long = 'A headline that is long enough to need more than a single line of the image';
	it.each([
		['topLeft', 'left', 'top'],
		['top', 'center', 'top'],
		['topRight', 'right', 'top'],
		['left', 'left', 'center'],
		['center', 'center', 'center'],
		['right', 'right', 'center'],
		['bottomLeft', 'left', 'bottom'],
		['bottom', 'center', 'bottom'],
		['bottomRight', 'right', 'bottom'],
	])('%s', async (position, column, row) => {
		const options = asPng;
		const image = await png('#101010');
		const short = await exported(image, { text: { headline: 'Hello', position }, options });
		const box = await changedBox(short.bytes, [16, 16, 16]);
		// The margin is 4 % of the width.
		const edges = { left: 40, right: 959, top: 40, bottom: 959 };
		const isAt = (found: number, wanted: number) =>
			expect(Math.abs(found - wanted)).toBeLessThanOrEqual(3);
		if (column === 'left') isAt(box.left, edges.left);
		if (column === 'right') isAt(box.right, edges.right);
		if (column === 'center') isAt((box.left + box.right) / 2, 500);
		if (row === 'top') isAt(box.top, edges.top);
		if (row === 'bottom') isAt(box.bottom, edges.bottom);
		if (row === 'center') isAt((box.top + box.bottom) / 2, 500);
		const wrapped = await exported(image, {
			text: { headline: long, subline: long, position },
			options,
		});
		const all = await changedBox(wrapped.bytes, [16, 16, 16]);
		expect(all.left).toBeGreaterThanOrEqual(39);
		expect(all.right).toBeLessThanOrEqual(960);
		expect(all.top).toBeGreaterThanOrEqual(39);
		expect(all.bottom).toBeLessThanOrEqual(960);
		expect(all.bottom - all.top).toBeGreaterThan(box.bottom - box.top + 60);
	});

	it('in a story above and below the app’s controls', async () => {
		const image = await png('#101010', 1080, 1920);
		for (const [position, least, most] of [
			['top', 269, 600],
			['bottom', 1300, 1651],
		] as const) {
			const { bytes } = await exported(image, {
				channels: ['instagram-story'],
				text: { headline: 'Hello', position },
			});
			const gray = await sharp(bytes)
				.greyscale()
				.threshold(140)
				.toColourspace('srgb')
				.png()
				.toBuffer();
			const { top, bottom } = await changedBox(gray, [0, 0, 0]);
			expect(top).toBeGreaterThanOrEqual(least - 3);
			expect(bottom).toBeLessThanOrEqual(most + 3);
		}
	});

	it('that cannot fit is refused by name', async () => {
		const failure = await failureOf(await png('#101010', 64, 64), {
			width: 64,
			height: 64,
			text: { headline: 'Much too long for an icon' },
		});
		expect(failure).toMatchObject({
			code: 'text_does_not_fit',
			param: 'headline',
			billed: 'no',
		});
		expect(failure.message).toContain('do not fit on 64 x 64 pixels');
		const word = await failureOf(await png('#101010'), { text: { headline: 'W'.repeat(80) } });
		expect(word.code).toBe('text_does_not_fit');
		const book = await failureOf(await png('#101010'), {
			text: { headline: 'word '.repeat(200_000) },
		});
		expect(book.message).toBe("'Headline' is longer than 300 characters");
	});

	it('that nobody can see is none', async () => {
		const image = await png('#101010');
		const [plain, text] = await Promise.all([
			exported(image),
			exported(image, { text: { headline: '\u200b', subline: '\u200d\ufe0f' } }),
		]);
		expect(text.bytes.equals(plain.bytes)).toBe(true);
	});

	it('takes markup for text', async () => {
		const { bytes } = await exported(await png('#101010'), {
			text: { headline: '<b>5 < 6 & 7</b>', position: 'topLeft' },
			options: asPng,
		});
		const plain = await exported(await png('#101010'), {
			text: { headline: '5 < 6 & 7', position: 'topLeft' },
			options: asPng,
		});
		const [one, other] = [
			await changedBox(bytes, [16, 16, 16]),
			await changedBox(plain.bytes, [16, 16, 16]),
		];
		expect(one.right).toBeGreaterThan(other.right + 100);
	});
});

describe('scripts and fonts', () => {
	it.each([
		['مرحبا', 'م (U+0645)'],
		['שלום', 'ש (U+05E9)'],
		['漢字', '漢 (U+6F22)'],
		['Sale 🎉', '🎉 (U+1F389)'],
		['👩‍🚀', '👩 (U+1F469)'],
	])('%s is refused by the bundled font, not drawn as boxes', async (headline, named) => {
		const failure = await failureOf(await png('#101010'), { text: { headline } });
		expect(failure).toMatchObject({ code: 'missing_glyphs', param: 'headline' });
		expect(failure.message).toContain(`Inter SemiBold cannot display: ${named}`);
		expect(failure.advice).toContain("'Font Field'");
	});

	it('a font whose name is a whole file is named by its beginning', async () => {
		const file = path.join(__dirname, '../../../../core/pixels/fonts/Inter-SemiBold.ttf');
		// A byte more, so that it is not one that is known already.
		const bytes = Buffer.concat([await fs.readFile(file), Buffer.alloc(1)]);
		const font = named(bytes, 'n'.repeat(200_000), 'fontField');
		const text = { headline: '漢字' };
		const failure = await failureOf(await png('#101010'), { text, input: { font } });
		expect(failure.message.length).toBeLessThan(500);
	});

	it.each(['Größe, naïve, Łódź', 'Ελληνικά', 'Привет, мир', 'e\u0301tude', '50\u00a0%\u200b'])(
		'%s is drawn by the bundled font',
		async (headline) => {
			const { warnings } = await exported(await png('#101010'), { text: { headline } });
			expect(warnings).toEqual([]);
		},
	);

	it('Arabic is joined and runs from right to left', async () => {
		const font = await fontOf();
		if (!font) return;
		const typeface = await loadTypeface(font.bytes, font.origin);
		/** Columns without ink between the first and the last letter. */
		const gaps = async (text: string): Promise<number> => {
			const { alpha, width, height } = await drawText(text, [typeface], 80, 900);
			let empty = 0;
			for (let x = 0; x < width; x++) {
				let ink = 0;
				for (let y = 0; y < height; y++) ink += alpha[y * width + x] ?? 0;
				if (ink === 0) empty += 1;
			}
			return empty;
		};
		expect(await gaps('ببببب')).toBe(0);
		expect(await gaps('ب ب ب ب')).toBeGreaterThan(20);
		// Yod is small and hangs at the top: as the first letter it stands at the right.
		const { alpha, width, height } = await drawText('יםםם', [typeface], 80, 900);
		const inkIn = (from: number, to: number): number => {
			let ink = 0;
			for (let y = Math.round(height * 0.8); y < height; y++) {
				for (let x = from; x < to; x++) ink += alpha[y * width + x] ?? 0;
			}
			return ink;
		};
		expect(inkIn(width - 12, width)).toBe(0);
		expect(inkIn(0, Math.round(width / 4))).toBeGreaterThan(0);
	});

	it.each([
		['שלום עולם', 'abc', 'right'],
		['Good morning', 'שלום', 'left'],
	])('the subline of %s, %s, stands at the %s as well', async (headline, subline, side) => {
		const font = await fontOf();
		if (!font) return;
		const paragraphs = [
			{ text: headline, size: 60 },
			{ text: subline, size: 30 },
		];
		const fonts = [await loadTypeface(font.bytes, font.origin)];
		const { alpha, width, height } = await drawParagraphs(paragraphs, fonts, 900, 0);
		const last = alpha.subarray(Math.round(height * 0.7) * width);
		const inked = [...last.keys()].filter((at) => (last[at] ?? 0) > 60).map((at) => at % width);
		const [left, right] = [Math.min(...inked), width - Math.max(...inked)];
		expect(Math.abs(left - right)).toBeGreaterThan(width / 2);
		expect(left < right ? 'left' : 'right').toBe(side);
	});

	it('fonts are there again when the system has emptied its temporary folder', async () => {
		const parameters = { text: { headline: 'Sale' }, options: asPng };
		const before = await exported(await png('#000000'), parameters);
		const { family } = await bundledTypeface();
		const [file = ''] = globSync(`gpt-image-fonts-*/${family}.ttf`, { cwd: os.tmpdir() });
		await fs.rm(path.join(os.tmpdir(), path.dirname(file)), { recursive: true });
		// Letters of another size are read from the file anew.
		const size = { width: 800, height: 800 };
		const smaller = await exported(await png('#000000', 800, 800), { ...parameters, ...size });
		expect(await changedBox(smaller.bytes, [0, 0, 0])).not.toMatchObject({ right: -1 });
		const again = await exported(await png('#000000'), parameters);
		expect(again.bytes.equals(before.bytes)).toBe(true);
	});

	it('a folder for temporary files that cannot be used is named', async () => {
		const { family } = await bundledTypeface();
		const [file = ''] = globSync(`gpt-image-fonts-*/${family}.ttf`, { cwd: os.tmpdir() });
		await fs.rm(path.join(os.tmpdir(), path.dirname(file)), { recursive: true });
		const spy = jest.spyOn(os, 'tmpdir').mockReturnValue('/nowhere');
		const parameters = { text: { headline: 'Sale' }, options: asPng };
		expect(await failureOf(await png('#000000'), parameters)).toMatchObject({
			code: 'invalid_environment',
			message: expect.stringContaining('the folder for temporary files, /nowhere'),
			advice: expect.stringContaining('TMPDIR'),
		});
		spy.mockRestore();
		await exported(await png('#000000'), parameters);
	});

	it('a font of one’s own is used, and what it lacks comes from the bundled one with a warning', async () => {
		const font = await fontOf();
		if (!font) return;
		const image = await png('#101010');
		const text = { headline: 'Hamburg', position: 'topLeft' };
		const [own, bundled] = [
			await exported(image, {
				text: { ...text, fontField: 'font' },
				input: { font },
				options: asPng,
			}),
			await exported(image, { text, options: asPng }),
		];
		expect(own.bytes.equals(bundled.bytes)).toBe(false);
		expect(own.warnings).toEqual([]);
		const { warnings } = await exported(image, { text: { headline: 'Hiԯ' }, input: { font } });
		expect(warnings).toEqual([
			{
				code: 'font_fallback',
				message: 'DejaVuSans.ttf lacks ԯ (U+052F): drawn in Inter SemiBold',
			},
		]);
	});

	it.each([
		['text', Buffer.from('not a font'), 'is not a font'],
		['a WOFF2', Buffer.from('wOF2\0\x01\0\0aaaaaaaaaaaaaaaa', 'latin1'), 'is not a font'],
		['a collection', Buffer.from('ttcf\0\x01\0\0aaaaaaaaaaaaaaa', 'latin1'), 'is not a font'],
		['nothing', Buffer.alloc(0), 'is not a font'],
	])('%s is refused as a font', async (_name, bytes, said) => {
		const failure = await failureOf(await png('#101010'), {
			text: { headline: 'Hello' },
			input: { font: named(bytes, 'brand.ttf', 'fontField') },
		});
		expect(failure).toMatchObject({ code: 'invalid_parameter', param: 'fontField' });
		expect(failure.message).toContain(`"brand.ttf" ${said}`);
	});

	it('a font that is cut off anywhere is refused, and none of its bytes trips the reader', async () => {
		const whole = await fs.readFile(
			path.join(__dirname, '../../../../core/pixels/fonts/Inter-SemiBold.ttf'),
		);
		const image = await png('#101010', 100, 100);
		for (const length of [3, 12, 40, 300, 5_000, 100_000, whole.length - 200]) {
			const failure = await failureOf(image, {
				width: 100,
				height: 100,
				text: { headline: 'a' },
				input: { font: named(whole.subarray(0, length), 'brand.ttf', 'fontField') },
			});
			expect([length, failure.param]).toEqual([length, 'fontField']);
		}
	});
});
