import fs, { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IDataObject, INode, INodeExecutionData, INodeType } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { bytesOf, execute, node, outputOf, startNode } from './engine';
import { setUp } from './set-up';

/** What n8n's own engine does with paid pictures when something fails: the promise of pay once. */

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => {
	double.reset();
	folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-pay-once-'));
});
afterEach(() => jest.restoreAllMocks());

/** Stands behind our node and fails when it is told to. */
const laterNode = (fails: boolean): INodeType => ({
	description: { ...startNode([]).description, name: 'later', inputs: ['main'] },
	async execute() {
		if (fails) throw new Error('The storage behind refuses');
		return [this.getInputData()];
	},
});

interface Run {
	readonly prompts: readonly string[];
	readonly options?: IDataObject;
	readonly settings?: Partial<INode>;
	readonly laterNodeFails?: boolean;
	readonly workflowId?: string;
	readonly cancelAfterMs?: number;
	readonly numberOfImages?: number;
}

async function run({ prompts, options, settings, laterNodeFails = false, ...more }: Run) {
	const next = (name: string) => ({ node: name, type: 'main' as const, index: 0 });
	const ended = await execute({
		workflow: {
			id: more.workflowId,
			nodes: [
				node('Start', 'test.start'),
				node(
					'GPT Image',
					'test.gptImage',
					{
						resource: 'image',
						operation: 'generate',
						prompt: '={{ $json.prompt }}',
						quality: 'low',
						numberOfImages: more.numberOfImages ?? 1,
						options: { ledgerFolder: folder, ...options },
					},
					{ credentials: { gptImageApi: { id: '1', name: 'Double' } }, ...settings },
				),
				node('Later', 'test.later'),
			],
			connections: {
				Start: { main: [[next('GPT Image')]] },
				'GPT Image': { main: [[next('Later')]] },
			},
		},
		nodeTypes: {
			'test.start': startNode(prompts.map((prompt) => ({ json: { prompt } }))),
			'test.gptImage': new GptImage(),
			'test.later': laterNode(laterNodeFails),
		},
		credentials: {
			gptImageApi: { apiKey: 'sk-test', organizationId: '', projectId: '', baseUrl: double.url },
		},
		onStart: ({ cancel }) => {
			if (more.cancelAfterMs !== undefined) setTimeout(cancel, more.cancelAfterMs);
		},
	});
	return {
		status: ended.status,
		error: ended.data.resultData.error,
		items: outputOf(ended, 'GPT Image'),
	};
}

const image = (item: INodeExecutionData | undefined) => item?.json.image as IDataObject;
const shas = (items: readonly INodeExecutionData[]) => items.map((item) => image(item)?.sha256);
const warnings = (item: INodeExecutionData | undefined) =>
	(image(item).warnings as string[]).join();
const sent = () => double.journal.map(({ body }) => body?.prompt);
const made = () => double.journal.flatMap(({ imageSha256 }) => imageSha256);

