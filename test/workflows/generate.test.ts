import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { bytesOf, useBinaryMode } from './engine';
import { generate, image, rows } from './gpt-image';
import { onceSent, setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

it('turns each row into an image with its price, its fields and its link to the row', async () => {
	const { items, error } = await generate(
		double,
		{ prompt: '=Photo of {{ $json.what }}' },
		{ items: rows('a red mug', 'a blue cup') },
	);
	expect(error).toBeUndefined();
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
	expect(items[1]?.json).toMatchObject({
		row: 1,
		what: 'a blue cup',
		image: {
			model: 'gpt-image-2',
			prompt: 'Photo of a blue cup',
			width: 1024,
			height: 1024,
			quality: 'low',
			format: 'png',
			fileName: 'photo-of-a-blue-cup.png',
			index: 1,
			count: 1,
			usage: { imageOutput: 196, imageInput: 0, textInput: 11 },
			// 11 text tokens at $5 and 196 image tokens at $30 per million.
			cost: { usd: 0.005935, estimatedUsd: { min: 0.005935, max: 0.005935 } },
			request: { attempts: 1, reused: false, dryRun: false },
			warnings: [],
		},
	});
	const bytes = await bytesOf(items[1]?.binary?.data);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1024, height: 1024 });
	expect(items[1]?.binary?.data).toMatchObject({
		mimeType: 'image/png',
		fileName: 'photo-of-a-blue-cup.png',
		fileExtension: 'png',
	});
	expect(image(items[1])).toMatchObject({ bytes: bytes.length });
});

it('delivers the very bytes that the API sent, provenance mark included', async () => {
	const { items } = await generate(double, {});
	const bytes = await bytesOf(items[0]?.binary?.data);
	expect(bytes.includes('caBX')).toBe(true);
	expect(image(items[0]).sha256).toBe(double.journal[0]?.imageSha256[0]);
});

it('sends what the parameters say, and nothing else', async () => {
	await generate(double, {
		model: { __rl: true, mode: 'id', value: 'gpt-image-2.6-flare' },
		size: 'custom',
		width: 1280,
		height: 720,
		quality: 'xhigh',
		options: {
			numberOfImages: 2,
			outputFormat: 'webp',
			outputCompression: 80,
			background: 'transparent',
			moderation: 'low',
			complexity: 'low',
			safetyIdentifier: 'user-7',
		},
	});
	expect(double.journal).toHaveLength(1);
	expect(double.journal[0]?.body).toEqual({
		model: 'gpt-image-2.6-flare',
		prompt: 'a mug',
		n: 2,
		size: '1280x720',
		quality: 'xhigh',
		output_format: 'webp',
		output_compression: 80,
		background: 'transparent',
		moderation: 'low',
		complexity: 'low',
		safety_identifier: 'user-7',
	});
});

it('makes n items of n images, whose costs add up to the whole', async () => {
	const { items } = await generate(double, { options: { numberOfImages: 3 } });
	expect(items.map((item) => image(item).index)).toEqual([1, 2, 3]);
	expect(items.map((item) => image(item).fileName)).toEqual([
		'a-mug-1.png',
		'a-mug-2.png',
		'a-mug-3.png',
	]);
	const costs = items.map((item) => (image(item).cost as { usd: number }).usd);
	// "a mug" is 2 tokens, 6 more are the API's; each image is billed with its own input.
	const one = (8 * 5 + 196 * 30) / 1e6;
	expect(costs.reduce((sum, usd) => sum + usd, 0)).toBeCloseTo(3 * one, 12);
});

describe('output formats', () => {
	it.each([
		['jpeg', 'image/jpeg', 'a-mug.jpg', 'gpt-image-2'],
		['webp', 'image/webp', 'a-mug.webp', 'gpt-image-2'],
		['svg', 'image/svg+xml', 'a-mug.svg', 'gpt-image-2.6-flare'],
		['gif', 'image/gif', 'a-mug.gif', 'gpt-image-2.6-sunburst'],
	])('%s', async (outputFormat, mimeType, fileName, model) => {
		const { items, error } = await generate(double, {
			model: { __rl: true, mode: 'list', value: model },
			size: outputFormat === 'gif' ? '1280x720' : '1024x1024',
			options: { outputFormat },
		});
		expect(error).toBeUndefined();
		expect(items[0]?.binary?.data).toMatchObject({ mimeType, fileName });
		const { format } = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
		expect(format).toBe(outputFormat);
	});
});

