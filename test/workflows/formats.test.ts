import threads from 'node:worker_threads';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { flatPng } from '../openai-double/testing';
import { conversation, imageOf, say } from './conversations';
import { bytesOf } from './engine';
import { runGptImage } from './gpt-image';
import { startAfresh, setUp } from './set-up';

/** Animated GIFs and SVGs, in every operation, and what only a conversation sends. */

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

const model = { __rl: true, mode: 'list', value: 'gpt-image-2.6-flare' };
const gif = { outputFormat: 'gif', frameCount: 12, frameDurationMs: 350 };
const svg = { outputFormat: 'svg', svgModel: 'gpt-6-luna', svgReasoningEffort: 'low' };

async function make(parameters: IDataObject) {
	const photo = (await flatPng(816, 816)).toString('base64');
	const { items, error } = await runGptImage({
		baseUrl: double.url,
		items: [
			{ json: {}, binary: { data: { data: photo, mimeType: 'image/png', fileName: 'a.png' } } },
		],
		parameters: { model, prompt: 'a fox', size: '816x816', quality: 'low', ...parameters },
	});
	const [first] = items;
	const [{ body } = { body: undefined }] = double.journal;
	const bytes = first?.binary?.data && (await bytesOf(first.binary.data));
	return { error, item: first, body, bytes };
}

describe.each([{ operation: 'generate' }, { operation: 'edit' }])('$operation', (operation) => {
	it('makes a GIF of so many frames of that duration', async () => {
		const { error, item, bytes } = await make({ ...operation, options: gif });
		expect(error).toBeUndefined();
		expect(imageOf(item)).toMatchObject({ format: 'gif', width: 816, height: 816 });
		const { pages, delay } = await sharp(bytes, { animated: true }).metadata();
		expect(pages).toBe(12);
		expect(new Set(delay)).toEqual(new Set([350]));
	});

	it('makes an SVG by the chosen author, whose tokens are on the bill', async () => {
		const { error, item, body, bytes } = await make({ ...operation, options: svg });
		expect(error).toBeUndefined();
		expect(bytes?.toString('utf8')).toMatch(/^<svg /);
		expect(JSON.stringify(body)).toMatch(/"gpt-6-luna".*"low"/);
		expect(imageOf(item)).toMatchObject({
			format: 'svg',
			cost: { parts: { svg: { output: 0.0013 } } },
		});
	});
});

it('a paid SVG is delivered, and found again, where no thread can be had to draw it', async () => {
	const { Worker } = threads;
	const spy = jest.spyOn(threads, 'Worker').mockImplementation((file, options) => {
		if (String(file).includes('svg-thread')) throw new Error('EAGAIN');
		return new Worker(file, options);
	});
	try {
		for (const reused of [false, true]) {
			const { items, error } = await runGptImage({
				baseUrl: double.url,
				parameters: {
					model,
					prompt: 'a fox',
					options: svg,
					limits: { reuse: 'always' },
				},
			});
			expect(error).toBeUndefined();
			const [first] = items;
			expect((await bytesOf(first?.binary?.data)).toString('utf8')).toMatch(/^<svg /);
			expect(imageOf(first)).toMatchObject({ format: 'svg', width: null, request: { reused } });
			expect(imageOf(first).warnings).toContainEqual(
				expect.objectContaining({ code: 'not_measured' }),
			);
		}
	} finally {
		spy.mockRestore();
	}
});

it('the image tool of a conversation gets them too, and the chat model its limit', async () => {
	const { items } = await say(double, 'a fox', {
		model,
		size: '816x816',
		options: { ...gif, maxOutputTokens: 900 },
	});
	expect(imageOf(items[0])).toMatchObject({ format: 'gif' });
	await say(double, 'a fox', { model, action: 'generate', options: svg });
	expect(double.journal.map(({ body }) => body)).toMatchObject([
		{ max_output_tokens: 900, tools: [{ frame_count: 12, frame_duration_ms: 350 }] },
		{ tools: [{ svg: { model: 'gpt-6-luna', reasoning: { effort: 'low' } } }] },
	]);
});

it('the limit of the chat model bounds the highest price', async () => {
	const most = async (options: IDataObject): Promise<number> => {
		const parameters = conversation('a fox', { options: { dryRun: true, ...options } });
		const { items } = await runGptImage({ baseUrl: double.url, parameters });
		return imageOf(items[0]).cost.estimatedUsd.max;
	};
	// gpt-5.4 writes for $15 per million: 4,000 tokens at low effort, or 1,000.
	expect((await most({})) - (await most({ maxOutputTokens: 1_000 }))).toBeCloseTo(0.045, 6);
});

it('says why the chat model forgot', async () => {
	const { items } = await say(double, 'a fox [[removed model_mismatch]]');
	expect(imageOf(items[0]).warnings).toEqual([
		{
			code: 'context_reduced',
			message:
				"The chat model did not receive its reasoning from earlier messages, so it may have forgotten details: another 'Chat Model' was used before",
		},
	]);
	const usual = await say(double, 'a dog [[removed turn_boundary]]');
	expect(imageOf(usual.items[0]).warnings).toEqual([]);
});

it.each([
	[{ ...gif, frameCount: 17 }, "'Frames' is 17"],
	[{ ...gif, frameDurationMs: 5 }, "'Frame Duration (Milliseconds)' is 5"],
	[
		{ outputFormat: 'svg', svgReasoningEffort: 'low' },
		"'SVG Reasoning Effort' is set, but 'SVG Model' is not",
	],
	[
		{ outputFormat: 'svg', svgModel: '={{ ({ id: "gpt-6-luna" }) }}' },
		"'SVG Model' is neither text nor a number",
	],
])('%j is refused before anything is sent', async (options, message) => {
	const { error } = await make({ options });
	expect(error?.message).toContain(message);
	expect(double.journal).toEqual([]);
});
