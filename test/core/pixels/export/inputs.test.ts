import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { decoded, flat, painted, pixel, speckled } from '../samples';
import { exported, failureOf, named, outcomesOf } from './exported';

const small = { width: 60, height: 60, options: { outputFormat: 'png' } };

const near = (found: readonly number[], wanted: readonly number[], apart = 3): void => {
	expect(found.length).toBeGreaterThanOrEqual(wanted.length);
	wanted.forEach((value, index) =>
		expect(Math.abs(value - (found[index] ?? -1))).toBeLessThanOrEqual(apart),
	);
};

it('a photo that lies on its side is turned upright first', async () => {
	const halves = painted(120, 60, 3, (x) => (x < 60 ? [200, 0, 0] : [0, 0, 200]));
	const photo = await halves.withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toBuffer();
	const { bytes, width, height } = await exported(photo, {
		width: 60,
		height: 120,
		options: { outputFormat: 'png' },
	});
	expect([width, height]).toEqual([60, 120]);
	const pixels = await decoded(bytes);
	near(pixel(pixels, 30, 10), [200, 0, 0], 6);
	near(pixel(pixels, 30, 110), [0, 0, 200], 6);
	expect((await sharp(bytes).metadata()).orientation).toBeUndefined();
});

it('CMYK, 16 bits and greyscale become 8-bit RGB', async () => {
	const cmyk = await flat(80, 80, '#c81e28').toColourspace('cmyk').jpeg().toBuffer();
	const deep = await flat(80, 80, '#c81e28').toColourspace('rgb16').png().toBuffer();
	const grey = await flat(80, 80, '#777777').toColourspace('b-w').png().toBuffer();
	expect((await sharp(cmyk).metadata()).space).toBe('cmyk');
	expect((await sharp(deep).metadata()).depth).toBe('ushort');
	for (const [bytes, wanted] of [
		[deep, [200, 30, 40]],
		[grey, [119, 119, 119]],
	] as const) {
		const file = await exported(bytes, small);
		const { space, depth, channels } = await sharp(file.bytes).metadata();
		expect([space, depth, channels]).toEqual(['srgb', 'uchar', 3]);
		near(pixel(await decoded(file.bytes), 30, 30), wanted);
	}
	const { space, depth } = await sharp((await exported(cmyk, small)).bytes).metadata();
	expect([space, depth]).toEqual(['srgb', 'uchar']);
});

