import type { IDataObject } from 'n8n-workflow';
import { runCost } from './gpt-image-cost';

describe('compare', () => {
	const rows = async (parameters: IDataObject) => {
		const { items, error } = await runCost({
			items: [{ json: { sku: 'A1' } }],
			parameters: { operation: 'compare', ...parameters },
		});
		expect(error).toBeUndefined();
		return items.map(({ json }) => json);
	};

	it('gives one item per model, quality and size, cheapest first, with the best one marked', async () => {
		const all = await rows({ prompt: 'hello world', size: '1536x1024', quality: 'medium' });
		expect(all.length).toBeGreaterThan(30);
		const marked = all.filter(({ isCheapest }) => isCheapest === true);
		expect(marked).toHaveLength(1);
		expect(marked[0]).toMatchObject({
			quality: 'medium',
			size: '1536x1024',
			usdMin: 0.01033,
			usdMax: 0.01033,
			savesUsd: 0.03087,
			exact: true,
			replaces: null,
			pricesOf: ['gpt-image-2.5-sunburst (2026-10-01)'],
		});
		const cheaper = all.find(({ model, replaces }) => model === 'gpt-image-2' && replaces);
		expect(cheaper).toMatchObject({ replaces: '1536x1024', meetsRequest: expect.any(Boolean) });
	});

	it('compares the batch prices of the models that take batches', async () => {
		const all = await rows({ size: '1536x1024', delivery: 'batch' });
		const models = new Set(all.map(({ model }) => model));
		expect(models).toContain('gpt-image-2.5-flare');
		expect(models).not.toContain('gpt-image-2.6-flare');
		expect(all.find(({ isCheapest }) => isCheapest)).toMatchObject({
			usdMax: 0.00516,
			pricesOf: ['gpt-image-2.5-sunburst batch (2026-10-01)'],
		});
	});

	it('needs no prompt and links each row to its item', async () => {
		const { items } = await runCost({
			items: [{ json: { model: 'mine' } }, { json: {} }],
			parameters: { operation: 'compare' },
		});
		expect(items[0]?.pairedItem).toEqual({ item: 0 });
		expect(items.at(-1)?.pairedItem).toEqual({ item: 1 });
		expect(items.map(({ json }) => json.model)).not.toContain('mine');
	});

	it('keeps a failed item in its place', async () => {
		const { items } = await runCost({
			items: [{ json: { edge: 1000 } }, { json: { edge: 1024 } }],
			parameters: {
				...{ operation: 'compare', size: 'custom', width: '={{ $json.edge }}' },
				height: 1024,
			},
			settings: { onError: 'continueRegularOutput' },
		});
		expect(items[0]?.json).toMatchObject({ edge: 1000, details: { itemIndex: 0 } });
		expect(items[1]?.pairedItem).toEqual({ item: 1 });
	});

	it('refuses what the chosen model cannot draw', async () => {
		const { error } = await runCost({
			parameters: { operation: 'compare', size: 'custom', width: 4096, height: 1024 },
		});
		expect(error?.message).toContain("'Size' 4096x1024");
	});
});
