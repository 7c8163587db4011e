import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { prepareInput } from '../../../core/picture/inputs';
import { decoded, flat, origin, painted, pixel, speckled } from './made';

const near = (actual: number[], expected: number[], by: number) =>
	actual.length === expected.length &&
	actual.every((value, at) => Math.abs(value - (expected[at] ?? 0)) <= by);

function chunk(type: string, data: Buffer): Buffer {
	const bytes = Buffer.alloc(12 + data.length);
	bytes.writeUInt32BE(data.length, 0);
	bytes.write(type, 4, 'latin1');
	data.copy(bytes, 8);
	bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
	return bytes;
}

/** A one-bit PNG of that many pixels, all black. */
function blackPng(width: number, height: number, comment: number): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header[8] = 1;
	return Buffer.concat([
		Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
		chunk('IHDR', header),
		chunk('tEXt', Buffer.alloc(comment, 'Comment\0x')),
		chunk('IDAT', deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * height), { level: 9 })),
		chunk('IEND', Buffer.alloc(0)),
	]);
}

const refused = async (bytes: Buffer, name = 'photo.png') => {
	const failure: unknown = await prepareInput(bytes, { ...origin, name }).catch(
		(error: unknown) => error,
	);
	if (!(failure instanceof Error)) throw new Error('It was not refused');
	expect(failure).toMatchObject({
		name: 'GptImageError',
		facts: { code: 'invalid_parameter', param: 'images', billed: 'no', retryable: false },
	});
	expect(failure.message).toContain(`'Images' 1 (field "photo"): "${name}"`);
	return failure;
};

describe('a picture that is fine already keeps its own bytes', () => {
	const fine = {
		'RGB PNG': () => speckled(60, 40).png(),
		'RGBA PNG': () => speckled(60, 40).ensureAlpha(0.5).png(),
		JPEG: () => speckled(60, 40).jpeg(),
		'progressive JPEG': () => speckled(60, 40).jpeg({ progressive: true }),
		WebP: () => speckled(60, 40).webp(),
		'JPEG with the sRGB profile': () => speckled(60, 40).withIccProfile('srgb').jpeg(),
		'JPEG with orientation 1': () => speckled(60, 40).withMetadata({ orientation: 1 }).jpeg(),
	};
	test.each(Object.entries(fine))('%s', async (_name, make) => {
		const bytes = await make().toBuffer();
		const prepared = await prepareInput(bytes, origin);
		expect(prepared.bytes).toBe(bytes);
		expect(prepared).toMatchObject({ width: 60, height: 40, changes: [] });
	});

	test('a file name tells the truth about the content', async () => {
		const bytes = await speckled(60, 40).jpeg().toBuffer();
		const prepared = await prepareInput(bytes, { ...origin, name: 'Süße Tasse.PNG' });
		expect(prepared).toMatchObject({ fileName: 'suße-tasse.jpg', mimeType: 'image/jpeg' });
	});

	test('a JPEG with stray bytes between its parts, as some cameras write it', async () => {
		const jpeg = await speckled(60, 40).jpeg().toBuffer();
		const bytes = Buffer.concat([
			jpeg.subarray(0, -2),
			Buffer.from([0, 17, 17]),
			jpeg.subarray(-2),
		]);
		expect((await prepareInput(bytes, origin)).bytes).toBe(bytes);
	});
});

describe('EXIF orientation', () => {
	const red = [255, 0, 0];
	const green = [0, 255, 0];
	const blue = [0, 0, 255];
	const white = [255, 255, 255];
	const quarters = () =>
		painted(64, 32, 3, (x, y) => (y < 16 ? (x < 32 ? red : green) : x < 32 ? blue : white));

	test.each([
		[2, green, 64, 32],
		[3, white, 64, 32],
		[4, blue, 64, 32],
		[5, red, 32, 64],
		[6, blue, 32, 64],
		[7, white, 32, 64],
		[8, green, 32, 64],
	])('%i is applied', async (orientation, topLeft, width, height) => {
		const bytes = await quarters().withMetadata({ orientation }).jpeg().toBuffer();
		const prepared = await prepareInput(bytes, origin);
		expect(prepared).toMatchObject({
			width,
			height,
			mimeType: 'image/jpeg',
			changes: [`turned upright as its EXIF orientation (${orientation}) says`],
		});
		const picture = await decoded(prepared.bytes);
		expect([picture.width, picture.height]).toEqual([width, height]);
		expect(near(pixel(picture, 4, 4), topLeft, 6)).toBe(true);
		const header = await sharp(prepared.bytes).metadata();
		expect(header.orientation).toBeUndefined();
		// Full colour resolution, for text and logos.
		expect(header.chromaSubsampling).toBe('4:4:4');
	});

	test.each(['png', 'webp'] as const)('in a %s', async (format) => {
		const bytes = await quarters().withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
		expect(await prepareInput(bytes, origin)).toMatchObject({ width: 32, height: 64 });
	});
});

