import sharp from 'sharp';
import { bytesOf, useBinaryMode } from '../../workflows/engine';
import { binary, fileOf, imageOf, runExport } from './gpt-image-export';

beforeAll(async () => {
	await useBinaryMode('memory');
});

const items = async (colors: readonly string[]) =>
	await Promise.all(
		colors.map(async (color, index) => ({
			json: { title: `Draft of ${color}`, image: { cost: { usd: 0.00592 }, request: {} } },
			binary: { data: await imageOf(600, 400, color, `draft-${index + 1}.png`) },
		})),
	);

const parameters = {
	operation: 'contactSheet',
	captions: '={{ $json.title }}',
	cellWidth: 200,
	columns: 2,
};

it('draws all images in their order on one numbered sheet', async () => {
	const colors = ['#c81e28', '#1e28c8', '#28c81e'];
	const result = await runExport({
		items: await items(colors),
		parameters: { ...parameters, outputFormat: 'png' },
	});
	expect(result.error).toBeUndefined();
	expect(result.items).toHaveLength(1);
	const [sheet] = result.items;
	expect(sheet?.pairedItem).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	expect(sheet?.json.images).toEqual([
		{ number: 1, caption: 'Draft of #c81e28', fileName: 'draft-1.png' },
		{ number: 2, caption: 'Draft of #1e28c8', fileName: 'draft-2.png' },
		{ number: 3, caption: 'Draft of #28c81e', fileName: 'draft-3.png' },
	]);
	expect(fileOf(sheet)).toMatchObject({
		fileName: 'contact-sheet.png',
		format: 'png',
		label: 'written',
		c2pa: 'none',
	});
	const bytes = await bytesOf(sheet?.binary?.data);
	const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
	// Two columns of 200 with gaps of 10; rows of 134 for the image and 33 for the caption.
	expect([info.width, info.height]).toEqual([430, 10 + 2 * 177]);
	const at = (x: number, y: number) => [
		...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3),
	];
	expect(at(150, 100)).toEqual([200, 30, 40]);
	expect(at(350, 100)).toEqual([30, 40, 200]);
	expect(at(150, 270)).toEqual([40, 200, 30]);
	// The number's ground, and caption ink below the image.
	expect(Math.max(...at(12, 13))).toBeLessThan(60);
	const ink = await sharp(bytes)
		.extract({ left: 10, top: 144, width: 200, height: 33 })
		.greyscale()
		.raw()
		.toBuffer();
	expect(Math.min(...ink)).toBeLessThan(90);
});

it('keeps the numbers when an image cannot be read', async () => {
	const three = await items(['#c81e28', '#1e28c8', '#28c81e']);
	const withBroken = three.map((item, index) =>
		index === 1 ? { ...item, binary: { data: binary(Buffer.from('%PDF'), 'b.pdf') } } : item,
	);
	const stopped = await runExport({ items: withBroken, parameters });
	expect(stopped.error?.message).toContain('"b.pdf" is a PDF document');
	expect(stopped.error?.message).toContain('[item 1]');
	const { items: found } = await runExport({
		items: withBroken,
		parameters,
		settings: { onError: 'continueRegularOutput' },
	});
	expect(found).toHaveLength(2);
	expect(fileOf(found[0])).toMatchObject({ format: 'jpeg' });
	expect((found[0]?.json.images as unknown[]).length).toBe(3);
	expect(found[1]).toMatchObject({ json: { details: { itemIndex: 1 } }, pairedItem: { item: 1 } });
});

it('leaves out what the font cannot draw, and says so', async () => {
	const [first] = await items(['#c81e28']);
	const { items: found } = await runExport({
		items: [{ ...first, json: { title: 'Party 🎉 漢' } }],
		parameters,
	});
	expect(fileOf(found[0]).warnings).toEqual([
		expect.objectContaining({ code: 'characters_left_out' }),
	]);
	expect(fileOf(found[0]).label).toBe('none');
});

it('leaves out a caption of which only joiners remain', async () => {
	const one = await items(['#c81e28']);
	const { items: found } = await runExport({
		items: one,
		parameters: { ...parameters, captions: '👩‍👩‍👧' },
	});
	expect(fileOf(found[0])).toMatchObject({ warnings: [{ code: 'characters_left_out' }] });
});

it('refuses a sheet that is longer than its format holds', async () => {
	const [first] = await items(['#c81e28']);
	const { error } = await runExport({
		items: Array.from({ length: 100 }, () => first ?? { json: {} }),
		parameters: { ...parameters, columns: 1, cellWidth: 320, outputFormat: 'webp' },
	});
	expect(error?.message).toContain(
		'The sheet would have 352 x 26516 pixels, and WebP holds up to 16,383 on an edge',
	);
});

it('refuses settings and numbers that make no sheet', async () => {
	const one = await items(['#c81e28']);
	const { error } = await runExport({ items: one, parameters: { ...parameters, columns: 0 } });
	expect(error?.message).toBe("'Columns' is 0 [item 0]");
	const [first] = one;
	const many = Array.from({ length: 101 }, () => first ?? { json: {} });
	const { error: tooMany } = await runExport({ items: many, parameters });
	expect(tooMany?.message).toContain('101 images are too many');
});
