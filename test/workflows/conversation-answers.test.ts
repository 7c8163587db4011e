import sharp from 'sharp';
import type { Double } from '../openai-double';
import { imageOf, inSession, lineagesOf, say, turnsSent } from './conversations';
import { bytesOf } from './engine';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

it('makes one item for each image call, in order, and splits the cost exactly', async () => {
	const { items, error } = await say(double, 'A fox crosses a river [[panels 6]]', {
		options: { fileName: 'panel' },
	});
	expect(error).toBeUndefined();
	const images = items.map(imageOf);
	expect(images.map(({ index, count }) => [index, count])).toEqual(
		[1, 2, 3, 4, 5, 6].map((index) => [index, 6]),
	);
	expect(images.map(({ revisedPrompt }) => revisedPrompt?.slice(0, 12))).toEqual(
		[1, 2, 3, 4, 5, 6].map((panel) => `Panel ${panel} of 6`),
	);
	expect(images.every(({ prompt }) => prompt === 'A fox crosses a river [[panels 6]]')).toBe(true);
	expect(items.map(({ binary }) => binary?.data?.fileName)).toEqual(
		[1, 2, 3, 4, 5, 6].map((index) => `panel-${index}.png`),
	);
	expect(images.map(({ sha256 }) => sha256)).toEqual(turnsSent(double)[0]?.imageSha256);
	expect(new Set(images.map(({ conversation }) => conversation.imageCallId)).size).toBe(6);
	const tokens = (kind: string) =>
		images.reduce((sum, { usage }) => sum + Number(usage?.[kind] ?? 0), 0);
	expect(tokens('imageOutput')).toBe(6 * 196);
	const total = images.reduce((sum, { cost }) => sum + (cost.usd ?? 0), 0);
	const parts = tokens('textInput') * 5 + 6 * 196 * 30;
	const chat = images.map(({ usage }) => usage?.chat as Record<string, number>);
	const chatParts = chat.reduce(
		(sum, { input = 0, inputCached = 0, output = 0 }) =>
			sum + input * 2.5 + inputCached * 0.25 + output * 15,
		0,
	);
	expect(total).toBeCloseTo((parts + chatParts) / 1e6, 10);
});

it('gives words alone as an item without an image, with a warning', async () => {
	const own = { data: 'AA==', mimeType: 'image/png', fileName: 'own.png' };
	const { items, error } = await say(double, 'What can you do? [[talk]]', inSession('talk'), {
		items: [{ json: { chat: 7 }, binary: { data: own, other: own } }],
	});
	expect(error).toBeUndefined();
	expect(items).toHaveLength(1);
	// Nothing takes the place of the input's own image, and nobody takes it for a new one.
	expect(items[0]?.binary).toEqual({ data_input: own, other: own });
	expect(items[0]?.json).toMatchObject({
		chat: 7,
		image: {
			prompt: 'What can you do? [[talk]]',
			index: 0,
			count: 0,
			conversation: {
				text: 'I read "What can you do?". Tell me more, and I will draw it.',
				imageCallId: null,
				turn: 1,
			},
			warnings: [
				{ message: expect.stringContaining('The model responded with text only') },
				{ code: 'input_renamed' },
			],
		},
	});
	const { cost, usage } = imageOf(items[0]);
	const chat = usage?.chat as { input: number; output: number };
	expect(cost.usd).toBeCloseTo((chat.input * 2.5 + chat.output * 15) / 1e6, 12);
	await say(double, 'A mug then', inSession('talk'));
	expect(turnsSent(double)[1]?.body).toHaveProperty(
		'previous_response_id',
		imageOf(items[0]).conversation.responseId,
	);
});

it('always draws when it is told to generate', async () => {
	const { items } = await say(double, 'What can you do? [[talk]]', { action: 'generate' });
	expect(imageOf(items[0]).count).toBe(1);
	expect(items[0]?.binary).toHaveProperty('data');
});

it('keeps the image as OpenAI sent it', async () => {
	const { items } = await say(double, 'A mug', { options: { outputFormat: 'webp' } });
	const bytes = await bytesOf(items[0]?.binary?.data);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp' });
	expect(imageOf(items[0]).sha256).toBe(turnsSent(double)[0]?.imageSha256[0]);
});

describe('a failed image call inside a good answer', () => {
	const message = 'A story [[panels 3]] [[failcall 2]]';
	const failedItem = {
		error: "OpenAI's moderation blocked the finished image (violence)",
		message: expect.stringContaining('Change the prompt'),
		details: {
			code: 'moderation_blocked',
			type: 'image_generation_user_error',
			retryable: false,
			billed: 'possibly',
			prompt: message,
			itemIndex: 0,
		},
	};

	it('is a failed item in its place', async () => {
		const { items } = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(items).toHaveLength(3);
		expect(items.map(({ json }) => 'image' in json)).toEqual([true, false, true]);
		expect(items[1]?.json).toMatchObject(failedItem);
		expect(imageOf(items[2])).toMatchObject({ index: 2, count: 2 });
	});

	it('leaves by the error output', async () => {
		const { items, failed } = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueErrorOutput' } },
		);
		expect(items.map((item) => imageOf(item).index)).toEqual([1, 2]);
		expect(failed).toHaveLength(1);
		expect(failed[0]?.json).toMatchObject(failedItem);
	});

	it('stops the node, whose good images are kept for the next run', async () => {
		const first = await say(double, message);
		expect(first.error?.message).toMatch(/^OpenAI's moderation blocked the finished image/);
		const again = await say(
			double,
			message,
			{},
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(again.items.map(({ json }) => 'image' in json)).toEqual([true, false, true]);
		expect(again.items[1]?.json).toMatchObject({ error: failedItem.error });
		expect(imageOf(again.items[0]).request.reused).toBe(true);
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('fails the turn when there is no good image, and the session stays as it was', async () => {
		await say(double, 'A mug', inSession('f'));
		const { error } = await say(double, 'A knife [[failcall]]', inSession('f'));
		expect(error?.message).toMatch(/^OpenAI's moderation blocked the finished image/);
		await say(double, 'A spoon', inSession('f'));
		expect(lineagesOf(double).at(-1)).toEqual(['A mug', 'A spoon']);
	});
});