// 'a mug' and 'a jug': 8 text tokens at $5 and 196 image tokens at $30 per million.
const price = 0.00592;
const reused = { request: { reused: true }, cost: { usd: 0, originalUsd: price } };
const bought = { request: { reused: false, attempts: 1 }, cost: { usd: price } };

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

	it('with a first item that works at the second try: one picture each is paid', async () => {
		const { items, status } = await run({
			prompts: ['[[500 x1 unbilled]] a', 'a mug', 'a jug'],
			settings: { ...retry, onError: 'continueRegularOutput' },
			options: { retryUncertain: 0 },
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
	it('leaves the pictures to the next execution, once', async () => {
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

	it('what the calls may have cost is told again with the picture', async () => {
		const prompts = ['[[cut x1]] a mug'];
		const first = await run({ prompts, laterNodeFails: true });
		expect(image(first.items[0])).toMatchObject({ request: { attempts: 2 } });
		const { items } = await run({ prompts });
		expect(image(items[0])).toMatchObject({ request: { reused: true, attempts: 2 } });
		expect(warnings(items[0])).toContain('may have been billed');
	});
});

describe('a failure without continue', () => {
	it('says how many pictures are paid and kept, and the next run uses them', async () => {
		const prompts = ['a mug', 'a jug', '[[500]] a', 'a cup'];
		const options = { maxParallel: 1, retryUncertain: 0 };
		const { error } = await run({ prompts, options });
		expect(error?.message).toContain('[item 2]');
		expect(error?.message).toContain('2 pictures of this run are paid and kept');
		expect(sent()).toEqual(['a mug', 'a jug', '[[500]] a']);
		await run({ prompts, options });
		expect(sent().filter((prompt) => prompt === 'a mug')).toHaveLength(1);
		expect(sent().filter((prompt) => prompt === 'a jug')).toHaveLength(1);
	});

	it('a call that failed beside it is told of by the next run', async () => {
		const prompts = ['[[moderation]] a', '[[slow 200]] [[cut x1]] a mug'];
		const options = { retryUncertain: 0 };
		const { error } = await run({ prompts, options });
		expect(error?.message).toContain('[item 0]');
		const { items } = await run({
			prompts,
			options,
			settings: { onError: 'continueRegularOutput' },
		});
		expect(image(items[1])).toMatchObject({ request: { reused: false } });
		expect(warnings(items[1])).toContain('may have been billed');
	});

	it('a call under way when the user stops comes to its end, and the next run gets its picture', async () => {
		const prompts = ['[[slow 2000]] a mug', 'a jug'];
		const options = { maxParallel: 1 };
		await run({ prompts, options, cancelAfterMs: 300 });
		// The execution did not wait for it.
		expect(double.journal).toMatchObject([{ paid: 0, endedAt: null }]);
		while (readdirSync(path.join(folder, 'ledger', 'calls')).length > 0) await sleep(50);
		expect(double.journal).toMatchObject([{ paid: 1, aborted: false }]);
		const { items } = await run({ prompts, options });
		expect(items.map(image)).toMatchObject([{ request: { reused: true } }, bought]);
		expect(sent()).toEqual(prompts);
		expect(shas(items)).toEqual(made());
	});

	it('a call that fails after the user stopped is told of by the next run, once', async () => {
		const prompts = ['a mug'];
		double.faults.push({ kind: 'cut', times: 1 }, { kind: 'slow', times: 1, ms: 600 });
		await run({ prompts, cancelAfterMs: 200 });
		while (double.journal[0]?.endedAt === null) await sleep(20);
		await sleep(300);
		const { items } = await run({ prompts });
		expect(sent()).toEqual(['a mug', 'a mug']);
		expect(warnings(items[0])).toContain('may have been billed');
		const again = await run({ prompts });
		expect(warnings(again.items[0])).toBe('');
	});
});

describe('reuse', () => {
	const prompts = ['a mug'];

	it('undelivered, the default: an execution that went well leaves nothing to the next', async () => {
		await run({ prompts });
		const { items } = await run({ prompts });
		expect(image(items[0])).toMatchObject(bought);
		expect(double.journal).toHaveLength(2);
	});

	it('always: any picture of the same request, again and again, in any workflow', async () => {
		const options = { reuse: 'always' };
		const first = await run({ prompts, options });
		expect(image(first.items[0])).toMatchObject(bought);
		const second = await run({ prompts, options });
		const third = await run({ prompts, options, workflowId: 'another' });
		expect([second, third].map(({ items }) => image(items[0]))).toMatchObject([reused, reused]);
		expect(shas(third.items)).toEqual(shas(first.items));
		expect(double.journal).toHaveLength(1);
	});

	it('always: not a picture that is older than the hours allow', async () => {
		await run({ prompts, options: { reuse: 'always' } });
		const { items } = await run({ prompts, options: { reuse: 'always', reuseHours: 0 } });
		expect(image(items[0])).toMatchObject(bought);
	});

	it('never: also not what a failed execution left, but nothing twice within one', async () => {
		const options = { reuse: 'never' };
		await run({ prompts, options, laterNodeFails: true });
		const { items } = await run({ prompts, options });
		expect(image(items[0])).toMatchObject(bought);
		expect(double.journal).toHaveLength(2);
		const tried = await run({
			prompts: ['[[moderation]] a', ...prompts],
			options,
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

it('two executions at once: one gets the picture that is left, the other buys its own', async () => {
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

describe('a folder in trouble', () => {
	const ledger = () => path.join(folder, 'ledger');
	/** Every new folder in the ledger is refused, as on a disk that is full or read-only. */
	const refuseFolders = (code: string) => {
		const { mkdir } = fs.promises;
		const refused = Object.assign(new Error(`${code}: no`), { code });
		jest
			.spyOn(fs.promises, 'mkdir')
			.mockImplementation(async (target, ...rest) =>
				String(target).startsWith(folder)
					? await Promise.reject(refused)
					: await mkdir(target, ...rest),
			);
	};

	it('a damaged picture is set aside and bought again, with a warning', async () => {
		const first = await run({ prompts: ['a mug'], laterNodeFails: true });
		const pictures = path.join(ledger(), 'pictures');
		const [file] = readdirSync(pictures, { recursive: true, encoding: 'utf8' }).filter((name) =>
			name.endsWith('picture.png'),
		);
		const target = path.join(pictures, file ?? '');
		const bytes = readFileSync(target);
		bytes[200] = (bytes[200] ?? 0) ^ 1;
		writeFileSync(target, bytes);

		const { items } = await run({ prompts: ['a mug'] });
		expect(image(items[0])).toMatchObject(bought);
		expect(warnings(items[0])).toContain('A kept picture was damaged on disk; it was set aside');
		expect(shas(items)).not.toEqual(shas(first.items));
		expect(readdirSync(path.join(ledger(), 'damaged'))).toHaveLength(1);
	});

	it.each([
		['EROFS', 'the disk is read-only'],
		['ENOSPC', 'the disk is full'],
		['EACCES', 'n8n may not read or write there'],
	])('%s: the picture is delivered, with a warning', async (code, said) => {
		refuseFolders(code);
		const { items, status } = await run({ prompts: ['a mug', 'a jug'] });
		expect(status).toBe('success');
		expect(items.map(image)).toMatchObject([bought, bought]);
		expect(shas(items).sort()).toEqual(made().sort());
		expect(warnings(items[0])).toContain(`Paid pictures are not kept`);
		expect(warnings(items[1])).toContain(said);
	});

	it('a full disk and Retry On Fail: what is in hand is not bought twice', async () => {
		refuseFolders('ENOSPC');
		const { items } = await run({
			prompts: ['[[moderation]] a', 'a mug', 'a jug'],
			settings: {
				onError: 'continueRegularOutput',
				retryOnFail: true,
				maxTries: 3,
				waitBetweenTries: 1,
			},
			numberOfImages: 2,
		});
		expect(sent().sort()).toEqual(['[[moderation]] a', 'a jug', 'a mug']);
		expect(items.flatMap((item) => image(item)?.sha256 ?? []).sort()).toEqual(made().sort());
		expect(items.slice(1).map((item) => image(item).index)).toEqual([1, 2, 1, 2]);
	});

	it('a full disk and a failed item: the message says that nothing could be kept', async () => {
		refuseFolders('ENOSPC');
		const { error } = await run({
			prompts: ['a mug', '[[moderation]] a'],
			options: { maxParallel: 1 },
		});
		expect(error?.message).toContain('1 picture of this run is paid but could not be kept on disk');
		jest.restoreAllMocks();
		const { items } = await run({ prompts: ['a mug'] });
		expect(image(items[0])).toMatchObject(bought);
	});

	it('a file in its place: the same', async () => {
		const file = path.join(folder, 'file');
		writeFileSync(file, 'mine');
		const { items } = await run({ prompts: ['a mug'], options: { ledgerFolder: file } });
		expect(image(items[0])).toMatchObject(bought);
		expect(warnings(items[0])).toContain('a file is in its place. Choose a folder, not a file.');
		expect(readFileSync(file, 'utf8')).toBe('mine');
	});

	it('a folder that does not exist is made, for the owner only', async () => {
		const made = path.join(folder, 'not', 'yet');
		const { items } = await run({ prompts: ['a mug'], options: { ledgerFolder: made } });
		expect(warnings(items[0])).toBe('');
		expect(fs.statSync(made).mode & 0o777).toBe(0o700);
	});
});
