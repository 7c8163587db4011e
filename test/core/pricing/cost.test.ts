import { actual, type Answer, chatCost } from '../../../core/pricing/cost';
import { sumUsd } from '../../../core/pricing/money';
import { findImageModel } from '../../../core/rules/model';

const usage = (text: number, image: number, output: number, more: object = {}) => ({
	input_tokens: text + image,
	input_tokens_details: { text_tokens: text, image_tokens: image },
	output_tokens: output,
	total_tokens: text + image + output,
	...more,
});
const cost = (raw: unknown, more: Partial<Answer> = {}) => {
	const model = more.model ?? 'gpt-image-2';
	const row = findImageModel(model);
	return actual({ usage: raw, count: 1, isOfImage: true, model, row, ...more });
};

describe('actual', () => {
	it('prices each kind of tokens by its own rate', () => {
		const { whole, perImage, warnings } = cost(usage(306, 1024, 1756));
		expect(whole.usage).toEqual({
			textInput: 306,
			textInputCached: 0,
			imageInput: 1024,
			imageInputCached: 0,
			textOutput: 0,
			imageOutput: 1756,
		});
		expect(whole.cost.parts).toMatchObject({
			textInput: 0.00153,
			imageInput: 0.008192,
			imageOutput: 0.05268,
		});
		expect(whole.cost.usd).toBe(0.062402);
		expect(whole.cost.pricesOf).toEqual(['gpt-image-2 (2026-10-01)']);
		expect(perImage).toEqual([whole]);
		expect(warnings).toEqual([]);
	});

	it('counts output as image tokens unless a breakdown says otherwise', () => {
		const answer = usage(10, 0, 1256, {
			output_tokens_details: { image_tokens: 1056, text_tokens: 200 },
		});
		const { whole, warnings } = cost(answer, { model: 'gpt-image-1.5' });
		expect(whole.usage).toMatchObject({ imageOutput: 1056, textOutput: 200 });
		expect(whole.cost.parts).toMatchObject({ imageOutput: 0.033792, textOutput: 0.002 });
		expect(whole.cost.usd).toBe(0.035842);
		expect(warnings).toEqual([]);
	});

	it('says so when a model that bills text output does not tell it apart', () => {
		const { whole, warnings } = cost(usage(10, 0, 1256), { model: 'gpt-image-1.5' });
		expect(whole.cost.usd).toBe(0.00005 + 0.040192);
		expect(warnings.join()).toContain('priced as image');
	});

	it('prices cached input apart', () => {
		const { whole } = cost(
			usage(300, 2048, 196, {
				cached_tokens: 1124,
				cached_tokens_details: { cached_text_tokens: 100, cached_image_tokens: 1024 },
			}),
		);
		expect(whole.usage).toMatchObject({
			textInput: 200,
			textInputCached: 100,
			imageInput: 1024,
			imageInputCached: 1024,
		});
		expect(whole.cost.usd).toBe(0.017245);
	});

	it('knows the kind of cached tokens without details when there is one kind only', () => {
		const { whole } = cost(usage(300, 0, 196, { cached_tokens: 100 }));
		expect(whole.usage).toMatchObject({ textInput: 200, textInputCached: 100 });
		expect(cost(usage(300, 5, 196, { cached_tokens: 100 })).whole.cost.usd).toBeNull();
	});

	it.each([2, 3, 7, 10])(
		'splits a request of %i images so that the parts add up exactly',
		(count) => {
			const { whole, perImage } = cost(usage(101, 1031, 7027), { count });
			expect(perImage).toHaveLength(count);
			for (const kind of ['textInput', 'imageInput', 'imageOutput'] as const) {
				const tokens = perImage.map((image) => image.usage[kind] ?? NaN);
				expect(tokens.reduce((a, b) => a + b)).toBe(whole.usage[kind]);
				expect(Math.max(...tokens)).toBe(tokens.at(-1));
				const usd = perImage.map((image) => image.cost.parts[kind] ?? NaN);
				expect(sumUsd(usd)).toBe(whole.cost.parts[kind]);
			}
			expect(sumUsd(perImage.map((image) => image.cost.usd ?? NaN))).toBe(whole.cost.usd);
			expect(whole.cost.usd).toBe(0.000505 + 0.008248 + 0.21081);
		},
	);

	it('gives the remainder to the last image', () => {
		const { perImage } = cost(usage(8, 0, 589), { count: 3 });
		expect(perImage.map((image) => image.usage.textInput)).toEqual([2, 2, 4]);
		expect(perImage.map((image) => image.usage.imageOutput)).toEqual([196, 196, 197]);
	});

	it.each([
		['null', null],
		['undefined', undefined],
		['text', 'usage'],
		['a list', []],
		['an empty object', {}],
		['negative tokens', usage(-5, 0, 196)],
		['negative output', usage(5, 0, -196)],
		['NaN', usage(NaN, 0, 196)],
		['a fraction', usage(1.5, 0, 196)],
		['numbers as text', { ...usage(5, 0, 196), output_tokens: '196' }],
		['no input details', { ...usage(5, 0, 196), input_tokens_details: undefined }],
		['null input details', { ...usage(5, 0, 196), input_tokens_details: null }],
		[
			'half of the input details',
			{ ...usage(5, 0, 196), input_tokens_details: { text_tokens: 5 } },
		],
		['input that does not add up', { ...usage(5, 0, 196), input_tokens: 50, total_tokens: 246 }],
		['a total that does not add up', usage(5, 0, 196, { total_tokens: 500 })],
		[
			'output details that do not add up',
			usage(5, 0, 196, { output_tokens_details: { text_tokens: 50, image_tokens: 196 } }),
		],
		[
			'more cached than input',
			usage(5, 0, 196, {
				cached_tokens: 9,
				cached_tokens_details: { cached_text_tokens: 9, cached_image_tokens: 0 },
			}),
		],
	])('%s gives no cost and a warning, never a guess', (_name, raw) => {
		const { whole, perImage, warnings } = cost(raw, { count: 2 });
		expect(whole.cost.usd).toBeNull();
		expect(perImage.map((image) => image.cost.usd)).toEqual([null, null]);
		expect(whole.cost.parts).toEqual({});
		expect(warnings.join()).toMatch(/^The cost is unknown: /);
	});

	it('gives the tokens but no cost for a model without known prices', () => {
		const { whole, warnings } = cost(usage(5, 0, 196), { model: 'gpt-image-9' });
		expect(whole.usage.imageOutput).toBe(196);
		expect(whole.cost).toEqual({
			usd: null,
			parts: { textInputCached: 0, imageInput: 0, imageInputCached: 0, textOutput: 0 },
			pricesOf: [],
		});
		expect(warnings.join()).toContain('no price for');
	});

	it('prices an unknown model by own prices', () => {
		const prices = { 'gpt-image-9': { textInput: 10, imageOutput: 100 } };
		const { whole } = cost(usage(5, 0, 196), { model: 'gpt-image-9', prices });
		expect(whole.cost.usd).toBe(0.01965);
		expect(whole.cost.pricesOf).toEqual(['gpt-image-9 (own prices)']);
	});

	it('does not price text output of a model that has no price for it', () => {
		const { whole } = cost(
			usage(5, 0, 196, { output_tokens_details: { image_tokens: 190, text_tokens: 6 } }),
		);
		expect(whole.cost.usd).toBeNull();
		expect(whole.cost.parts.imageOutput).toBe(0.0057);
	});

	it('takes the batch prices', () => {
		const { whole } = cost(usage(306, 0, 196), { batch: true });
		expect(whole.cost.usd).toBe(0.000765 + 0.00294);
	});
});

