import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { bytesOf, useBinaryMode } from '../../workflows/engine';
import { binary, fileOf, imageOf, runExport } from './gpt-image-export';

beforeAll(async () => {
	await useBinaryMode('memory');
});

/** As GPT Image describes its own. */
const made = {
	model: 'gpt-image-2',
	cost: { usd: 0.00592 },
	request: { id: 'req_1' },
	warnings: [],
};

const broken = () => binary(Buffer.from('<html></html>'), 'page.png');

it('gives one item per image and channel, with fields, other binaries and pairing kept', async () => {
	const note = binary(Buffer.from('note'), 'note.txt', 'text/plain');
	const { items, error } = await runExport({
		items: [
			{
				json: { sku: 'A1', image: made },
				binary: { data: await imageOf(1200, 1200, '#345'), note },
			},
			{ json: { sku: 'B2' }, binary: { data: await imageOf(1200, 1200, '#543', 'cup.final.png') } },
		],
		parameters: { channels: ['instagram-square', 'x-card'] },
	});
	expect(error).toBeUndefined();
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
		{ item: 0 },
		{ item: 0 },
		{ item: 1 },
		{ item: 1 },
	]);
	expect(items.map(({ json }) => json.sku)).toEqual(['A1', 'A1', 'B2', 'B2']);
	expect(items[0]?.json.image).toEqual(made);
	expect(items.map((item) => fileOf(item).fileName)).toEqual([
		'mug-instagram-square.jpg',
		'mug-x-card.png',
		'cup.final-instagram-square.jpg',
		'cup.final-x-card.png',
	]);
	expect(Object.keys(items[0]?.binary ?? {}).sort()).toEqual(['data', 'note']);
	const bytes = await bytesOf(items[0]?.binary?.data);
	expect(fileOf(items[0])).toEqual({
		channel: 'instagram-square',
		width: 1080,
		height: 1080,
		format: 'jpeg',
		bytes: bytes.length,
		sha256: createHash('sha256').update(bytes).digest('hex'),
		fileName: 'mug-instagram-square.jpg',
		quality: 88,
		label: 'written',
		c2pa: 'none',
		warnings: [],
	});
	expect(items[0]?.binary?.data).toMatchObject({
		mimeType: 'image/jpeg',
		fileName: 'mug-instagram-square.jpg',
	});
	// Not every file is an AI's.
	expect(items.map((item) => fileOf(item).label)).toEqual(['written', 'written', 'none', 'none']);
	const { width, height, format } = await sharp(await bytesOf(items[3]?.binary?.data)).metadata();
	expect([width, height, format]).toEqual([1200, 675, 'png']);
});

it('labels no photo of a shop, and none that stood in for an image', async () => {
	const photo = { src: 'https://shop.example/mug.png', width: 1200 };
	const standIn = { ...made, warnings: [{ code: 'fallback_image', message: 'was used' }] };
	const { items } = await runExport({
		items: await Promise.all(
			[photo, standIn, made].map(async (image) => ({
				json: { image },
				binary: { data: await imageOf(60, 60, '#345') },
			})),
		),
		parameters: { channels: ['favicon-48'] },
	});
	expect(items.map((item) => fileOf(item).label)).toEqual(['none', 'none', 'written']);
});

it('keeps a field and a file of its names, and tells it', async () => {
	const { items, hints } = await runExport({
		items: [
			{
				json: { file: 'mug.psd' },
				binary: {
					photo: await imageOf(60, 60, '#345'),
					data: binary(Buffer.from('%PDF'), 'invoice.pdf', 'application/pdf'),
				},
			},
		],
		parameters: { inputField: 'photo', channels: ['favicon-48'] },
	});
	expect(items[0]?.json.fileInput).toBe('mug.psd');
	expect(items[0]?.binary?.data_input?.fileName).toBe('invoice.pdf');
	expect(items[0]?.binary?.data?.fileName).toBe('mug-favicon-48.png');
	expect(fileOf(items[0]).warnings).toEqual([
		{
			code: 'input_renamed',
			message: "The input already has a field 'file': it is now 'fileInput'",
		},
		{
			code: 'input_renamed',
			message: "The input already has a binary field 'data': it is now 'data_input'",
		},
	]);
	expect(hints).toEqual([
		"Warning: The input already has a field 'file': it is now 'fileInput' (1 more in 'file.warnings').",
	]);
});

