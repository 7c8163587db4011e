import { Readable } from 'node:stream';
import type { ILoadOptionsFunctions } from 'n8n-workflow';
import { searchModels } from '../../../nodes/host/model-list';
import { pricedQualities } from '../../../nodes/host/price-lists';
import { startDouble, type Double } from '../../openai-double';
import { setDay } from '../../workflows/as-openai';

/** The lists of the editor, whose prices hold whatever the day and the service. */

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(async () => await double.close());
beforeEach(() => {
	setDay('2026-12-02');
});
afterEach(() => {
	jest.useRealTimers();
});

function editor(model: string, credential: object): ILoadOptionsFunctions {
	const context = {
		getCurrentNodeParameters: () => ({
			...{ operation: 'generate', size: '1024x1024', quality: 'medium' },
			model: { __rl: true, mode: 'list', value: model },
		}),
		getCredentials: async () => ({ apiKey: 'sk-test', baseUrl: double.url, ...credential }),
		helpers: {
			httpRequest: async ({ url, headers }: { url: string; headers: Record<string, string> }) => {
				const { status: statusCode, body } = await fetch(url, { headers });
				const stream = Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]);
				return { statusCode, headers: {}, body: stream };
			},
		},
	};
	return context as unknown as ILoadOptionsFunctions;
}

it('a model that another service keeps has its price', async () => {
	double.options.shutdownDates = { 'gpt-image-1.5': '2999-12-31' };
	const { results } = await searchModels.call(editor('gpt-image-2', {}));
	expect(results.map(({ name }) => name)).toContainEqual(
		expect.stringContaining('gpt-image-1.5 (stops on 2999-12-31; about $0.0338'),
	);
	const qualities = await pricedQualities.call(editor('gpt-image-1.5', {}));
	expect(qualities.map(({ name }) => name)).toContain('Medium (about $0.0338)');
});

it('a deployment has the qualities and prices of its model, whatever the limit is', async () => {
	const azure = { service: 'azure', deployments: 'shop = gpt-image-2', maxCostPerDay: 'ten' };
	const { results } = await searchModels.call(editor('shop', azure));
	expect(results.map(({ name }) => name)).toEqual([
		'shop (gpt-image-2; $0.0527 for 1024x1024 Medium)',
	]);
	const qualities = await pricedQualities.call(editor('shop', azure));
	expect(qualities.map(({ name }) => name)).toContain('High ($0.2107)');
	expect(qualities.map(({ value }) => value)).not.toContain('max');
});