describe('the author of an SVG', () => {
	const svgUsage = {
		input_tokens: 1000,
		output_tokens: 2000,
		reasoning_tokens: 500,
		total_tokens: 3000,
		model: 'gpt-5.6-luna',
	};
	const svg = (author: unknown) =>
		cost(usage(10, 0, 1756), { model: 'gpt-image-2.6-flare', svgUsage: author });

	it('is priced by its chat model, reasoning being part of the output', () => {
		const { whole } = svg(svgUsage);
		expect(whole.usage.svg).toEqual({ input: 1000, output: 2000 });
		expect(whole.cost.parts.svg).toEqual({ input: 0.0002, output: 0.0024 });
		expect(whole.cost.usd).toBe(0.00005 + 0.05268 + 0.0026);
		expect(whole.cost.pricesOf).toEqual([
			'gpt-image-2.6-flare (2026-11-05)',
			'gpt-5.6-luna (2026-07-30)',
		]);
	});

	it('has its reasoning on top when the total says so', () => {
		expect(svg({ ...svgUsage, total_tokens: 3500 }).whole.usage.svg).toEqual({
			input: 1000,
			output: 2500,
		});
	});

	it('counts a drawing whose image counts nothing, but not one whose author does so, too', () => {
		const drawn = (author: object) =>
			cost(usage(0, 0, 0), { model: 'gpt-image-2.6-flare', svgUsage: author });
		expect(drawn(svgUsage).whole.cost.usd).toBe(0.0026);
		const zeros = { ...svgUsage, input_tokens: 0, output_tokens: 0, total_tokens: 0 };
		const { whole, warnings } = drawn({ ...zeros, reasoning_tokens: 0 });
		expect(whole.cost.usd).toBeNull();
		expect(warnings).toEqual(['The cost is unknown: the token usage has no tokens for the image']);
	});

	it.each([
		['an unknown model', { ...svgUsage, model: 'gpt-99' }],
		['no model', { ...svgUsage, model: undefined }],
		['tokens that do not add up', { ...svgUsage, total_tokens: 9 }],
		['negative tokens', { ...svgUsage, input_tokens: -1 }],
	])('makes the cost unknown with %s', (_name, author) => {
		const { whole, warnings } = svg(author);
		expect(whole.cost.usd).toBeNull();
		expect(whole.cost.parts.imageOutput).toBe(0.05268);
		expect(warnings.join()).toContain('The cost is unknown');
	});
});

