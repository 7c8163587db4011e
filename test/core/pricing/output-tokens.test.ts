import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { inputImageTokens, textOverhead } from '../../../core/pricing/input-tokens';
import { promptTokens } from '../../../core/pricing/prompt-tokens';
import { formulaTokens, outputTokens } from '../../../core/pricing/output-tokens';
import { findImageModel } from '../../../core/rules/model';
import type { ImageModel, Quality } from '../../../core/rules/model-types';
import { oneOf, randomOf } from '../../fuzz/mutate';

const rowOf = (id: string): ImageModel => {
	const row = findImageModel(id);
	if (!row) throw new Error(`${id} is not in the table`);
	return row;
};

const count = (
	model: string,
	quality: Quality,
	size: string,
	more: Partial<Parameters<typeof outputTokens>[0]> = {},
) => {
	const [width = 0, height = 0] = size.split('x').map(Number);
	return outputTokens({
		model,
		row: findImageModel(model),
		quality,
		size: size === 'auto' ? 'auto' : { width, height },
		format: 'png',
		partialImages: 0,
		...more,
	});
};

const exactly = (tokens: number) => ({ tokens: { min: tokens, max: tokens }, exact: true });

describe('output tokens of gpt-image-2', () => {
	it.each([
		['1024x1024', 196, 1756, 7024],
		['1536x1024', 158, 1372, 5488],
		['1024x1536', 158, 1372, 5488],
		['2048x2048', 397, 3568, 14272],
		['2560x1440', 205, 1843, 7370],
		['3584x2048', 337, 3027, 12329],
		['3840x2160', 371, 3336, 13342],
		['1280x720', 106, 947, 3787],
		['1536x864', 120, 1078, 4312],
		['1792x1024', 139, 1243, 5063],
		['2048x1152', 157, 1413, 5650],
		['1440x480', 54, 517, 2067],
	])('%s: %i low, %i medium, %i high', (size, low, medium, high) => {
		expect(count('gpt-image-2', 'low', size)).toMatchObject(exactly(low));
		expect(count('gpt-image-2', 'medium', size)).toMatchObject(exactly(medium));
		expect(count('gpt-image-2', 'high', size)).toMatchObject(exactly(high));
	});

	it('rounds halves to the even neighbour (672x1024 low: 108, not 119)', () => {
		expect(formulaTokens(16, 672, 1024)).toBe(108);
		expect(formulaTokens(16, 1024, 672)).toBe(108);
	});

	it.each([
		[64, 784, 2048, 1443],
		[48, 944, 1536, 1201],
		[64, 1584, 2048, 4112],
		[48, 1888, 3072, 2715],
		[64, 1968, 2048, 5886],
	])(
		'keeps the floating-point steps of the official script: base %i, %ix%i',
		(base, w, h, tokens) => {
			expect(formulaTokens(base, w, h)).toBe(tokens);
		},
	);

	it.each([
		[1254, 1254, 2058],
		[1312, 1199, 1887],
		[1145, 1374, 1716],
		[1122, 1402, 1630],
	])('agrees with the measured automatic size %ix%i', (width, height, tokens) => {
		expect(formulaTokens(48, width, height)).toBe(tokens);
	});

	it('counts a dated snapshot like its model', () => {
		expect(count('gpt-image-2-2026-04-21', 'high', '1024x1024')).toMatchObject(exactly(7024));
	});
});

describe('output tokens of gpt-image-2.5', () => {
	it.each([
		['1024x1024', 196, 439, 1756, 3122, 7024],
		['1024x1536', 158, 343, 1372, 2459, 5488],
		['1280x720', 106, 246, 947, 1683, 3787],
		['1536x864', 120, 280, 1078, 1917, 4312],
		['1792x1024', 139, 323, 1243, 2271, 5063],
		['2048x1152', 157, 367, 1413, 2511, 5650],
		['2560x1440', 205, 478, 1843, 3276, 7370],
		['2048x2048', 397, 892, 3568, 6343, 14272],
		['3584x2048', 337, 785, 3027, 5530, 12329],
		['3840x2160', 371, 865, 3336, 5930, 13342],
		['1440x480', 54, 130, 517, 905, 2067],
	])('%s: %i, %i, %i, %i, %i', (size, low, medium, high, xhigh, max) => {
		for (const model of ['gpt-image-2.5-flare', 'gpt-image-2.5-sunburst']) {
			expect(count(model, 'low', size)).toMatchObject(exactly(low));
			expect(count(model, 'medium', size)).toMatchObject(exactly(medium));
			expect(count(model, 'high', size)).toMatchObject(exactly(high));
			expect(count(model, 'xhigh', size)).toMatchObject(exactly(xhigh));
			expect(count(model, 'max', size)).toMatchObject(exactly(max));
		}
	});

	it('784x2048 xhigh is 1443', () => {
		expect(count('gpt-image-2.5-flare', 'xhigh', '784x2048')).toMatchObject(exactly(1443));
	});
});

