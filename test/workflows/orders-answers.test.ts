import { flatPng } from '../openai-double/testing';
import { Answering, type Came } from './answering';
import { useBinaryMode } from './engine';
import { image, rows, runGptImage } from './gpt-image';
import { collect } from './orders';
import { newStore } from './set-up';

/** Orders at a service, or behind a gateway, that answers otherwise than OpenAI does. */

let service: Answering;
let b64_json: string;
beforeAll(async () => {
	await useBinaryMode('memory');
	service = await new Answering().start();
	b64_json = (await flatPng(1024, 1024)).toString('base64');
});
afterAll(async () => await service.close());

const batch = { id: 'batch_1', object: 'batch', status: 'validating', created_at: 1_764_000_000 };
const ended = {
	...{ ...batch, status: 'completed', output_file_id: 'file-out' },
	request_counts: { total: 2, completed: 2, failed: 0 },
};
const json = (value: unknown): Came => ({ body: JSON.stringify(value) });

let lines: string[];
/** Two rows, of which no line is in the file yet. */
beforeEach(async () => {
	newStore();
	service.reset(json({ id: 'file-in' }), json(batch));
	const parameters = { prompt: '={{ $json.what }}', quality: 'low', delivery: 'batch' };
	const { items } = await runGptImage({ baseUrl: service.url, items: rows('a', 'b'), parameters });
	const usage = {
		...{ input_tokens: 7, input_tokens_details: { text_tokens: 7, image_tokens: 0 } },
		...{ output_tokens: 196, total_tokens: 203 },
	};
	const body = { created: 1_764_000_000, data: [{ b64_json }], usage };
	lines = items.map((item) =>
		JSON.stringify({
			...{ id: 'batch_req_1', custom_id: Object(image(item).order).customId, error: null },
			response: { status_code: 200, request_id: 'req_1', body },
		}),
	);
	has(lines.join('\n'));
});

/** What the service has from now on. */
function has(file: string | Buffer, changes: object = {}): void {
	service.gets.set('/v1/batches/batch_1', json({ ...ended, ...changes }));
	service.gets.set('/v1/files/file-out/content', { body: file, type: 'text/plain' });
}

async function collected(options = {}) {
	const { images, failed, open, error } = await collect(service, { options });
	expect(error).toBeUndefined();
	return {
		images: images.map((item) => [item.json.what, Object(image(item).cost).usd]),
		failed: failed.map(({ json: { what, details } }) => [what, Object(details)]),
		open: open.map((item) => Object(item.json.order).error),
	};
}

// 7 text tokens at $2.50 and 196 image tokens at $15 per million.
const [a, b] = [
	['a', 0.0029575],
	['b', 0.0029575],
];
const all = { images: [a, b], failed: [], open: [] };

it.each([
	['names nobody', '{"custom_id":5,"response":null}'],
	['is null', 'null'],
	['is a list', '[]'],
	['is a text', '"custom_id"'],
	['is something else', '{"ping":1}'],
	['is an error of a gateway', '{"error":{"message":"Slow down"}}'],
	['names an object', '{"custom_id":{"toString":1},"response":{}}'],
	["is another order's", '{"custom_id":"row-of-another","response":null,"error":null}'],
	['is a comment of a proxy', '<!-- 12 ms -->'],
	['is a NUL', '\u0000'],
	['is no JSON', 'upstream reset {\n"'],
	[
		'has a name of 5,000 characters',
		`{"custom_id":"${'x'.repeat(5_000)}","response":null,"error":{"code":"odd"}}`,
	],
	['is called __proto__', '{"custom_id":"__proto__","response":null,"error":{"code":"odd"}}'],
	['is called constructor', '{"custom_id":"constructor","response":null,"error":{"code":"odd"}}'],
])('a line that %s does not cost the others', async (_what, line) => {
	has([line, lines[0], line, lines[1], line].join('\n'));
	expect(await collected()).toEqual(all);
});

it('takes each line once, with a mark of the encoding, CR LF and blank lines around it', async () => {
	has(`\ufeff\r\n \t\n${[...lines, ...lines].join('\r\n\r\n')}`);
	expect(await collected()).toEqual(all);
});