describe('conversations', () => {
	const chat = {
		usage: {
			input_tokens: 1200,
			input_tokens_details: { cached_tokens: 200, cache_write_tokens: 0 },
			output_tokens: 300,
			output_tokens_details: { reasoning_tokens: 100 },
			total_tokens: 1500,
		},
		model: 'gpt-5.4-2026-03-05',
		webSearch: { num_requests: 3 },
	};

	it('add the mainline model and web searches to the image tool', () => {
		const { whole, perImage } = cost(usage(50, 7620, 1756), { chat, count: 2 });
		expect(whole.usage).toMatchObject({
			chat: { input: 1000, inputCached: 200, output: 300 },
			webSearches: 3,
		});
		expect(whole.cost.parts).toMatchObject({
			imageInput: 0.06096,
			chat: { input: 0.0025, inputCached: 0.00005, output: 0.0045 },
			webSearches: 0.03,
		});
		expect(whole.cost.usd).toBe(0.15094);
		expect(perImage.map((image) => image.usage.webSearches)).toEqual([1, 2]);
		expect(sumUsd(perImage.map((image) => image.cost.usd ?? NaN))).toBe(0.15094);
		expect(whole.cost.pricesOf).toEqual(['gpt-image-2 (2026-10-01)', 'gpt-5.4 (2026-09-23)']);
	});

	it('a missing image usage leaves the chat part known and the total unknown', () => {
		const { whole, warnings } = cost(undefined, { chat });
		expect(whole.cost.usd).toBeNull();
		expect(whole.cost.parts.chat?.output).toBe(0.0045);
		expect(warnings.join()).toContain('no token usage');
	});

	it('cost twice the input and one and a half times the output above 272,000 input tokens', () => {
		const long = (input: number) =>
			chatCost({
				usage: {
					input_tokens: input,
					input_tokens_details: { cached_tokens: 72_000 },
					output_tokens: 1000,
				},
				model: 'gpt-5.4',
			}).whole.cost;
		expect(long(272_000).usd).toBe(0.5 + 0.018 + 0.015);
		expect(long(272_001).parts.chat).toEqual({
			input: 1.000005,
			inputCached: 0.036,
			output: 0.0225,
		});
	});

	it.each([
		['an unknown chat model', { ...chat, model: 'gpt-99' }],
		['no usage', { ...chat, usage: null }],
		['no details', { ...chat, usage: { ...chat.usage, input_tokens_details: undefined } }],
		['more cached than input', { ...chat, usage: { ...chat.usage, input_tokens: 100 } }],
		['a total that does not add up', { ...chat, usage: { ...chat.usage, total_tokens: 1 } }],
		['web searches that are not a count', { ...chat, webSearch: { num_requests: -1 } }],
	])('%s gives no cost and a warning', (_name, odd) => {
		const { whole, warnings } = chatCost(odd);
		expect(whole.cost.usd).toBeNull();
		expect(warnings.join()).toContain('The cost is unknown');
	});

	it('says when cache writes were priced as plain input', () => {
		const details = { cached_tokens: 0, cache_write_tokens: 900 };
		const { whole, warnings } = chatCost({
			...chat,
			usage: { ...chat.usage, input_tokens_details: details },
		});
		expect(whole.cost.usd).toBe(0.003 + 0.0045 + 0.03);
		expect(warnings.join()).toContain('cache');
	});
});
