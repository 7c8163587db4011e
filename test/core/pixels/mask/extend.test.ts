import sharp from 'sharp';
import { preserveOutside } from '../../../../core/pixels/mask/preserve-outside';
import {
	extendCanvas,
	placeOnCanvas,
	type ExtendAnchor,
} from '../../../../core/pixels/mask/extend';
import { decoded, flat, origin, painted, pixel, speckled } from '../samples';

/** The limits of gpt-image-2 (fact sheet, section 1.3). */
const free = {
	rule: 'free',
	multipleOf: 16,
	longestEdge: 3840,
	longestRatio: 3,
	minPixels: 655_360,
	maxPixels: 8_294_400,
	experimentalAbove: 3_686_400,
} as const;
const fixed = { rule: 'fixed', sizes: ['1024x1024', '1536x1024', '1024x1536'] } as const;

describe('the place on the canvas', () => {
	const place = (
		size: string,
		ratio: string,
		anchor: ExtendAnchor = 'center',
		rule: Parameters<typeof placeOnCanvas>[3] = free,
	) => {
		const [width = 0, height = 0] = size.split('x').map(Number);
		const { left, top, canvas, ...at } = placeOnCanvas({ width, height }, ratio, anchor, rule);
		return `${at.width}x${at.height}+${left}+${top} on ${canvas.width}x${canvas.height}`;
	};

	test.each([
		['1024x1024', '16:9', '1024x1024+400+0 on 1824x1024'],
		['1024x1024', '9:16', '1024x1024+0+400 on 1024x1824'],
		['1000x1000', '16:9', '1000x1000+396+4 on 1792x1008'],
		['1536x1024', '1:1', '1536x1024+0+256 on 1536x1536'],
		['1536x1024', '3:1', '1536x1024+768+0 on 3072x1024'],
		['1280x720', '1.91:1', '1280x720+48+0 on 1376x720'],
	])('keeps the size of %s extended to %s', (size, ratio, expected) => {
		expect(place(size, ratio)).toBe(expected);
	});

	test.each([
		['left', '1000x1000+0+4 on 1792x1008'],
		['right', '1000x1000+792+4 on 1792x1008'],
		['top', '1000x1000+396+0 on 1792x1008'],
		['bottom', '1000x1000+396+8 on 1792x1008'],
	] as const)('is at the anchor: %s', (anchor, expected) => {
		expect(place('1000x1000', '16:9', anchor)).toBe(expected);
	});

	test('is scaled down for a photo that is larger than the model can draw', () => {
		expect(place('4032x3024', '16:9')).toBe('2880x2160+480+0 on 3840x2160');
	});

	test('is scaled up for an image that is smaller than the model can draw', () => {
		expect(place('512x512', '16:9')).toBe('720x720+280+0 on 1280x720');
	});

	test('is scaled into one of the sizes of a model with three', () => {
		expect(place('1024x1024', '3:2', 'center', fixed)).toBe('1024x1024+256+0 on 1536x1024');
		expect(place('3000x3000', '2:3', 'top', fixed)).toBe('1024x1024+0+0 on 1024x1536');
	});

	test.each([
		['1024x1024', '16 to 9', free, 'is not a ratio'],
		['1024x1024', '4:1', free, 'longer than the model supports'],
		['1024x1024', '1:4', free, 'longer than the model supports'],
		['1920x1080', '16:9', free, 'is already the shape of the first image (1920x1080)'],
		['1024x1024', '16:9', fixed, 'a shape that this model does not support'],
	])('%s to %s is refused', (size, ratio, rule, words) => {
		expect(() => place(size, ratio, 'center', rule)).toThrow(
			expect.objectContaining({
				message: expect.stringContaining(words),
				code: 'invalid_parameter',
				param: 'extendRatio',
			}),
		);
	});
});

