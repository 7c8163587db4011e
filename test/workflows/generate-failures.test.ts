import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { outputOf } from './engine';
import { generate, rows, runGptImage, type NodeRun } from './gpt-image';
import { collect } from './orders';
import { imageItem, onData, review } from './questions';
import { setUp, startAfresh, textIn } from './set-up';

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void (folder = startAfresh(double)));

describe('bad input is refused before any request, for every row', () => {
	const cases: Array<[string, IDataObject, string]> = [
		['an empty prompt', { prompt: '={{ $json.missing }}' }, "'Prompt' is empty"],
		['a long prompt', { prompt: 'x'.repeat(32_001) }, "'Prompt' has 32,001"],
		['1000x1000', { size: 'custom', width: 1000, height: 1000 }, '1000x1000'],
		['4096x1024', { size: 'custom', width: 4096, height: 1024 }, '4096x1024'],
		['3840x3840', { size: '={{ "3840x3840" }}' }, '3840x3840'],
		['ratio wide', { size: 'ratio', aspectRatio: 'wide' }, "'Aspect Ratio'"],
		['xhigh', { quality: '={{ "xhigh" }}' }, "gpt-image-2 does not support Quality 'Extra High'"],
		[
			'transparent jpeg',
			{ options: { background: 'transparent', outputFormat: 'jpeg' } },
			"Background 'Transparent' is not possible with JPEG",
		],
		[
			'compression on png',
			{ options: { outputFormat: '={{ "png" }}', outputCompression: 10 } },
			"'Output Compression'",
		],
		['n 0', { options: { numberOfImages: 0 } }, "'Number of Images' is 0"],
		['n 11', { options: { numberOfImages: 11 } }, "'Number of Images' is 11"],
		['n 2.5', { options: { numberOfImages: 2.5 } }, "'Number of Images' is 2.5"],
		[
			'a retired model',
			{ model: { __rl: true, mode: 'id', value: 'dall-e-3' } },
			'retired dall-e-3',
		],
		['no model', { model: { __rl: true, mode: 'id', value: '={{ "" }}' } }, "'Model'"],
		['0 lanes', { limits: { maxParallel: 0 } }, "'Max Parallel' is 0"],
		['1000 lanes', { limits: { maxParallel: 1000 } }, "'Max Parallel' is 1000"],
		['0 seconds', { limits: { timeoutSeconds: 0 } }, "'Timeout (Seconds)' is 0"],
		['a negative limit', { limits: { maxCostPerRun: -1 } }, "'Max Cost per Run (USD)' is -1"],
	];
	it.each(cases)('%s', async (_name, parameters, message) => {
		const { error, run: ended } = await generate(double, parameters);
		expect(error?.message).toContain(message);
		expect(error?.message).toContain('[item 0]');
		expect(ended.status === 'error' || ended.data.resultData.error !== undefined).toBe(true);
		expect(double.journal).toHaveLength(0);
	});

	it('words that are also the code of an error keep our message', async () => {
		const { error } = await generate(double, { quality: '={{ "ECONNREFUSED" }}' });
		expect(error?.message).toContain('ECONNREFUSED');
		expect(error?.message).toContain('[item 0]');
	});

	it('a bad row 3 costs nothing when errors stop the node', async () => {
		const { error } = await generate(
			double,
			{ prompt: '={{ $json.what }}' },
			{ items: rows('a', 'b', 'c', '', 'e') },
		);
		expect(error?.message).toBe("'Prompt' is empty [item 3]");
		expect(error).toHaveProperty(
			'context.details',
			expect.objectContaining({ param: 'prompt', billed: 'no', itemIndex: 3 }),
		);
		expect(double.journal).toHaveLength(0);
	});

	it('a base URL without a scheme and a missing credential', async () => {
		const { error } = await runGptImage({
			baseUrl: 'api.openai.com/v1',
			parameters: { prompt: 'x' },
		});
		expect(error?.message).toContain("'Base URL' in the credential");
		const without = await generate(double, {}, { settings: { credentials: undefined } });
		expect(without.error?.message).toContain('redential');
		expect(double.journal).toHaveLength(0);
	});
});

