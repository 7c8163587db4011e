import { Container } from '@n8n/di';
import { BinaryDataService } from 'n8n-core';
import type { INodeExecutionData } from 'n8n-workflow';
import { unavailable } from '../../core/store/trouble';
import { openNodeStore } from '../../nodes/host/storage';
import type { Double } from '../openai-double';
import { flatPng, pixelsOf } from '../openai-double/testing';
import { bytesOf } from './engine';
import { image, rows } from './gpt-image';
import { collect, order, orderThenFail } from './orders';
import { hasPostgres, newDatabase } from '../services/shared-postgres';
import { newStore, setUp } from './set-up';

/** Orders for half the price, through n8n's own engine and over HTTP. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());

const stores = ['a folder', ...(hasPostgres() ? ['PostgreSQL'] : [])];
describe.each(stores)('kept in %s', (kind) => {
	async function emptyStore(): Promise<void> {
		newStore();
		if (kind !== 'PostgreSQL') return;
		const { user, password, host, port, database } = await newDatabase();
		const login = `${user}:${encodeURIComponent(password)}`;
		process.env.N8N_GPT_IMAGE_STORE = `postgres://${login}@${host}:${port}/${database}`;
	}

	beforeEach(async () => {
		double.reset();
		await emptyStore();
		Object.assign(double.options, {
			batchMs: 0,
			batchFailure: undefined,
			batchRunsBeforeCancel: 0,
		});
	});

	/** What a batch has asked for itself is not asked by us. */
	const asked = (path: string) =>
		double.journal.filter((entry) => entry.path === path && entry.batch === undefined);
	const creates = () => asked('/v1/batches').filter(({ method }) => method === 'POST');

	it('orders rows as one batch and collects them with their fields at half the price', async () => {
		const what = ['a red mug', 'a blue cup', 'a green jug'];
		const ordered = await order(double, rows(...what));
		expect(ordered.error).toBeUndefined();
		expect(ordered.items).toHaveLength(3);
		expect(ordered.items[1]?.json).toMatchObject({
			row: 1,
			image: {
				status: 'ordered',
				prompt: 'a blue cup',
				model: 'gpt-image-2',
				cost: { usd: null, estimatedUsd: { max: 0.0029625 } },
				order: { id: expect.stringMatching(/^batch_/), kind: 'batch', status: 'validating' },
			},
		});
		expect(ordered.items[1]?.binary).toBeUndefined();
		expect(creates()).toHaveLength(1);

		const { images, failed, open, error } = await collect(double);
		expect(error).toBeUndefined();
		expect([failed, open]).toEqual([[], []]);
		expect(images.map(({ json }) => json.what)).toEqual(what);
		expect(image(images[1])).toMatchObject({
			prompt: 'a blue cup',
			width: 1024,
			fileName: 'a-blue-cup.png',
			// 9 text tokens at $2.50 and 196 image tokens at $15 per million.
			cost: { usd: 0.0029625, pricesOf: ['gpt-image-2 batch (2026-10-01)'] },
			order: {
				id: image(ordered.items[1]).order && expect.stringMatching(/^batch_/),
				kind: 'batch',
			},
		});
		const bytes = await bytesOf(images[0]?.binary?.data);
		expect(bytes.length).toBe(image(images[0]).bytes);
		expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(3);

		expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('names file and field as the node that ordered, unless Collect says otherwise', async () => {
		const options = { fileName: 'cup', outputField: 'photo', keepInput: false };
		await order(double, rows('a cup'), { options });
		const [plain] = (await collect(double)).images;
		expect(Object.keys(plain?.binary ?? {})).toEqual(['photo']);
		expect(Object.keys(plain?.json ?? {})).toEqual(['image']);
		expect(image(plain).fileName).toBe('cup.png');

		await order(double, rows('a jug'), { options });
		const own = { options: { fileName: 'jug', outputField: 'picture', keepInput: true } };
		const [changed] = (await collect(double, own)).images;
		expect(Object.keys(changed?.binary ?? {})).toEqual(['picture']);
		expect(changed?.json).toMatchObject({ what: 'a jug', image: { fileName: 'jug.png' } });
	});

	it('says what is not ready, and gives it later', async () => {
		double.options.batchMs = 3_600_000;
		await order(double, rows('a mug'));
		const early = await collect(double);
		expect(early.images).toEqual([]);
		expect(early.open[0]?.json.order).toMatchObject({
			kind: 'batch',
			status: 'in_progress',
			requests: { total: 1, completed: 0, failed: 0 },
		});
		await double.endBatches('completed');
		expect((await collect(double)).images).toHaveLength(1);
	});

	it('names a refused row with its fields, and the others go on', async () => {
		await order(double, rows('a mug', 'a fight [[moderation]]'));
		const { images, failed } = await collect(double);
		expect(images.map(({ json }) => json.row)).toEqual([0]);
		expect(failed[0]?.json).toMatchObject({
			row: 1,
			error: expect.stringContaining('moderation'),
			details: { code: 'moderation_blocked', billed: 'no', itemIndex: 1 },
			order: { customId: expect.any(String) },
		});
		expect((await collect(double)).failed).toEqual([]);
	});

	it('gives what a failed execution collected once more, without paying or downloading', async () => {
		await order(double, rows('a mug'));
		const first = await collect(double, {}, { fails: true });
		expect(first.error?.message).toContain('refuses');
		const downloads = double.journal.filter(({ path }) => path.endsWith('/content')).length;
		const again = await collect(double);
		expect(image(again.images[0])).toMatchObject({
			cost: { usd: 0, originalUsd: expect.closeTo(0.00296, 4) },
			request: { reused: true },
		});
		expect(double.journal.filter(({ path }) => path.endsWith('/content'))).toHaveLength(downloads);
		expect((await collect(double)).images).toEqual([]);
	});

	it('goes on after a cut download where it broke off', async () => {
		await order(double, rows('a', 'b', 'c', 'd'));
		double.faults.push({ kind: 'cut', lines: 2, times: 3, match: { path: '/content' } });
		const first = await collect(double);
		expect(first.images).toHaveLength(2);
		expect(first.open.map(({ json }) => json.order)).toEqual([
			expect.objectContaining({
				status: 'completed',
				error: {
					code: 'connection_lost',
					message: 'The connection was lost before the image arrived',
				},
			}),
		]);
		const second = await collect(double);
		expect([...first.images, ...second.images].map(({ json }) => json.what).sort()).toEqual([
			'a',
			'b',
			'c',
			'd',
		]);
		expect(double.journal.filter(({ paid }) => paid > 0)).toHaveLength(4);
	});

	it('retries a download that breaks off, and a look that fails', async () => {
		await order(double, rows('a', 'b', 'c', 'd'));
		double.faults.push({ kind: '503', times: 1, match: { method: 'GET', path: '/batches' } });
		double.faults.push({ kind: 'cut', lines: 2, times: 2, match: { path: '/content' } });
		const { images, open } = await collect(double);
		expect(images.map(({ json }) => json.what)).toEqual(['a', 'b', 'c', 'd']);
		expect(open).toEqual([]);
	});

	it('finds a batch again whose create was answered into a broken connection', async () => {
		double.faults.push({ kind: 'cut', times: 1, match: { method: 'POST', path: '/batches' } });
		const { items } = await order(double, rows('a mug'));
		expect(image(items[0]).order).toMatchObject({ id: expect.stringMatching(/^batch_/) });
		expect(creates()).toHaveLength(1);
		expect((await collect(double)).images).toHaveLength(1);
	});

	it.each(['create', 'validation'])('waits for room: the queue is full at %s', async (at) => {
		const code = 'token_limit_exceeded';
		const full = { code, message: 'Enqueued token limit reached for gpt-image-2' };
		if (at === 'create') {
			const match = { method: 'POST', path: '/v1/batches' };
			double.faults.push({ kind: 'error', status: 400, times: 1, match, ...full });
		} else double.options.batchFailure = [full];
		const { items } = await order(double, rows('a mug'));
		if (at === 'create')
			expect(image(items[0]).order).toMatchObject({ id: null, status: 'waiting' });
		else {
			expect((await collect(double)).open[0]?.json.order).toMatchObject({
				id: null,
				status: 'waiting',
			});
			double.options.batchFailure = undefined;
		}
		const { images } = await collect(double);
		expect(images.map(({ json }) => json.what)).toEqual(['a mug']);
		expect(creates()).toHaveLength(2);
	});

	it('fails every row of a file that is refused, with the code of the service', async () => {
		double.options.batchFailure = [{ code: 'invalid_request', message: 'No such model' }];
		await order(double, rows('a', 'b'));
		const { failed, open } = await collect(double);
		expect(open).toEqual([]);
		expect(failed.map(({ json }) => json.details)).toEqual([
			expect.objectContaining({ code: 'invalid_request', billed: 'no', itemIndex: 0 }),
			expect.objectContaining({ code: 'invalid_request', billed: 'no', itemIndex: 1 }),
		]);
	});

	it('tells each row of a refused file what is wrong with its own line', async () => {
		double.options.batchFailure = [1, 2, 3, 4].map((line) => ({
			code: `bad_line_${line}`,
			message: 'This line is refused',
			line,
		}));
		await order(double, rows('a', 'b', 'c', 'd'));
		const { failed } = await collect(double);
		expect(failed.map(({ json }) => [json.what, Object(json.details).code])).toEqual([
			['a', 'bad_line_1'],
			['b', 'bad_line_2'],
			['c', 'bad_line_3'],
			['d', 'bad_line_4'],
		]);
	});

	it('gives what was finished before it expired, or was cancelled by the option', async () => {
		double.options.batchMs = 3_600_000;
		await order(double, rows('a', 'b'));
		await double.endBatches('expired', { runs: 1 });
		const expired = await collect(double);
		expect(expired.images.map(({ json }) => json.what)).toEqual(['a']);
		expect(expired.failed[0]?.json.details).toMatchObject({ code: 'batch_expired', billed: 'no' });

		double.options.batchRunsBeforeCancel = 1;
		await order(double, rows('c', 'd'));
		const cancelled = await collect(double, { options: { cancel: true } });
		expect(cancelled.images.map(({ json }) => json.what)).toEqual(['c']);
		expect(cancelled.failed[0]?.json.details).toMatchObject({ code: 'batch_cancelled' });
	});

	it('says why an order could not be cancelled, and cancels it the next time', async () => {
		double.options.batchMs = 3_600_000;
		await order(double, rows('a'));
		const match = { path: '/cancel' };
		double.faults.push({ kind: 'error', status: 403, times: 1, match });
		double.faults.push({ kind: '503', match });
		const cancel = { options: { cancel: true } };
		const forbidden = await collect(double, cancel);
		expect(forbidden.failed.map(({ json }) => json.details)).toMatchObject([{ status: 403 }]);
		const away = await collect(double, cancel);
		expect(away.open[0]?.json.order).toMatchObject({
			error: { code: 'server_is_overloaded' },
		});
		double.faults.clear();
		const { failed } = await collect(double, cancel);
		expect(failed[0]?.json.details).toMatchObject({ code: 'batch_cancelled' });
	});

	it('never sends an order that was cancelled while it waited', async () => {
		const match = { method: 'POST', path: '/v1/batches' };
		double.faults.push({ kind: 'error', status: 400, code: 'token_limit_exceeded', match });
		await order(double, rows('a mug'));
		double.faults.clear();
		const { failed } = await collect(double, { options: { cancel: true } });
		expect(failed[0]?.json.details).toMatchObject({ code: 'batch_cancelled' });
		expect(creates()).toHaveLength(1);
	});

	it('uploads nothing when the rows together are over the limit', async () => {
		const limits = { maxCostPerRun: 0.005 };
		const { error } = await order(double, rows('a', 'b'), { limits });
		expect(error?.message).toContain('Max Cost per Run');
		expect(double.journal).toEqual([]);
		const skip = await order(
			double,
			rows('a', 'b'),
			{ limits: { ...limits, onBudget: 'skip' } },
			{ settings: { onError: 'continueRegularOutput' } },
		);
		expect(skip.items.map(({ json }) => 'error' in json).sort()).toEqual([false, true]);
		expect((await collect(double)).images).toHaveLength(1);
	});

	it('counts in the day with its highest price until its real one is known', async () => {
		double.options.batchMs = 3_600_000;
		// A row costs $0.0029625; with [[moderation]] it costs nothing.
		const day = async (...texts: string[]) =>
			await order(double, rows(...texts), {}, { credential: { maxCostPerDay: 0.008 } });
		expect((await day('a', 'b [[moderation]]')).error).toBeUndefined();
		expect((await day('c')).error?.message).toContain("exceed 'Max Cost per Day (USD)'");
		await double.endBatches('completed');
		expect((await collect(double)).failed).toHaveLength(1);
		expect((await day('c')).error).toBeUndefined();
	});

	it('prices and sends nothing in a dry run', async () => {
		const { items } = await order(double, rows('a mug'), { options: { dryRun: true } });
		expect(image(items[0])).toMatchObject({
			request: { dryRun: true },
			// 8 text tokens at $2.50 and 196 image tokens at $15 per million.
			cost: { usd: 0, estimatedUsd: { max: 0.00296 } },
		});
		expect(double.journal).toEqual([]);
		expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('gives nothing again by its ID, once all of it was collected', async () => {
		const { items } = await order(double, rows('a mug'));
		expect((await collect(double)).images).toHaveLength(1);
		await collect(double);
		const by = { collectFrom: 'id', orderId: Object(image(items[0]).order).id };
		expect(await collect(double, by)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('gives the same orders to the same rows after a failed execution, else new ones', async () => {
		const idsOf = (items: readonly INodeExecutionData[]): unknown[] =>
			items.map((item) => Object(image(item).order).id);
		const first = await orderThenFail(double, rows('a', 'b'));
		const again = await order(double, rows('a', 'b'));
		expect(idsOf(again.items)).toEqual(idsOf(first));
		expect(creates()).toHaveLength(1);
		const anew = await order(double, rows('a', 'b'));
		expect(idsOf(anew.items)).not.toEqual(idsOf(first));
		expect((await collect(double)).images).toHaveLength(4);
	});

	it('uploads a reference of many rows once, for edits with a mask, and deletes it when all is kept', async () => {
		const data = (await flatPng(1024, 1024)).toString('base64');
		const photo = { data: { data, mimeType: 'image/png', fileName: 'photo.png' } };
		const items = rows('add a lamp', 'add a cat').map((item) => ({ ...item, binary: photo }));
		const ordered = await order(double, items, {
			operation: 'edit',
			images: { values: [{ source: 'field', field: 'data' }] },
			maskSource: 'box',
			boxX: 25,
			boxY: 25,
			boxWidth: 50,
			boxHeight: 50,
			size: 'input',
		});
		expect(ordered.error).toBeUndefined();
		// There is no image yet, so nothing of the photo is in its way.
		expect(ordered.items.map(({ binary }) => binary)).toEqual([undefined, undefined]);
		const codes = ordered.items.map(({ json }) =>
			JSON.stringify(json.image).match(/"code":"\w+"/g),
		);
		expect(codes).toEqual([['"code":"estimate"'], ['"code":"estimate"']]);
		// The photo, its mask and the lines.
		expect(asked('/v1/files')).toHaveLength(3);
		const { images, failed } = await collect(double);
		expect(failed).toEqual([]);
		expect(images.map(({ json }) => json.what)).toEqual(['add a lamp', 'add a cat']);
		// A corner is the photo's own.
		const bytes = await bytesOf(images[0]?.binary?.data);
		expect((await pixelsOf(bytes)).subarray(0, 3)).toEqual(Buffer.from([200, 90, 40]));
		expect(double.journal.filter(({ method }) => method === 'DELETE')).toHaveLength(3);
	});

	it('cuts rows into batches by their images, and refuses a model that batches do not take', async () => {
		const { items } = await order(double, rows('a', 'b', 'c'), {
			options: { numberOfImages: 2 },
			limits: { maxImagesPerBatch: 4 },
		});
		expect(new Set(items.map((item) => Object(image(item).order).id)).size).toBe(2);
		const { images } = await collect(double);
		expect(images.map(({ json }) => json.what)).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);

		const model = { mode: 'id', value: 'gpt-image-2.6-flare' };
		const refused = await order(double, rows('a'), { model });
		expect(refused.error?.message).toContain('gpt-image-2.6-flare');
	});

	it('says what is wrong with the credential, and where', async () => {
		const { error } = await collect(double, {}, { apiKey: '' });
		expect(error?.message).toContain('[item 0]');
		expect(error).toHaveProperty('description', expect.stringContaining('credential'));
	});

	it('collects an order by its ID where nothing is known of it, and names a foreign one', async () => {
		double.options.batchMs = 3_600_000;
		const { items } = await order(double, rows('a mug'));
		const { id } = Object(image(items[0]).order) as { id: string };
		await emptyStore();
		const by = { collectFrom: 'id', orderId: id };
		const [early] = (await collect(double, by)).open;
		expect(early?.json.order).toMatchObject({
			...{ id, kind: 'batch', status: 'in_progress' },
			orderedAt: expect.stringMatching(/^20\d\d-/),
		});
		await double.endBatches('completed');
		const { images } = await collect(double, by);
		expect(image(images[0]).warnings).toEqual([expect.objectContaining({ code: 'order_unknown' })]);
		expect((await collect(double, by)).images).toEqual([]);
		const foreign = await collect(double, { collectFrom: 'id', orderId: 'batch_foreign' });
		expect(foreign.failed[0]?.json.details).toMatchObject({ code: 'order_not_found' });
	});
});

it('names that every object has are fields of a row like any other, and reach nothing else', async () => {
	double.reset();
	newStore();
	Object.assign(double.options, { batchMs: 0, batchFailure: undefined });
	const own = { constructor: { prototype: { polluted: 1 } }, toString: 't', hasOwnProperty: 1 };
	const proto = '{"__proto__":{"message":"hidden","details":{"advice":"hidden"},"polluted":2}}';
	const row = (what: string) => ({ json: { ...Object(JSON.parse(proto)), ...own, what } });
	await order(double, [row('a mug'), row('a fight [[moderation]]')]);
	const { images, failed } = await collect(double);
	expect(images[0]?.json).toEqual(expect.objectContaining({ ...own, what: 'a mug' }));
	expect(failed[0]?.json).toEqual(
		expect.objectContaining({
			...own,
			what: 'a fight [[moderation]]',
			message: expect.stringContaining('Change the prompt'),
			details: expect.objectContaining({ code: 'moderation_blocked' }),
		}),
	);
	for (const { json } of [...images, ...failed]) {
		expect(Object.getPrototypeOf(json)).not.toHaveProperty('polluted');
	}
	expect({}).not.toHaveProperty('polluted');
});

describe('what fails as a whole names the item and what to do', () => {
	beforeEach(() => {
		double.reset();
		newStore();
	});

	it.each([
		[0, '0'],
		['', 'empty'],
		['many', 'many'],
	])('Max Images per Batch is %j', async (maxImagesPerBatch, shown) => {
		const { error } = await order(double, rows('a', 'b'), { limits: { maxImagesPerBatch } });
		expect(error).toMatchObject({
			message: `'Max Images per Batch' is ${shown} [item 0]`,
			description: 'It must be a whole number of at least 1 here.',
		});
		expect(double.journal).toEqual([]);
	});

	it('a store that is not there', async () => {
		const fail = () =>
			jest
				.spyOn(openNodeStore().orders, 'dropBroken')
				.mockRejectedValueOnce(unavailable('The disk of the store is gone'));
		fail();
		const stopped = await order(double, rows('a', 'b'));
		expect(stopped.error).toMatchObject({
			message: expect.stringMatching(/The disk of the store is gone \[item 0\]$/),
			description: expect.stringMatching(/./),
		});
		fail();
		const settings = { onError: 'continueRegularOutput' } as const;
		const { items, error } = await order(double, rows('a', 'b'), {}, { settings });
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json)).toMatchObject([
			{ row: 0, details: { code: 'store_unavailable', billed: 'no' } },
			{ row: 1, details: { code: 'store_unavailable', billed: 'no' } },
		]);
		expect(double.journal).toEqual([]);
	});

	it('a preview that n8n cannot store is the failure of its row alone', async () => {
		const full = new Error('ENOSPC: no space left on device');
		const spy = jest.spyOn(Container.get(BinaryDataService), 'store').mockRejectedValueOnce(full);
		const settings = { onError: 'continueRegularOutput' } as const;
		const parameters = { options: { dryRun: true } };
		const { items, error } = await order(double, rows('a', 'b'), parameters, { settings });
		spy.mockRestore();
		expect(error).toBeUndefined();
		expect(items.map(({ json }) => json)).toMatchObject([
			{ row: 0, details: { code: 'not_stored', billed: 'no' } },
			{ row: 1, image: { request: { dryRun: true } } },
		]);
	});
});
