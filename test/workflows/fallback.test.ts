import sharp from 'sharp';
import type { Double } from '../openai-double';
import { bytesOf } from './engine';
import { conversation } from './conversations';
import { generate, image, messagesOf, runGptImage } from './gpt-image';
import { setUp } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const models = () => double.journal.map(({ model, status }) => [model, status]);

it('tries the next model when one blocks the request, and says so', async () => {
	double.faults.push({ kind: 'moderation', times: 1 });
	const { items, error } = await generate(double, { limits: { fallback: 'gpt-image-2.5-flare' } });
	expect(error).toBeUndefined();
	expect(models()).toEqual([
		['gpt-image-2', 400],
		['gpt-image-2.5-flare', 200],
	]);
	expect(image(items[0]).model).toBe('gpt-image-2.5-flare');
	expect(messagesOf(items[0])).toEqual([
		expect.stringContaining("gpt-image-2: OpenAI's moderation blocked the request"),
	]);
});

it('a model that the key has not, on the way', async () => {
	double.options.unavailableModels = ['gpt-image-2'];
	const { items } = await generate(double, { limits: { fallback: 'gpt-image-2.6-flare' } });
	expect(models()).toEqual([
		['gpt-image-2', 404],
		['gpt-image-2.6-flare', 200],
	]);
	expect(image(items[0]).model).toBe('gpt-image-2.6-flare');
	double.options.unavailableModels = [];
});

it('no other image model helps against a chat model that the key has not', async () => {
	double.options.unavailableModels = ['gpt-5.4'];
	const { error } = await runGptImage({
		baseUrl: double.url,
		parameters: conversation('a mug', { limits: { fallback: 'gpt-image-2.6-flare' } }),
	});
	double.options.unavailableModels = [];
	expect(models()).toEqual([['gpt-5.4', 404]]);
	expect(error).toHaveProperty(
		'description',
		expect.stringContaining("Choose another model in 'Chat Model'"),
	);
});

it('delivers the image of the fallback field when nothing helps', async () => {
	const green = await sharp({
		create: { width: 64, height: 48, channels: 3, background: { r: 0, g: 200, b: 0 } },
	})
		.png()
		.toBuffer();
	const binary = {
		spare: { data: green.toString('base64'), mimeType: 'image/png', fileName: 'spare.png' },
	};
	const { items, error } = await generate(
		double,
		{
			prompt: '[[moderation]] x',
			limits: { fallback: 'gpt-image-2.5-flare', fallbackField: 'spare' },
		},
		{ items: [{ json: {}, binary }] },
	);
	expect(error).toBeUndefined();
	expect((await bytesOf(items[0]?.binary?.data)).equals(green)).toBe(true);
	expect(image(items[0])).toMatchObject({ width: 64, height: 48, cost: { usd: 0 } });
	expect(messagesOf(items[0])).toContain("The image of 'Fallback Image Field' was used");
});

it('a refused transparent background goes to the model that the table names', async () => {
	double.faults.push({
		kind: 'error',
		status: 400,
		code: 'invalid_value',
		message: 'Transparent background is not supported for this model.',
		times: 1,
	});
	const { items, error } = await generate(double, { options: { background: 'transparent' } });
	expect(error).toBeUndefined();
	expect(models()).toEqual([
		['gpt-image-2', 400],
		['gpt-image-2.5-sunburst', 200],
	]);
	expect(messagesOf(items[0])).toContainEqual(
		expect.stringContaining('Transparent background is not supported'),
	);
	const { hasAlpha } = await sharp(await bytesOf(items[0]?.binary?.data)).metadata();
	expect(hasAlpha).toBe(true);
});

it('does not fall back for what would fail anywhere', async () => {
	const { error } = await generate(
		double,
		{ limits: { fallback: 'gpt-image-2.5-flare' } },
		{ apiKey: 'sk-bad' },
	);
	expect(error?.message).toContain('did not accept the API key');
	expect(double.journal).toHaveLength(1);
});

it('refuses fallback models that are no text, as they would silently be none', async () => {
	const fallback = '={{ ["gpt-image-2.5-flare"] }}';
	const { error } = await generate(double, { limits: { fallback } });
	expect(error?.message).toBe("'Fallback Models' is neither text nor a number [item 0]");
	expect(double.journal).toEqual([]);
});

describe('the moderation check', () => {
	it('refuses a flagged item with its categories before any image is asked for', async () => {
		const result = await generate(
			double,
			{ prompt: '={{ $json.what }}', limits: { moderationCheck: true } },
			{
				items: [{ json: { what: 'a mug' } }, { json: { what: 'something forbidden' } }],
				settings: { onError: 'continueErrorOutput' },
			},
		);
		expect(result.items).toHaveLength(1);
		expect(result.failed[0]?.json).toMatchObject({
			error: expect.stringMatching(/flagged the request \(.+\)/),
			details: { code: 'moderation_flagged', billed: 'no', retryable: false },
		});
		const paths = double.journal.map(({ path }) => path).sort();
		expect(paths).toEqual(['/v1/images/generations', '/v1/moderations', '/v1/moderations']);
	});
});
