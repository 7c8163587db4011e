import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { hasPostgres, newDatabase } from '../services/shared-postgres';
import { inSession, lineagesOf, paidOf, say, sayAndFail, turnsSent } from './conversations';
import { image, rows } from './gpt-image';
import { collect } from './orders';
import { newStore, setUp } from './set-up';

/** Turns that are sent in the background and collected, through n8n's own engine and over HTTP. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());

const later = { delivery: 'background' };
const orderOf = (item: INodeExecutionData | undefined) =>
	Object(image(item).order) as { id: string; status: string };
const release = async (): Promise<void> => {
	double.options.backgroundHeld = false;
	await new Promise((resolve) => setTimeout(resolve, 200));
};

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
		double.options.backgroundHeld = true;
		await emptyStore();
	});

	it('is ordered at once, and collected with its fields at the full price', async () => {
		const items = rows('a red mug', 'a blue cup');
		const ordered = await say(double, '={{ $json.what }}', later, { items });
		expect(ordered.error).toBeUndefined();
		expect(ordered.items.map(({ json }) => json.row)).toEqual([0, 1]);
		expect(ordered.items[1]?.json.image).toMatchObject({
			status: 'ordered',
			prompt: 'a blue cup',
			model: 'gpt-image-2',
			cost: { usd: null, estimatedUsd: { min: expect.any(Number), max: expect.any(Number) } },
			order: { id: expect.stringMatching(/^resp_/), kind: 'turn', status: 'queued' },
		});
		expect(ordered.items[1]?.binary).toBeUndefined();
		expect(turnsSent(double)[0]?.body).toMatchObject({ background: true, store: true });

		const early = await collect(double);
		expect(early.images).toEqual([]);
		// They were begun side by side, so either may be the first.
		const byId = (a: IDataObject, b: IDataObject) => String(a.id).localeCompare(String(b.id));
		expect(early.open.map(({ json }) => Object(json.order) as IDataObject).sort(byId)).toEqual(
			ordered.items
				.map(orderOf)
				.sort(byId)
				.map(({ id }) =>
					expect.objectContaining({
						id,
						kind: 'turn',
						status: 'in_progress',
						requests: { total: 1, completed: 0, failed: 0 },
					}),
				),
		);
		await release();
		const { images: all, failed, open } = await collect(double);
		expect([failed, open]).toEqual([[], []]);
		const images = all.sort((a, b) => Number(a.json.row) - Number(b.json.row));
		expect(images.map(({ json }) => json.what)).toEqual(['a red mug', 'a blue cup']);
		expect(image(images[0])).toMatchObject({
			prompt: 'a red mug',
			width: 1024,
			fileName: 'a-red-mug.png',
			// 123 tokens to the chat model at $2.50 and 29 from it at $15, 13 of text at $5 and 196 of the
			// image at $30 per million.
			cost: { usd: 0.0066875 },
			conversation: { responseId: orderOf(ordered.items[0]).id, turn: 1 },
			order: { id: orderOf(ordered.items[0]).id, kind: 'turn' },
		});
		expect(paidOf(double)).toBe(2);
		expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
		const by = { collectFrom: 'id', orderId: orderOf(ordered.items[0]).id };
		expect(await collect(double, by)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('costs what the same turn costs now, with the images of a story split exactly', async () => {
		double.options.backgroundHeld = false;
		const now = await say(double, 'a story [[panels 2]]');
		await say(double, 'a story [[panels 2]]', later);
		await release();
		const { images } = await collect(double);
		const costs = (items: readonly INodeExecutionData[]) =>
			items.map((item) => Object(image(item).cost)).map(({ usd, parts }) => ({ usd, parts }));
		expect(images).toHaveLength(2);
		expect(costs(images)).toEqual(costs(now.items));
	});

	it('names what failed, with the fields of its row', async () => {
		double.options.backgroundHeld = false;
		const what = ['a mug [[failresponse server_error]]', 'two [[panels 2]] [[failcall 1]]'];
		await say(double, '={{ $json.what }}', later, { items: rows(...what) });
		await release();
		const { images, failed } = await collect(double);
		expect(images.map(({ json }) => json.row)).toEqual([1]);
		expect(failed.map(({ json }) => json)).toEqual([
			expect.objectContaining({
				row: 0,
				error: expect.any(String),
				details: expect.objectContaining({
					code: 'server_error',
					billed: 'possibly',
					itemIndex: 0,
				}),
				order: expect.objectContaining({ id: expect.stringMatching(/^resp_/) }),
			}),
			expect.objectContaining({
				row: 1,
				details: expect.objectContaining({ code: 'moderation_blocked', itemIndex: 1 }),
			}),
		]);
		expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('is cancelled at OpenAI by the option', async () => {
		await say(double, 'a mug', later);
		const { failed, open } = await collect(double, { options: { cancel: true } });
		expect(open).toEqual([]);
		expect(failed[0]?.json.details).toMatchObject({ code: 'response_cancelled' });
		await release();
		expect(paidOf(double)).toBe(0);
		expect((await collect(double)).failed).toEqual([]);
	});

	it('is the same order for the same rows after a failed execution, else a new one', async () => {
		const first = await sayAndFail(double, 'a mug', later);
		expect(first.error?.message).toContain('website is down');
		const again = await say(double, 'a mug', later);
		expect(turnsSent(double)).toHaveLength(1);
		expect(orderOf(again.items[0]).id).toMatch(/^resp_/);
		const anew = await say(double, 'a mug', later);
		expect(orderOf(anew.items[0]).id).not.toBe(orderOf(again.items[0]).id);
		await release();
		expect((await collect(double)).images).toHaveLength(2);
	});

	it('gives what a failed execution collected once more, without paying', async () => {
		double.options.backgroundHeld = false;
		await say(double, 'a mug', later);
		await release();
		expect((await collect(double, {}, { fails: true })).error?.message).toContain('refuses');
		const again = await collect(double);
		expect(image(again.images[0])).toMatchObject({
			cost: { usd: 0, originalUsd: expect.any(Number) },
			request: { reused: true },
		});
		expect((await collect(double)).images).toEqual([]);
	});

	it('is read by its ID where nothing is known of it; a foreign one is named', async () => {
		const { items } = await say(double, 'a mug', later);
		const by = { collectFrom: 'id', orderId: orderOf(items[0]).id };
		await emptyStore();
		expect((await collect(double, by)).open[0]?.json.order).toMatchObject({ kind: 'turn' });
		await release();
		const { images } = await collect(double, by);
		expect(image(images[0])).toMatchObject({
			model: 'gpt-image-2',
			cost: { usd: expect.any(Number) },
			warnings: [expect.objectContaining({ code: 'order_unknown' })],
		});
		expect((await collect(double, by)).images).toEqual([]);
		const foreign = await collect(double, { collectFrom: 'id', orderId: 'resp_foreign' });
		expect(foreign.failed[0]?.json.details).toMatchObject({ code: 'order_not_found' });
	});

	it('tells of an answer that was lost when it was sent', async () => {
		double.faults.push({ kind: 'reset', billed: true, times: 1, match: { path: '/v1/responses' } });
		const { items } = await say(double, 'a mug', later);
		expect(image(items[0]).warnings).toContainEqual(
			expect.objectContaining({ code: 'may_have_been_billed' }),
		);
		double.faults.push({ kind: 'reset', billed: true, times: 1, match: { path: '/v1/responses' } });
		const { error } = await say(double, 'a cup', { ...later, limits: { retryLost: false } });
		expect(error?.message).toContain('The connection was lost');
	});

	it('is waited for by the next message of its session, which continues from it', async () => {
		await say(double, 'a mug', inSession('s'));
		await say(double, 'make it blue', { ...inSession('s'), ...later });
		setTimeout(() => (double.options.backgroundHeld = false), 300);
		const { error, items } = await say(double, 'larger', inSession('s'));
		expect(error).toBeUndefined();
		expect(lineagesOf(double).at(-1)).toEqual(['a mug', 'make it blue', 'larger']);
		expect(image(items[0])).toMatchObject({ conversation: { turn: 3 } });
		expect(image((await collect(double)).images[0])).toMatchObject({
			conversation: { turn: 2, sessionKey: 's' },
		});
		await say(double, 'thicker', inSession('s'));
		expect(lineagesOf(double).at(-1)).toEqual(['a mug', 'make it blue', 'larger', 'thicker']);
	});

	it('is left out of its session once it has failed and is collected', async () => {
		double.options.backgroundHeld = false;
		await say(double, 'a mug', inSession('s'));
		await say(double, 'blue [[failresponse]]', { ...inSession('s'), ...later });
		await release();
		const early = await say(double, 'larger', inSession('s'));
		expect(early.error?.message).toContain('was not answered');
		expect((await collect(double)).failed).toHaveLength(1);
		await say(double, 'larger', inSession('s'));
		expect(lineagesOf(double).at(-1)).toEqual(['a mug', 'larger']);
	});

	it('counts in a limit with its highest price until it is collected', async () => {
		double.options.backgroundHeld = false;
		const dry = await say(double, 'a mug', { options: { dryRun: true } });
		const { max } = Object(image(dry.items[0]).cost).estimatedUsd as { max: number };
		const credential = { maxCostPerDay: 1.5 * max };
		const send = async (message: string) => await say(double, message, later, { credential });
		expect((await send('a mug')).error).toBeUndefined();
		expect((await send('a cup')).error?.message).toContain("exceed 'Max Cost per Day (USD)'");
		await release();
		await collect(double);
		expect((await send('a cup')).error).toBeUndefined();
	});

	it('prices and sends nothing in a dry run', async () => {
		const { items } = await say(double, 'a mug', { ...later, options: { dryRun: true } });
		expect(image(items[0])).toMatchObject({ request: { dryRun: true }, cost: { usd: 0 } });
		expect(double.journal).toEqual([]);
		expect(await collect(double)).toMatchObject({ images: [], failed: [], open: [] });
	});

	it('deletes what it uploaded once it is collected', async () => {
		const data = Buffer.concat([Buffer.from('%PDF-1.7'), Buffer.alloc(8.1 * 2 ** 20)]);
		const pdf = { data: data.toString('base64'), mimeType: 'application/pdf', fileName: 'a.pdf' };
		const attachments = { values: [{ source: 'field', field: 'pdf' }] };
		const items = [{ json: {}, binary: { pdf } }];
		expect(
			(await say(double, 'a lamp', { ...later, attachments }, { items })).error,
		).toBeUndefined();
		const removed = () => double.journal.filter(({ method }) => method === 'DELETE');
		expect(removed()).toEqual([]);
		await release();
		expect((await collect(double)).images).toHaveLength(1);
		expect(removed()).toHaveLength(1);
	});
});

it.each([
	['Fallback Models', { limits: { fallback: 'gpt-image-2.5-flare' } }],
	['Partial Images', { options: { partialImages: 1 } }],
])('cannot have %s', async (name, parameters) => {
	newStore();
	const { error } = await say(double, 'a mug', { ...later, ...parameters });
	expect(error?.message).toContain(`'${name}' cannot be used with an order for later`);
});