it.each([
	['is a web page', () => has('<!doctype html>\n<p>Maintenance</p>'), 'answer_not_json'],
	['is an error', () => has('{"error":{"message":"Maintenance"}}'), 'answer_not_json'],
	['is empty', () => has(''), 'empty_answer'],
	['is not there yet', () => has('', { output_file_id: null }), 'empty_answer'],
])('a file that %s costs nothing: the next Collect reads it', async (_what, damage, code) => {
	damage();
	const open = [expect.objectContaining({ code })];
	expect(await collected()).toEqual({ images: [], failed: [], open });
	has(lines.join('\n'));
	expect(await collected()).toEqual(all);
});

it('what was cut off in silence is read by the next Collect', async () => {
	has(lines.join('\n').slice(0, -500));
	const error = { code: 'empty_answer', message: 'The files of the order contain 1 of 2 results' };
	expect(await collected()).toEqual({ images: [a], failed: [], open: [error] });
	has(lines.join('\n'));
	expect(await collected()).toEqual({ images: [b], failed: [], open: [] });
});

it.each([
	['is refused', (name: string) => ({ custom_id: name, response: null, error: { code: 'odd' } })],
	["is another order's", () => ({ custom_id: 'other', response: { status_code: 200, body: {} } })],
])('a line that %s does not stand for one that is missing', async (_what, lineOf) => {
	newStore();
	service.reset(json({ id: 'file-in' }), json(batch));
	const parameters = { prompt: '={{ $json.what }}', quality: 'low', delivery: 'batch' };
	const texts = rows('a', 'b', 'c');
	const { items } = await runGptImage({ baseUrl: service.url, items: texts, parameters });
	const [names] = [items.map((item) => String(Object(image(item).order).customId))];
	const own = lines.map((line, n) =>
		JSON.stringify({ ...(JSON.parse(line) as object), custom_id: names[n] }),
	);
	const more = JSON.stringify(lineOf(names[2] ?? ''));
	const request_counts = { total: 3, completed: 2, failed: 1 };
	has([own[0], more].join('\n'), { request_counts });
	const early = await collected();
	expect([early.images, early.open]).toMatchObject([[a], [{ code: 'empty_answer' }]]);
	has([...own, more].join('\n'), { request_counts });
	expect((await collected()).images).toEqual([b]);
});

it('with the option Cancel, what is counted and not there comes to Failed, as it may be billed', async () => {
	has(lines[0] ?? '');
	const details = expect.objectContaining({ code: 'empty_answer', billed: 'possibly' });
	expect(await collected({ cancel: true })).toEqual({
		...{ images: [a], failed: [['b', details]], open: [] },
	});
});

it.each(['"200"', '201', '500', 'null'])(
	'an image is taken with the status %s beside it',
	async (status) => {
		has(lines.join('\n').replaceAll('"status_code":200', `"status_code":${status}`));
		expect(await collected()).toEqual(all);
	},
);

it('counts that are none are zero, and a date that is none is null', async () => {
	const request_counts = { total: '2', completed: -1, failed: null };
	has('', { status: 'in_progress', request_counts, expires_at: 'tomorrow' });
	const { open } = await collect(service);
	expect(open[0]?.json.order).toMatchObject({
		requests: { total: 0, completed: 0, failed: 0 },
		expiresAt: null,
	});
});

it('says why an order that may not have arrived is not ready', async () => {
	newStore();
	service.reset(json({ id: 'file-in' }), json({ ok: true }));
	await runGptImage({
		...{ baseUrl: service.url, items: rows('a') },
		parameters: { prompt: 'a mug', quality: 'low', delivery: 'batch' },
	});
	service.gets.set('/v1/batches?limit=100', json({ data: [], has_more: false }));
	const sent = { code: 'empty_answer', message: 'The service responded without a batch' };
	expect((await collected()).open).toEqual([sent]);
	service.gets.set('/v1/batches?limit=100', { status: 503, body: '' });
	expect((await collected()).open).toEqual([
		expect.objectContaining({ code: 'server_is_overloaded' }),
	]);
	expect(service.asked.filter(({ path }) => path === '/v1/batches')).toHaveLength(2);
});
