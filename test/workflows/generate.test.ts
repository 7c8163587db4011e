import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { bytesOf, useBinaryMode } from './engine';
import { runGptImage, type NodeRun } from './gpt-image';
import { setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const run = async (parameters: IDataObject, more: Partial<NodeRun> = {}) =>
	await runGptImage({
		baseUrl: double.url,
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
		...more,
	});
const rows = (...texts: string[]) => texts.map((what, row) => ({ json: { row, what } }));
const image = (item: { json: IDataObject } | undefined) => item?.json.image as IDataObject;

it('turns each row into a picture with its price, its fields and its link to the row', async () => {
	const { items, error } = await run(
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
			fileName: 'photo-of-a-blue-cup-1.png',
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
		fileName: 'photo-of-a-blue-cup-1.png',
		fileExtension: 'png',
	});
	expect(image(items[1])).toMatchObject({ bytes: bytes.length });
});

it('delivers the very bytes that the API sent, provenance mark included', async () => {
	const { items } = await run({});
	const bytes = await bytesOf(items[0]?.binary?.data);
	expect(bytes.includes('caBX')).toBe(true);
	expect(image(items[0]).sha256).toBe(double.journal[0]?.imageSha256[0]);
});

it('sends what the parameters say, and nothing else', async () => {
	await run({
		model: { __rl: true, mode: 'id', value: 'gpt-image-2.6-flare' },
		size: 'custom',
		width: 1280,
		height: 720,
		quality: 'xhigh',
		numberOfImages: 2,
		options: {
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
	const { items } = await run({ numberOfImages: 3 });
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
		['jpeg', 'image/jpeg', 'a-mug-1.jpg', 'gpt-image-2'],
		['webp', 'image/webp', 'a-mug-1.webp', 'gpt-image-2'],
		['svg', 'image/svg+xml', 'a-mug-1.svg', 'gpt-image-2.6-flare'],
		['gif', 'image/gif', 'a-mug-1.gif', 'gpt-image-2.6-sunburst'],
	])('%s', async (outputFormat, mimeType, fileName, model) => {
		const { items, error } = await run({
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

it('measures the picture that came when the model chose the size', async () => {
	const { items } = await run({ size: 'auto' });
	const { width, height } = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
	expect(image(items[0])).toMatchObject({ width, height });
	expect(double.journal[0]?.body).toMatchObject({ size: 'auto' });
});

it('streams partial images and keeps them when asked', async () => {
	const { items } = await run({ options: { partialImages: 2, keepPartials: true } });
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['data', 'data_partial_1', 'data_partial_2']);
	expect(items[0]?.binary?.data_partial_2?.fileName).toBe('a-mug-1_partial_2.png');
	const frame = await sharp(await bytesOf(items[0]?.binary?.data_partial_1)).metadata();
	expect(frame.format).toBe('png');
	expect(image(items[0]).usage).toMatchObject({ imageOutput: 396 });
	const dropped = await run({ options: { partialImages: 1 } });
	expect(Object.keys(dropped.items[0]?.binary ?? {})).toEqual(['data']);
});

it('names files by a template and puts them where they are wanted', async () => {
	const binary = { photo: { data: '', mimeType: 'text/plain' } };
	const { items } = await run(
		{ options: { fileName: '={{ $json.sku }}.jpeg', outputField: 'picture', keepInput: false } },
		{ items: [{ json: { sku: 'A/1' }, binary }] },
	);
	expect(Object.keys(items[0]?.binary ?? {})).toEqual(['photo', 'picture']);
	expect(items[0]?.binary?.picture?.fileName).toBe('A-1.png');
	expect(Object.keys(items[0]?.json ?? {})).toEqual(['image']);
});

describe('bad input is refused before any request, for every row', () => {
	const cases: Array<[string, IDataObject, string]> = [
		['an empty prompt', { prompt: '={{ $json.missing }}' }, "'Prompt' is empty"],
		['a long prompt', { prompt: 'x'.repeat(32_001) }, "'Prompt' has 32,001"],
		['1000x1000', { size: 'custom', width: 1000, height: 1000 }, '1000x1000'],
		['4096x1024', { size: 'custom', width: 4096, height: 1024 }, '4096x1024'],
		['3840x3840', { size: '={{ "3840x3840" }}' }, '3840x3840'],
		['ratio wide', { size: 'ratio', aspectRatio: 'wide' }, "'Aspect Ratio'"],
		['xhigh', { quality: '={{ "xhigh" }}' }, "'Quality' is xhigh"],
		[
			'transparent jpeg',
			{ options: { background: 'transparent', outputFormat: 'jpeg' } },
			"'Background'",
		],
		['compression on png', { options: { outputCompression: 10 } }, "'Output Compression'"],
		['n 0', { numberOfImages: 0 }, "'Number of Images' is 0"],
		['n 11', { numberOfImages: 11 }, "'Number of Images' is 11"],
		['n 2.5', { numberOfImages: 2.5 }, "'Number of Images' is 2.5"],
		[
			'a retired model',
			{ model: { __rl: true, mode: 'id', value: 'dall-e-3' } },
			'shut dall-e-3 down',
		],
		['no model', { model: { __rl: true, mode: 'id', value: '={{ "" }}' } }, "'Model'"],
		['0 lanes', { options: { maxParallel: 0 } }, "'Max Parallel' is 0"],
		['1000 lanes', { options: { maxParallel: 1000 } }, "'Max Parallel' is 1000"],
		['0 images a minute', { options: { imagesPerMinute: 0 } }, "'Images per Minute' is 0"],
		['0 seconds', { options: { timeoutSeconds: 0 } }, "'Timeout (Seconds)' is 0"],
		['a negative limit', { options: { maxCostPerRun: -1 } }, "'Max Cost per Run (USD)' is -1"],
		['prices that are no JSON', { options: { prices: '{' } }, "'Prices'"],
	];
	it.each(cases)('%s', async (_name, parameters, message) => {
		const { error, run: ended } = await run(parameters);
		expect(error?.message).toContain(message);
		expect(error?.message).toContain('[item 0]');
		expect(ended.status === 'error' || ended.data.resultData.error !== undefined).toBe(true);
		expect(double.journal).toHaveLength(0);
	});

	it('a bad row 3 costs nothing when errors stop the node', async () => {
		const { error } = await run(
			{ prompt: '={{ $json.what }}' },
			{ items: rows('a', 'b', 'c', '', 'e') },
		);
		expect(error?.message).toBe("'Prompt' is empty [item 3]");
		expect(double.journal).toHaveLength(0);
	});

	it('a base URL without a scheme and a missing credential', async () => {
		const { error } = await runGptImage({
			baseUrl: 'api.openai.com/v1',
			parameters: { prompt: 'x' },
		});
		expect(error?.message).toContain("'Base URL' in the credential");
		const without = await run({}, { settings: { credentials: undefined } });
		expect(without.error?.message).toContain('redential');
		expect(double.journal).toHaveLength(0);
	});
});

describe('a failure under each setting', () => {
	const parameters = { prompt: '={{ $json.what }}' };
	const items = rows('a', '[[moderation]] b', 'c');

	it('stops the node, with what happened and what to do', async () => {
		const { error } = await run(parameters, { items });
		expect(error?.message).toContain('moderation blocked the request');
		expect(error?.message).toContain('[item 1]');
		expect(error).toHaveProperty('description', expect.stringContaining('Change the prompt'));
		expect(error).toHaveProperty('httpCode', '400');
	});

	const details = {
		code: 'moderation_blocked',
		status: 400,
		type: 'image_generation_user_error',
		requestId: expect.stringMatching(/^req_/),
		retryable: false,
		billed: 'no',
		prompt: '[[moderation]] b',
		itemIndex: 1,
	};

	it('continue (regular output): the failed row keeps its place, its fields and its details', async () => {
		const result = await run(parameters, { items, settings: { onError: 'continueRegularOutput' } });
		expect(result.items).toHaveLength(3);
		expect(result.items[1]?.json).toEqual({
			row: 1,
			what: '[[moderation]] b',
			error: expect.stringContaining('moderation blocked'),
			message: expect.stringContaining('Change the prompt'),
			details,
		});
		expect(result.items[1]?.pairedItem).toEqual({ item: 1 });
		expect(result.items.map((item) => item.binary?.data?.fileName)).toEqual([
			'a-1.png',
			undefined,
			'c-1.png',
		]);
	});

	it('continue (error output): it leaves by the second output, input fields and details intact', async () => {
		const result = await run(parameters, { items, settings: { onError: 'continueErrorOutput' } });
		expect(result.items.map(({ json }) => json.row)).toEqual([0, 2]);
		expect(result.failed).toHaveLength(1);
		expect(result.failed[0]?.json).toMatchObject({ row: 1, error: expect.any(String), details });
	});

	it('a bad row is a failed item like any other', async () => {
		const result = await run(parameters, {
			items: rows('a', '', 'c'),
			settings: { onError: 'continueErrorOutput' },
		});
		expect(result.items).toHaveLength(2);
		expect(result.failed[0]?.json).toMatchObject({
			row: 1,
			error: "'Prompt' is empty",
			details: { code: 'invalid_parameter', param: 'prompt', itemIndex: 1, billed: 'no' },
		});
	});
});

it('writes binaries to disk in filesystem mode and keeps them off the items', async () => {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-binary-'));
	await useBinaryMode('filesystem', folder);
	const { items } = await run({});
	expect(items[0]?.binary?.data?.id).toMatch(/^filesystem/);
	expect(items[0]?.binary?.data?.data.length).toBeLessThan(100);
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
		statSync(path.join(folder, name)),
	);
	expect(files.some((file) => file.isFile() && file.size === image(items[0]).bytes)).toBe(true);
	await useBinaryMode('memory');
});

it('works with binaryMode combined', async () => {
	const { items, error } = await run({}, { workflow: { settings: { binaryMode: 'combined' } } });
	expect(error).toBeUndefined();
	expect(JSON.stringify(items[0])).toContain('a-mug-1.png');
});

it('cancelling the execution aborts the call', async () => {
	const ended = run(
		{ prompt: '[[hang]]' },
		{
			engine: {
				onStart: ({ cancel }) => void setTimeout(cancel, 300),
			},
		},
	);
	await ended;
	await new Promise((done) => setTimeout(done, 100));
	expect(double.journal[0]?.aborted).toBe(true);
});

describe('a dry run', () => {
	it('needs no credential, sends nothing, and gives a placeholder of the right size with the price', async () => {
		const { items, error } = await run(
			{ dryRun: true, size: '1536x1024', quality: 'high', options: { outputFormat: 'webp' } },
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

	it('refuses what the real run would refuse', async () => {
		const { error } = await run({ dryRun: true, size: 'custom', width: 1000, height: 1000 });
		expect(error?.message).toContain('1000x1000');
	});
});

it('the key appears in no item, no error and no file', async () => {
	const apiKey = 'sk-very-secret-4711';
	const result = await run(
		{ prompt: '={{ $json.what }}' },
		{
			apiKey,
			items: rows('a', '[[500]]', '[[moderation]]'),
			settings: { onError: 'continueRegularOutput' },
			engine: {},
		},
	);
	expect(JSON.stringify(result.run)).not.toContain(apiKey);
	expect(double.journal.length).toBeGreaterThan(2);
});
