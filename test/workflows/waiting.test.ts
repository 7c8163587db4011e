import type { Double } from '../openai-double';
import { node, outputOf } from './engine';
import { gptImage, runFlow } from './flows';
import { image, rows } from './gpt-image';
import { order } from './orders';
import { setUp, startAfresh } from './set-up';

/** An execution that waits, as behind n8n's Wait node, and continues later with what it had. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

const paid = () => double.journal.filter((entry) => entry.paid > 0).length;

it('fails behind a node that ran after the wait: the next run gets the images of before and after', async () => {
	const steps = () => [
		gptImage('Before', { prompt: 'a mug' }),
		node('Wait', 'test.wait'),
		gptImage('After', { prompt: 'a jug' }),
	];
	const executionId = 'waits';
	const nodes = [...steps(), node('Fail', 'test.fail')];
	const first = await runFlow(double, nodes, { executionId });
	expect(first.status).toBe('waiting');
	const second = await runFlow(double, nodes, { executionId, waiting: first.data });
	expect(second.data.resultData.error?.message).toContain('refuses');

	const again = { executionId: 'again' };
	const waits = await runFlow(double, steps(), again);
	const ended = await runFlow(double, steps(), { ...again, waiting: waits.data });
	for (const name of ['Before', 'After']) {
		expect(image(outputOf(ended, name)[0])).toMatchObject({
			cost: { usd: 0 },
			request: { reused: true },
		});
	}
	expect(paid()).toBe(2);
});

it('collects again behind the wait, as Not Ready goes back to Collect: nothing that failed later is lost', async () => {
	double.options.batchMs = 3_600_000;
	await order(double, rows('a mug', 'a jug'));
	const steps = [
		gptImage('Collect', { operation: 'collect' }),
		node('Wait', 'test.wait'),
		gptImage('Collect Again', { operation: 'collect' }),
		node('Fail', 'test.fail'),
	];
	const connections = {
		Start: [['Collect']],
		Collect: [[], [], ['Wait']],
		Wait: [['Collect Again']],
		'Collect Again': [['Fail']],
	};
	const executionId = 'waits for the batch';
	const first = await runFlow(double, steps, { connections, executionId });
	expect(first.status).toBe('waiting');
	await double.endBatches('completed');
	const second = await runFlow(double, steps, { connections, executionId, waiting: first.data });
	expect(second.data.resultData.error?.message).toContain('refuses');

	const again = await runFlow(double, [gptImage('Collect', { operation: 'collect' })]);
	expect(outputOf(again, 'Collect').map(({ json }) => json.what)).toEqual(['a mug', 'a jug']);
	expect(paid()).toBe(2);
});
