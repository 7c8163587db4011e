import { GptImageError } from '../../../core/errors';
import { isExactPrice, sumUsd } from '../../../core/pricing/money';
import { chatPrices, imagePrices, parsePrices, unusedPrices } from '../../../core/pricing/prices';
import { findImageModel } from '../../../core/rules/model';
import { chatModels, imageModels } from '../../../core/rules/model-table';

const refusal = (prices: unknown): string => {
	try {
		parsePrices(prices);
	} catch (error) {
		if (error instanceof GptImageError && error.code === 'invalid_parameter') {
			return `${error.message} | ${error.advice} | ${error.param ?? ''}`;
		}
	}
	return 'no refusal';
};

describe('sums of money', () => {
	it('have no floating-point error over 100,000 items', () => {
		expect(sumUsd(Array.from({ length: 100_000 }, () => 0.1))).toBe(10_000);
		expect(sumUsd(Array.from({ length: 100_000 }, () => 0.00741))).toBe(741);
		expect(Array.from({ length: 100_000 }, () => 0.1).reduce((a, b) => a + b)).not.toBe(10_000);
	});

	it('hold large totals and nothing at all', () => {
		expect(sumUsd([])).toBe(0);
		expect(sumUsd([0.1, 0.2])).toBe(0.3);
	});
});

describe('the table', () => {
	it('holds only prices that are whole in units of money', () => {
		for (const { prices } of imageModels) {
			for (const price of Object.values(prices.usdPerMillion)) {
				expect([price, isExactPrice(price), isExactPrice(price / 2)]).toEqual([price, true, true]);
			}
		}
		for (const { prices } of chatModels) {
			for (const price of Object.values(prices.usdPerMillion)) {
				expect([price, isExactPrice(price)]).toEqual([price, true]);
			}
		}
	});
});

describe('parsePrices', () => {
	it('takes JSON or an object; nothing for an empty text', () => {
		expect(parsePrices('{"gpt-image-2":{"imageOutput":28.5}}')).toEqual({
			'gpt-image-2': { imageOutput: 28.5 },
		});
		expect(parsePrices({ 'gpt-5.4': { input: 2, inputCached: 0.2, output: 12 } })).toEqual({
			'gpt-5.4': { input: 2, inputCached: 0.2, output: 12 },
		});
		expect(parsePrices({ 'gpt-image-2 batch': { imageOutput: 14 } })).toEqual({
			'gpt-image-2 batch': { imageOutput: 14 },
		});
		for (const nothing of ['', '  ', undefined, null]) expect(parsePrices(nothing)).toEqual({});
	});

	it('takes a model that the table does not know, whichever is in use; a doubtful name is told', () => {
		const own = {
			'gpt-image-9': { imageOutput: 40 },
			'gpt-image-9 batch': { imageOutput: 20 },
			'gpt-chat-9': { output: 12 },
			'gpt-5.4-2026-03-05': { input: 2 },
			'gpt-image-2 batch': { imageOutput: 14 },
			'gpt-imag-2': { imageOutput: 1 },
		};
		expect(parsePrices(own)).toEqual(own);
		expect(unusedPrices(own, ['gpt-image-9', 'gpt-chat-9'])).toEqual([
			"'Prices' names gpt-imag-2, which is neither a known model nor used here: check the spelling",
		]);
	});

	it.each([
		['an unknown kind', { 'gpt-image-2': { output: 1 } }, '"output"'],
		['an unknown kind of an unknown model', { 'gpt-image-9': { image: 1 } }, '"image"'],
		['a kind of image models for a chat model', { 'gpt-5.4': { imageOutput: 1 } }, 'imageOutput'],
		['a negative price', { 'gpt-image-2': { imageOutput: -1 } }, '-1'],
		['a price that is text', { 'gpt-image-2': { imageOutput: '30' } }, '"30"'],
		['a price that is null', { 'gpt-image-2': { imageOutput: null } }, 'null'],
		['a price of five decimals', { 'gpt-image-2': { imageOutput: 0.00001 } }, '0.00001'],
		['a list', [], 'not a JSON object'],
		['a number', 3, 'not a JSON object'],
		['a model without prices', { 'gpt-image-2': 30 }, 'gpt-image-2'],
		['broken JSON', '{"gpt-image-2": ', 'not JSON'],
	])('refuses %s', (_name, prices, named) => {
		const message = refusal(prices);
		expect(message).toContain("'Prices'");
		expect(message).toContain(named);
		expect(message).toMatch(/\| prices$/);
	});
});

describe('prices of a model', () => {
	it('batch prices are half', () => {
		const two = findImageModel('gpt-image-2');
		expect(imagePrices('gpt-image-2', two, { batch: true }).perToken).toEqual({
			textInput: 25_000,
			textInputCached: 6250,
			imageInput: 40_000,
			imageInputCached: 10_000,
			imageOutput: 150_000,
		});
		const mini = findImageModel('gpt-image-1-mini');
		expect(imagePrices('gpt-image-1-mini', mini, { batch: true }).perToken.imageOutput).toBe(
			40_000,
		);
	});

	it('own prices of a model hold for its dated snapshot', () => {
		const prices = parsePrices({ 'gpt-image-2': { imageOutput: 1 } });
		const row = findImageModel('gpt-image-2-2026-04-21');
		expect(imagePrices('gpt-image-2-2026-04-21', row, { prices }).perToken.imageOutput).toBe(
			10_000,
		);
	});

	it('a mainline model is found with its date, an unknown one is not', () => {
		expect(chatPrices('gpt-5.4-2026-03-05')?.rows).toEqual(['gpt-5.4 (2026-09-23)']);
		expect(chatPrices('gpt-5.6')?.rows).toEqual(['gpt-5.6-sol (2026-08-21)']);
		expect(chatPrices('gpt-99')).toBeUndefined();
	});
});