describe('colours', () => {
	const color = [200, 30, 40];
	const only = async (picture: sharp.Sharp) => {
		const bytes = await picture.toBuffer();
		const prepared = await prepareInput(bytes, origin);
		const header = await sharp(prepared.bytes).metadata();
		expect(header).toMatchObject({ depth: 'uchar', isPalette: false });
		// Named in UTF-16: "sRGB".
		if (header.icc) expect(header.icc.includes('\0s\0R\0G\0B')).toBe(true);
		return {
			changes: prepared.changes,
			channels: header.channels,
			pixel: pixel(await decoded(prepared.bytes), 5, 5),
		};
	};

	test('CMYK becomes RGB', async () => {
		const result = await only(flat(20, 20).toColourspace('cmyk').jpeg());
		expect(result).toMatchObject({ channels: 3, changes: ['converted from CMYK to RGB'] });
		expect(near(result.pixel, color, 30)).toBe(true);
	});

	test('16 bits become 8', async () => {
		expect(await only(flat(20, 20).toColourspace('rgb16').png())).toEqual({
			channels: 3,
			changes: ['converted from 16 to 8 bits per channel'],
			pixel: color,
		});
	});

	test('a palette becomes RGB', async () => {
		expect(await only(flat(20, 20).png({ palette: true }))).toEqual({
			channels: 3,
			changes: ['converted from a palette to RGB'],
			pixel: color,
		});
	});

	test('greyscale becomes RGB', async () => {
		expect(await only(flat(20, 20, '#777').toColourspace('b-w').png())).toEqual({
			channels: 3,
			changes: ['converted from greyscale to RGB'],
			pixel: [119, 119, 119],
		});
	});

	test('Display P3, as phones write it, becomes sRGB', async () => {
		const result = await only(flat(20, 20).withIccProfile('p3').png());
		expect(result.changes).toEqual(['converted from the colour profile "sP3C" to sRGB']);
		expect(near(result.pixel, color, 1)).toBe(true);
	});

	test('16 bits in Display P3 become 8 bits in sRGB', async () => {
		const result = await only(flat(20, 20).toColourspace('rgb16').withIccProfile('p3').png());
		expect(result.changes).toHaveLength(2);
		expect(near(result.pixel, color, 1)).toBe(true);
	});

	test('16 bits with the sRGB profile keep their numbers', async () => {
		const result = await only(flat(20, 20).toColourspace('rgb16').withIccProfile('srgb').png());
		expect(result.pixel).toEqual(color);
	});
});