describe('a file whose head is hostile', () => {
	/** A segment behind the beginning of a JPEG. */
	const withSegment = async (marker: number, content: Buffer): Promise<Buffer> => {
		const jpeg = await flat(120, 60, '#c81e28').jpeg({ quality: 100 }).toBuffer();
		const head = Buffer.from([0xff, marker, 0, 0]);
		head.writeUInt16BE(content.length + 2, 2);
		return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
	};
	/** A chunk behind the header of a PNG. */
	const withChunk = async (type: string, content: Buffer): Promise<Buffer> => {
		const png = await flat(120, 60, '#c81e28').png().toBuffer();
		const chunk = Buffer.concat([Buffer.alloc(4), Buffer.from(type), content, Buffer.alloc(4)]);
		chunk.writeUInt32BE(content.length, 0);
		chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
		return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
	};
	/** EXIF with one entry, an orientation. */
	const exif = (type: number, count: number, value: number, next = 0): Buffer => {
		const bytes = Buffer.alloc(6 + 8 + 2 + 12 + 4);
		bytes.write('Exif\0\0MM\0*', 'latin1');
		bytes.writeUInt32BE(8, 10);
		bytes.writeUInt16BE(1, 14);
		bytes.writeUInt16BE(0x0112, 16);
		bytes.writeUInt16BE(type, 18);
		bytes.writeUInt32BE(count, 20);
		bytes.writeUInt16BE(value, 24);
		bytes.writeUInt32BE(next, 28);
		return bytes;
	};
	const icc = (profile: Buffer): Buffer =>
		Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile]);
	/** A profile that says that its name is 4 GB long, and calls itself sRGB. */
	const boastful = (name: string): Buffer => {
		const bytes = Buffer.alloc(200);
		bytes.writeUInt32BE(200, 0);
		bytes.write('acsp', 36);
		bytes.writeUInt32BE(0xffffffff, 128);
		bytes.write('desc', 132);
		bytes.writeUInt32BE(150, 136);
		bytes.write('desc', 150);
		bytes.writeUInt32BE(0xffffffff, 158);
		bytes.write(name, 162);
		return bytes;
	};
	const namedIcc = (content: Buffer): Buffer =>
		Buffer.concat([Buffer.from('icc\0\0', 'latin1'), deflateSync(content)]);
	const xmp = (text: string): Buffer => Buffer.from(`http://ns.adobe.com/xap/1.0/\0${text}`);

	it.each<[string, () => Promise<Buffer>]>([
		['orientation 0', () => withSegment(0xe1, exif(3, 1, 0))],
		['orientation 9', () => withSegment(0xe1, exif(3, 1, 9))],
		['orientation 65535', () => withSegment(0xe1, exif(3, 1, 65_535))],
		['an orientation of 4 billion values', () => withSegment(0xe1, exif(3, 0xffffffff, 6))],
		['an orientation of no type', () => withSegment(0xe1, exif(99, 1, 6))],
		['EXIF that goes round in a circle', () => withSegment(0xe1, exif(3, 1, 1, 8))],
		['EXIF that is cut off', () => withSegment(0xe1, exif(3, 1, 1).subarray(0, 17))],
		['a profile of noise', () => withSegment(0xe2, icc(Buffer.alloc(5_000, 0x5a)))],
		['a profile without end', () => withSegment(0xe2, icc(boastful('P3')))],
		['a profile that calls itself sRGB', () => withSegment(0xe2, icc(boastful('sRGB')))],
		['an empty profile', () => withSegment(0xe2, icc(Buffer.alloc(0)))],
		['a profile of 100 MB in 100 KB', () => withChunk('iCCP', namedIcc(Buffer.alloc(1e8)))],
		['a profile that is not compressed', () => withChunk('iCCP', Buffer.from('icc\0\0nonsense'))],
		['text of 100 MB in 100 KB', () => withChunk('zTXt', namedIcc(Buffer.alloc(1e8, 'a')))],
		['XMP of one word', () => withSegment(0xe1, xmp('DigitalSourceType '.repeat(3_500)))],
		['XMP that nests', () => withSegment(0xe1, xmp('<x:a>'.repeat(12_000)))],
		['a density of 0', () => withChunk('pHYs', Buffer.alloc(9))],
		['a gamma of 0', () => withChunk('gAMA', Buffer.alloc(4))],
	])('%s leaves its pixels as they are', async (_name, make) => {
		const { bytes, label } = await exported(await make(), {
			...{ width: 120, height: 60, options: { outputFormat: 'png' } },
		});
		expect(label).toBe('none');
		const { width, height, orientation, icc: kept, xmp: said } = await sharp(bytes).metadata();
		expect([width, height, orientation, kept, said]).toEqual([
			120,
			60,
			undefined,
			undefined,
			undefined,
		]);
		near(pixel(await decoded(bytes), 60, 30), [200, 30, 40]);
	});
});

it('an SVG is drawn as large as its channel wants it', async () => {
	const drawing = Buffer.from(
		'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20" fill="#fff"/><rect width="10" height="20" fill="#000"/></svg>',
	);
	const { bytes, width, format, warnings } = await exported(drawing, { width: 2000, height: 2000 });
	expect([width, format, warnings]).toEqual([2000, 'png', []]);
	const pixels = await decoded(bytes);
	// The edge is sharp: it was not enlarged from 1024 pixels.
	near(pixel(pixels, 997, 1000).slice(0, 3), [0, 0, 0]);
	near(pixel(pixels, 1003, 1000).slice(0, 3), [255, 255, 255]);
});

it('a photo much larger than needed comes out right', async () => {
	const photo = await painted(3000, 2000, 3, (x, y) => [
		x < 1500 ? 220 : 20,
		y < 1000 ? 220 : 20,
		90,
	])
		.jpeg({ quality: 95 })
		.toBuffer();
	const { bytes } = await exported(photo, {
		width: 300,
		height: 200,
		fit: 'center',
		options: { outputFormat: 'png' },
	});
	const pixels = await decoded(bytes);
	near(pixel(pixels, 75, 50), [220, 220, 90], 6);
	near(pixel(pixels, 225, 50), [20, 220, 90], 6);
	near(pixel(pixels, 75, 150), [220, 20, 90], 6);
	near(pixel(pixels, 225, 150), [20, 20, 90], 6);
});

