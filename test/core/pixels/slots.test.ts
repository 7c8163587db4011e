import sharp from 'sharp';
import { loadSharp } from '../../../core/pixels/sharp';
import { withSharpSlot } from '../../../core/pixels/slots';

test('never more than two images are decoded at once, first come, first served', async () => {
	let now = 0;
	let most = 0;
	const order: number[] = [];
	const job = (index: number, images: 1 | 2) =>
		withSharpSlot(images, async () => {
			order.push(index);
			now += images;
			most = Math.max(most, now);
			await new Promise((done) => setTimeout(done, 5));
			now -= images;
		});
	await Promise.all(([1, 1, 2, 1, 2, 1, 1, 1] as const).map((size, index) => job(index, size)));
	expect(most).toBe(2);
	expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test('a job that fails releases its slot', async () => {
	const failing = () => withSharpSlot(2, () => Promise.reject(new Error('no')));
	await expect(Promise.allSettled([failing(), failing()])).resolves.toHaveLength(2);
	await expect(withSharpSlot(2, () => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('sharp is set up for a small worker', async () => {
	await withSharpSlot(1, () => Promise.resolve());
	expect(sharp.concurrency()).toBe(1);
	expect(sharp.cache()).toMatchObject({ memory: { max: 0 }, items: { max: 0 } });
});

test('a sharp that cannot be loaded is an error that says what to do', async () => {
	jest.doMock('sharp', () => {
		throw new Error('Could not load the "sharp" module using the linuxmusl-x64 runtime\nhelp');
	});
	await expect(loadSharp()).rejects.toMatchObject({
		name: 'GptImageError',
		message:
			'The image library sharp could not be loaded: Could not load the "sharp" module using the linuxmusl-x64 runtime',
		code: 'sharp_unavailable',
		advice: expect.stringMatching(/^Reinstall/),
	});
	jest.dontMock('sharp');
});
