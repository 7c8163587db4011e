import { cheaperSize, compare, type CompareInput } from '../../../core/pricing/compare';
import { findImageModel } from '../../../core/rules/model';
import { legalSizes } from '../../../core/rules/size';

const TODAY = '2026-11-20';
const input = (more: Partial<CompareInput> = {}): CompareInput => ({
	size: { width: 1024, height: 1024 },
	quality: 'medium',
	count: 1,
	images: [],
	...more,
});
const offers = (more: Partial<CompareInput> = {}, today = TODAY) =>
	compare(input(more), { min: 0, max: 0 }, today);
const sizeOf = (size: 'auto' | { width: number; height: number }) =>
	size === 'auto' ? size : `${size.width}x${size.height}`;

describe('cheaperSize', () => {
	const two = findImageModel('gpt-image-2');
	const find = (quality: 'low' | 'medium' | 'high', width: number, height: number) => {
		if (two?.outputTokens.rule !== 'formula') throw new Error('gpt-image-2 has a formula');
		return cheaperSize(two, two.outputTokens, quality, { width, height });
	};

	// Found by computing every legal size with the official script's own steps.
	it.each([
		['medium', 1536, 1024, '1568x1024'],
		['high', 1536, 1024, '1552x1024'],
		['medium', 1280, 720, '1312x720'],
		['medium', 2560, 1440, '2592x1424'],
		['high', 2048, 2048, '2080x2032'],
	] as const)('%s %ix%i has the cheaper %s', (quality, width, height, cheaper) => {
		const found = find(quality, width, height);
		expect(found && sizeOf(found)).toBe(cheaper);
	});

	it('finds none where there is none', () => {
		expect(find('low', 1024, 1024)).toBeUndefined();
		expect(find('medium', 1440, 480)).toBeUndefined();
		expect(find('high', 3840, 2160)).toBeUndefined();
	});

	it('never gives fewer pixels, another shape or an illegal size', () => {
		if (!two) throw new Error('gpt-image-2 is not in the table');
		const legal = new Set(legalSizes(two.sizes).map(sizeOf));
		for (const { width, height } of legalSizes(two.sizes).filter((_, index) => index % 997 === 0)) {
			const found = find('medium', width, height);
			if (!found) continue;
			expect(legal.has(sizeOf(found))).toBe(true);
			expect(found.width * found.height).toBeGreaterThanOrEqual(width * height);
			const bent = found.width / found.height / (width / height);
			expect(Math.max(bent, 1 / bent)).toBeLessThanOrEqual(1.03);
		}
	});
});

describe('compare', () => {
	it('has each usable model at each of its qualities, cheapest first', () => {
		const all = offers();
		const plain = all.filter(({ replaces }) => !replaces);
		const count = (model: string) => plain.filter((offer) => offer.model === model).length;
		expect(count('gpt-image-2')).toBe(3);
		expect(count('gpt-image-2.5-flare')).toBe(5);
		expect(count('gpt-image-2.6-sunburst')).toBe(5);
		expect(count('gpt-image-1-mini')).toBe(3);
		expect(count('gpt-image-1')).toBe(0);
		expect(count('dall-e-3')).toBe(0);
		const lasting = all.filter(({ warnings }) => warnings.length === 0);
		const prices = lasting.map(({ estimate }) => estimate.usd.max ?? Infinity);
		expect(prices).toEqual(prices.toSorted((a, b) => a - b));
	});

	it('marks the cheapest that has at least the wanted pixels and quality', () => {
		const marked = offers().filter(({ isCheapest }) => isCheapest);
		expect(marked).toHaveLength(1);
		// 2.5 medium has 439 tokens; gpt-image-2 medium 1756, or 1729 at 1024x1040.
		expect(marked[0]).toMatchObject({ model: 'gpt-image-2.5-sunburst', quality: 'medium' });
		expect(marked[0]?.estimate.usd.max).toBe(0.0132);
		const [low] = offers({ quality: 'low' }).filter(({ isCheapest }) => isCheapest);
		expect(low).toMatchObject({ model: 'gpt-image-2', quality: 'low' });
	});

	it('leaves models out from the day after their last', () => {
		const on = (day: string) => new Set(offers({}, day).map(({ model }) => model));
		expect(on('2026-12-01')).toContain('gpt-image-1.5');
		const models = on('2026-12-02');
		expect([...models].toSorted()).toEqual([
			'gpt-image-2',
			'gpt-image-2.5-flare',
			'gpt-image-2.5-sunburst',
			'gpt-image-2.6-flare',
			'gpt-image-2.6-sunburst',
		]);
	});

	it('puts models that stop soon behind the others, cheapest first, and marks none', () => {
		const all = offers({ quality: 'low' });
		const first = all.findIndex(({ model }) => /^gpt-image-1/.test(model));
		expect(first).toBeGreaterThan(20);
		const ending = all.slice(first);
		expect(ending.every(({ warnings }) => /2026-12-01/.test(warnings.join()))).toBe(true);
		expect(ending[0]).toMatchObject({
			model: 'gpt-image-1-mini',
			isCheapest: false,
			meetsRequest: true,
		});
		// Three months and a day before, nobody has to know.
		expect(offers({}, '2026-09-01')[0]).toMatchObject({ model: 'gpt-image-1-mini', warnings: [] });
	});

	it('points out cheaper sizes of nearly the same shape', () => {
		const cheaper = offers({ size: { width: 1536, height: 1024 } }).find(
			({ model, quality, replaces }) =>
				model === 'gpt-image-2' && quality === 'medium' && replaces !== undefined,
		);
		expect(cheaper && sizeOf(cheaper.size)).toBe('1568x1024');
		expect(cheaper?.replaces).toEqual({ width: 1536, height: 1024 });
		expect(cheaper?.estimate.tokens.imageOutput).toEqual({ min: 1342, max: 1342 });
		expect(cheaper?.meetsRequest).toBe(true);
	});

	it('gives each model the nearest size that it can draw', () => {
		const sizes = (model: string) =>
			new Set(
				offers({ size: { width: 2560, height: 1440 } })
					.filter((offer) => offer.model === model && !offer.replaces)
					.map(({ size, meetsRequest }) => `${sizeOf(size)} ${meetsRequest}`),
			);
		expect(sizes('gpt-image-1-mini')).toEqual(new Set(['1536x1024 false']));
		expect(sizes('gpt-image-2')).toContain('2560x1440 true');
	});

	it('takes size auto, images, several images and own prices', () => {
		const auto = offers({ size: 'auto' });
		expect(new Set(auto.map(({ size }) => size))).toEqual(new Set(['auto']));
		expect(auto.some(({ isCheapest }) => isCheapest)).toBe(true);
		const [edit] = offers({ images: [{ width: 1024, height: 1024 }], count: 2 }).filter(
			({ model, quality, replaces }) => model === 'gpt-image-2' && quality === 'low' && !replaces,
		);
		expect(edit?.estimate.tokens.imageInput).toEqual({ min: 2048, max: 2048 });
		expect(edit?.estimate.tokens.imageOutput).toEqual({ min: 392, max: 392 });
		const [own] = offers({ prices: { 'gpt-image-2': { imageOutput: 0, textInput: 0 } } });
		expect(own).toMatchObject({ model: 'gpt-image-2' });
		expect(own?.estimate.usd).toEqual({ min: 0, max: 0 });
	});
});