const animation = async () =>
	await sharp(await speckled(40, 80).raw().toBuffer(), {
		raw: { width: 40, height: 80, channels: 3, pageHeight: 40 },
	})
		.gif({ delay: [100, 100] })
		.toBuffer();

const cut = async () => {
	const whole = await speckled(200, 200).png().toBuffer();
	return whole.subarray(0, whole.length - 4000);
};
const bomb = async () =>
	await sharp({
		create: { width: 16_000, height: 12_000, channels: 3, background: '#000' },
		limitInputPixels: false,
	})
		.png({ compressionLevel: 9 })
		.toBuffer();

/** Announces three frames; only the first is there, and sharp sees no more of any. */
async function animatedPng(): Promise<Buffer> {
	const still = await flat(80, 80, '#c81e28').png().toBuffer();
	const chunk = Buffer.from('\0\0\0\x08acTL\0\0\0\x03\0\0\0\0\0\0\0\0', 'latin1');
	chunk.writeUInt32BE(crc32(chunk.subarray(4, 16)), 16);
	return Buffer.concat([still.subarray(0, 33), chunk, still.subarray(33)]);
}

it.each([
	['an animation', animation, 'has 2 frames, and all but one would be lost'],
	['an animated PNG', animatedPng, 'has 3 frames, and all but one would be lost'],
	[
		'an HEIC',
		async () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'),
		'is an HEIC',
	],
	['a PNG that is cut off', cut, 'is damaged or cut off'],
	['a decompression bomb', bomb, 'has 16,000 x 12,000 pixels'],
	['a web page', async () => Buffer.from('<!doctype html><html></html>'), 'is a web page (HTML)'],
	['nothing', async () => Buffer.alloc(0), 'is empty'],
	[
		'an SVG with parts from elsewhere',
		async () =>
			Buffer.from(
				'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="http://a.example/b.png"/></svg>',
			),
		'is an SVG with external content',
	],
])(
	'%s is refused by name',
	async (_name, make, said) => {
		const failure = await failureOf(await make(), small);
		expect(failure).toMatchObject({
			code: 'invalid_parameter',
			param: 'inputField',
			billed: 'no',
		});
		expect(failure.message).toContain(`'Input Binary Field' (field "data"): "photo.png" ${said}`);
	},
	60_000,
);

it('a logo that is none is refused by its own name', async () => {
	const failure = await failureOf(await speckled(80, 80).png().toBuffer(), {
		...small,
		logo: { field: 'logo' },
		input: { logo: named(Buffer.from('%PDF-1.7'), 'logo.pdf', 'logoField') },
	});
	expect(failure.param).toBe('logoField');
	expect(failure.message).toContain('"logo.pdf" is a PDF document');
});

it.each([
	[{ channels: [] }, "'Channels' is empty"],
	[{ channels: ['myspace'] }, `'Channels' has "myspace"`],
	[{ width: 0 }, "'Width' is 0"],
	[{ height: 9000 }, "'Height' is 9000"],
	[{ fit: 'stretch' }, '\'Fit\' is "stretch"'],
	[{ text: { headline: 'a', color: 'reddish' } }, "'Text Color' is reddish, which is not a color"],
	[{ logo: { field: 'logo', opacity: 120 } }, "'Opacity (%)' is 120"],
	[{ logo: { field: 'logo', widthPercent: 'wide' } }, "'Logo Width (%)' is wide"],
	[{ options: { maxKilobytes: -1 } }, "'Max Size (kB)' is -1"],
	[{ options: { maxKilobytes: {} } }, "'Max Size (kB)' is neither text nor a number"],
	[{ options: { keyColor: {} } }, "'Color to Make Transparent' is neither text nor a number"],
	[{ options: { outputFormat: {} } }, "'Output Format' is not text"],
	[{ text: { headline: { a: 1 } } }, "'Headline' is neither text nor a number"],
	[{ options: { outputFormat: 'bmp' } }, '\'Output Format\' is "bmp"'],
	[{ options: { keyColor: '#00ff00', outputFormat: 'jpeg' } }, 'JPEG has no transparency'],
])('%j is refused by name', async (params, said) => {
	const failure = await failureOf(await speckled(80, 80).png().toBuffer(), { ...small, ...params });
	expect(failure.code).toBe('invalid_parameter');
	expect(failure.message).toContain(said);
});

