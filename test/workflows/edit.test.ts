import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { bytesOf } from './engine';
import { messagesOf, runGptImage, type NodeRun } from './gpt-image';
import { setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

/** A photo-like image with known pixels: a blue field with a red square in the middle. */
async function photo(width: number, height: number): Promise<Buffer> {
	const square = Math.round(Math.min(width, height) / 4);
	const red = await sharp({
		create: { width: square, height: square, channels: 3, background: { r: 200, g: 30, b: 40 } },
	})
		.png()
		.toBuffer();
	return await sharp({
		create: { width, height, channels: 3, background: { r: 40, g: 90, b: 160 } },
	})
		.composite([{ input: red }])
		.png()
		.toBuffer();
}

const pixelsOf = async (bytes: Buffer) =>
	await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
const binary = (bytes: Buffer, name: string, mimeType = 'image/png') => ({
	data: bytes.toString('base64'),
	mimeType,
	fileName: name,
});
const item = (fields: Record<string, Buffer>, json: IDataObject = {}): INodeExecutionData => ({
	json,
	binary: Object.fromEntries(
		Object.entries(fields).map(([name, bytes]) => [name, binary(bytes, `${name}.png`)]),
	),
});
const image = (from: { json: IDataObject } | undefined) => from?.json.image as IDataObject;

const edit = async (
	items: INodeExecutionData[],
	parameters: IDataObject,
	more: Partial<NodeRun> = {},
) =>
	await runGptImage({
		baseUrl: double.url,
		items,
		parameters: { operation: 'edit', prompt: 'make it autumn', quality: 'low', ...parameters },
		...more,
	});
const list = (...values: IDataObject[]) => ({ images: { values } });

it('sends a clean PNG byte for byte and asks for the nearest legal size', async () => {
	const bytes = await photo(1920, 1080);
	const { items, error } = await edit([item({ data: bytes })], {});
	expect(error).toBeUndefined();
	const [call] = double.journal;
	expect(call?.path).toBe('/v1/images/edits');
	expect(JSON.stringify(call?.body)).toContain('"size":"1792x1008"');
	expect(image(items[0])).toMatchObject({
		width: 1792,
		height: 1008,
		provenance: { c2pa: 'kept' },
	});
	// 1,508 patches of a 1920x1080 image, by the facts' own computation.
	expect(image(items[0]).usage).toMatchObject({ imageInput: 1508 });
});

it('takes fields, all fields, URLs and file IDs in the given order, labels before the prompt', async () => {
	const a = await photo(1024, 1024);
	const { error } = await edit([item({ front: a, side: a, logo: a })], {
		...list(
			{ source: 'field', field: 'logo', label: 'Image 1 is the logo' },
			{ source: 'url', url: 'https://example.com/x.png', label: 'a texture' },
			{ source: 'field', field: 'front' },
		),
	});
	expect(error).toBeUndefined();
	expect(double.journal[0]?.body).toMatchObject({
		prompt: 'Image 1 is the logo\nImage 2: a texture\n\nmake it autumn',
	});
	const all = await edit([item({ front: a, side: a })], list({ source: 'allFields' }));
	expect(all.error).toBeUndefined();
	expect(JSON.stringify(double.journal[1]?.body).match(/sha256/g)).toHaveLength(2);
});

describe('a mask that holds', () => {
	it('keeps every pixel outside a box although the model drifted', async () => {
		const original = await photo(1024, 1024);
		const { items, error } = await edit([item({ data: original })], {
			prompt: 'a green door [[drift 12]]',
			maskSource: 'box',
			boxX: 25,
			boxY: 25,
			boxWidth: 50,
			boxHeight: 50,
			feather: 8,
		});
		expect(error).toBeUndefined();
		const before = await pixelsOf(original);
		const after = await pixelsOf(await bytesOf(items[0]?.binary?.data));
		expect(after.info).toMatchObject({ width: 1024, height: 1024 });
		let changedOutside = 0;
		let changedInside = 0;
		for (let y = 0; y < 1024; y++) {
			for (let x = 0; x < 1024; x++) {
				const at = (y * 1024 + x) * 3;
				const same = before.data.subarray(at, at + 3).equals(after.data.subarray(at, at + 3));
				const inside = x >= 256 && x < 768 && y >= 256 && y < 768;
				if (!same && inside) changedInside += 1;
				if (!same && !inside) changedOutside += 1;
			}
		}
		expect(changedOutside).toBe(0);
		expect(changedInside).toBeGreaterThan(100_000);
		expect(image(items[0])).toMatchObject({
			maskReport: { preservedPixels: 1024 * 1024 - 512 * 512 },
			provenance: { c2pa: 'lost' },
		});
	});

	it.each([
		['webp', 17_000, 'WebP holds up to 16,383'],
		['jpeg', 66_000, 'JPEG holds up to 65,535'],
	])('is refused unpaid where a %s cannot hold the first image', async (format, width, said) => {
		const panorama = item({ data: await photo(width, 20) });
		const parameters = {
			...{ maskSource: 'box', boxX: 0, boxY: 0, boxWidth: 50, boxHeight: 50 },
			options: { outputFormat: format },
		};
		const { error } = await edit([panorama], parameters);
		expect(error?.message).toContain(`The first image is ${width}x20, and ${said} pixels`);
		expect(double.journal).toHaveLength(0);
	});

	it('passes the answer through untouched when it is switched off', async () => {
		const { items } = await edit([item({ data: await photo(1024, 1024) })], {
			maskSource: 'box',
			boxX: 0,
			boxY: 0,
			boxWidth: 50,
			boxHeight: 50,
			keepOutsideMask: false,
		});
		expect(image(items[0]).sha256).toBe(double.journal[0]?.imageSha256[0]);
		expect(image(items[0])).toMatchObject({ provenance: { c2pa: 'kept' } });
		expect(image(items[0]).maskReport).toBeUndefined();
	});

	it('reads a black and white mask and says what it decided', async () => {
		const mask = await sharp({
			create: { width: 512, height: 512, channels: 3, background: '#000' },
		})
			.composite([
				{
					input: await sharp({
						create: { width: 512, height: 100, channels: 3, background: '#fff' },
					})
						.png()
						.toBuffer(),
					top: 0,
					left: 0,
				},
			])
			.png()
			.toBuffer();
		const { items, error } = await edit([item({ data: await photo(1024, 1024), mask })], {
			maskSource: 'field',
			maskField: 'mask',
		});
		expect(error).toBeUndefined();
		expect(messagesOf(items[0])).toEqual(
			expect.arrayContaining([expect.stringContaining('White in the mask is edited')]),
		);
	});
});

it('extends a square to 16:9 and keeps the original where it was', async () => {
	const original = await photo(1024, 1024);
	const { items, error } = await edit([item({ data: original })], {
		maskSource: 'extend',
		extendRatio: '16:9',
		extendAnchor: 'left',
	});
	expect(error).toBeUndefined();
	const { width, height } = image(items[0]) as { width: number; height: number };
	expect(width / height).toBeCloseTo(16 / 9, 1);
	const after = await sharp(await bytesOf(items[0]?.binary?.data))
		.extract({ left: 0, top: Math.floor((height - 1024) / 2), width: 1024, height: 1024 })
		.removeAlpha()
		.raw()
		.toBuffer();
	expect(after.equals((await pixelsOf(original)).data)).toBe(true);
});

it('sends moderation and fidelity only where they are taken', async () => {
	const bytes = await photo(1024, 1024);
	await edit([item({ data: bytes })], { options: { moderation: 'low' } });
	expect(double.journal[0]?.body).toMatchObject({ moderation: 'low' });
	await edit([item({ data: bytes })], {
		model: { __rl: true, mode: 'list', value: 'gpt-image-1.5' },
		size: '1024x1024',
		options: { inputFidelity: 'high' },
	});
	expect(JSON.stringify(double.journal[1]?.body)).toContain('"input_fidelity":"high"');
	// 194 for the image and 4,160 for high fidelity.
	expect(double.journal.map(({ status }) => status)).toEqual([200, 200]);
});

describe('bad input is refused before any request', () => {
	let good: Buffer;
	beforeAll(async () => {
		good = await photo(1024, 1024);
	});
	const refused = async (
		fields: Record<string, Buffer>,
		parameters: IDataObject,
		message: string,
		advice: string,
	) => {
		const { error } = await edit([item(fields)], parameters);
		expect(error?.message).toContain(message);
		expect(error?.message).toContain('[item 0]');
		expect(error).toHaveProperty('description', expect.stringContaining(advice));
		expect(double.journal).toHaveLength(0);
	};

	it('no image at all', async () =>
		await refused({ data: good }, { images: {} }, "'Images' has no image", '1 to 16'));
	it('17 images', async () =>
		await refused(
			{ data: good },
			list(...Array.from({ length: 17 }, () => ({ source: 'field', field: 'data' }))),
			'17 images',
			'up to 16',
		));
	it('a missing field', async () =>
		await refused(
			{ photo: good, logo: good },
			list({ source: 'field', field: 'image' }),
			'no binary field "image"',
			'photo, logo',
		));
	it('a text file named .png', async () =>
		await refused({ data: Buffer.from('not an image at all') }, {}, 'not an image', 'Check'));
	it('a truncated PNG', async () =>
		await refused(
			{ data: good.subarray(0, good.length - 200) },
			{},
			'damaged or cut off',
			'again',
		));
	it('a URL with the scheme file:', async () =>
		await refused(
			{ data: good },
			list({ source: 'url', url: 'file:///etc/passwd' }),
			'file:',
			'https://',
		));
	it('a box outside the image', async () =>
		await refused(
			{ data: good },
			{ maskSource: 'box', boxX: 80, boxY: 0, boxWidth: 50, boxHeight: 50 },
			'extends beyond the image',
			'Box Width',
		));
	it('a mask of another ratio', async () => {
		const mask = await photo(800, 200);
		await refused(
			{ data: good, mask },
			{ maskSource: 'field', maskField: 'mask' },
			'800x200',
			'1024',
		);
	});
	it('a mask without transparency for alpha', async () => {
		await refused(
			{ data: good, mask: good },
			{ maskSource: 'field', maskField: 'mask', maskMeaning: 'alpha' },
			'transparen',
			'',
		);
	});
	it('a size of another shape when the original is to be kept', async () =>
		await refused(
			{ data: good },
			{ maskSource: 'box', size: '1536x1024' },
			'a different aspect ratio than the first image (1024x1024)',
			'Same as First Image',
		));
	it('markup on a model that takes none', async () => {
		const { error } = await edit([item({ data: good, markup: good })], {
			options: { markupField: '={{ "markup" }}' },
			model: { __rl: true, mode: 'id', value: '={{ "gpt-image-2" }}' },
		});
		expect(error?.message).toContain("'Markup Field'");
		expect(double.journal).toHaveLength(0);
	});
});

it('a dry run of an edit checks everything and sends nothing', async () => {
	const { items, error } = await edit(
		[item({ data: await photo(1024, 1024) })],
		{ options: { dryRun: true } },
		{ settings: { credentials: undefined } },
	);
	expect(error).toBeUndefined();
	expect(image(items[0])).toMatchObject({ width: 1024, height: 1024, request: { dryRun: true } });
	expect(double.journal).toHaveLength(0);
});
