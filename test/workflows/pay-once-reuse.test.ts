import type { IDataObject } from 'n8n-workflow';
import { image } from './gpt-image';
import { bought, double, made, reused, run, setUpPayOnce, shas } from './pay-once';

setUpPayOnce();

describe('reuse', () => {
	const prompts = ['a mug'];

	it('undelivered, the default: an execution that went well leaves nothing to the next', async () => {
		await run({ prompts });
		const { items } = await run({ prompts });
		expect(image(items[0])).toMatchObject(bought);
		expect(double.journal).toHaveLength(2);
	});

	it('always: any image of the same request, again and again, in any workflow', async () => {
		const limits = { reuse: 'always' };
		const first = await run({ prompts, limits });
		expect(image(first.items[0])).toMatchObject(bought);
		const second = await run({ prompts, limits });
		const third = await run({ prompts, limits, workflowId: 'another' });
		expect([second, third].map(({ items }) => image(items[0]))).toMatchObject([reused, reused]);
		expect(shas(third.items)).toEqual(shas(first.items));
		expect(double.journal).toHaveLength(1);
	});

	it('always: not an image of another key, however little that key may buy', async () => {
		const limits = { reuse: 'always' };
		await run({ prompts, limits });
		const credential = { apiKey: 'sk-other' };
		const { items } = await run({ prompts, limits, credential });
		expect(image(items[0])).toMatchObject(bought);
		const refused = await run({ prompts, limits, credential: { apiKey: 'sk-bad' } });
		expect(refused.error?.message).toContain('did not accept the API key');
		expect(refused.items).toEqual([]);
		// And each key has its own.
		expect(image((await run({ prompts, limits, credential })).items[0])).toMatchObject(reused);
	});

	it('always: not an image that is older than the hours allow', async () => {
		await run({ prompts, limits: { reuse: 'always' } });
		const { items } = await run({ prompts, limits: { reuse: 'always', reuseHours: 0 } });
		expect(image(items[0])).toMatchObject(bought);
	});

	it.each([
		[1e300, '1e+300'],
		[24.0000001, '24.0000001'],
		[87_601, '87601'],
		[-1, '-1'],
		['', 'empty'],
		['a day', 'a day'],
		[{}, 'neither text nor a number'],
	])('Reuse Hours %j is refused before anything is sent', async (reuseHours, shown) => {
		const { error } = await run({ prompts, limits: { reuse: 'always', reuseHours } });
		expect(error).toMatchObject({
			message: `'Reuse Hours' is ${shown} [item 0]`,
			description: 'It must be a whole number from 0 to 87600 here.',
		});
		expect(double.journal).toEqual([]);
	});

	it('never: also not what a failed execution left, but nothing twice within one', async () => {
		const limits = { reuse: 'never' };
		await run({ prompts, limits, laterNodeFails: true });
		const { items } = await run({ prompts, limits });
		expect(image(items[0])).toMatchObject(bought);
		expect(double.journal).toHaveLength(2);
		const tried = await run({
			prompts: ['[[moderation]] a', ...prompts],
			limits,
			settings: {
				onError: 'continueRegularOutput',
				retryOnFail: true,
				maxTries: 2,
				waitBetweenTries: 1,
			},
		});
		expect(image(tried.items[1])).toMatchObject(reused);
		expect(double.journal).toHaveLength(4);
	});
});

it('two executions at once: one gets the image that is left, the other buys its own', async () => {
	await run({ prompts: ['a mug'], laterNodeFails: true });
	const both = await Promise.all([run({ prompts: ['a mug'] }), run({ prompts: ['a mug'] })]);
	const got = both.flatMap(({ items }) => shas(items));
	expect(got.sort()).toEqual(made().sort());
	expect(new Set(got).size).toBe(2);
	expect(both.map(({ items }) => (image(items[0]).request as IDataObject).reused).sort()).toEqual([
		false,
		true,
	]);
});