describe('transparency', () => {
	const onGreen = async () =>
		await flat(100, 100, '#00ff00')
			.composite([{ input: await flat(40, 40, '#d02020').png().toBuffer(), left: 30, top: 30 }])
			.png()
			.toBuffer();

	it('a key color becomes transparent, and nothing of it is left at the edges', async () => {
		const { bytes } = await exported(await onGreen(), {
			width: 100,
			height: 100,
			options: { keyColor: '#00ff00' },
		});
		const pixels = await decoded(bytes);
		expect(pixel(pixels, 5, 5)[3]).toBe(0);
		near(pixel(pixels, 50, 50), [208, 32, 32, 255]);
		// A JPEG's soft edges hold mixtures of both.
		const soft = await sharp(await onGreen())
			.jpeg({ quality: 80 })
			.toBuffer();
		const file = await exported(soft, {
			width: 100,
			height: 100,
			options: { keyColor: '#00ff00' },
		});
		expect(file.format).toBe('png');
		const cutOut = await decoded(file.bytes);
		let green = 0;
		for (let at = 0; at < cutOut.data.length; at += 4) {
			const [r = 0, g = 0, , alpha = 0] = cutOut.data.subarray(at, at + 4);
			if (alpha > 60 && g > r + 40) green += 1;
		}
		expect(green).toBe(0);
	});

	it('a channel that takes none refuses a key color alone, the others come', async () => {
		const image = await onGreen();
		const outcomes = await outcomesOf(image, {
			channels: ['instagram-square', 'favicon-32'],
			options: { keyColor: '#0f0', allowUpscale: true },
		});
		expect(outcomes.map((one) => ('error' in one ? one.error.param : one.file.format))).toEqual([
			'keyColor',
			'png',
		]);
	});

	it('becomes white where the format or the channel has none, and the file says so', async () => {
		const logo = await flat(100, 100, { r: 0, g: 0, b: 0, alpha: 0 }).png().toBuffer();
		const file = await exported(logo, { width: 50, height: 50, options: { outputFormat: 'jpeg' } });
		near(pixel(await decoded(file.bytes), 20, 20), [255, 255, 255]);
		expect(file.warnings.map(({ code }) => code)).toEqual(['transparency_lost']);
		const icon = await exported(logo, {
			channels: ['app-store-icon'],
			options: { allowUpscale: true },
		});
		expect((await sharp(icon.bytes).metadata()).channels).toBe(3);
		expect(icon.warnings.map(({ code }) => code)).toEqual(['enlarged', 'transparency_lost']);
	});
});

describe('logo', () => {
	it('stands in its corner, as wide as asked, as strong as asked', async () => {
		const ground = await flat(1000, 500, '#ffffff').png().toBuffer();
		const logo = named(await flat(100, 50, '#000000').png().toBuffer(), 'logo.png', 'logoField');
		const { bytes } = await exported(ground, {
			width: 1000,
			height: 500,
			logo: { field: 'logo', position: 'bottomLeft', widthPercent: 10, opacity: 50 },
			options: { outputFormat: 'png' },
			input: { logo },
		});
		const pixels = await decoded(bytes);
		// 100 x 50 pixels, 40 from the left and from below.
		near(pixel(pixels, 41, 458), [127, 127, 127]);
		near(pixel(pixels, 138, 411), [127, 127, 127]);
		expect(pixel(pixels, 38, 440)).toEqual([255, 255, 255]);
		expect(pixel(pixels, 142, 440)).toEqual([255, 255, 255]);
		expect(pixel(pixels, 90, 407)).toEqual([255, 255, 255]);
		expect(pixel(pixels, 90, 462)).toEqual([255, 255, 255]);
	});

	it('over the text is told', async () => {
		const { warnings } = await exported(await flat(500, 500, '#101010').png().toBuffer(), {
			width: 500,
			height: 500,
			text: { headline: 'Hello', position: 'center' },
			logo: { field: 'logo', position: 'center' },
			input: { logo: named(await flat(40, 40).png().toBuffer(), 'logo.png', 'logoField') },
		});
		expect(warnings.map(({ code }) => code)).toEqual(['overlap']);
	});
});
