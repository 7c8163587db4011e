import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { maskFromBox, scaleMask, type Mask } from '../../../../core/pixels/mask/mask';
import { maskFromImage, maskFromTransparency } from '../../../../core/pixels/mask/from-image';
import { prepareMarkup } from '../../../../core/pixels/markup';
import { decoded, flat, origin, painted, speckled } from '../samples';

const from = { ...origin, param: 'maskField', label: `'Mask Field' "mask"`, name: 'mask.png' };
const first = { width: 40, height: 20 };

/** The mask as the API sees it, one letter per pixel: e = edited, k = kept. */
async function letters({ png }: Mask): Promise<string[]> {
	const { data, width, height, channels } = await decoded(png);
	expect(channels).toBe(4);
	return Array.from({ length: height }, (_, y) =>
		Array.from({ length: width }, (_, x) => {
			const alpha = data[(y * width + x) * 4 + 3];
			return alpha === 0 ? 'e' : alpha === 255 ? 'k' : '?';
		}).join(''),
	);
}

const refused = async (mask: Promise<Mask>) => {
	const failure: unknown = await mask.catch((error: unknown) => error);
	if (!(failure instanceof Error)) throw new Error('It was not refused');
	expect(failure).toMatchObject({ code: 'invalid_parameter', billed: 'no' });
	return failure;
};

const leftHalf = (kept: number[], edited: number[]) =>
	painted(40, 20, kept.length === 4 ? 4 : 3, (x) => (x < 20 ? edited : kept));
const black = [0, 0, 0];
const white = [255, 255, 255];
const left = Array.from({ length: 20 }, () => 'e'.repeat(20) + 'k'.repeat(20));

describe('the file', () => {
	test('is an RGBA PNG of eight bits, black, without a palette', async () => {
		const mask = await maskFromBox(
			{ x: 25, y: 25, width: 50, height: 50 },
			{ width: 8, height: 8 },
		);
		expect(await sharp(mask.png).metadata()).toMatchObject({
			format: 'png',
			width: 8,
			height: 8,
			channels: 4,
			depth: 'uchar',
			isPalette: false,
		});
		const { data } = await decoded(mask.png);
		expect([...data.subarray(0, 4)]).toEqual([0, 0, 0, 255]);
		expect([...data.subarray(-4)]).toEqual([0, 0, 0, 255]);
		expect([...data.subarray((2 * 8 + 2) * 4, (2 * 8 + 2) * 4 + 4)]).toEqual([0, 0, 0, 0]);
	});

	test('of twelve megapixels is far below 4 MB', async () => {
		const mask = await maskFromBox(
			{ x: 10, y: 10, width: 33, height: 77 },
			{ width: 4000, height: 3000 },
		);
		expect(mask.png.length).toBeLessThan(400_000);
		expect(mask.editedPixels).toBe(1320 * 2310);
	});

	test('that is speckled beyond 4 MB is refused', async () => {
		const size = { width: 5000, height: 3800 };
		const noise = Buffer.alloc(size.width * size.height);
		for (let at = 0, seed = 1; at < noise.length; at++) {
			seed = (seed * 48271) % 2147483647;
			noise[at] = seed & 1024 ? 255 : 0;
		}
		const bytes = await sharp(noise, { raw: { ...size, channels: 1 } })
			.png({ compressionLevel: 1 })
			.toBuffer();
		const failure = await refused(maskFromImage(bytes, from, size, 'whiteIsEdited'));
		expect(failure.message).toMatch(
			/^The mask has \d\.\d MB as a PNG; OpenAI accepts less than 4 MB$/,
		);
	});
});

/**
 * What a busy machine cannot falsify: how many milliseconds this thread itself computed between two
 * turns of its event loop, at most.
 */
async function longestTurn(work: () => Promise<unknown>): Promise<number> {
	let longest = 0;
	let last = process.threadCpuUsage();
	const timer = setInterval(() => {
		const { user, system } = process.threadCpuUsage(last);
		longest = Math.max(longest, (user + system) / 1_000);
		last = process.threadCpuUsage();
	}, 2);
	await sleep(20);
	await work();
	await sleep(20);
	clearInterval(timer);
	return longest;
}

describe('an image of 64 megapixels does not hold up n8n:', () => {
	const size = { width: 8000, height: 8000 };
	/** Only its last rows tell what it is. */
	const ending = async (color: string, last: string): Promise<Buffer> =>
		await flat(size.width, size.height - 8, color)
			.extend({ bottom: 8, background: last })
			.png({ compressionLevel: 1 })
			.toBuffer();
	let transparent: Buffer;
	let blackAndWhite: Buffer;
	beforeAll(async () => {
		transparent = await ending('#123456', '#12345600');
		blackAndWhite = await ending('#000', '#fff');
	});

	it.each<[string, () => Promise<unknown>]>([
		['a box', () => maskFromBox({ x: 0, y: 0, width: 50, height: 100 }, size)],
		['its transparency', () => maskFromTransparency(transparent, from)],
		['a black-and-white mask', () => maskFromImage(blackAndWhite, from, size, 'auto')],
		['a mask with transparency', () => maskFromImage(transparent, from, size, 'auto')],
		['markup', () => prepareMarkup(transparent, from, size)],
	])('%s', async (_name, work) => {
		expect(await longestTurn(work)).toBeLessThan(300);
	});
});

