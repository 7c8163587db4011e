import { prepareMarkup } from '../../../core/pixels/markup';
import { decoded, flat, painted, pixel } from './samples';

const origin = { param: 'markupField', label: `'Markup Field' "notes"`, name: 'notes.png' };
const first = { width: 40, height: 20 };
const drawing = () => painted(40, 20, 4, (x) => (x < 10 ? [255, 0, 0, 255] : [0, 0, 0, 0]));

test('a transparent PNG of the right size keeps its own bytes', async () => {
	const bytes = await drawing().png().toBuffer();
	expect(await prepareMarkup(bytes, origin, first)).toBe(bytes);
});

test('a WebP becomes a PNG', async () => {
	const bytes = await drawing().webp({ lossless: true }).toBuffer();
	const markup = await decoded(await prepareMarkup(bytes, origin, first));
	expect(pixel(markup, 5, 5)).toEqual([255, 0, 0, 255]);
	expect(pixel(markup, 20, 5)[3]).toBe(0);
});

test('one that EXIF turns is compared and sent upright', async () => {
	const bytes = await painted(20, 40, 4, (_x, y) => (y < 10 ? [255, 0, 0, 255] : [0, 0, 0, 0]))
		.withMetadata({ orientation: 6 })
		.png()
		.toBuffer();
	const markup = await decoded(await prepareMarkup(bytes, origin, first));
	expect([markup.width, markup.height]).toEqual([40, 20]);
	expect(pixel(markup, 35, 5)).toEqual([255, 0, 0, 255]);
});

test('one of the same shape is scaled to the first image', async () => {
	const bytes = await drawing().png().toBuffer();
	const markup = await decoded(await prepareMarkup(bytes, origin, { width: 400, height: 200 }));
	expect([markup.width, markup.height]).toEqual([400, 200]);
	expect(pixel(markup, 50, 100)).toEqual([255, 0, 0, 255]);
	expect(pixel(markup, 300, 100)[3]).toBe(0);
});

test.each([
	[
		'of another shape',
		() => flat(50, 20, { r: 0, g: 0, b: 0, alpha: 0.5 }),
		'is 50x20, the first image is 40x20',
	],
	['without transparency', () => flat(40, 20), 'has no transparent pixels'],
	[
		'with nothing on it',
		() => flat(40, 20, { r: 0, g: 0, b: 0, alpha: 0 }),
		'is completely transparent',
	],
])('one %s is refused', async (_name, make, words) => {
	const bytes = await make().png().toBuffer();
	await expect(prepareMarkup(bytes, origin, first)).rejects.toMatchObject({
		message: expect.stringContaining(words),
		code: 'invalid_parameter',
		param: 'markupField',
	});
});