describe('other formats', () => {
	test('a TIFF photo becomes a JPEG', async () => {
		const prepared = await prepareInput(await flat(20, 10).tiff().toBuffer(), {
			...origin,
			name: 'scan.tif',
		});
		expect(prepared).toMatchObject({
			fileName: 'scan.jpg',
			mimeType: 'image/jpeg',
			width: 20,
			height: 10,
			changes: ['converted from TIFF'],
		});
		expect(near(pixel(await decoded(prepared.bytes), 5, 5), [200, 30, 40], 3)).toBe(true);
	});

	test('a TIFF with alpha becomes a PNG and keeps it', async () => {
		const tiff = await flat(20, 10, { r: 200, g: 30, b: 40, alpha: 0.2 })
			.tiff({ compression: 'lzw' })
			.toBuffer();
		const prepared = await prepareInput(tiff, origin);
		expect(prepared.mimeType).toBe('image/png');
		expect(pixel(await decoded(prepared.bytes), 5, 5)).toEqual([200, 30, 40, 51]);
	});

	test('an AVIF becomes a JPEG', async () => {
		const prepared = await prepareInput(await flat(64, 32).avif().toBuffer(), origin);
		expect(prepared).toMatchObject({ mimeType: 'image/jpeg', width: 64, height: 32 });
	});

	test.each(['gif', 'webp'] as const)('of an animated %s the first frame is taken', async (to) => {
		const frames = await Promise.all([
			flat(20, 10, '#ff0000').png().toBuffer(),
			flat(20, 10, '#0000ff').png().toBuffer(),
		]);
		const bytes = await sharp(frames, { join: { animated: true } })
			.toFormat(to, { lossless: true })
			.toBuffer();
		const prepared = await prepareInput(bytes, origin);
		expect(prepared).toMatchObject({ width: 20, height: 10 });
		expect(prepared.changes).toContain('reduced to the first of its 2 pictures');
		expect(near(pixel(await decoded(prepared.bytes), 5, 5).slice(0, 3), [255, 0, 0], 3)).toBe(true);
	});

	const svg = (inside: string) =>
		Buffer.from(
			`<?xml version="1.0"?><!-- logo --><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="24" height="12"><rect width="24" height="12" fill="#0000ff"/>${inside}</svg>`,
		);

	test('an SVG is drawn large enough to be seen', async () => {
		const prepared = await prepareInput(svg('<a href="https://example.com/"><rect/></a>'), origin);
		expect(prepared).toMatchObject({ mimeType: 'image/png', width: 1024, height: 512 });
		expect(pixel(await decoded(prepared.bytes), 500, 250)).toEqual([0, 0, 255, 255]);
	});

	test.each([
		'<image href="http://127.0.0.1/a.png" width="5" height="5"/>',
		'<image xlink:href="file:///etc/passwd" width="5" height="5"/>',
		'<style>@import "a.css";</style>',
		'<rect fill="url(https://example.com/a.svg#b)"/>',
		'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="#a" parse="text"/>',
	])('an SVG with %s is refused', async (inside) => {
		const failure = await refused(svg(inside), 'logo.svg');
		expect(failure.message).toContain('is an SVG with parts from elsewhere');
	});

	test('an SVG with entities is refused', async () => {
		await refused(
			Buffer.from(
				'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&a;</text></svg>',
			),
		);
	});
});

describe('what is no picture is refused', () => {
	test.each([
		['text', Buffer.from('name,price\ncup,3'), 'is text, not a picture'],
		['a web page', Buffer.from('\n<!DOCTYPE html><html>404</html>'), 'is a web page (HTML)'],
		['base64', Buffer.from('iVBORw0KGgoAAAANSUhEUgAA'), 'is base64 text of a PNG'],
		['a data URL', Buffer.from('data:image/png;base64,iVBORw0KGgo'), 'is the text of a data URL'],
		['a PDF', Buffer.from('%PDF-1.7'), 'is a PDF document'],
		['a BMP', Buffer.from('BM\0\0\0\0'), 'is a BMP'],
		['a video', Buffer.from('\0\0\0\x18ftypmp42\0\0\0\0isommp42', 'latin1'), 'is a video'],
		['nothing', Buffer.alloc(0), 'is empty'],
		['noise', Buffer.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 250]), 'is of a kind that is not known'],
		['a bare signature', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'starts like a PNG but'],
	])('%s', async (_name, bytes, words) => {
		expect((await refused(bytes)).message).toContain(words);
	});

	test('an HEIC, which has its own advice', async () => {
		const bytes = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
		const failure = await refused(bytes, 'IMG_1.HEIC');
		expect(failure.message).toContain('is an HEIC, which the image library here cannot read');
		expect(failure).toMatchObject({
			facts: { advice: expect.stringContaining('Most Compatible') },
		});
	});
});

describe('damaged pictures are refused', () => {
	const whole = {
		jpeg: () => speckled(300, 200).jpeg().toBuffer(),
		'progressive jpeg': () => speckled(300, 200).jpeg({ progressive: true }).toBuffer(),
		png: () => speckled(300, 200).png().toBuffer(),
		webp: () => speckled(300, 200).webp().toBuffer(),
		tiff: () => speckled(300, 200).tiff().toBuffer(),
		gif: () => speckled(300, 200).gif().toBuffer(),
	};
	test.each(Object.entries(whole))('a %s cut in the middle', async (_name, make) => {
		const bytes = await make();
		await refused(bytes.subarray(0, bytes.length >> 1));
	});

	test('a JPEG that lacks only its last bytes', async () => {
		const bytes = await whole.jpeg();
		const failure = await refused(bytes.subarray(0, -30));
		expect(failure.message).toContain('is damaged or cut off');
	});

	test('a JPEG with a hole in its data', async () => {
		const bytes = await whole.jpeg();
		const middle = bytes.length >> 1;
		for (let at = middle; at < middle + 200; at++) bytes.writeUInt8((at * 37) % 256, at);
		await refused(bytes);
	});

	test('a JPEG that would only be turned', async () => {
		const bytes = await speckled(300, 200).withMetadata({ orientation: 6 }).jpeg().toBuffer();
		await refused(bytes.subarray(0, -30));
	});

	test('a PNG with a wrong byte in its pixels', async () => {
		const bytes = await whole.png();
		bytes.writeUInt8(255 - bytes.readUInt8(bytes.length >> 1), bytes.length >> 1);
		await refused(bytes);
	});
});