describe('a box in percent', () => {
	test('is marked', async () => {
		const mask = await maskFromBox(
			{ x: 25, y: 50, width: 50, height: 25 },
			{ width: 8, height: 4 },
		);
		expect(await letters(mask)).toEqual(['kkkkkkkk', 'kkkkkkkk', 'kkeeeekk', 'kkkkkkkk']);
		expect(mask).toMatchObject({ width: 8, height: 4, editedPixels: 4 });
	});

	test('may touch the edge', async () => {
		const mask = await maskFromBox({ x: 66.6, y: 0, width: 33.4, height: 100 }, first);
		expect(mask.editedPixels).toBe(13 * 20);
	});

	test.each([
		[{ x: 80, y: 0, width: 30, height: 10 }, 'boxWidth', /add up to 110%$/],
		[{ x: 0, y: 95, width: 30, height: 10 }, 'boxHeight', /add up to 105%$/],
		[{ x: -5, y: 0, width: 30, height: 10 }, 'boxX', /is -5$/],
		[{ x: 0, y: 0, width: 0, height: 10 }, 'boxWidth', /is 0$/],
		[{ x: 0, y: NaN, width: 10, height: 10 }, 'boxY', /is NaN$/],
		[{ x: 0, y: 0, width: 0.1, height: 10 }, 'boxWidth', /nothing to edit/],
		[{ x: 0, y: 0, width: 100, height: 100 }, 'boxWidth', /marks the whole image/],
	])('%j is refused', async (box, param, words) => {
		const failure = await refused(maskFromBox(box, first));
		expect(failure).toMatchObject({ param });
		expect(failure.message).toMatch(words);
	});
});

