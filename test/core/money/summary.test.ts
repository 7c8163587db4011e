import { summarize } from '../../../core/money/summary';

const usage = {
	textInput: 10,
	textInputCached: 0,
	imageInput: 0,
	imageInputCached: 0,
	textOutput: 0,
	imageOutput: 196,
};
const picture = (more: object = {}, request: object = {}) => ({
	json: {
		sku: 'A1',
		image: {
			model: 'gpt-image-2',
			quality: 'low',
			usage,
			cost: { usd: 0.00593, estimatedUsd: { min: 0.00593, max: 0.00593 } },
			request: { reused: false, dryRun: false, ...request },
			...more,
		},
	},
});
const failure = (details: object = {}) => ({
	json: {
		error: "'Size' 1000x1000 has an edge that is not divisible by 16",
		message: 'The nearest size is 992x992.',
		details: { code: 'invalid_parameter', billed: 'no', ...details },
	},
});

describe('summarize', () => {
	it('adds up without floating-point error', () => {
		const { total } = summarize(
			Array.from({ length: 10_000 }, () => picture()),
			'model',
		);
		expect(total.images).toBe(10_000);
		expect(total.usd).toBe(59.3);
		expect(total.tokens.imageOutput).toBe(1_960_000);
	});

	it('keeps reused, dry-run and failed images apart', () => {
		const { total, ignored } = summarize(
			[
				picture(),
				picture({ cost: { usd: 0, originalUsd: 0.05 } }, { reused: true }),
				picture({ cost: { usd: 0, estimatedUsd: { min: 0.01, max: 0.03 } } }, { dryRun: true }),
				failure(),
				failure({ billed: 'possibly' }),
				{ json: { sku: 'not a picture' } },
				{ json: { error: 'of another node' } },
			],
			'model',
		);
		expect(total).toEqual({
			name: 'total',
			images: 1,
			usd: 0.00593,
			unknownCost: 0,
			tokens: usage,
			reused: { images: 1, savedUsd: 0.05 },
			dryRun: { images: 1, usd: { min: 0.01, max: 0.03 } },
			failed: { items: 2, possiblyBilled: 1 },
		});
		expect(ignored).toBe(2);
	});

	it('says how many pictures have no known cost', () => {
		const { total } = summarize(
			[picture(), picture({ cost: { usd: null } }), picture({ cost: { usd: 'much' } })],
			'model',
		);
		expect(total).toMatchObject({ images: 3, usd: 0.00593, unknownCost: 2 });
	});

	it('groups by model and quality, dearest first', () => {
		const items = [
			picture(),
			picture({ model: 'gpt-image-2.5-flare', quality: 'max', cost: { usd: 0.21 } }),
			picture({ quality: 'max', cost: { usd: 0.1 } }),
			failure(),
		];
		const names = (by: 'model' | 'quality') =>
			summarize(items, by).groups.map(({ name, usd }) => [name, usd]);
		expect(names('model')).toEqual([
			['gpt-image-2.5-flare', 0.21],
			['gpt-image-2', 0.10593],
			['unknown', 0],
		]);
		expect(names('quality')).toEqual([
			['max', 0.31],
			['low', 0.00593],
			['unknown', 0],
		]);
	});

	it('groups by day in UTC, in their order', () => {
		const fields = [
			'2026-11-20T23:30:00-05:00',
			'2026-11-20',
			new Date('2026-11-19T12:00:00Z'),
			'x',
		];
		const { groups } = summarize(
			fields.map((field) => ({ ...picture(), field })),
			'day',
		);
		expect(groups.map(({ name }) => name)).toEqual([
			'2026-11-19',
			'2026-11-20',
			'2026-11-21',
			'unknown',
		]);
	});

	it("groups by the user's field, whatever is in it", () => {
		const fields = ['spring', 'spring', 7, true, '', null, {}, undefined];
		const { groups } = summarize(
			fields.map((field) => ({ ...picture(), field })),
			'field',
		);
		expect(Object.fromEntries(groups.map(({ name, images }) => [name, images]))).toEqual({
			spring: 2,
			'7': 1,
			true: 1,
			unknown: 4,
		});
	});

	it('takes items that someone has changed', () => {
		const odd = [{}, { image: null }, { image: 7 }, { image: { model: 3 } }, { image: [] }];
		expect(
			summarize(
				odd.map((json) => ({ json })),
				'model',
			),
		).toMatchObject({
			ignored: 5,
			groups: [],
		});
		const { total } = summarize(
			[picture({ usage: null, request: null }), picture({ usage: { imageOutput: 'x' } })],
			'model',
		);
		expect(total).toMatchObject({ images: 2, tokens: { imageOutput: 0 } });
	});
});
