import sharp from 'sharp';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { useBinaryMode } from '../../workflows/engine';
import { setDay } from '../../workflows/as-openai';
import { range, runCost } from './gpt-image-cost';

beforeAll(async () => {
	await useBinaryMode('memory');
});

const base = { prompt: 'hello world', quality: 'low' };
const estimateOf = (item: INodeExecutionData | undefined) => item?.json.estimate as IDataObject;

async function photo(width: number, height: number, orientation = 1) {
	const bytes = await sharp({ create: { width, height, channels: 3, background: '#808080' } })
		.withMetadata({ orientation })
		.jpeg()
		.toBuffer();
	return {
		data: bytes.toString('base64'),
		mimeType: 'image/jpeg',
		fileName: 'photo.jpg',
		fileExtension: 'jpg',
	};
}

describe('estimate', () => {
	it('keeps a field of its name, and tells it unless it is an estimate of ours', async () => {
		const first = await runCost({ items: [{ json: { estimate: 12 } }], parameters: base });
		expect(first.items[0]?.json.estimateInput).toBe(12);
		expect(estimateOf(first.items[0]).warnings).toEqual([
			{
				code: 'input_renamed',
				message: "The input already has a field 'estimate': it is now 'estimateInput'",
			},
		]);
		const { items } = await runCost({
			items: [{ json: { estimate: estimateOf(first.items[0]) } }],
			parameters: base,
		});
		expect(items[0]?.json.estimateInput).toMatchObject({ usd: range(0.00592) });
		expect(estimateOf(items[0]).warnings).toEqual([]);
	});

	it('prices a model after its last day, which another service may put off, with a warning', async () => {
		setDay('2026-12-02');
		const model = { __rl: true, mode: 'id', value: 'gpt-image-1.5' };
		const { items, error } = await runCost({
			items: [{ json: {} }],
			parameters: { ...base, model },
		});
		jest.useRealTimers();
		expect(error).toBeUndefined();
		// 8 tokens of text at $5 per million, 272 of the image at $32.
		expect(estimateOf(items[0])).toMatchObject({
			usd: { min: 0.008744 },
			warnings: expect.arrayContaining([
				{
					code: 'request',
					message: expect.stringContaining('OpenAI retired gpt-image-1.5 on 2026-12-01'),
				},
			]),
		});
	});

	it('takes a price for a model that is not this item’s, and tells of a doubtful name', async () => {
		const { items, error } = await runCost({
			items: [{ json: {} }],
			parameters: { ...base, options: { prices: '{"gpt-imag-2": {"imageOutput": 1}}' } },
		});
		expect(error).toBeUndefined();
		expect(estimateOf(items[0])).toMatchObject({
			usd: range(0.00592),
			warnings: [{ message: expect.stringContaining("'Prices' names gpt-imag-2,") }],
		});
	});

	it('adds the contract’s estimate to each item', async () => {
		const { items, overBudget, error } = await runCost({
			items: [{ json: { sku: 'A1' } }],
			parameters: base,
		});
		expect(error).toBeUndefined();
		expect(overBudget).toEqual([]);
		expect(items).toHaveLength(1);
		expect(items[0]?.pairedItem).toEqual({ item: 0 });
		expect(items[0]?.json).toEqual({
			sku: 'A1',
			estimate: {
				usd: range(0.00592),
				tokens: { textInput: range(8), imageInput: range(0), imageOutput: range(196) },
				parts: { textInput: range(0.00004), imageInput: range(0), imageOutput: range(0.00588) },
				pricesOf: ['gpt-image-2 (2026-10-01)'],
				exact: true,
				warnings: [],
			},
		});
	});

	it('sums up in one line, the budget included', async () => {
		const { run } = await runCost({
			items: [{ json: {} }, { json: {} }],
			parameters: { ...base, budgetUsd: 0.01 },
		});
		// Each is $0.00592.
		expect(run.data.resultData.runData['GPT Image Cost']?.[0]?.hints?.[0]?.message).toBe(
			'2 items: $0.0118, known before the run, 1 over the budget of $0.0100.',
		);
	});

	it.each([
		[['house-model'], '1 item: cost unknown.'],
		[['gpt-image-2', 'house-model'], '2 items: about $0.0059, 1 of unknown cost.'],
	])('sums up %j without calling an unknown cost nothing', async (models, message) => {
		const { run } = await runCost({
			items: models.map((model) => ({ json: { model } })),
			parameters: { ...base, model: { __rl: true, mode: 'id', value: '={{ $json.model }}' } },
		});
		expect(run.data.resultData.runData['GPT Image Cost']?.[0]?.hints?.[0]?.message).toBe(message);
	});

	it('answers an agent flat, whatever the budget says', async () => {
		const { run } = await runCost({
			parameters: { ...base, budgetUsd: 0.001 },
			settings: { rewireOutputLogTo: 'ai_tool' },
		});
		const [answer] = run.data.resultData.runData['GPT Image Cost']?.[0]?.data?.ai_tool?.[0] ?? [];
		expect(answer?.json).toEqual({
			description: 'The cost is $0.0059.',
			minUsd: 0.00592,
			maxUsd: 0.00592,
			exact: true,
			withinBudget: false,
			pricesOf: 'gpt-image-2 (2026-10-01)',
		});
	});

	it('reads expressions for each item and counts all its images', async () => {
		const { items } = await runCost({
			items: [
				{ json: { q: 'low', n: 1, size: '1024x1024' } },
				{ json: { q: 'high', n: 2, size: '1536x1024' } },
			],
			parameters: {
				prompt: 'hello world',
				model: { __rl: true, mode: 'id', value: 'gpt-image-2.5-flare' },
				quality: '={{ $json.q }}',
				size: '={{ $json.size }}',
				options: { numberOfImages: '={{ $json.n }}' },
			},
		});
		expect(estimateOf(items[0]).usd).toEqual(range(0.00592));
		expect(estimateOf(items[1]).tokens).toMatchObject({ imageOutput: range(2744) });
	});

	it('sends what would pass the budget to the second output, later smaller items still fit', async () => {
		const { items, overBudget } = await runCost({
			items: ['high', 'low', 'high', 'low'].map((quality) => ({ json: { quality } })),
			parameters: { prompt: 'hello world', quality: '={{ $json.quality }}', budgetUsd: 0.225 },
		});
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([
			{ item: 0 },
			{ item: 1 },
			{ item: 3 },
		]);
		expect(overBudget.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 2 }]);
	});

	it('fills a budget to the last cent', async () => {
		const { items, overBudget } = await runCost({
			items: Array.from({ length: 12 }, () => ({ json: {} })),
			parameters: { ...base, budgetUsd: 0.0592 },
		});
		expect([items.length, overBudget.length]).toEqual([10, 2]);
	});

	it.each([0, '0'])('takes budget %j as no limit', async (budgetUsd) => {
		const { items, overBudget } = await runCost({
			items: Array.from({ length: 5 }, () => ({ json: {} })),
			parameters: { ...base, budgetUsd },
		});
		expect([items.length, overBudget.length]).toEqual([5, 0]);
	});

	it.each([-1, 'much'])('refuses budget %j', async (budgetUsd) => {
		const { error } = await runCost({ parameters: { ...base, budgetUsd: `=${budgetUsd}` } });
		expect(error?.message).toContain("'Budget (USD)'");
	});

	describe.each(['', '={{ "" }}', '={{ $json.budget }}', '={{ null }}', '={{ [] }}', '={{ NaN }}'])(
		'budget %j is not taken for none',
		(budgetUsd) => {
			const given = { items: [{ json: { sku: 'A' } }, { json: { sku: 'B' } }] };
			const parameters = { ...base, budgetUsd };

			it('it stops the node', async () => {
				const { error, items } = await runCost({ ...given, parameters });
				expect(error?.message).toMatch(/^'Budget \(USD\)' is .* \[item 0\]$/);
				expect(items).toEqual([]);
			});

			it.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
				'with %s, nothing is within it',
				async (onError) => {
					const result = await runCost({ ...given, parameters, settings: { onError } });
					expect([result.error, result.items]).toEqual([undefined, []]);
					const failed = onError === 'continueErrorOutput' ? result.failed : result.overBudget;
					expect(failed.map(({ json }) => json)).toMatchObject(
						['A', 'B'].map((sku) => ({
							sku,
							error: expect.stringMatching(/^'Budget \(USD\)' is /),
							details: { param: 'budgetUsd' },
						})),
					);
				},
			);
		},
	);

	it('sends a model without known prices over the budget, if there is one', async () => {
		const model = { __rl: true, mode: 'id', value: 'gpt-image-9' };
		const limited = await runCost({ parameters: { ...base, model, budgetUsd: 100 } });
		expect(limited.items).toEqual([]);
		expect(estimateOf(limited.overBudget[0])).toMatchObject({
			usd: { min: null, max: null },
			exact: false,
		});
		expect(estimateOf(limited.overBudget[0]).warnings).toContainEqual({
			code: 'request',
			message: expect.stringContaining('gpt-image-9'),
		});
		const free = await runCost({ parameters: { ...base, model } });
		expect(free.items).toHaveLength(1);
	});

	it('gives a range with its reason for size auto', async () => {
		const { items } = await runCost({ parameters: { ...base, size: 'auto' } });
		const { usd, exact, warnings } = estimateOf(items[0]);
		const { min, max } = usd as { min: number; max: number };
		expect(min).toBeLessThan(max);
		expect(exact).toBe(false);
		expect(warnings).toEqual([{ code: 'estimate', message: expect.stringContaining('Size auto') }]);
	});

	it('measures input images as they are seen, and keeps the binaries', async () => {
		const { items } = await runCost({
			items: [
				{ json: {}, binary: { front: await photo(1536, 1024, 6), back: await photo(512, 512) } },
			],
			parameters: {
				...base,
				images: {
					values: [
						{ source: 'field', field: 'front' },
						{ source: 'field', field: 'back' },
					],
				},
			},
		});
		expect(estimateOf(items[0]).tokens).toMatchObject({ imageInput: range(1536 + 1024) });
		expect(Object.keys(items[0]?.binary ?? {})).toEqual(['front', 'back']);
		const all = await runCost({
			items: [{ json: {}, binary: { a: await photo(341, 512), b: await photo(1179, 2556) } }],
			parameters: { ...base, images: { values: [{ source: 'allFields' }] } },
		});
		expect(estimateOf(all.items[0]).tokens).toMatchObject({ imageInput: range(704 + 1482) });
	});

	it('an image that cannot be measured is a range with a warning', async () => {
		const text = {
			data: Buffer.from('hello').toString('base64'),
			mimeType: 'text/plain',
			fileName: 'a.txt',
		};
		const { items } = await runCost({
			items: [{ json: {}, binary: { data: text } }],
			parameters: {
				...base,
				images: {
					values: [
						{ source: 'field', field: 'data' },
						{ source: 'url', url: 'https://example.com/a.png' },
					],
				},
			},
		});
		expect(estimateOf(items[0]).tokens).toMatchObject({ imageInput: { min: 2, max: 3072 } });
		expect(estimateOf(items[0]).warnings).toContainEqual({
			code: 'estimate',
			message: expect.stringContaining('a.txt'),
		});
	});

	it('counts what is said of an image, and refuses more than 16', async () => {
		const images = (count: number, label = '') => ({
			values: Array.from({ length: count }, (_, index) => ({
				source: 'url',
				url: `https://example.com/${index}.png`,
				label,
			})),
		});
		const plain = await runCost({ parameters: { ...base, images: images(1) } });
		const said = await runCost({ parameters: { ...base, images: images(1, 'the logo') } });
		const least = (item: INodeExecutionData | undefined) =>
			(estimateOf(item).tokens as { textInput: { min: number } }).textInput.min;
		expect(least(said.items[0])).toBeGreaterThan(least(plain.items[0]));
		const { error } = await runCost({ parameters: { ...base, images: images(17) } });
		expect(error?.message).toContain("'Images'");
		expect(error?.message).toContain('17');
	});

	it('names a binary field that is not there', async () => {
		const { error } = await runCost({
			parameters: { ...base, images: { values: [{ source: 'field', field: 'photo' }] } },
		});
		expect(error?.message).toContain('photo');
	});

	it('takes the options that change the price', async () => {
		const { items } = await runCost({
			parameters: {
				...base,
				delivery: 'batch',
				options: { partialImages: 2, prices: '{"gpt-image-2 batch": {"textInput": 0}}' },
			},
		});
		expect(estimateOf(items[0])).toMatchObject({
			usd: { min: 0.00294, max: 0.00594 },
			pricesOf: ['gpt-image-2 batch (own prices)', 'gpt-image-2 batch (2026-10-01)'],
		});
	});

	it.each([
		['unknown keys', '{"gpt-image-2": {"images": 1}}', '"images"'],
		['negative values', '{"gpt-image-2": {"imageOutput": -1}}', '-1'],
		['no JSON', '{', 'JSON'],
	])('refuses prices with %s', async (_name, prices, named) => {
		const { error } = await runCost({ parameters: { ...base, options: { prices } } });
		expect(error?.message).toContain("'Prices'");
		expect(error?.message).toContain(named);
	});

	it.each([
		[
			'a size that cannot be drawn',
			{ size: 'custom', width: 1000, height: 1000 },
			"'Size' 1000x1000",
		],
		[
			'a quality that the model does not have',
			{ quality: 'xhigh' },
			"does not support Quality 'Extra High'",
		],
		['no images at all', { options: { numberOfImages: 0 } }, "'Number of Images' is 0"],
		[
			'a batch of a model that batches do not take',
			{ delivery: 'Half price', model: { __rl: true, mode: 'id', value: 'gpt-image-2.6-flare' } },
			'OpenAI does not support gpt-image-2.6-flare in batches',
		],
		['a retired model', { model: { __rl: true, mode: 'id', value: 'dall-e-3' } }, 'dall-e-3'],
	])('refuses %s, naming the item', async (_name, more, named) => {
		const { error } = await runCost({ parameters: { ...base, ...more } });
		expect(error?.message).toContain(named);
		expect(error?.message).toContain('[item 0]');
	});

	describe('an item that cannot be priced', () => {
		const rows = {
			items: [
				{ json: { size: '1000x1000', sku: 'bad' } },
				{ json: { size: '1024x1024', sku: 'good' } },
			],
			parameters: { ...base, size: '={{ $json.size }}' },
		};

		it('stops the node by default', async () => {
			const { error, items } = await runCost(rows);
			expect(error?.message).toContain('1000x1000');
			expect(items).toEqual([]);
		});

		it('goes to Over Budget with the contract’s shape and its fields', async () => {
			const { items, overBudget } = await runCost({
				...rows,
				settings: { onError: 'continueRegularOutput' },
			});
			expect(items.map(({ json }) => json.sku)).toEqual(['good']);
			expect(overBudget[0]?.json).toMatchObject({
				sku: 'bad',
				error: expect.stringContaining('1000x1000'),
				message: expect.stringContaining('closest'),
				details: { code: 'invalid_parameter', billed: 'no', itemIndex: 0 },
			});
		});

		it('stays in its place among those over the budget', async () => {
			const { overBudget } = await runCost({
				items: [1024, 1000, 1024].map((edge, row) => ({ json: { edge, row } })),
				parameters: {
					...{ ...base, size: 'custom', width: '={{ $json.edge }}', height: 1024 },
					budgetUsd: 0.001,
				},
				settings: { onError: 'continueRegularOutput' },
			});
			expect(overBudget.map(({ json }) => json.row)).toEqual([0, 1, 2]);
		});

		it('goes to the error output', async () => {
			const { items, overBudget, failed } = await runCost({
				...rows,
				settings: { onError: 'continueErrorOutput' },
			});
			expect(items.map(({ json }) => json.sku)).toEqual(['good']);
			expect(overBudget).toEqual([]);
			expect(failed[0]?.json).toMatchObject({ sku: 'bad', details: { itemIndex: 0 } });
		});
	});
});