describe('the canvas', () => {
	const params = { ratio: '16:9', anchor: 'left', rule: free } as const;

	test('has the image at its place and a transparent margin; the mask is the margin', async () => {
		const bytes = await speckled(1000, 800).png().toBuffer();
		const { image, mask, placement } = await extendCanvas(bytes, origin, params);
		expect(placement).toEqual({
			left: 0,
			top: 0,
			width: 1000,
			height: 800,
			canvas: { width: 1424, height: 800 },
		});
		expect(image).toMatchObject({
			kind: 'bytes',
			mimeType: 'image/png',
			fileName: 'photo.png',
			width: 1424,
			height: 800,
			full: { width: 1000, height: 800 },
			changes: ['placed on a canvas of 1424x800'],
		});
		const canvas = await decoded(image.bytes);
		const original = await decoded(bytes);
		expect([canvas.width, canvas.height, canvas.channels]).toEqual([1424, 800, 4]);
		for (const [x, y] of [
			[0, 0],
			[999, 799],
			[500, 400],
		] as const) {
			expect(pixel(canvas, x, y)).toEqual([...pixel(original, x, y), 255]);
		}
		expect(pixel(canvas, 1000, 400)[3]).toBe(0);
		expect(pixel(canvas, 1423, 799)[3]).toBe(0);
		const where = await decoded(mask.png);
		expect([pixel(where, 999, 400)[3], pixel(where, 1000, 400)[3]]).toEqual([255, 0]);
		expect(mask).toMatchObject({ width: 1424, height: 800, editedPixels: 424 * 800 });
	});

	test.each([
		['opaque', () => speckled(1000, 800)],
		['transparent', () => painted(1000, 800, 4, (x, y) => [x % 256, y % 256, 7, (x + y) % 256])],
	])('gives an %s original back to the pixel', async (_name, make) => {
		const bytes = await make().png().toBuffer();
		const { mask, placement } = await extendCanvas(bytes, origin, { ...params, anchor: 'center' });
		const result = await preserveOutside({
			original: bytes,
			origin,
			placement,
			mask,
			answer: await flat(1424, 800, '#0adc1e').png().toBuffer(),
			feather: 8,
			format: 'png',
			compression: undefined,
		});
		expect(result).toMatchObject({
			width: 1424,
			height: 800,
			warnings: [],
			report: { preservedPixels: 800_000 },
		});
		const back = await sharp(result.bytes)
			.extract({ left: 212, top: 0, width: 1000, height: 800 })
			.png()
			.toBuffer();
		expect((await decoded(back)).data.equals((await decoded(bytes)).data)).toBe(true);
		expect(pixel(await decoded(result.bytes), 100, 400).slice(0, 3)).toEqual([10, 220, 30]);
	});

	test('blends the seam from the drawn-out edge into the answer', async () => {
		const bytes = await flat(1000, 800, '#fff').png().toBuffer();
		const { mask, placement } = await extendCanvas(bytes, origin, params);
		const result = await preserveOutside({
			original: bytes,
			origin,
			placement,
			mask,
			answer: await flat(1424, 800, '#000').png().toBuffer(),
			feather: 3,
			format: 'png',
			compression: undefined,
		});
		const after = await decoded(result.bytes);
		expect([998, 999, 1000, 1001, 1002, 1003].map((x) => pixel(after, x, 400)[0])).toEqual([
			255, 255, 215, 127, 40, 0,
		]);
	});

	test('says when the limits forced the image to be scaled', async () => {
		const bytes = await flat(4032, 3024).jpeg().toBuffer();
		const { image } = await extendCanvas(bytes, origin, params);
		expect(image.changes).toEqual([
			"scaled from 4032x3024 to 2880x2160, because the model's sizes do not allow a canvas of 16:9 around the full size",
			'placed on a canvas of 3840x2160',
		]);
	});

	test('refuses a damaged image', async () => {
		const bytes = await speckled(300, 200).jpeg().toBuffer();
		await expect(
			extendCanvas(bytes.subarray(0, -40), origin, { ...params, ratio: '1:1' }),
		).rejects.toMatchObject({ code: 'invalid_parameter', param: 'images' });
	});
});