describe('a credential that no request can be made of is refused before any', () => {
	const secret = 's3cr3t-4711';
	const at = (user: string): string => double.url.replace('//', `//${user}@`);
	it.each<[string, () => IDataObject, string]>([
		['a name and a password', () => ({ baseUrl: at(`me:${secret}`) }), 'a user name or a password'],
		['a password', () => ({ baseUrl: at(`:${secret}`) }), 'a user name or a password'],
		['a key before the host', () => ({ baseUrl: at(secret) }), 'a user name or a password'],
		['a second header', () => ({ organizationId: `o\r\nx-a: ${secret}` }), "'Organization ID'"],
		['a line break', () => ({ projectId: `proj_1\n${secret}` }), "'Project ID'"],
		['an accent', () => ({ projectId: `projé-${secret}` }), "'Project ID'"],
		['quotes', () => ({ apiKey: `"${secret}"` }), "'API Key'"],
		['single quotes', () => ({ apiKey: `'${secret}'` }), "'API Key'"],
		['typographic quotes', () => ({ apiKey: `“${secret}”` }), "'API Key'"],
		['one quote', () => ({ apiKey: `${secret}"` }), "'API Key'"],
		['a key of two lines', () => ({ apiKey: `sk-1\n${secret}` }), "'API Key'"],
	])('%s', async (_name, credential, message) => {
		const { error, run } = await generate(double, {}, { credential: credential() });
		expect(error?.message).toContain(message);
		expect(error).toHaveProperty(
			'context.details',
			expect.objectContaining({ code: 'invalid_parameter', billed: 'no', retryable: false }),
		);
		expect(JSON.stringify([run, error?.stack])).not.toContain(secret);
		expect(double.journal).toHaveLength(0);
	});
});

/** n8n answers an error that is thrown with the untouched input, as if it had been done. */
describe('settings of the whole run that cannot be used, with errors that go on', () => {
	const item = async (row: number) => await imageItem(64, 64, { row });
	const operations: Array<[string, IDataObject, number]> = [
		['generate', {}, 1],
		['edit', { images: onData }, 1],
		['describe', { images: onData }, 1],
		['review', { images: onData, criteria: 'One mug' }, 2],
		['checkProvenance', { images: onData }, 1],
	];
	const key = { apiKey: '' };

	it.each(operations)(
		'%s fails each item, on the last of its outputs',
		async (operation, more, outputs) => {
			const parameters = { prompt: 'a mug', operation, ...more };
			const items = [await item(0), await item(1)];
			for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
				const given = { items, credential: key, settings: { onError } };
				const { run, error } = await runGptImage({ baseUrl: double.url, parameters, ...given });
				expect(error).toBeUndefined();
				const last = onError === 'continueErrorOutput' ? outputs : outputs - 1;
				for (let output = 0; output < last; output++) {
					expect(outputOf(run, 'GPT Image', output)).toEqual([]);
				}
				expect(outputOf(run, 'GPT Image', last).map(({ json }) => json)).toMatchObject(
					[0, 1].map((row) => ({
						row,
						error: "'API Key' is empty in the credential",
						details: { param: 'apiKey', billed: 'no', itemIndex: row },
					})),
				);
			}
			expect(double.journal).toEqual([]);
		},
	);

	it.each<[string, Partial<NodeRun>, string]>([
		['a limit', { credential: { maxCostPerDay: '' } }, "'Max Cost per Day (USD)' is empty"],
		['no credential', { settings: { credentials: undefined } }, 'redential'],
	])('%s lets no review pass', async (_name, { credential, settings }, message) => {
		const { passed, rejectedItems } = await review(
			double,
			{ criteria: 'One mug' },
			{ credential, settings: { onError: 'continueRegularOutput', ...settings } },
		);
		expect(passed).toEqual([]);
		expect(rejectedItems[0]?.json.error).toContain(message);
	});

	it('a store that cannot be used lets no review pass, and Collect gives out no image', async () => {
		process.env.N8N_GPT_IMAGE_STORE = 'a/relative/path';
		const settings = { onError: 'continueRegularOutput' } as const;
		const { passed, rejectedItems } = await review(double, { criteria: 'One mug' }, { settings });
		expect(passed).toEqual([]);
		expect(rejectedItems[0]?.json.error).toContain('N8N_GPT_IMAGE_STORE');
		const { images, failed } = await collect(double, {}, settings);
		expect(images).toEqual([]);
		expect(failed[0]?.json.error).toContain('N8N_GPT_IMAGE_STORE');
		expect(double.journal).toEqual([]);
	});

	it('a bad item keeps its own reason', async () => {
		const { items } = await generate(
			double,
			{ prompt: '={{ $json.what }}' },
			{ items: rows('a', ''), credential: key, settings: { onError: 'continueRegularOutput' } },
		);
		expect(items.map(({ json }) => json.error)).toEqual([
			"'API Key' is empty in the credential",
			"'Prompt' is empty",
		]);
	});

	it('Collect gives out no image', async () => {
		const { images, failed } = await collect(
			double,
			{},
			{ ...key, onError: 'continueRegularOutput' },
		);
		expect(images).toEqual([]);
		expect(failed.map(({ json }) => json)).toMatchObject([{ details: { param: 'apiKey' } }]);
	});
});