describe('output tokens of the older models', () => {
	it.each([
		['1024x1024', 272, 1056, 4160],
		['1024x1536', 408, 1584, 6240],
		['1536x1024', 400, 1568, 6208],
	])('%s: %i low, %i medium, %i high', (size, low, medium, high) => {
		for (const model of ['gpt-image-1.5', 'gpt-image-1-mini', 'chatgpt-image-latest']) {
			expect(count(model, 'low', size).tokens).toEqual({ min: low, max: low });
			expect(count(model, 'medium', size).tokens).toEqual({ min: medium, max: medium });
			expect(count(model, 'high', size).tokens).toEqual({ min: high, max: high });
		}
	});

	it('knows nothing of a size that the table does not list', () => {
		expect(count('gpt-image-1-mini', 'low', '2048x2048')).toMatchObject({
			tokens: undefined,
			exact: false,
		});
	});
});

describe('ranges', () => {
	it.each([
		['1536x1024', 'low', 664],
		['1536x1024', 'high', 1353],
		['3840x2160', 'high', 3337],
	] as const)('gpt-image-2.6 %s %s holds the measured %i tokens', (size, quality, measured) => {
		const { tokens, exact, warnings } = count('gpt-image-2.6-flare', quality, size);
		expect(tokens?.min).toBeLessThan(measured);
		expect(tokens?.max).toBeGreaterThan(measured);
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('no token formula for gpt-image-2.6-flare');
	});

	it('quality auto covers every quality, with the reason', () => {
		const { tokens, exact, warnings } = count('gpt-image-2.5-flare', 'auto', '1024x1024');
		expect(tokens).toEqual({ min: 196, max: 7024 });
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('Quality auto');
	});

	it('size auto holds every size that was seen, with the reason', () => {
		const { tokens, exact, warnings } = count('gpt-image-2', 'medium', 'auto');
		expect(tokens?.min).toBe(517);
		expect(tokens?.max).toBeGreaterThanOrEqual(2058);
		expect(tokens?.max).toBeLessThan(2200);
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('Size auto');
	});

	it('size auto of an older model covers its three sizes', () => {
		expect(count('gpt-image-1-mini', 'high', 'auto').tokens).toEqual({ min: 4160, max: 6240 });
	});

	it('two partial images add 200 tokens at most', () => {
		const { tokens, exact, warnings } = count('gpt-image-2', 'low', '1024x1024', {
			partialImages: 2,
		});
		expect(tokens).toEqual({ min: 196, max: 396 });
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('Partial images');
	});

	it('a GIF costs from one frame to the sheet of its nine frames', () => {
		const { tokens, warnings } = count('gpt-image-2.6-flare', 'high', '960x960', {
			format: 'gif',
			frames: { count: 9, durationMs: 200 },
		});
		expect(tokens?.min).toBe(Math.floor(1683 * 0.95));
		expect(tokens?.max).toBeGreaterThan(5900);
		expect(warnings.join()).toContain('GIF');
	});

	it('an unknown model has no count', () => {
		const { tokens, exact, warnings } = count('gpt-image-9', 'low', '1024x1024');
		expect(tokens).toBeUndefined();
		expect(exact).toBe(false);
		expect(warnings.join()).toContain('gpt-image-9');
	});
});

