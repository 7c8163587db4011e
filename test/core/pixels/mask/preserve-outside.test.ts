import sharp from 'sharp';
import {
	preserveOutside,
	type PreserveOutside,
} from '../../../../core/pixels/mask/preserve-outside';
import { maskFromBox } from '../../../../core/pixels/mask/mask';
import { maskFromImage, maskFromTransparency } from '../../../../core/pixels/mask/from-image';
import { decoded, flat, origin, painted, pixel, speckled, type Decoded } from '../samples';

const width = 60;
const height = 40;
/** Columns 15 to 44, rows 10 to 29. */
const box = { x: 25, y: 25, width: 50, height: 50 };
const isInside = (x: number, y: number) => x >= 15 && x < 45 && y >= 10 && y < 30;
const green = [10, 220, 30];

async function compose(
	original: sharp.Sharp,
	answer: sharp.Sharp,
	more: Partial<PreserveOutside> = {},
) {
	const originalBytes = await original.toBuffer();
	return await preserveOutside({
		original: originalBytes,
		origin,
		mask: await maskFromBox(box, { width, height }),
		answer: await answer.png().toBuffer(),
		feather: 0,
		format: 'png',
		compression: undefined,
		...more,
	});
}

/** How many pixels differ, outside the box and inside it. */
function differing(one: Decoded, other: Decoded): { outside: number; inside: number } {
	expect([one.width, one.height]).toEqual([other.width, other.height]);
	const count = { outside: 0, inside: 0 };
	for (let y = 0; y < one.height; y++) {
		for (let x = 0; x < one.width; x++) {
			if (pixel(one, x, y).join() === pixel(other, x, y).join()) continue;
			count[isInside(x, y) ? 'inside' : 'outside']++;
		}
	}
	return count;
}

describe('outside the mask every pixel is the original', () => {
	const formats = [
		['PNG', { format: 'png' }],
		['WebP', { format: 'webp' }],
		['WebP at 100', { format: 'webp', compression: 100 }],
	] as const;

	test.each(formats)('in a %s, and the answer inside', async (_name, format) => {
		const original = speckled(width, height).png();
		const result = await compose(original, flat(width, height, '#0adc1e'), format);
		const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
		expect(differing(before, after)).toEqual({ outside: 0, inside: 600 });
		expect(pixel(after, 15, 10)).toEqual(green);
		expect(pixel(after, 44, 29)).toEqual(green);
		expect(result).toMatchObject({ width, height });
		expect((await sharp(result.bytes).metadata()).format).toBe(format.format);
	});

	test.each([0, 1, 8, 80])('with a feather of %i pixels', async (feather) => {
		const original = speckled(width, height).png();
		const result = await compose(original, flat(width, height, '#0adc1e'), { feather });
		const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
		expect(differing(before, after).outside).toBe(0);
	});

	test('of a JPEG, as a JPEG viewer shows it', async () => {
		const original = speckled(width, height).jpeg({ quality: 70 });
		const result = await compose(original, flat(width, height, '#0adc1e'));
		const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
		expect(differing(before, after)).toEqual({ outside: 0, inside: 600 });
	});

	test('of an image with the sRGB profile, whose numbers stay', async () => {
		const original = speckled(width, height).withIccProfile('srgb').png();
		const result = await compose(original, flat(width, height, '#0adc1e'));
		const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
		expect(differing(before, after).outside).toBe(0);
	});

	test('of an image that EXIF turns', async () => {
		const openUpright = speckled(width, height);
		const lying = sharp(await openUpright.clone().png().toBuffer()).rotate(270);
		const original = sharp(await lying.png().toBuffer()).withMetadata({ orientation: 6 });
		const result = await compose(original.png(), flat(width, height, '#0adc1e'));
		const before = await decoded(await openUpright.png().toBuffer());
		expect(differing(before, await decoded(result.bytes)).outside).toBe(0);
	});

	test.each(formats)('with its transparency, in a %s', async (_name, format) => {
		const original = painted(width, height, 4, (x, y) => [x * 4, y * 6, 77, (x * y) % 256]);
		const bytes = await original.png().toBuffer();
		const result = await compose(sharp(bytes).png(), flat(width, height, '#0adc1e'), format);
		const after = await decoded(result.bytes);
		expect(after.channels).toBe(4);
		expect(differing(await decoded(bytes), after).outside).toBe(0);
		expect(pixel(after, 30, 20)).toEqual([...green, 255]);
	});

	test('of the first image, roughly, in a WebP of the least quality', async () => {
		const result = await compose(
			flat(width, height, '#c81e28').png(),
			flat(width, height, '#0adc1e'),
			{
				format: 'webp',
				compression: 0,
			},
		);
		const [red = 0, green = 255] = pixel(await decoded(result.bytes), 2, 2);
		expect([red > 150, green < 90]).toEqual([true, true]);
	});

	test('when the answer is transparent inside', async () => {
		const original = speckled(width, height).png();
		const clear = flat(width, height, { r: 0, g: 0, b: 0, alpha: 0 });
		const after = await decoded((await compose(original, clear)).bytes);
		const before = await decoded(await original.ensureAlpha(1).toBuffer());
		expect(differing(before, after)).toEqual({ outside: 0, inside: 600 });
		expect(pixel(after, 30, 20)[3]).toBe(0);
	});
});

