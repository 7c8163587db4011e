import { setTimeout as sleep } from 'node:timers/promises';
import { bytesOf } from './engine';
import { image } from './gpt-image';
import {
	bought,
	double,
	folder,
	made,
	reused,
	run,
	sent,
	setUpPayOnce,
	shas,
	warnings,
} from './pay-once';
import { callsEnded } from './set-up';

setUpPayOnce();

describe('Retry On Fail runs the whole node again', () => {
	const retry = { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };

	it('with a first item refused for good: nothing is bought twice, nothing refused is sent again', async () => {
		const { items } = await run({
			prompts: ['[[moderation]] a', 'a mug', 'a jug'],
			settings: { ...retry, onError: 'continueRegularOutput' },
		});
		expect(sent().sort()).toEqual(['[[moderation]] a', 'a jug', 'a mug']);
		expect(items[0]?.json).toMatchObject({ details: { code: 'moderation_blocked' } });
		// The last try handed out what the first had bought.
		expect(image(items[1])).toMatchObject(reused);
		expect(image(items[2])).toMatchObject(reused);
		const bytes = await bytesOf(items[1]?.binary?.data);
		expect(bytes.length).toBe(image(items[1]).bytes);
	});

	it('and with errors that stop the node', async () => {
		const { error } = await run({
			prompts: ['[[moderation]] a', 'a mug', 'a jug'],
			settings: retry,
		});
		expect(error?.message).toContain('moderation blocked the request');
		expect(sent().sort()).toEqual(['[[moderation]] a', 'a jug', 'a mug']);
	});

	it('with a first item that works at the second try: one image each is paid', async () => {
		const { items, status } = await run({
			prompts: ['[[500 x1 unbilled]] a', 'a mug', 'a jug'],
			settings: { ...retry, onError: 'continueRegularOutput' },
			limits: { retryLost: false },
		});
		expect(status).toBe('success');
		expect(double.journal.map(({ paid }) => paid).sort()).toEqual([0, 1, 1, 1]);
		expect(items.map((item) => image(item).request)).toMatchObject([
			{ reused: false },
			{ reused: true },
			{ reused: true },
		]);
		// n8n throws the first try's items away, so this one tells of its call.
		expect(warnings(items[0])).toContain('may have been billed');
	});

	it('with the error output there is no second try: successes come first', async () => {
		const { items } = await run({
			prompts: ['[[moderation]] a', 'a mug'],
			settings: { ...retry, onError: 'continueErrorOutput' },
		});
		expect(double.journal).toHaveLength(2);
		expect(image(items[0])).toMatchObject(bought);
	});
});

describe('a later node that fails', () => {
	it('leaves the images to the next execution, once', async () => {
		const prompts = ['a mug', 'a jug'];
		const first = await run({ prompts, laterNodeFails: true });
		expect(first.error?.message).toContain('The storage behind refuses');
		const second = await run({ prompts });
		expect(double.journal).toHaveLength(2);
		expect(second.items.map(image)).toMatchObject([reused, reused]);
		expect(shas(second.items)).toEqual(shas(first.items));
		const third = await run({ prompts });
		expect(third.items.map(image)).toMatchObject([bought, bought]);
		expect(double.journal).toHaveLength(4);
	});

	it('of several images of one request each is handed out, in order', async () => {
		const first = await run({ prompts: ['a mug'], numberOfImages: 3, laterNodeFails: true });
		const second = await run({ prompts: ['a mug'], numberOfImages: 3 });
		expect(shas(second.items)).toEqual(shas(first.items));
		expect(new Set(shas(second.items)).size).toBe(3);
		expect(double.journal).toHaveLength(1);
	});

	it('another workflow does not get them', async () => {
		await run({ prompts: ['a mug'], laterNodeFails: true });
		const { items } = await run({ prompts: ['a mug'], workflowId: 'another' });
		expect(image(items[0])).toMatchObject(bought);
	});

	it('what the calls may have cost is told again with the image', async () => {
		const prompts = ['[[cut x1]] a mug'];
		const first = await run({ prompts, laterNodeFails: true });
		expect(image(first.items[0])).toMatchObject({ request: { attempts: 2 } });
		const { items } = await run({ prompts });
		expect(image(items[0])).toMatchObject({ request: { reused: true, attempts: 2 } });
		expect(warnings(items[0])).toContain('may have been billed');
	});
});

describe('a failure without continue', () => {
	it('says how many images are paid and kept, and the next run uses them', async () => {
		const prompts = ['a mug', 'a jug', '[[500]] a', 'a cup'];
		const limits = { maxParallel: 1, retryLost: false };
		const { error } = await run({ prompts, limits });
		expect(error?.message).toContain('[item 2]');
		expect(error?.message).toContain('2 images of this run are paid and kept');
		expect(sent()).toEqual(['a mug', 'a jug', '[[500]] a']);
		await run({ prompts, limits });
		expect(sent().filter((prompt) => prompt === 'a mug')).toHaveLength(1);
		expect(sent().filter((prompt) => prompt === 'a jug')).toHaveLength(1);
	});

	it('a call that failed beside it is told of by the next run', async () => {
		const prompts = ['[[moderation]] a', '[[slow 200]] [[cut x1]] a mug'];
		const limits = { retryLost: false };
		const { error } = await run({ prompts, limits });
		expect(error?.message).toContain('[item 0]');
		const { items } = await run({
			prompts,
			limits,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(image(items[1])).toMatchObject({ request: { reused: false } });
		expect(warnings(items[1])).toContain('may have been billed');
	});

	it('a call under way when the user stops comes to its end, and the next run gets its image', async () => {
		const prompts = ['[[slow 2000]] a mug', 'a jug'];
		const limits = { maxParallel: 1 };
		await run({ prompts, limits, cancelOnceSent: 1 });
		// The execution did not wait for it.
		expect(double.journal).toMatchObject([{ paid: 0, endedAt: null }]);
		await callsEnded(folder);
		expect(double.journal).toMatchObject([{ paid: 1, aborted: false }]);
		const { items } = await run({ prompts, limits });
		expect(items.map(image)).toMatchObject([{ request: { reused: true } }, bought]);
		expect(sent()).toEqual(prompts);
		expect(shas(items)).toEqual(made());
	});

	it('a call that fails after the user stopped is told of by the next run, once', async () => {
		const prompts = ['a mug'];
		double.faults.push({ kind: 'cut', times: 1 }, { kind: 'slow', times: 1, ms: 600 });
		await run({ prompts, cancelOnceSent: 1 });
		while (double.journal[0]?.endedAt === null) await sleep(20);
		await sleep(300);
		const { items } = await run({ prompts });
		expect(sent()).toEqual(['a mug', 'a mug']);
		expect(warnings(items[0])).toContain('may have been billed');
		const again = await run({ prompts });
		expect(warnings(again.items[0])).toBe('');
	});
});
