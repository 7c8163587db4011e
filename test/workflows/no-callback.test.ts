import { ExecuteContext } from 'n8n-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Double } from '../openai-double';
import { outputOf } from './engine';
import { gptImage, runFlow } from './flows';
import { image, rows } from './gpt-image';
import { callsEnded, onceSent, setUp, startAfresh } from './set-up';

/** n8n before 2.33 does not tell a node how the execution ended. */

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => (folder = startAfresh(double)));

const hook = 'onExecutionFinish';
beforeEach(() => void Reflect.set(ExecuteContext.prototype, hook, undefined));
afterEach(() => void Reflect.deleteProperty(ExecuteContext.prototype, hook));

const items = rows('a', 'b');
const nodes = () => [
	gptImage(
		'Node',
		{ prompt: '={{ $json.what }}', limits: { maxParallel: 1 } },
		{ onError: 'continueRegularOutput' },
	),
];

it('a stopped execution delivers nothing: the next one gets what it paid for', async () => {
	double.faults.push({ kind: 'slow', ms: 1_000, match: { promptIncludes: 'b' } });
	const stopped = await runFlow(double, nodes(), {
		items,
		onStart: ({ cancel }) => onceSent(double, 2, cancel),
	});
	expect(stopped.status).toBe('canceled');
	await callsEnded(folder);
	await sleep(100);
	const again = await runFlow(double, nodes(), { items });
	expect(outputOf(again, 'Node').map((item) => image(item).request)).toMatchObject([
		{ reused: true },
		{ reused: true },
	]);
	expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(2);
});

it('one that is not stopped has its images, and the next one buys others', async () => {
	await runFlow(double, nodes(), { items });
	await runFlow(double, nodes(), { items });
	expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(4);
});
