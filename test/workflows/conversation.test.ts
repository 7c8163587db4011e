import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { imageOf, inSession, lineagesOf, say, turnsSent } from './conversations';
import { bytesOf } from './engine';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

describe('three turns over three executions', () => {
	it.each(['trigger', 'manual'] as const)(
		'of one session go on from each other (%s)',
		async (mode) => {
			const turns = ['A logo for a bakery', 'More geometric', 'Add a tagline'];
			const images = [];
			for (const message of turns) {
				const { items, error } = await say(double, message, inSession('chat 42'), {
					engine: { mode },
				});
				expect(error).toBeUndefined();
				expect(items).toHaveLength(1);
				images.push(items[0]);
			}
			expect(lineagesOf(double)).toEqual([turns.slice(0, 1), turns.slice(0, 2), turns]);
			expect(images.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 3]);
			const third = imageOf(images[2]);
			expect(third).toMatchObject({
				model: 'gpt-image-2',
				prompt: 'Add a tagline',
				revisedPrompt:
					'A logo for a bakery, then More geometric, then Add a tagline. Carefully composed.',
				width: 1024,
				height: 1024,
				quality: 'low',
				index: 1,
				count: 1,
				conversation: {
					responseId: expect.stringMatching(/^resp_/),
					imageCallId: expect.stringMatching(/^ig_/),
					chatModel: 'gpt-5.4',
					sessionKey: 'chat 42',
					text: 'Here it is: Add a tagline',
				},
				request: { attempts: 1, reused: false, dryRun: false },
				warnings: [],
			});
			const bytes = await bytesOf(images[2]?.binary?.data);
			expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 1024 });
			expect(third.sha256).toBe(double.journal.at(-1)?.imageSha256[0]);
			expect(turnsSent(double).map(({ body }) => body?.previous_response_id)).toEqual([
				undefined,
				imageOf(images[0]).conversation.responseId,
				imageOf(images[1]).conversation.responseId,
			]);
		},
	);

	it('cost what both models have used, to the cent', async () => {
		const costs: IDataObject[] = [];
		for (const message of ['A logo for a bakery', 'More geometric', 'Add a tagline']) {
			const { items } = await say(double, message, inSession('costs'));
			const { usage, cost } = imageOf(items[0]);
			costs.push({ usage, usd: cost.usd, parts: cost.parts });
			const { estimatedUsd } = cost;
			expect(cost.usd).toBeGreaterThanOrEqual(estimatedUsd.min);
			expect(cost.usd).toBeLessThanOrEqual(estimatedUsd.max);
		}
		const third = costs[2] as {
			usage: Record<string, number & Record<string, number>>;
			usd: number;
		};
		const { usage } = third;
		expect(usage).toMatchObject({ imageOutput: 196, imageInput: 1024, imageInputCached: 1024 });
		// USD per million: text 5, image 8, cached image 2, image output 30; chat 2.50, 0.25, 15.
		const { chat = { input: 0, inputCached: 0, output: 0 } } = usage as {
			chat?: { input: number; inputCached: number; output: number };
		};
		const expected =
			((usage.textInput ?? 0) * 5 +
				1024 * 8 +
				1024 * 2 +
				196 * 30 +
				chat.input * 2.5 +
				chat.inputCached * 0.25 +
				chat.output * 15) /
			1e6;
		expect(chat.inputCached).toBe(1024);
		expect(third.usd).toBeCloseTo(expected, 12);
	});
});

it('goes on from a response, from an earlier image, and from what is attached', async () => {
	const first = imageOf((await say(double, 'A red mug')).items[0]).conversation;
	const second = await say(double, 'Make it blue', {
		continueFrom: 'response',
		previousResponseId: first.responseId,
	});
	expect(imageOf(second.items[0]).conversation).toMatchObject({ turn: 2 });
	expect(imageOf(second.items[0]).conversation).not.toHaveProperty('sessionKey');
	await say(double, 'Add a spoon', { options: { imageCallId: first.imageCallId } });
	expect(lineagesOf(double)).toEqual([
		['A red mug'],
		['A red mug', 'Make it blue'],
		['A red mug', 'Add a spoon'],
	]);
});

it('does not know the turn number of a response that it did not make', async () => {
	const { items } = await say(double, 'A red mug');
	process.env.N8N_GPT_IMAGE_STORE = mkdtempSync(path.join(tmpdir(), 'gpt-image-other-'));
	const { responseId } = imageOf(items[0]).conversation;
	const next = await say(double, 'Blue', {
		continueFrom: 'response',
		previousResponseId: responseId,
		action: 'edit',
	});
	expect(next.error).toBeUndefined();
	expect(imageOf(next.items[0]).conversation.turn).toBeNull();
	expect(lineagesOf(double).at(-1)).toEqual(['A red mug', 'Blue']);
});

it('begins a session anew when it is told to', async () => {
	await say(double, 'A red mug', inSession('s'));
	const { items } = await say(double, 'A blue cup', {
		...inSession('s'),
		options: { resetSession: true },
	});
	expect(imageOf(items[0])).toMatchObject({ conversation: { turn: 1 }, warnings: [] });
	await say(double, 'Larger', inSession('s'));
	expect(lineagesOf(double)).toEqual([['A red mug'], ['A blue cup'], ['A blue cup', 'Larger']]);
});

it('answers the messages of one session in order, whatever runs in parallel', async () => {
	const messages = ['A fox [[slow 300]]', 'In snow', 'At night', 'With stars'];
	const { items, error } = await say(
		double,
		'={{ $json.text }}',
		{ ...inSession('=story {{ $json.chat }}'), limits: { maxParallel: 8 } },
		{
			items: [
				...messages.map((text) => ({ json: { text, chat: 1 } })),
				{ json: { text: 'A cat', chat: 2 } },
			],
		},
	);
	expect(error).toBeUndefined();
	expect(items.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 3, 4, 1]);
	expect(items.map(({ pairedItem }) => pairedItem)).toEqual(
		[0, 1, 2, 3, 4].map((item) => ({ item })),
	);
	const ofStory = lineagesOf(double).find((lineage) => lineage?.length === 4);
	expect(ofStory).toEqual(messages);
});
