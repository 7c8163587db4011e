import type { Double } from '../openai-double';
import { say } from './conversations';
import { runGptImage } from './gpt-image';
import { ask, imageItem } from './questions';
import { setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const rows = (...texts: string[]) => texts.map((what) => ({ json: { what } }));

it('a manual run says a line for each finished image', async () => {
	const lines: string[] = [];
	await runGptImage({
		baseUrl: double.url,
		items: rows('a', 'b'),
		parameters: { prompt: '={{ $json.what }}', quality: 'low' },
		engine: {
			mode: 'manual',
			onUiMessage: (message) => lines.push(JSON.stringify(message)),
		},
	});
	const told = lines.filter((line) => line.includes('GPT Image'));
	expect(told).toHaveLength(2);
	expect(told[0]).toContain('1 of 2: 1024x1024 low');
	expect(told[1]).toContain('2 of 2');
	expect(told[1]).toContain('$0.0059');
});

it('a hint at the end sums up: how many, what they cost, what failed', async () => {
	const { run } = await runGptImage({
		baseUrl: double.url,
		items: rows('a', '[[moderation]] b', 'c', ''),
		parameters: { prompt: '={{ $json.what }}', quality: 'low' },
		settings: { onError: 'continueErrorOutput' },
	});
	const hints = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	// Two images of 7 text and 196 image tokens.
	expect(hints[0]).toMatchObject({
		message: "2 of 4 images, total cost $0.0118, 2 refused or failed: see the items with 'error'.",
		type: 'warning',
		location: 'outputPane',
	});
});

it.each([
	[{}, '1 image, cost $0.0059.'],
	[{ options: { numberOfImages: 3 } }, '3 images, total cost $0.0178.'],
	[{ options: { dryRun: true } }, '1 image, dry run: nothing was sent, the cost would be $0.0059.'],
	[
		{
			options: { dryRun: true },
			model: { __rl: true, mode: 'list', value: 'gpt-image-2.6-flare' },
		},
		'1 image, dry run: nothing was sent, the cost would be $0.0059 to $0.0265. Warning: OpenAI publishes no token formula for gpt-image-2.6-flare: the range comes from measurements.',
	],
	[
		{ options: { dryRun: true }, model: { __rl: true, mode: 'id', value: 'house-model' } },
		expect.stringContaining('1 image, dry run: nothing was sent, the cost would be unknown.'),
	],
	[{ delivery: 'batch' }, '1 ordered for up to $0.0030: get it with Collect.'],
	[
		{ delivery: 'batch', options: { dryRun: true } },
		'1 image, dry run: nothing was sent, the cost would be $0.0030.',
	],
])('a hint tells the cost of %j', async (parameters, message) => {
	const { run } = await runGptImage({
		baseUrl: double.url,
		items: rows('a mug'),
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
	});
	const hints = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hints[0]?.message).toEqual(message);
});

it('a hint of a dry run adds up what is known, and counts the rest', async () => {
	const { run } = await runGptImage({
		baseUrl: double.url,
		items: rows('png', 'svg'),
		parameters: {
			...{ prompt: 'a mug', quality: 'low', model: { mode: 'list', value: 'gpt-image-2.6-flare' } },
			options: { dryRun: true, outputFormat: '={{ $json.what }}' },
		},
	});
	const hints = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hints[0]?.message).toContain(
		'2 images, dry run: nothing was sent, the cost would be $0.0059 to $0.0265 and 1 of unknown cost.',
	);
});

it('a hint counts what was ordered beside what was made and what failed', async () => {
	const { run } = await runGptImage({
		baseUrl: double.url,
		items: rows('a', '', 'b', 'now'),
		parameters: {
			...{ prompt: '={{ $json.what }}', quality: 'low' },
			delivery: "={{ $json.what === 'now' ? 'now' : 'batch' }}",
		},
		settings: { onError: 'continueErrorOutput' },
	});
	const hints = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hints[0]?.message).toBe(
		"1 of 2 images, cost $0.0059, 2 ordered for up to $0.0059: get them with Collect, 1 refused or failed: see the items with 'error'.",
	);
});

it('the line names the gravest warning and counts the others', async () => {
	const { run } = await runGptImage({
		baseUrl: double.url,
		items: [{ json: { image: 'sheet.jpg' } }],
		parameters: { prompt: 'A mug', quality: 'low', options: { background: 'transparent' } },
	});
	const [hint] = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hint?.message).toMatch(/ Warning: .*'?imageInput'?.* \(1 more in 'image\.warnings'\)\.$/);
});

it('of a message that got no image, the line counts none and ends with one full stop', async () => {
	const { run } = await say(double, 'What can you do? [[talk]]');
	const [hint] = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hint?.message).toMatch(
		/^1 response with text only, cost \$0\.\d{4}\. Warning: .* set 'Action' to 'Generate'\.$/,
	);
});

it('of a review, the line names the field in which its warnings are', async () => {
	const { run } = await ask(
		double,
		'review',
		{ criteria: 'One mug' },
		{ items: [await imageItem(3000, 3000, { review: 'of a person' })] },
	);
	const [hint] = run.data.resultData.runData['GPT Image']?.[0]?.hints ?? [];
	expect(hint?.message).toMatch(/ Warning: .* \(1 more in 'review\.warnings'\)\.$/);
});
