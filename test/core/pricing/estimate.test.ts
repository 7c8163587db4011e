import { estimate, type EstimateInput, estimateWithTokens } from '../../../core/pricing/estimate';
import { findImageModel } from '../../../core/rules/model';

const input = (more: Partial<EstimateInput> = {}): EstimateInput => {
	const model = more.model ?? 'gpt-image-2';
	return {
		operation: 'generate',
		model,
		row: findImageModel(model),
		prompt: 'hello world',
		size: { width: 1024, height: 1024 },
		quality: 'low',
		count: 1,
		format: 'png',
		partialImages: 0,
		inputFidelity: undefined,
		images: [],
		...more,
	};
};
const withTokens = (tokens: number, more: Partial<EstimateInput> = {}) =>
	estimateWithTokens(input(more), { min: tokens, max: tokens });
const range = (value: number) => ({ min: value, max: value });

describe('estimate', () => {
	it('a low 1024x1024 with a prompt of 300 tokens: $0.0015 + $0.00588, and 6 tokens overhead', () => {
		const { usd, parts, tokens, exact, warnings, pricesOf } = withTokens(300);
		expect(tokens).toEqual({
			textInput: range(306),
			imageInput: range(0),
			imageOutput: range(196),
		});
		expect(parts.textInput).toEqual(range(0.00153));
		expect(parts.imageOutput).toEqual(range(0.00588));
		expect(usd).toEqual(range(0.00741));
		expect(exact).toBe(true);
		expect(warnings).toEqual([]);
		expect(pricesOf).toEqual(['gpt-image-2 (2026-10-01)']);
	});

	it('counts the prompt itself', async () => {
		expect((await estimate(input())).tokens.textInput).toEqual(range(8));
	});

	it('n images are n calls, input included', () => {
		const one = withTokens(7);
		const two = withTokens(7, { count: 2 });
		expect(one.tokens.textInput).toEqual(range(13));
		expect(two.tokens.textInput).toEqual(range(26));
		expect(two.tokens.imageOutput).toEqual(range(392));
		expect(two.usd).toEqual(range(0.01189));
	});

	// Per image, output only, USD; the price tables in OpenAI's guide and pricing page.
	it.each([
		['gpt-image-2', 'low', '1024x1024', 0.006],
		['gpt-image-2', 'medium', '1024x1024', 0.053],
		['gpt-image-2', 'high', '1024x1024', 0.211],
		['gpt-image-2', 'low', '1024x1536', 0.005],
		['gpt-image-2', 'medium', '1024x1536', 0.041],
		['gpt-image-2', 'high', '1536x1024', 0.165],
		['gpt-image-1.5', 'low', '1024x1024', 0.009],
		['gpt-image-1.5', 'medium', '1024x1024', 0.034],
		['gpt-image-1.5', 'high', '1024x1024', 0.133],
		['gpt-image-1.5', 'low', '1024x1536', 0.013],
		['gpt-image-1.5', 'medium', '1536x1024', 0.05],
		['gpt-image-1.5', 'high', '1024x1536', 0.2],
		['chatgpt-image-latest', 'high', '1536x1024', 0.199],
	] as const)('%s %s %s costs $%d', (model, quality, size, usd) => {
		const [width = 0, height = 0] = size.split('x').map(Number);
		const { parts } = withTokens(0, { model, quality, size: { width, height } });
		expect(parts.imageOutput.min).toBeCloseTo(usd, 3);
	});

	// Token table times token price. OpenAI's own per-image list is about $0.0025 dearer for this model.
	it.each([
		['low', '1024x1024', 0.002176],
		['medium', '1536x1024', 0.012544],
		['high', '1024x1536', 0.04992],
	] as const)('gpt-image-1-mini %s %s costs $%d', (quality, size, usd) => {
		const [width = 0, height = 0] = size.split('x').map(Number);
		const { parts } = withTokens(0, {
			model: 'gpt-image-1-mini',
			quality,
			size: { width, height },
		});
		expect(parts.imageOutput).toEqual(range(usd));
	});

	it.each([
		['low', '1024x1024', 0.00588],
		['medium', '1024x1024', 0.01317],
		['high', '1024x1024', 0.05268],
		['xhigh', '1024x1024', 0.09366],
		['max', '1024x1024', 0.21072],
		['low', '1536x1024', 0.00474],
		['medium', '1536x1024', 0.01029],
		['high', '1536x1024', 0.04116],
		['xhigh', '1536x1024', 0.07377],
		['max', '1536x1024', 0.16464],
		['low', '1280x720', 0.00318],
		['medium', '1280x720', 0.00738],
		['high', '1280x720', 0.02841],
		['xhigh', '1280x720', 0.05049],
		['max', '3840x2160', 0.40026],
		['medium', '1440x480', 0.0039],
	] as const)('gpt-image-2.5-flare %s %s costs $%d', (quality, size, usd) => {
		const [width = 0, height = 0] = size.split('x').map(Number);
		const { parts } = withTokens(0, {
			model: 'gpt-image-2.5-flare',
			quality,
			size: { width, height },
		});
		expect(parts.imageOutput).toEqual(range(usd));
	});

	it('prices input images as images and their text as text', () => {
		const { tokens, parts, exact, warnings } = withTokens(10, {
			operation: 'edit',
			images: [
				{ width: 1024, height: 1024 },
				{ width: 1536, height: 1024 },
			],
		});
		expect(tokens.imageInput).toEqual(range(2560));
		expect(parts.imageInput).toEqual(range(0.02048));
		expect(tokens.textInput.min).toBe(16);
		expect(tokens.textInput.max).toBeGreaterThan(16);
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('Input image tokens');
	});

	it('an input image that cannot be measured is a range', () => {
		const { tokens, parts } = withTokens(10, { operation: 'edit', images: ['unknown'] });
		expect(tokens.imageInput).toEqual({ min: 1, max: 1536 });
		expect(parts.imageInput.max).toBe(0.012288);
	});

	it('two partial images add up to 200 tokens, $0.006', () => {
		const { usd, exact } = withTokens(0, { partialImages: 2 });
		expect(usd.max).toBe(0.00588 + 0.00003 + 0.006);
		expect(usd.min).toBe(0.00591);
		expect(exact).toBe(false);
	});

	it('an unknown model has no price and says so', () => {
		const { usd, tokens, parts, pricesOf, exact, warnings } = withTokens(10, {
			model: 'gpt-image-9',
		});
		expect(usd).toEqual({ min: null, max: null });
		expect(tokens.imageOutput).toEqual({ min: null, max: null });
		expect(parts.imageOutput).toEqual({ min: null, max: null });
		expect(pricesOf).toEqual([]);
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('gpt-image-9');
	});

	it('a retired model has no price and says so', () => {
		const { usd, warnings } = withTokens(10, { model: 'dall-e-3' });
		expect(usd).toEqual({ min: null, max: null });
		expect(warnings.join()).toContain('dall-e-3');
	});

	it('an SVG has a lower bound only: its author is billed on top', () => {
		const { usd, tokens, exact } = withTokens(0, {
			model: 'gpt-image-2.6-flare',
			quality: 'high',
			format: 'svg',
		});
		expect(usd.min).toBeGreaterThan(0.04);
		expect(usd.max).toBeNull();
		expect(tokens.svgOutput).toEqual({ min: 0, max: null });
		expect(exact).toBe(false);
	});

	it('allows for the text output of gpt-image-1.5', () => {
		const { usd, tokens, exact } = withTokens(0, { model: 'gpt-image-1.5' });
		expect(tokens.textOutput?.min).toBe(0);
		expect(usd.min).toBe(0.008734);
		expect(usd.max).toBe(0.018734);
		expect(exact).toBe(false);
	});

	it('a batch costs half', () => {
		const batch = withTokens(300, { batch: true });
		expect(batch.usd).toEqual(range(0.003705));
		expect(batch.exact).toBe(true);
		expect(batch.pricesOf).toEqual(['gpt-image-2 batch (2026-10-01)']);

		const unsure = withTokens(300, { batch: true, model: 'gpt-image-2.5-flare' });
		expect(unsure.usd).toEqual(range(0.003705));
		expect(unsure.exact).toBe(false);
		expect(unsure.warnings.join()).toContain('may not support gpt-image-2.5-flare in batches');
	});

	it('takes own prices instead of the table', () => {
		const { usd, pricesOf } = withTokens(300, {
			prices: { 'gpt-image-2': { imageOutput: 15, textInput: 0 } },
		});
		expect(usd).toEqual(range(0.00294));
		expect(pricesOf).toEqual(['gpt-image-2 (own prices)', 'gpt-image-2 (2026-10-01)']);
	});

	it('a conversation has an upper bound only when the caller bounds the chat model', () => {
		const open = withTokens(10, { operation: 'send' });
		expect(open.usd.max).toBeNull();
		expect(open.exact).toBe(false);
		const { usd, parts, pricesOf } = withTokens(10, {
			operation: 'send',
			chat: {
				model: 'gpt-5.4-2026-03-05',
				input: { min: 100, max: 2000 },
				output: { min: 50, max: 1000 },
			},
		});
		expect(parts.chatInput).toEqual({ min: 0.00025, max: 0.005 });
		expect(parts.chatOutput).toEqual({ min: 0.00075, max: 0.015 });
		expect(usd.max).toBe(0.005 + 0.015 + 0.00588 + (10 + 106) * 0.000005);
		expect(pricesOf).toEqual(['gpt-image-2 (2026-10-01)', 'gpt-5.4 (2026-09-23)']);
	});
});