describe('limits', () => {
	test('30,000 x 30,000 pixels in a PNG of 1 MB are refused without being decoded', async () => {
		const bytes = blackPng(30_000, 30_000, 900_000);
		expect(bytes.length).toBeGreaterThan(1_000_000);
		const before = process.memoryUsage().rss;
		const failure = await refused(bytes, 'bomb.png');
		expect(failure.message).toContain('30,000 x 30,000 pixels, 900 megapixels');
		expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
	});

	test('50 MB and more are refused with a way out', async () => {
		const jpeg = await speckled(60, 40).jpeg().toBuffer();
		const bytes = Buffer.concat([jpeg, Buffer.alloc(50 * 1024 * 1024)]);
		const failure = await refused(bytes);
		expect(failure.message).toContain('has 50.0 MB; OpenAI takes less than 50.0 MB per image');
		expect(failure).toMatchObject({ facts: { advice: expect.stringContaining('Shrink Inputs') } });
	});
});

describe('shrinking to what the model looks at', () => {
	const grainy = (width: number, height: number) =>
		sharp({
			create: {
				width,
				height,
				channels: 3,
				background: '#888',
				noise: { type: 'gaussian', mean: 128, sigma: 20 },
			},
		});
	const patches = { rule: 'patches', patch: 32, budget: 1536 } as const;

	test.each([
		// Token counts: measured by several people (2048x2048, 1179x2556) or by the same method.
		[4032, 3024, 1408, 1056, 1452],
		[2048, 2048, 1248, 1248, 1521],
		[1179, 2556, 832, 1803, 1482],
	])('%ix%i becomes %ix%i and costs the same', async (width, height, toWidth, toHeight, tokens) => {
		const bytes = await grainy(width, height).jpeg({ quality: 95 }).toBuffer();
		const prepared = await prepareInput(bytes, origin, patches);
		expect(prepared).toMatchObject({ width: toWidth, height: toHeight, full: { width, height } });
		expect(Math.ceil(toWidth / 32) * Math.ceil(toHeight / 32)).toBe(tokens);
		expect(await sharp(prepared.bytes).metadata()).toMatchObject({
			width: toWidth,
			height: toHeight,
		});
		expect(prepared.changes).toEqual([
			expect.stringMatching(
				`^scaled from ${width}x${height} to ${toWidth}x${toHeight}, which is what the model looks at \\(\\d+\\.\\d MB less to upload\\)$`,
			),
		]);
	});

	test('a picture within the budget stays as it is', async () => {
		const bytes = await flat(1536, 1024).jpeg().toBuffer();
		expect((await prepareInput(bytes, origin, patches)).bytes).toBe(bytes);
	});

	test('a picture that would not become a smaller file stays as it is', async () => {
		const bytes = await flat(1600, 1200, '#ffffff').png({ palette: false }).toBuffer();
		const fine = await painted(1600, 1200, 3, (x, y) =>
			((x >> 4) + y) % 2 ? [0, 0, 0] : [255, 255, 255],
		)
			.png({ compressionLevel: 9 })
			.toBuffer();
		expect((await prepareInput(bytes, origin, patches)).width).toBe(1408);
		const prepared = await prepareInput(fine, origin, patches);
		expect(prepared.bytes).toBe(fine);
		expect(prepared).toMatchObject({ width: 1600, height: 1200, changes: [] });
	});

	test('a model of the tile rule gets the picture as it is', async () => {
		const bytes = await flat(2048, 2048).jpeg().toBuffer();
		const tiles = { rule: 'tiles', base: 65, perTile: 129 } as const;
		expect((await prepareInput(bytes, origin, tiles)).bytes).toBe(bytes);
	});
});