it('measures the image that came when the model chose the size', async () => {
	const { items } = await generate(double, { size: 'auto' });
	const { width, height } = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
	expect(image(items[0])).toMatchObject({ width, height });
	expect(double.journal[0]?.body).toMatchObject({ size: 'auto' });
});

it('streams partial images and keeps them when asked', async () => {
	const { items } = await generate(double, { options: { partialImages: 2, keepPartials: true } });
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['data', 'data_partial_1', 'data_partial_2']);
	expect(items[0]?.binary?.data_partial_2?.fileName).toBe('a-mug_partial_2.png');
	const frame = await sharp(await bytesOf(items[0]?.binary?.data_partial_1)).metadata();
	expect(frame.format).toBe('png');
	expect(image(items[0]).usage).toMatchObject({ imageOutput: 396 });
	const dropped = await generate(double, { options: { partialImages: 1 } });
	expect(Object.keys(dropped.items[0]?.binary ?? {})).toEqual(['data']);
});

it('names files by a template and puts them where they are wanted', async () => {
	const binary = { photo: { data: '', mimeType: 'text/plain' } };
	const { items } = await generate(
		double,
		{ options: { fileName: '={{ $json.sku }}.jpeg', outputField: 'image', keepInput: false } },
		{ items: [{ json: { sku: 'A/1' }, binary }] },
	);
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['photo', 'image']);
	expect(items[0]?.binary?.image?.fileName).toBe('A-1.png');
	expect(Object.keys(items[0]?.json ?? {})).toEqual(['image']);
});

it('writes binaries to disk in filesystem mode and keeps them off the items', async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-binary-'));
	await useBinaryMode('filesystem', folder);
	const { items } = await generate(double, {});
	expect(items[0]?.binary?.data?.id).toMatch(/^filesystem/);
	expect(items[0]?.binary?.data?.data.length).toBeLessThan(100);
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
		statSync(path.join(folder, name)),
	);
	expect(files.some((file) => file.isFile() && file.size === image(items[0]).bytes)).toBe(true);
	await useBinaryMode('memory');
});

it('works with binaryMode combined', async () => {
	const { items, error } = await generate(
		double,
		{},
		{ workflow: { settings: { binaryMode: 'combined' } } },
	);
	expect(error).toBeUndefined();
	expect(JSON.stringify(items[0])).toContain('a-mug.png');
});

it('cancelling the execution ends it at once, though not the call, which is paid all the same', async () => {
	const { error } = await generate(
		double,
		{ prompt: '[[slow 3000]] a mug' },
		{ engine: { onStart: ({ cancel }) => onceSent(double, 1, cancel) } },
	);
	expect(error?.message).toContain('stopped while the image was being generated');
	expect(double.journal).toMatchObject([{ endedAt: null, aborted: false }]);
	while (double.journal[0]?.endedAt === null) await sleep(20);
	expect(double.journal).toMatchObject([{ paid: 1, aborted: false }]);
});

describe('a dry run', () => {
	it('needs no credential, sends nothing, and gives a placeholder of the right size with the price', async () => {
		const { items, error } = await generate(
			double,
			{ size: '1536x1024', quality: 'high', options: { dryRun: true, outputFormat: 'webp' } },
			{ settings: { credentials: undefined } },
		);
		expect(error).toBeUndefined();
		expect(double.journal).toHaveLength(0);
		expect(image(items[0])).toMatchObject({
			width: 1536,
			height: 1024,
			format: 'webp',
			// 8 text tokens at $5 and 5,488 image tokens at $30 per million.
			cost: { usd: 0, estimatedUsd: { min: 0.16468, max: 0.16468 } },
			request: { dryRun: true, reused: false, id: null },
		});
		const metadata = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
		expect(metadata).toMatchObject({ format: 'webp', width: 1536, height: 1024 });
	});

	it.each(['9000000000000000x1', '16000x16000'])(
		'comes to its end for a model that nothing is known of, and %s',
		async (size) => {
			const { items, error } = await generate(double, {
				options: { dryRun: true },
				model: { __rl: true, mode: 'id', value: 'our-images' },
				size,
			});
			expect(error).toBeUndefined();
			const { width, height } = image(items[0]);
			expect(`${String(width)}x${String(height)}`).toBe(size);
			const drawn = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
			expect(drawn.width * drawn.height).toBeLessThanOrEqual(3840 * 2160);
		},
	);

	it('refuses what the real run would refuse', async () => {
		const { error } = await generate(double, {
			options: { dryRun: true },
			size: 'custom',
			width: 1000,
			height: 1000,
		});
		expect(error?.message).toContain('1000x1000');
	});
});
