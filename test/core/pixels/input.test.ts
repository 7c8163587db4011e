import sharp from 'sharp';
import { prepareInput } from '../../../core/pixels/input';
import { decoded, flat, origin, painted, pixel, speckled } from './samples';
import { refused } from './refusal';

const near = (actual: number[], expected: number[], by: number) =>
	actual.length === expected.length &&
	actual.every((value, at) => Math.abs(value - (expected[at] ?? 0)) <= by);

describe('an image that is fine already keeps its own bytes', () => {
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
			changes: [`rotated to its EXIF orientation (${orientation})`],
		});
		const image = await decoded(prepared.bytes);
		expect([image.width, image.height]).toEqual([width, height]);
		expect(near(pixel(image, 4, 4), topLeft, 6)).toBe(true);
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
	const only = async (image: sharp.Sharp) => {
		const bytes = await image.toBuffer();
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
			changes: ['converted from grayscale to RGB'],
			pixel: [119, 119, 119],
		});
	});

	test('Display P3, as phones write it, becomes sRGB', async () => {
		const result = await only(flat(20, 20).withIccProfile('p3').png());
		expect(result.changes).toEqual(['converted from the color profile "sP3C" to sRGB']);
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
		expect(prepared.changes).toContain('reduced to the first of its 2 images');
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
		'<foreignObject width="20" height="9"><div xmlns="http://www.w3.org/1999/xhtml">Start</div></foreignObject>',
		'<style>@font-face{font-family:A;src:url(data:font/woff2;base64,AAAA)}</style>',
	])('an SVG with %s is refused', async (inside) => {
		const failure = await refused(svg(inside), 'logo.svg');
		expect(failure.message).toContain('is an SVG with external content');
	});

	test('an SVG of an old Illustrator is called one', async () => {
		const doctype =
			'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [\n\t<!ENTITY ns_svg "http://www.w3.org/2000/svg">\n]>';
		const failure = await refused(
			Buffer.from(
				`<?xml version="1.0"?>\n<!-- Generator -->\n${doctype}\n<svg xmlns="&ns_svg;" width="9" height="9"></svg>`,
			),
			'logo.svg',
		);
		expect(failure.message).toContain('is an SVG with external content ("<!ENTITY")');
		expect(failure).toMatchObject({ advice: expect.stringContaining('plain SVG') });
	});

	test('an SVG with entities is refused', async () => {
		await refused(
			Buffer.from(
				'<!DOCTYPE svg [<!ENTITY a "aaaa">]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&a;</text></svg>',
			),
		);
	});
});