it('gives no two files of a run the same name, in the order of the items', async () => {
	const { items } = await runExport({
		items: [
			// The first takes longest.
			{ json: {}, binary: { data: await imageOf(3000, 3000, '#345', 'image.png') } },
			{ json: {}, binary: { data: await imageOf(50, 50, '#345', 'image.png') } },
			{ json: {}, binary: { data: await imageOf(50, 50, '#345', 'IMAGE.png') } },
			{ json: {}, binary: { data: await imageOf(50, 50, '#345', 'mug.png') } },
		],
		parameters: { channels: ['favicon-48'] },
	});
	const names = [
		'image-favicon-48.png',
		'image-favicon-48-2.png',
		'IMAGE-favicon-48-3.png',
		'mug-favicon-48.png',
	];
	expect(items.map((item) => fileOf(item).fileName)).toEqual(names);
	expect(items.map((item) => item.binary?.data?.fileName)).toEqual(names);
});

it.each([
	['a', 160],
	['杯', 60],
])('a long name of %s leaves room for the channel', async (letter, length) => {
	const { items } = await runExport({
		items: [
			{ json: {}, binary: { data: await imageOf(600, 600, '#345', `${letter.repeat(300)}.png`) } },
		],
		parameters: { channels: ['pwa-icon-512', 'favicon-48'] },
	});
	const name = letter.repeat(length);
	expect(items.map((item) => fileOf(item).fileName)).toEqual([
		`${name}-pwa-icon-512.png`,
		`${name}-favicon-48.png`,
	]);
});

it('reads each item’s own expressions, own fields and own names', async () => {
	const { items, error } = await runExport({
		items: [
			{
				json: { title: 'One', to: ['custom'] },
				binary: { photo: await imageOf(400, 400, '#111', 'a.png') },
			},
			{
				json: { title: 'Two', to: 'favicon-48' },
				binary: { photo: await imageOf(400, 400, '#111', 'b.png') },
			},
		],
		parameters: {
			inputField: 'photo',
			channels: '={{ $json.to }}',
			width: 300,
			height: 200,
			text: {},
			options: {
				outputField: 'out',
				fileName: '{channel}/{name}?{size}.png',
				outputFormat: 'webp',
			},
		},
	});
	expect(error).toBeUndefined();
	expect(items.map((item) => fileOf(item).fileName)).toEqual([
		'custom-a-300x200.webp',
		'favicon-48-b-48x48.png',
	]);
	expect(items.map((item) => Object.keys(item.binary ?? {}).sort())).toEqual([
		['out', 'photo'],
		['out', 'photo'],
	]);
	expect(fileOf(items[1]).warnings).toEqual([
		{ code: 'format_changed', message: 'Favicon 48 does not accept WebP: written as PNG' },
	]);
});

it('takes logo and font from binary fields of the item', async () => {
	const { items } = await runExport({
		items: [
			{
				json: {},
				binary: {
					data: await imageOf(600, 600, '#111'),
					logo: await imageOf(50, 50, '#fff', 'logo.png'),
				},
			},
		],
		parameters: {
			channels: ['custom'],
			width: 600,
			height: 600,
			text: { headline: '={{ "Sale" }}' },
			logo: { field: 'logo', widthPercent: 10 },
			options: { aiLabel: 'trained' },
		},
	});
	const { data, info } = await sharp(await bytesOf(items[0]?.binary?.data))
		.raw()
		.toBuffer({ resolveWithObject: true });
	const at = (x: number, y: number) => data[(y * info.width + x) * info.channels];
	// 60 pixels at the top right, 24 from the edges.
	expect([at(520, 30), at(570, 80), at(500, 30)]).toEqual([255, 255, 17]);
});

