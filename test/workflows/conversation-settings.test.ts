import { Readable } from 'node:stream';
import type { ILoadOptionsFunctions } from 'n8n-workflow';
import sharp from 'sharp';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { conversation, imageOf, inSession, say, turnsSent } from './conversations';
import { bytesOf } from './engine';
import { runGptImage } from './gpt-image';
import { newStore, rowsIn, setUp } from './set-up';

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => {
	folder = newStore();
	double.reset();
});

describe('a dry run', () => {
	it('checks everything, gives the price and a placeholder, sends nothing, remembers nothing', async () => {
		const { items, error } = await runGptImage({
			baseUrl: double.url,
			parameters: conversation('A logo for a bakery', {
				...inSession('s'),
				size: '1536x1024',
				options: { dryRun: true },
			}),
			settings: { credentials: {} },
		});
		expect(error).toBeUndefined();
		expect(imageOf(items[0])).toMatchObject({
			width: 1536,
			height: 1024,
			cost: { usd: 0 },
			request: { dryRun: true, attempts: 0 },
			conversation: { responseId: null, imageCallId: null, turn: 1, sessionKey: 's' },
		});
		const { min, max } = imageOf(items[0]).cost.estimatedUsd;
		// 158 tokens of a 3:2 image of low quality at $30 per million are certain.
		expect(min).toBeGreaterThan(0.00474);
		expect(max).toBeLessThan(0.1);
		expect(await sharp(await bytesOf(items[0]?.binary?.data)).metadata()).toMatchObject({
			width: 1536,
		});
		expect(double.journal).toEqual([]);
		expect(rowsIn(folder, 'SELECT id FROM purchase')).toEqual([]);
	});

	it('knows the conversation so far: its images and its words make the next turn dearer', async () => {
		const estimate = async () => {
			const { items } = await say(double, 'Warmer', {
				...inSession('s'),
				options: { dryRun: true },
			});
			return { ...imageOf(items[0]).cost.estimatedUsd, turn: imageOf(items[0]).conversation.turn };
		};
		const first = await estimate();
		await say(double, 'A logo', inSession('s'));
		const second = await estimate();
		await say(double, 'More geometric', inSession('s'));
		const third = await estimate();
		expect([first.turn, second.turn, third.turn]).toEqual([1, 2, 3]);
		// Each image of 1024x1024 may be handed to the image model: 1,024 tokens at $8 per million.
		expect(second.max - first.max).toBeGreaterThan(0.008192);
		expect(third.max - second.max).toBeGreaterThan(0.008192);
		expect(second.min).toBe(first.min);
		const { items } = await say(double, 'Warmer', {
			...inSession('s'),
			action: 'edit',
			options: { dryRun: true },
		});
		// An edit is handed one image at least.
		expect(imageOf(items[0]).cost.estimatedUsd.min - third.min).toBeCloseTo(0.008192, 6);
	});
});

it('draft to final: the same image again, at the final size and quality', async () => {
	const draft = await say(double, 'A poster for a jazz night', {
		...inSession('approval 7'),
		size: '1024x1024',
		quality: 'low',
	});
	const { items, error } = await say(double, '', {
		...inSession('approval 7'),
		size: '2048x2048',
		options: { finalQuality: 'high' },
	});
	expect(error).toBeUndefined();
	expect(imageOf(items[0])).toMatchObject({
		width: 2048,
		height: 2048,
		quality: 'high',
		conversation: { turn: 2 },
	});
	const [, final] = turnsSent(double);
	expect(final?.body).toMatchObject({
		previous_response_id: imageOf(draft.items[0]).conversation.responseId,
		tools: [{ action: 'edit', quality: 'high', size: '2048x2048' }],
		tool_choice: { type: 'image_generation' },
	});
	const [first, last] = final?.lineage ?? [];
	expect(first).toBe('A poster for a jazz night');
	expect(last).toMatch(/^Make the last image once more as the final version/);
	expect(imageOf(items[0]).prompt).toBe(last);
});

it('streams frames and keeps them, apart for each image', async () => {
	const { items } = await say(double, 'A story [[panels 2]]', {
		options: { partialImages: 2, keepPartials: true },
	});
	expect(items.map(({ binary }) => Object.keys(binary ?? {}).sort())).toEqual([
		['data', 'data_partial_1', 'data_partial_2'],
		['data', 'data_partial_1', 'data_partial_2'],
	]);
	const frames = await Promise.all(
		items.map(async ({ binary }) => (await bytesOf(binary?.data_partial_1)).toString('base64')),
	);
	expect(new Set(frames).size).toBe(2);
});

it('takes another image model when the first one blocks the image', async () => {
	double.faults.push({ kind: 'moderation', times: 1, match: { path: '/responses' } });
	const { items, error } = await say(double, 'A mug', {
		...inSession('s'),
		limits: { fallback: 'gpt-image-2.5-flare' },
	});
	expect(error).toBeUndefined();
	expect(imageOf(items[0])).toMatchObject({
		model: 'gpt-image-2.5-flare',
		conversation: { turn: 1 },
		warnings: [
			{
				code: 'fallback',
				message: expect.stringContaining("gpt-image-2: OpenAI's moderation blocked the request"),
			},
		],
	});
});

describe('the editor', () => {
	const context = {
		getCredentials: async () => ({ apiKey: 'sk-test', baseUrl: double.url }),
		helpers: {
			httpRequest: async ({ url, headers }: { url: string; headers: Record<string, string> }) => {
				const { status: statusCode, body } = await fetch(url, { headers });
				return {
					statusCode,
					headers: {},
					body: Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]),
				};
			},
		},
	} as unknown as ILoadOptionsFunctions;

	it('lists the chat models with their prices, and finds them by text', async () => {
		const { searchChatModels } = new GptImage().methods.listSearch;
		const { results } = await searchChatModels.call(context);
		expect(results[0]).toEqual({
			name: expect.stringMatching(/^gpt-5\.4 \(\$2\.50 in, \$15\.00 out per million tokens/),
			value: 'gpt-5.4',
		});
		expect(results.map(({ value }) => value)).toContain('gpt-6.1-terra');
		expect(results.some(({ value }) => String(value).includes('image'))).toBe(false);
		const found = await searchChatModels.call(context, 'LUNA');
		expect(found.results.map(({ value }) => value)).toEqual(['gpt-5.6-luna', 'gpt-6-luna']);
	});

	it('lists them without a network as well', async () => {
		const offline = { getCredentials: async () => Promise.reject(new Error('none')) };
		const { searchChatModels } = new GptImage().methods.listSearch;
		const { results } = await searchChatModels.call(offline as unknown as ILoadOptionsFunctions);
		const ids = results.map(({ value }) => value);
		expect(ids).toEqual(expect.arrayContaining(['gpt-5.4', 'gpt-6-astra', 'gpt-6.1-terra']));
		expect(results.every(({ name }) => !name.includes('not listed'))).toBe(true);
	});
});