describe('an image', () => {
	const read = async (
		image: sharp.Sharp,
		meaning: Parameters<typeof maskFromImage>[3],
		size = first,
	) => await maskFromImage(await image.png().toBuffer(), from, size, meaning);

	test('with white meant', async () => {
		expect(await letters(await read(leftHalf(black, white), 'whiteIsEdited'))).toEqual(left);
	});

	test('with black meant', async () => {
		expect(await letters(await read(leftHalf(white, black), 'blackIsEdited'))).toEqual(left);
	});

	test('with the transparent pixels meant, whatever their colour', async () => {
		const mask = await read(leftHalf([0, 0, 0, 255], [255, 255, 255, 0]), 'alpha');
		expect(await letters(mask)).toEqual(left);
		expect(mask.notes).toEqual([]);
	});

	test('left to itself takes the transparent pixels and says so', async () => {
		const mask = await read(leftHalf([255, 255, 255, 255], [9, 9, 9, 0]), 'auto');
		expect(await letters(mask)).toEqual(left);
		expect(mask.notes).toEqual([
			'The transparent pixels of the mask are edited (50% of the image)',
		]);
	});

	test('left to itself takes white where nothing is transparent and says so', async () => {
		const mask = await read(leftHalf(black, white).ensureAlpha(1), 'auto');
		expect(await letters(mask)).toEqual(left);
		expect(mask.notes).toEqual([
			"White in the mask is edited (50% of the image), black is kept; if it is the other way round, set 'Mask Polarity' to Black Is Edited",
		]);
	});

	test.each([
		['PNG with a palette', () => leftHalf(black, white).png({ palette: true })],
		['greyscale PNG', () => leftHalf(black, white).toColourspace('b-w').png()],
		['one-bit PNG', () => leftHalf(black, white).png({ palette: true, colours: 2 })],
		['JPEG', () => leftHalf(black, white).jpeg({ quality: 60 })],
		['GIF', () => leftHalf(black, white).gif()],
		['lossless WebP', () => leftHalf(black, white).webp({ lossless: true })],
		['16-bit PNG', () => leftHalf(black, white).toColourspace('rgb16').png()],
	])('as a %s is read the same', async (_name, make) => {
		const mask = await maskFromImage(await make().toBuffer(), from, first, 'auto');
		expect(await letters(mask)).toEqual(left);
	});

	test('turned by EXIF is read upright, as the first image is', async () => {
		const lying = painted(20, 40, 3, (_x, y) => (y < 20 ? black : white));
		const bytes = await lying.withMetadata({ orientation: 6 }).png().toBuffer();
		const mask = await maskFromImage(bytes, from, first, 'whiteIsEdited');
		expect(await letters(mask)).toEqual(left);
	});

	test('of the same shape and another size is scaled and says so', async () => {
		const mask = await read(leftHalf(black, white), 'whiteIsEdited', { width: 400, height: 200 });
		expect(mask).toMatchObject({ width: 400, height: 200 });
		// The edge may fall one column to either side.
		expect(Math.abs(mask.editedPixels - 40_000)).toBeLessThanOrEqual(200);
		expect(mask.notes).toEqual(['The mask was scaled from 40x20 to 400x200']);
	});

	test('whose size was rounded when it was scaled fits', async () => {
		const bytes = await leftHalf(black, white).resize(333, 167, { fit: 'fill' }).png().toBuffer();
		const mask = await maskFromImage(bytes, from, { width: 4000, height: 2000 }, 'whiteIsEdited');
		expect(mask).toMatchObject({ width: 4000, height: 2000 });
	});

	test('with soft edges is cut in the middle and says so', async () => {
		const ramp = painted(40, 20, 3, (x) => [x * 6, x * 6, x * 6]);
		const mask = await read(ramp, 'whiteIsEdited');
		// 21 * 6 = 126 is kept, 22 * 6 = 132 is edited.
		expect((await letters(mask))[0]).toBe('k'.repeat(22) + 'e'.repeat(18));
		expect(mask.notes).toEqual([
			"Partly transparent or gray pixels of the mask were counted as either edited or not; 'Feather (Pixels)' makes a soft transition",
		]);
	});

	test('of another shape is refused, with both sizes', async () => {
		const failure = await refused(read(leftHalf(black, white), 'auto', { width: 40, height: 30 }));
		expect(failure.message).toBe(
			`'Mask Field' "mask": "mask.png" is 40x20, the first image is 40x30: the mask has a different aspect ratio`,
		);
		expect(failure).toMatchObject({ param: 'maskField' });
	});

	test('made over the image before it was turned is refused and told why', async () => {
		const failure = await refused(read(leftHalf(black, white), 'auto', { width: 20, height: 40 }));
		expect(failure).toMatchObject({ advice: expect.stringContaining('rotated') });
	});

	test('without transparency is refused when transparency is meant', async () => {
		for (const image of [leftHalf(black, white), leftHalf(black, white).ensureAlpha(1)]) {
			expect((await refused(read(image, 'alpha'))).message).toContain('has no transparent pixels');
		}
	});

	test.each(['whiteIsEdited', 'blackIsEdited'] as const)(
		'of one colour is refused: %s',
		async (m) => {
			const nothing = await refused(read(flat(40, 20, m === 'whiteIsEdited' ? '#000' : '#fff'), m));
			expect(nothing.message).toContain('leaves nothing to edit');
			const all = await refused(read(flat(40, 20, m === 'whiteIsEdited' ? '#fff' : '#000'), m));
			expect(all.message).toContain('marks the whole image');
			expect(all).toMatchObject({
				advice: expect.stringContaining('Leave the mask out'),
			});
		},
	);

	test('that is a photo is refused when left to itself, taken when the meaning is said', async () => {
		const photo = await refused(read(speckled(40, 20), 'auto'));
		expect(photo.message).toContain('looks like a photo');
		const grey = painted(40, 20, 3, (x, y) => Array<number>(3).fill(60 + ((x * y) % 120)));
		expect((await refused(read(grey, 'auto'))).message).toContain('most of it is gray');
		expect((await read(speckled(40, 20), 'whiteIsEdited')).editedPixels).toBeGreaterThan(0);
	});

	test('that is no image is refused', async () => {
		const failure = await refused(maskFromImage(Buffer.from('mask'), from, first, 'auto'));
		expect(failure.message).toContain(`'Mask Field' "mask": "mask.png" is text`);
	});
});

describe('the transparent pixels of the first image', () => {
	test('and the half-transparent ones are edited', async () => {
		const bytes = await painted(4, 1, 4, (x) => [9, 9, 9, [0, 128, 254, 255][x] ?? 0])
			.png()
			.toBuffer();
		expect(await letters(await maskFromTransparency(bytes, origin))).toEqual(['eeek']);
	});

	test.each([
		['opaque', () => flat(9, 9), 'has no transparent pixels'],
		['opaque with alpha', () => flat(9, 9).ensureAlpha(1), 'has no transparent pixels'],
		['wholly transparent', () => flat(9, 9).ensureAlpha(0), 'marks the whole image'],
	])('%s is refused', async (_name, make, words) => {
		const failure = await refused(maskFromTransparency(await make().png().toBuffer(), origin));
		expect(failure.message).toContain(words);
		expect(failure).toMatchObject({ param: 'maskSource' });
	});
});

test('a mask follows the first image when that is shrunk', async () => {
	const mask = await maskFromBox(
		{ x: 0, y: 0, width: 50, height: 100 },
		{ width: 400, height: 200 },
	);
	const small = await scaleMask(mask, { width: 40, height: 20 });
	expect(small).toMatchObject({ width: 40, height: 20, editedPixels: 400 });
	expect(await letters(small)).toEqual(left);
});
