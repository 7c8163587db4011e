import { setTimeout as sleep } from 'node:timers/promises';
import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { Double } from '../openai-double';
import { gptImage, runFlow } from './flows';
import { rows } from './gpt-image';
import { collect, order } from './orders';
import { setUp, startAfresh } from './set-up';

/** A Collect that is stopped in the middle: what it had in its hands is there for the next one. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));
afterEach(() => jest.restoreAllMocks());

const what = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Stops at the second image that n8n stores, and n8n does not wait for the node. */
async function collectAndStop(): Promise<void> {
	const service = Container.get(BinaryDataService);
	const store = service.store.bind(service);
	let stop = (): void => undefined;
	let stored = 0;
	jest.spyOn(service, 'store').mockImplementation(async (...given) => {
		stored += 1;
		if (stored === 2) stop();
		await sleep(50);
		return await store(...given);
	});
	const { status } = await runFlow(double, [gptImage('Collect', { operation: 'collect' })], {
		onStart: ({ cancel }) => (stop = cancel),
	});
	expect(status).toBe('canceled');
	jest.restoreAllMocks();
}

it.each(['OpenAI', 'the store, after a run that failed'])(
	'gets its images from %s',
	async (source) => {
		await order(double, rows(...what));
		if (source !== 'OpenAI') await collect(double, {}, { fails: true });
		await collectAndStop();
		const { images, failed, open } = await collect(double);
		expect(images.map(({ json }) => json.what)).toEqual(what);
		expect([failed, open]).toEqual([[], []]);
		expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(what.length);
	},
);
