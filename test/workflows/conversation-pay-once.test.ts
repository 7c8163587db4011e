import type { Double } from '../openai-double';
import {
	imageOf,
	inSession,
	lineagesOf,
	paidOf,
	say,
	sayAndFail,
	turnsSent,
} from './conversations';
import { setUp, startAfresh, textIn } from './set-up';

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void (folder = startAfresh(double)));

describe('a paid turn is not bought twice', () => {
	it('when a later node fails and the workflow is run again', async () => {
		await say(double, 'A red mug', inSession('s'));
		const failed = await sayAndFail(double, 'Make it blue', inSession('s'));
		expect(failed.run.data.resultData.error?.message).toBe('The website is down');
		const again = await say(double, 'Make it blue', inSession('s'));
		expect(imageOf(again.items[0])).toMatchObject({
			request: { reused: true },
			cost: { usd: 0, originalUsd: expect.any(Number) },
			revisedPrompt: 'A red mug, then Make it blue. Carefully composed.',
			conversation: { turn: 2, sessionKey: 's', text: 'Here it is: Make it blue' },
		});
		expect(imageOf(again.items[0]).sha256).toBe(turnsSent(double)[1]?.imageSha256[0]);
		expect(turnsSent(double)).toHaveLength(2);
		const next = await say(double, 'Larger', inSession('s'));
		expect(imageOf(next.items[0]).conversation.turn).toBe(3);
		expect(lineagesOf(double).at(-1)).toEqual(['A red mug', 'Make it blue', 'Larger']);
	});

	it('but said again after it was delivered, it is another turn', async () => {
		await say(double, 'A red mug', inSession('s'));
		await say(double, 'Larger', inSession('s'));
		await say(double, 'Larger', { ...inSession('s'), limits: { reuse: 'always' } });
		expect(lineagesOf(double).at(-1)).toEqual(['A red mug', 'Larger', 'Larger']);
	});

	it('when Retry On Fail runs the node again after another item has failed', async () => {
		const { items, error } = await say(
			double,
			'={{ $json.text }}',
			{ ...inSession('={{ $json.chat }}'), limits: { maxRetries: 0, maxParallel: 1 } },
			{
				items: [
					{ json: { chat: 'a', text: 'A fox' } },
					{ json: { chat: 'a', text: 'In snow' } },
					{ json: { chat: 'b', text: 'A cat [[429 0]]' } },
				],
				settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
			},
		);
		expect(error).toBeUndefined();
		expect(items.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 1]);
		expect(items.map((item) => imageOf(item).request.reused)).toEqual([true, true, false]);
		expect(paidOf(double)).toBe(3);
	});

	it('with all its images', async () => {
		await sayAndFail(double, 'A story [[panels 4]]', inSession('s'));
		const { items } = await say(double, 'A story [[panels 4]]', inSession('s'));
		expect(items.map((item) => imageOf(item).request.reused)).toEqual([true, true, true, true]);
		expect(items.map((item) => imageOf(item).sha256)).toEqual(turnsSent(double)[0]?.imageSha256);
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('nor are words alone', async () => {
		await sayAndFail(double, 'Hello [[talk]]', inSession('s'));
		const { items } = await say(double, 'Hello [[talk]]', inSession('s'));
		expect(imageOf(items[0])).toMatchObject({
			count: 0,
			request: { reused: true },
			cost: { usd: 0 },
			conversation: { text: expect.stringContaining('I read "Hello"') },
		});
		expect(items[0]?.binary).toBeUndefined();
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('when the session went on meanwhile, and the message is said again', async () => {
		await say(double, 'A red mug', inSession('s'));
		const failed = await sayAndFail(double, 'Make it blue', inSession('s'));
		await say(double, 'Larger', inSession('s'));
		const again = await say(double, 'Make it blue', inSession('s'));
		expect(failed.run.data.resultData.error?.message).toBe('The website is down');
		expect(imageOf(again.items[0]).request.reused).toBe(true);
		// Nobody got the blue one, so the next message did not go on from it.
		expect(lineagesOf(double)).toEqual([
			['A red mug'],
			['A red mug', 'Make it blue'],
			['A red mug', 'Larger'],
		]);
	});

	it('and not given to another chat that says the same', async () => {
		await sayAndFail(double, 'A red mug', inSession('anna'));
		const { items } = await say(double, 'A red mug', inSession('berta'));
		expect(imageOf(items[0]).request.reused).toBe(false);
		expect(turnsSent(double)).toHaveLength(2);
	});
});

it('writes no prompt and no answer to disk when they are not to be kept', async () => {
	const options = { instructions: 'The codename is Kestrel.' };
	const credential = { keepPrompts: false };
	await say(double, 'A poster for Falcon', { ...inSession('s'), options }, { credential });
	await say(double, 'Hello Falcon [[talk]]', { ...inSession('s'), options }, { credential });
	expect(textIn(folder)).toContain('store.sqlite');
	expect(textIn(folder)).not.toMatch(/falcon|kestrel/i);
});

it('writes neither the session key nor the key of the credential to disk', async () => {
	await say(double, 'A red mug', inSession('visitor-4711'), { apiKey: 'sk-of-the-credential' });
	await sayAndFail(double, 'Make it blue', inSession('visitor-4711'));
	expect(textIn(folder)).toContain('A red mug');
	expect(textIn(folder)).not.toMatch(/visitor-4711|sk-of-the-credential/);
});
