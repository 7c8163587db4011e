import type { Double } from '../openai-double';
import { outputOf } from './engine';
import { gptImage, runFlow } from './flows';
import { rows } from './gpt-image';
import { collect, order } from './orders';
import { setUp, startAfresh } from './set-up';

/** Orders whose key is replaced before they are collected. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

async function collectWith(apiKey: string) {
	const run = await runFlow(double, [gptImage('Collect', { operation: 'collect' })], {
		credentials: {
			gptImageApi: { apiKey, organizationId: '', projectId: '', baseUrl: double.url },
		},
	});
	const [ran] = run.data.resultData.runData.Collect ?? [];
	return {
		images: outputOf(run, 'Collect'),
		hints: (ran?.hints ?? []).map(({ message }) => message),
	};
}

it('a Collect that finds nothing names the orders of the old key, as long as something is left of them', async () => {
	const [ordered] = (await order(double, rows('a mug', 'a jug'))).items;
	const { id } = (ordered?.json.image as { order: { id: string } }).order;
	const { images, hints } = await collectWith('sk-new');
	expect(images).toEqual([]);
	expect(hints).toEqual([
		`Orders of this workflow that were placed with another API key or Base URL: 1. Collect them with that credential, or by ID: ${id}`,
	]);

	const byId = await collect(double, { collectFrom: 'id', orderId: id }, { apiKey: 'sk-new' });
	expect(byId.images.map(({ json }) => json.what)).toEqual(['a mug', 'a jug']);
	expect((await collectWith('sk-new')).hints).toEqual([
		'No orders to collect: none was placed, or all are collected.',
	]);
	expect((await collect(double)).images).toEqual([]);
});