describe('tokens of input images', () => {
	const patches = rowOf('gpt-image-2').inputTokens;
	const tiles = rowOf('gpt-image-1.5').inputTokens;

	it.each([
		[1024, 1024, 1024],
		[1536, 1024, 1536],
		[1024, 1536, 1536],
		[341, 512, 704],
		[1179, 2556, 1482],
		[512, 512, 1024],
		[2048, 2048, 1521],
		[4000, 4000, 1521],
		[1920, 1080, 1508],
		[3840, 2160, 1508],
		[4032, 3024, 1452],
		[800, 600, 768],
		[256, 256, 256],
	])('gpt-image-2 counts %ix%i as %i', (width, height, tokens) => {
		expect(inputImageTokens(patches, { width, height })).toEqual({ min: tokens, max: tokens });
	});

	it.each([
		[1024, 1024, undefined, 194],
		[1536, 1024, undefined, 323],
		[1536, 512, undefined, 452],
		[1024, 1024, 'high', 4354],
		[1536, 1024, 'high', 6563],
	] as const)(
		'gpt-image-1.5 counts %ix%i at fidelity %s as %i',
		(width, height, fidelity, tokens) => {
			expect(inputImageTokens(tiles, { width, height }, fidelity)).toEqual({
				min: tokens,
				max: tokens,
			});
		},
	);

	it('an image that cannot be measured is a range up to the budget', () => {
		expect(inputImageTokens(patches, 'unknown')).toEqual({ min: 1, max: 1536 });
		expect(inputImageTokens(tiles, 'unknown')).toEqual({ min: 194, max: 452 });
		expect(inputImageTokens(tiles, 'unknown', 'high')).toEqual({ min: 4354, max: 6692 });
	});

	it('a strip lower than a patch takes the budget and no more', () => {
		expect(inputImageTokens(patches, { width: 70_000, height: 20 }).max).toBe(1536);
		expect(inputImageTokens(patches, { width: 20, height: 70_000 }).max).toBe(1536);
	});

	it('an image longer than 3:1 is a range', () => {
		const { min, max } = inputImageTokens(patches, { width: 4000, height: 500 });
		expect(min).toBeLessThan(max);
		expect(max).toBeLessThanOrEqual(1536);
	});

	it('knows what the API adds to the prompt', () => {
		expect(textOverhead('generate', 0)).toEqual({ min: 6, max: 6 });
		// Measured on gpt-image-1.5: a prompt of 13 tokens billed as 28 with one image, 50 with two.
		expect(textOverhead('edit', 1).max).toBeGreaterThanOrEqual(28 - 13);
		expect(textOverhead('edit', 2).max).toBeGreaterThanOrEqual(50 - 13);
	});
});

describe('prompt tokens', () => {
	// Counted with js-tiktoken 1.0.21, another implementation of the same encoding.
	it.each([
		['', 0],
		['hello world', 2],
		['A watercolor fox reading a newspaper', 6],
		['Ein rotes Fahrrad vor einer weißen Wand, Studiolicht', 12],
		['東京の夜景、ネオンの看板', 10],
		['1234567890 products at -50%!', 9],
		// The API takes the names of special tokens as text.
		['<|endoftext|>', 7],
	])('%j has %i', async (text, tokens) => {
		await expect(promptTokens(text)).resolves.toBe(tokens);
	});

	it.each([
		['one letter', 'a'.repeat(32_000), 4000],
		['spaces', ' '.repeat(32_000), 250],
		['dashes', '-'.repeat(32_000), 500],
		['smileys', '😀'.repeat(16_000), 16_000],
		['Japanese without a space', '猫が好きです'.repeat(5_000), 20_000],
	])('counts 32,000 characters of %s', async (_name, text, tokens) => {
		await expect(promptTokens(text)).resolves.toBe(tokens);
	});

	it('counts as another implementation does, also what is no word', async () => {
		const random = randomOf(7);
		const [first = '', ...others] = 'aZé ß漢😀\u0301\n\r\t .-_/\'"{}0379Жžñالعربيةहिन्दी\ud800';
		for (let round = 0; round < 400; round++) {
			const text = Array.from({ length: 1 + (round % 60) }, () =>
				oneOf(random, [first, ...others]),
			).join('');
			const tokens = countTokens(text.toWellFormed(), { allowedSpecial: new Set() });
			await expect(promptTokens(text)).resolves.toBe(tokens);
		}
	});
});
