import { summarize } from '../../../core/pricing/summary';

const usage = {
	textInput: 10,
	textInputCached: 0,
	imageInput: 0,
	imageInputCached: 0,
	textOutput: 0,
	imageOutput: 196,
};
const image = (more: object = {}, request: object = {}) => ({
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
			Array.from({ length: 10_000 }, () => image()),
			'model',
		);
		expect(total.images).toBe(10_000);
		expect(total.usd).toBe(59.3);
		expect(total.tokens.imageOutput).toBe(1_960_000);
	});

	it('keeps reused, dry-run and failed images apart', () => {
		const { total, ignored } = summarize(
			[
				image(),
				image({ cost: { usd: 0, originalUsd: 0.05 } }, { reused: true }),
				image({ cost: { usd: 0, estimatedUsd: { min: 0.01, max: 0.03 } } }, { dryRun: true }),
				failure(),
				failure({ billed: 'possibly' }),
				{ json: { sku: 'not an image' } },
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
			batch: { images: 0, savedUsd: 0 },
			ordered: { items: 0, usd: { min: 0, max: 0 } },
			reused: { images: 1, savedUsd: 0.05 },
			dryRun: { images: 1, usd: { min: 0.01, max: 0.03 } },
			questions: { answers: 0, usd: 0 },
			failed: { items: 2, possiblyBilled: 1 },
		});
		expect(ignored).toBe(2);
	});

	it('knows the half price of batches, and orders that are not collected yet', () => {
		const order = { id: 'batch_1', kind: 'batch' };
		const cost = { usd: null, estimatedUsd: { min: 0.002, max: 0.003 } };
		const { total } = summarize(
			[
				image(),
				image({ order, cost: { usd: 0.02 } }),
				image({ order, cost: { usd: 0.03 } }),
				image({ order, cost: { usd: null } }),
				image({ order: { id: 'resp_1', kind: 'turn' } }),
				image({ order, cost, status: 'ordered' }),
				image({ order, cost, status: 'ordered' }),
			],
			'model',
		);
		expect(total).toMatchObject({
			images: 5,
			usd: 0.06186,
			unknownCost: 1,
			batch: { images: 3, savedUsd: 0.05 },
			ordered: { items: 2, usd: { min: 0.004, max: 0.006 } },
		});
	});

	it('adds what reviews and descriptions cost to the images, in the group of their model', () => {
		const answer = (usd: number | null, request: object = {}) => ({
			chatModel: 'gpt-5.4',
			cost: { usd },
			request: { reused: false, dryRun: false, ...request },
		});
		const { total, groups } = summarize(
			[
				{ json: { ...image().json, review: answer(0.0051), description: answer(0.0049) } },
				{ json: { ...image().json, review: answer(0, { reused: true }) } },
				{ json: { review: answer(null) } },
			],
			'model',
		);
		expect(total).toMatchObject({
			images: 2,
			usd: 0.02186,
			questions: { answers: 3, usd: 0.01 },
			unknownCost: 1,
		});
		expect(groups.map(({ name, usd }) => [name, usd])).toEqual([
			['gpt-image-2', 0.01186],
			['gpt-5.4', 0.01],
		]);
	});

	it('counts what came before, once, however many items were made of it', () => {
		const request = { id: 'req_1', reused: false, dryRun: false };
		const review = { chatModel: 'gpt-5.4', cost: { usd: 0.005 }, request };
		const draft = image({}, { id: 'req_2' }).json.image;
		const finals = [1, 2, 3, 4].map((index) => ({
			json: {
				...image({ index, cost: { usd: 0.05 } }, { id: 'req_3' }).json,
				imageInput2: draft,
				imageInput: image({ cost: { usd: 0 } }, { reused: true }).json.image,
				reviewInput: review,
				descriptionInput: 'Handmade',
			},
		}));
		const { total } = summarize(finals, 'model');
		expect(total).toMatchObject({
			images: 5,
			usd: 0.21093,
			questions: { answers: 1, usd: 0.005 },
			reused: { images: 0 },
			unknownCost: 0,
		});
		const merged = summarize([...finals, { json: { image: draft, review } }], 'model');
		expect(merged).toMatchObject({ total, ignored: 0 });
	});

	it.each([
		['planned', { usd: 0, estimatedUsd: { min: 0.01, max: 0.05 } }, { dryRun: true }],
		['reused', { usd: 0, originalUsd: 0.05 }, { reused: true, id: 'req_1' }],
		['paid through a gateway that names no request', { usd: 0.05 }, {}],
	])(
		'counts what was %s once, however many channels it is exported for',
		(_what, cost, request) => {
			const { json } = image({ cost }, request);
			const channels = ['open-graph', 'threads', undefined];
			const round = [
				...channels.map((channel) => ({ json: { ...json, file: { channel, format: 'png' } } })),
				{ json: { ...json, ...failure({ channel: 'x-post' }).json } },
			];
			const { total } = summarize([...round, ...round], 'model');
			expect(total.images + total.reused.images + total.dryRun.images).toBe(2);
			expect(total.usd + total.reused.savedUsd + total.dryRun.usd.max).toBe(0.1);
			expect(total.failed.items).toBe(2);
		},
	);

	it('a turn that was answered with text only is paid for, and no image', () => {
		const { total } = summarize([image({ count: 0 })], 'model');
		expect(total).toMatchObject({ images: 0, usd: 0.00593 });
	});

	it('says how many images have no known cost', () => {
		const { total } = summarize(
			[image(), image({ cost: { usd: null } }), image({ cost: { usd: 'much' } })],
			'model',
		);
		expect(total).toMatchObject({ images: 3, usd: 0.00593, unknownCost: 2 });
	});

	it('groups by model and quality, dearest first', () => {
		const items = [
			image(),
			image({ model: 'gpt-image-2.5-flare', quality: 'max', cost: { usd: 0.21 } }),
			image({ quality: 'max', cost: { usd: 0.1 } }),
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
			fields.map((field) => ({ ...image(), field })),
			'day',
		);
		expect(groups.map(({ name }) => name)).toEqual([
			'2026-11-19',
			'2026-11-20',
			'2026-11-21',
			'unknown',
		]);
	});

	it.each([
		['milliseconds', 1_795_946_400_000, '2026-11-29'],
		['milliseconds as text', '1795946400000', '2026-11-29'],
		['seconds', 1_795_946_400, '2026-11-29'],
		['a day of a spreadsheet', 46_355, '2026-11-29'],
		['a day of a spreadsheet with its time', '46355.99', '2026-11-29'],
		['a date of Luxon', { valueOf: () => 1_795_946_400_000 }, '2026-11-29'],
		['an American date', '11/29/2026', '2026-11-29'],
		['a date of an email', 'Sun, 29 Nov 2026 23:30:00 -0500', '2026-11-30'],
		['a number of another kind', 20_261_129, 'unknown'],
		['a word with a number', 'Batch 5', 'unknown'],
		['a day without its year', 'Nov 29', 'unknown'],
		['a list', ['2026-11-29'], 'unknown'],
		['an object', {}, 'unknown'],
	])('reads %s as a day', (_what, field, day) => {
		expect(summarize([{ ...image(), field }], 'day').groups[0]?.name).toBe(day);
	});

	it('counts what an image has cost that failed at a later node', () => {
		const { total } = summarize([{ json: { ...image().json, ...failure().json } }], 'model');
		expect(total).toMatchObject({ images: 1, usd: 0.00593, failed: { items: 1 } });
	});

	it('counts a failure once that later nodes failed at, and as billed if the first may be', () => {
		const first = failure({ code: 'timeout', billed: 'possibly' }).json;
		const later = failure({ input: failure({ input: first }).json });
		const { total } = summarize([later, failure({ input: failure().json })], 'model');
		expect(total.failed).toEqual({ items: 2, possiblyBilled: 1 });
	});

	it("groups by the user's field, whatever is in it", () => {
		const fields = ['spring', 'spring', 7, true, '', null, {}, undefined];
		const { groups } = summarize(
			fields.map((field) => ({ ...image(), field })),
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
			[image({ usage: null, request: null }), image({ usage: { imageOutput: 'x' } })],
			'model',
		);
		expect(total).toMatchObject({ images: 2, tokens: { imageOutput: 0 } });
	});
});
