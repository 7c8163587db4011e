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