it('an expression that throws is not told as a bug of the node', async () => {
	const { items } = await generate(
		double,
		{ prompt: "={{ $json.row ? $('Nowhere').item.json.what : 'a mug' }}" },
		{ items: rows('a', 'b'), settings: { onError: 'continueRegularOutput' } },
	);
	expect(items[0]?.json.error).toBeUndefined();
	expect(items[1]?.json).toMatchObject({
		error: "Referenced node doesn't exist",
		message: "Check the node's parameters and their expressions for this item.",
		details: { code: 'invalid_input', param: 'prompt', billed: 'no', itemIndex: 1 },
	});
});

describe('a failure under each setting', () => {
	const parameters = { prompt: '={{ $json.what }}' };
	const items = rows('a', '[[moderation]] b', 'c');

	it('stops the node, with what happened and what to do', async () => {
		const { error } = await generate(double, parameters, { items });
		expect(error?.message).toContain('moderation blocked the request');
		expect(error?.message).toContain('[item 1]');
		expect(error).toHaveProperty('description', expect.stringContaining('Change the prompt'));
		expect(error).toHaveProperty('httpCode', '400');
		expect(error).toHaveProperty('context.details', expect.objectContaining(details));
	});

	const details = {
		code: 'moderation_blocked',
		status: 400,
		type: 'image_generation_user_error',
		advice: expect.stringContaining('Change the prompt'),
		requestId: expect.stringMatching(/^req_/),
		retryable: false,
		billed: 'no',
		prompt: '[[moderation]] b',
		itemIndex: 1,
	};

	it('continue (regular output): the failed row keeps its place, its fields and its details', async () => {
		const result = await generate(double, parameters, {
			items,
			settings: { onError: 'continueRegularOutput' },
		});
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
			'a.png',
			undefined,
			'c.png',
		]);
	});

	it('continue (error output): it leaves by the second output, input fields and details intact', async () => {
		const result = await generate(double, parameters, {
			items,
			settings: { onError: 'continueErrorOutput' },
		});
		expect(result.items.map(({ json }) => json.row)).toEqual([0, 2]);
		expect(result.failed).toHaveLength(1);
		expect(result.failed[0]?.json).toMatchObject({ row: 1, error: expect.any(String), details });
	});

	it('a bad row is a failed item like any other', async () => {
		const result = await generate(double, parameters, {
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

it('the key appears in no item, no error and no file', async () => {
	const apiKey = 'sk-very-secret-4711';
	const result = await generate(
		double,
		{ prompt: '={{ $json.what }}' },
		{
			apiKey,
			items: rows('a', '[[500]]', '[[moderation]]'),
			settings: { onError: 'continueRegularOutput' },
			engine: {},
		},
	);
	expect(JSON.stringify(result.run)).not.toContain(apiKey);
	expect(textIn(folder)).toContain('store.sqlite');
	expect(textIn(folder)).not.toContain(apiKey);
	expect(double.journal.length).toBeGreaterThan(2);
});
