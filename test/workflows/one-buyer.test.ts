import { image } from './gpt-image';
import {
	bought,
	double,
	folder,
	reused,
	run,
	sent,
	setUpPayOnce,
	shas,
	warnings,
} from './pay-once';
import { rowsIn } from './set-up';

setUpPayOnce();

/** What is bought just now is waited for, and what was refused is not asked for again. */

it('six equal rows without it: six are paid, each its own', async () => {
	const { items } = await run({ prompts: Array<string>(6).fill('a mug') });
	expect(new Set(shas(items)).size).toBe(6);
	expect(items.map(image)).toMatchObject(Array(6).fill(bought));
});

it('an image that cannot be read here is delivered as it came, with a warning, and kept', async () => {
	double.faults.push({ kind: 'unreadable', times: 1 });
	const first = await run({ prompts: ['a mug'], laterNodeFails: true });
	expect(image(first.items[0])).toMatchObject({ width: null, height: null, format: 'png' });
	expect(warnings(first.items[0])).toContain(
		'The image cannot be read and is delivered as OpenAI sent it',
	);
	const { items } = await run({ prompts: ['a mug'] });
	expect(image(items[0])).toMatchObject({ width: null, request: { reused: true } });
	expect(sent()).toHaveLength(1);
});

it('a flagged prompt is judged once in an execution, however often the node is tried', async () => {
	const { items } = await run({
		prompts: ['something forbidden', 'a mug'],
		limits: { moderationCheck: true },
		settings: {
			onError: 'continueRegularOutput',
			retryOnFail: true,
			maxTries: 3,
			waitBetweenTries: 1,
		},
	});
	expect(items[0]?.json.details).toMatchObject({ code: 'moderation_flagged', billed: 'no' });
	expect(image(items[1])).toMatchObject(reused);
	const judged = double.journal.filter(({ path }) => path.endsWith('/moderations'));
	expect(judged).toHaveLength(2);
	// Refusals are forgotten with their execution.
	expect(rowsIn(folder, "SELECT id FROM purchase WHERE state = 'refused'")).toEqual([]);
});