const twoItems = async () => [
	{ json: { sku: 'A1' }, binary: { data: await imageOf(700, 700, '#345') } },
	{ json: { sku: 'B2' }, binary: { data: broken() } },
	{ json: { sku: 'C3' }, binary: { data: await imageOf(900, 900, '#345') } },
];

it('stops at a channel that cannot be met, naming it and the item', async () => {
	const { error, items } = await runExport({
		items: (await twoItems()).slice(0, 1),
		parameters: { channels: ['favicon-48', 'youtube-banner'] },
	});
	expect(items).toEqual([]);
	expect(error?.message).toBe(
		'YouTube Banner: the image has 700 x 700 pixels and would have to be enlarged 3.66 times for 2560 x 1440 [item 0]',
	);
});

it('goes on with the other channels and items, failed ones beside their fields', async () => {
	const { items, error } = await runExport({
		items: await twoItems(),
		parameters: { channels: ['favicon-48', 'youtube-banner'] },
		settings: { onError: 'continueRegularOutput' },
	});
	expect(error).toBeUndefined();
	expect(
		items.map(({ json, pairedItem }) => [
			json.sku,
			fileOf({ json })?.channel ?? (json.details as { channel?: string }).channel,
			json.error === undefined,
			pairedItem,
		]),
	).toEqual([
		['A1', 'favicon-48', true, { item: 0 }],
		['A1', 'youtube-banner', false, { item: 0 }],
		['B2', undefined, false, { item: 1 }],
		['C3', 'favicon-48', true, { item: 2 }],
		['C3', 'youtube-banner', false, { item: 2 }],
	]);
	expect(items[1]?.json).toMatchObject({
		sku: 'A1',
		error: expect.stringContaining('YouTube Banner: the image has 700 x 700 pixels'),
		message: expect.stringContaining("'Allow Upscaling'"),
		details: {
			code: 'too_small',
			param: 'channels',
			channel: 'youtube-banner',
			billed: 'no',
			retryable: false,
			itemIndex: 0,
		},
	});
	expect(items[2]?.json).toMatchObject({
		details: { code: 'invalid_parameter', param: 'inputField', itemIndex: 1 },
	});
});

it('sends failures to the error output, successes first', async () => {
	const { items, failed } = await runExport({
		items: await twoItems(),
		parameters: { channels: ['youtube-banner', 'favicon-48'] },
		settings: { onError: 'continueErrorOutput' },
	});
	expect(items.map((item) => [item.json.sku, fileOf(item).channel])).toEqual([
		['A1', 'favicon-48'],
		['C3', 'favicon-48'],
	]);
	expect(failed.map(({ json }) => (json.details as { code: string }).code)).toEqual([
		'too_small',
		'invalid_parameter',
		'too_small',
	]);
});

it('names the binary fields that there are', async () => {
	const { error } = await runExport({
		items: [{ json: {}, binary: { photo: await imageOf(40, 40, '#111') } }],
		parameters: { channels: ['favicon-32'] },
	});
	expect(error?.message).toBe(`'Input Binary Field': the item has no binary field "data" [item 0]`);
	expect((error as { description?: string } | undefined)?.description).toContain('photo');
});

it('needs no credential and shows width and height for Custom only', async () => {
	const { items } = await runExport({
		items: [{ json: {}, binary: { data: await imageOf(100, 100, '#111') } }],
		// Hidden values do not reach the node.
		parameters: { channels: ['favicon-32'], width: -5, height: 'x' },
	});
	expect(fileOf(items[0])).toMatchObject({ width: 32, height: 32 });
});