describe('the feather', () => {
	test('rises smoothly inside the mask only', async () => {
		const result = await compose(flat(width, height, '#000').png(), flat(width, height, '#fff'), {
			feather: 3,
		});
		const after = await decoded(result.bytes);
		const row = Array.from({ length: 8 }, (_, step) => pixel(after, 12 + step, 20)[0]);
		// 255 * (3p² - 2p³) for p = 1/4, 2/4, 3/4, 1 from the first masked column, which is 15.
		expect(row).toEqual([0, 0, 0, 40, 128, 215, 255, 255]);
		const column = Array.from({ length: 6 }, (_, step) => pixel(after, 30, 8 + step)[0]);
		expect(column).toEqual([0, 0, 40, 128, 215, 255]);
		// And the same towards the last masked column, 44, and the last masked row, 29.
		const right = Array.from({ length: 8 }, (_, step) => pixel(after, 47 - step, 20)[0]);
		expect(right).toEqual(row);
		const bottom = Array.from({ length: 6 }, (_, step) => pixel(after, 30, 31 - step)[0]);
		expect(bottom).toEqual(column);
	});

	test('leaves the image border alone, where there is nothing to blend into', async () => {
		const result = await compose(flat(width, height, '#000').png(), flat(width, height, '#fff'), {
			feather: 8,
			mask: await maskFromBox({ x: 0, y: 0, width: 50, height: 100 }, { width, height }),
		});
		const after = await decoded(result.bytes);
		expect(pixel(after, 0, 0)).toEqual([255, 255, 255]);
		expect(pixel(after, 0, 39)).toEqual([255, 255, 255]);
		expect(pixel(after, 30, 0)).toEqual([0, 0, 0]);
	});

	test('does not leave a transparent rim around a hole that was filled', async () => {
		const hole = painted(width, height, 4, (x, y) =>
			isInside(x, y) ? [0, 0, 0, 0] : [200, 30, 40, 255],
		);
		const original = await hole.png().toBuffer();
		const result = await compose(sharp(original).png(), flat(width, height, '#0adc1e'), {
			feather: 8,
			mask: await maskFromTransparency(original, origin),
		});
		const after = await decoded(result.bytes);
		expect(after.channels).toBe(3);
		expect(pixel(after, 15, 10)).toEqual(green);
		expect(pixel(after, 14, 10)).toEqual([200, 30, 40]);
	});
});

describe('the report', () => {
	const ground = () => flat(width, height, '#808080').png();

	test('counts the kept pixels and what the model had changed there', async () => {
		// 900 of the 1,800 kept pixels, the left half of the image, are 60 levels off.
		const drifted = painted(width, height, 3, (x) => (x < 30 ? [188, 128, 128] : [128, 128, 128]));
		const { report } = await compose(ground(), drifted);
		expect(report).toEqual({ preservedPixels: 1800, changedOutsideBefore: 0.5 });
	});

	test('says 0 for a model that kept what it was told to keep', async () => {
		const obedient = painted(width, height, 3, (x, y) =>
			isInside(x, y) ? green : [128 + ((x + y) % 5), 128, 126],
		);
		expect((await compose(ground(), obedient)).report.changedOutsideBefore).toBe(0);
	});

	test('says 1 for a model that redrew everything', async () => {
		const { report } = await compose(ground(), flat(width, height, '#0adc1e'));
		expect(report.changedOutsideBefore).toBe(1);
	});

	test('does not count colours that nobody sees', async () => {
		const clear = (color: number) =>
			painted(width, height, 4, (x, y) => (isInside(x, y) ? [9, 9, 9, 255] : [color, 0, 0, 0]));
		const { report } = await compose(clear(200).png(), clear(90));
		expect(report.changedOutsideBefore).toBe(0);
	});

	test.each([
		['jpeg', 80, 'JPEG'],
		['webp', 80, 'lossy WebP'],
	] as const)('measures what %s loses', async (format, compression, called) => {
		const original = speckled(width, height).png();
		const result = await compose(original, flat(width, height, '#0adc1e'), { format, compression });
		const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
		let largest = 0;
		let sum = 0;
		for (let y = 0; y < height; y++) {
			for (let x = 0; x < width; x++) {
				if (isInside(x, y)) continue;
				const [a, b] = [pixel(before, x, y), pixel(after, x, y)];
				const most = Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? 0))));
				largest = Math.max(largest, most);
				sum += most;
			}
		}
		expect(largest).toBeGreaterThan(0);
		expect(result.report.lossyDifference?.largest).toBe(largest);
		expect(result.report.lossyDifference?.mean).toBeCloseTo(sum / 1800, 3);
		expect(result.warnings).toEqual([
			expect.stringContaining(`${called} changed them by ${(sum / 1800).toFixed(1)} of 255`),
		]);
	});
});

