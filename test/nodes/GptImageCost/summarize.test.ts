import type { INodeExecutionData } from 'n8n-workflow';
import sharp from 'sharp';
import { bytesOf, useBinaryMode } from '../../workflows/engine';
import { range, runCost } from './gpt-image-cost';

beforeAll(async () => {
	await useBinaryMode('memory');
});

describe('summarize', () => {
	const image = (model: string, usd: number | null, request: object = {}) => ({
		json: {
			campaign: 'spring',
			image: {
				model,
				quality: 'low',
				usage: { imageOutput: 196 },
				cost: { usd, originalUsd: 0.01, estimatedUsd: range(0.02) },
				request: { reused: false, dryRun: false, ...request },
			},
		},
	});
	const items = [
		image('gpt-image-2', 0.1),
		image('gpt-image-2', 0.2),
		image('gpt-image-2.5-flare', 0.05),
		image('gpt-image-2', 0, { reused: true }),
		image('gpt-image-2', 0, { dryRun: true }),
		{ json: { error: 'x', message: 'y', details: { code: 'moderation_blocked', billed: 'no' } } },
	];

	it('adds up all items and draws a chart', async () => {
		const { items: made, error } = await runCost({
			items,
			parameters: { operation: 'summarize', title: 'Spring' },
		});
		expect(error).toBeUndefined();
		expect(made).toHaveLength(1);
		expect(made[0]?.pairedItem).toHaveLength(6);
		expect(made[0]?.json.summary).toMatchObject({
			by: 'model',
			total: {
				images: 3,
				usd: 0.35,
				reused: { images: 1, savedUsd: 0.01 },
				dryRun: { images: 1, usd: range(0.02) },
				failed: { items: 1, possiblyBilled: 0 },
			},
			groups: [
				{ name: 'gpt-image-2', usd: 0.3 },
				{ name: 'gpt-image-2.5-flare', usd: 0.05 },
				{ name: 'unknown', failed: { items: 1 } },
			],
			ignored: 0,
		});
		const chart = made[0]?.binary?.data;
		expect(chart).toMatchObject({ fileName: 'image-costs.png', mimeType: 'image/png' });
		const { format, width } = await sharp(await bytesOf(chart)).metadata();
		expect([format, width]).toEqual(['png', 1200]);
	});

	it('groups by a field of the user’s and by day, with or without a chart', async () => {
		const field = await runCost({
			items,
			parameters: {
				operation: 'summarize',
				groupBy: 'field',
				value: '={{ $json.campaign }}',
				outputField: 'chart',
			},
		});
		expect(field.items[0]?.json.summary).toMatchObject({
			groups: [{ name: 'spring', images: 3 }, { name: 'unknown' }],
		});
		expect(Object.keys(field.items[0]?.binary ?? {})).toEqual(['chart']);
		const day = await runCost({
			items,
			parameters: { operation: 'summarize', groupBy: 'day', date: '2026-11-20', chart: false },
		});
		expect(day.items[0]?.json.summary).toMatchObject({ groups: [{ name: '2026-11-20' }] });
		expect(day.items[0]?.binary).toBeUndefined();
	});

	it.each(['the third', '', '2026-13-40', '={{ {} }}', '={{ $json.nothing }}', '={{ 1e300 }}'])(
		'keeps the money of items whose date is %j, under a day that is unknown',
		async (date) => {
			const { items: made, error } = await runCost({
				items,
				parameters: { operation: 'summarize', groupBy: 'day', date, chart: false },
			});
			expect(error).toBeUndefined();
			expect(made[0]?.json.summary).toMatchObject({
				total: { images: 3, usd: 0.35 },
				groups: [{ name: 'unknown', images: 3, usd: 0.35, failed: { items: 1 } }],
			});
		},
	);

	describe.each(['field', 'day'])('an item whose %s is an expression that throws', (groupBy) => {
		const thrown = "={{ $json.image ? 'all' : $('Nowhere').item.json.name }}";
		const given = { operation: 'summarize', groupBy, value: thrown, date: thrown, chart: false };
		const failure = {
			error: "Referenced node doesn't exist",
			details: { code: 'invalid_input', billed: 'no', itemIndex: 6 },
		};
		const all = [...items, { json: { sku: 'A' } }, image('gpt-image-2', 0.1)];
		const bad: INodeExecutionData[] = [...all];
		bad[5] = { json: { image: 'none' } };
		const total = { images: 4, usd: 0.45 };

		it('fails by its name, and the others are added up', async () => {
			const { items: made, error } = await runCost({
				items: bad,
				parameters: given,
				settings: { onError: 'continueRegularOutput' },
			});
			expect(error).toBeUndefined();
			expect(made.map(({ json }) => json)).toMatchObject([
				{ summary: { by: groupBy, total, ignored: 1 } },
				{ sku: 'A', ...failure },
			]);
			expect(made[0]?.pairedItem).toEqual([0, 1, 2, 3, 4, 5, 7].map((item) => ({ item })));
		});

		it('goes to the error output', async () => {
			const settings = { onError: 'continueErrorOutput' as const };
			const { items: made, failed } = await runCost({ items: bad, parameters: given, settings });
			expect(made.map(({ json }) => json)).toMatchObject([{ summary: { total } }]);
			expect(failed.map(({ json }) => json)).toMatchObject([{ sku: 'A', ...failure }]);
		});

		it('stops the node, which names it', async () => {
			const { items: made, error } = await runCost({ items: bad, parameters: given });
			expect(made).toEqual([]);
			expect(error?.message).toBe("Referenced node doesn't exist [item 6]");
		});
	});

	it('a grouping that there is not is never passed over', async () => {
		const { items: made } = await runCost({
			items,
			parameters: { operation: 'summarize', groupBy: 'week' },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(made).toHaveLength(6);
		expect(made.map(({ json }) => json.error)).toEqual(
			items.map(() => expect.stringContaining('\'Group By\' is "week"')),
		);
	});

	it('takes items that are no images', async () => {
		const { items: made } = await runCost({
			items: [{ json: { a: 1 } }],
			parameters: { operation: 'summarize' },
		});
		expect(made[0]?.json.summary).toMatchObject({ ignored: 1, groups: [], total: { images: 0 } });
	});

	it('refuses a grouping that there is not', async () => {
		const { error } = await runCost({
			items,
			parameters: { operation: 'summarize', groupBy: 'week' },
		});
		expect(error?.message).toContain('\'Group By\' is "week"');
	});
});