describe('an answer of another size', () => {
	test('is brought to the first image and compared at its own size', async () => {
		// Large enough to be blended in several pieces.
		const size = { width: 1200, height: 800 };
		const smooth = painted(1200, 800, 3, (x, y) => [(x / 1200) * 255, (y / 800) * 255, 128]);
		const answer = painted(300, 200, 3, (x, y) => [(x / 300) * 255, (y / 200) * 255, 128]);
		const original = await smooth.png().toBuffer();
		const result = await compose(sharp(original).png(), answer, {
			mask: await maskFromBox(box, size),
		});
		expect(result).toMatchObject(size);
		expect(result.report).toEqual({ preservedPixels: 720_000, changedOutsideBefore: 0 });
		expect(result.warnings).toEqual([
			"Inside the mask, the result (300x200) was enlarged 4.0 times to fit the first image (1200x800), so it is less sharp than its surroundings; a larger 'Size' or a smaller first image makes it sharper",
		]);
		const after = await decoded(result.bytes);
		const before = await decoded(original);
		expect(pixel(after, 10, 790)).toEqual(pixel(before, 10, 790));
		for (const y of [210, 400, 590]) {
			const [red = 0, green = 0] = pixel(after, 600, y);
			expect(Math.abs(red - 127)).toBeLessThan(3);
			expect(Math.abs(green - (y / 800) * 255)).toBeLessThan(3);
		}
	});

	test('that is larger is scaled down', async () => {
		const original = speckled(width, height).png();
		const result = await compose(original, flat(240, 160, '#0adc1e'));
		expect(result).toMatchObject({ width, height, warnings: [] });
		expect(pixel(await decoded(result.bytes), 30, 20)).toEqual(green);
	});

	test('and of another shape is stretched, with a warning', async () => {
		const result = await compose(speckled(width, height).png(), flat(60, 60, '#0adc1e'));
		expect(result.warnings).toEqual([
			"The result (60x60) was stretched to the aspect ratio of the first image (60x40); to avoid this, set 'Size' to 'Same as First Image'",
		]);
	});
});

test('JPEG gets a white ground where the result is transparent, with a warning', async () => {
	const original = flat(width, height, { r: 200, g: 30, b: 40, alpha: 0 }).png();
	const result = await compose(original, flat(width, height, '#0adc1e'), { format: 'jpeg' });
	expect(result.warnings).toContain(
		'JPEG does not support transparency: transparent pixels became white',
	);
	expect(pixel(await decoded(result.bytes), 2, 2)).toEqual([255, 255, 255]);
});

test('a mask drawn by hand holds to the pixel', async () => {
	const drawn = painted(width, height, 3, (x, y) =>
		(x - 30) ** 2 + (y - 20) ** 2 < 150 ? [255, 255, 255] : [0, 0, 0],
	);
	const mask = await maskFromImage(await drawn.png().toBuffer(), origin, { width, height }, 'auto');
	const original = speckled(width, height).png();
	const result = await compose(original, flat(width, height, '#0adc1e'), { mask, feather: 4 });
	const [before, after] = [await decoded(await original.toBuffer()), await decoded(result.bytes)];
	const where = await decoded(mask.png);
	let outside = 0;
	for (let y = 0; y < height; y++) {
		for (let x = 0; x < width; x++) {
			if (pixel(where, x, y)[3] === 0) continue;
			outside++;
			expect(pixel(after, x, y)).toEqual(pixel(before, x, y));
		}
	}
	expect(outside).toBe(result.report.preservedPixels);
	expect(pixel(after, 30, 20)).toEqual(green);
});

test('an answer that cannot be decoded is an error with a way out', async () => {
	await expect(
		compose(speckled(width, height).png(), flat(9, 9), { answer: Buffer.from('no image') }),
	).rejects.toMatchObject({
		code: 'image_not_composed',
		billed: 'yes',
		retryable: false,
	});
});
