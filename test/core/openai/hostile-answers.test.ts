import { gzipSync } from 'node:zlib';
import { Client } from '../../../core/openai/client';
import { readImages } from '../../../core/openai/image-answer';
import { underLimits } from '../../../core/openai/images';
import { lineAnswer } from '../../../core/openai/batches';
import { readLines } from '../../../core/openai/lines';
import { imagesIn } from '../../../core/openai/received';
import { readTurnAnswer } from '../../../core/openai/responses-answer';
import { readTurnBody } from '../../../core/openai/responses-body';
import { sumOf } from '../../../core/openai/usage';

/**
 * What a service may answer to keep n8n busy or to fill its memory. Each of these took minutes or gigabytes
 * once: a test that does not end in time has failed.
 */

const key = 'gw-9f8e7d6c5b4a39281706';
const signature = Buffer.from('89504e470d0a1a0a', 'hex');
/** No image for libvips, but it begins like one. */
const png = (tail: number | string): Buffer =>
	Buffer.concat([signature, Buffer.from(String(tail).padStart(24, '0'))]);
const b64 = (tail: number | string): string => png(tail).toString('base64');

type Body = string | Buffer | AsyncIterable<Uint8Array>;
const clientOf = (answer: (url: string) => Body): Client =>
	new Client({
		apiKey: key,
		baseUrl: 'https://service.invalid/v1',
		fetch: async (url) => {
			const body = answer(url.href);
			const isWhole = typeof body === 'string' || Buffer.isBuffer(body);
			return new Response(isWhole ? new Uint8Array(Buffer.from(body)) : ReadableStream.from(body));
		},
	});

const callOf = (client: Client) =>
	underLimits('gpt-image-2', { timeoutMs: 60_000 }, async (signal) => {
		const response = await client.post('/images/generations', {}, signal);
		const asked = { model: 'gpt-image-2', count: 1, partialImages: 0 };
		return await readImages(response, client, asked, signal);
	});
const generate = async (body: Body) => await callOf(clientOf(() => body));

const context = { model: 'gpt-image-2', inputs: 'attachments' } as const;
async function turn(answer: (url: string) => Body) {
	const client = clientOf(answer);
	const { signal } = new AbortController();
	const response = await client.post('/responses', {}, signal);
	const hooks = { onId: () => undefined, limit: 2 ** 29 };
	return await readTurnBody(response, client, context, signal, hooks);
}

const manyFields = (count: number): string =>
	Array.from({ length: count }, (_, n) => `"k${n}":0`).join(',');
/** As a network gives it. */
async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += 65_536) {
		yield new Uint8Array(bytes.subarray(at, at + 65_536));
	}
}
const event = (data: string): string => `data: ${data}\n\n`;

describe('an event of 100,000 fields before 50,000 small ones', () => {
	const usage = '"usage":{"input_tokens":1,"output_tokens":1}';

	it('does not slow down a generation', async () => {
		const first = event(`{"b64_json":"","usage":{${manyFields(100_000)}}}`);
		const last = event(`{"type":"image_generation.completed","b64_json":"${b64(1)}",${usage}}`);
		const small = event('{"quality":"low","usage":{"total_tokens":1}}').repeat(50_000);
		const answer = await generate(inPieces(first + small + last));
		expect(answer.images).toEqual([png(1)]);
		expect(answer).toMatchObject({ quality: 'low', usage: { total_tokens: 50_000 } });
	});

	it('does not slow down a turn', async () => {
		const first = event(`{"response":{"id":"resp_1",${manyFields(100_000)}}}`);
		const call = { type: 'image_generation_call', id: 'ig_1', result: b64(1) };
		const response = { id: 'resp_1', status: 'completed', output: [call] };
		const last = event(JSON.stringify({ type: 'response.completed', response }));
		const small = event('{"response":{}}').repeat(50_000);
		const { isEnded, raw } = await turn(() => inPieces(first + small + last));
		expect(isEnded).toBe(true);
		expect(raw.response).toMatchObject({ id: 'resp_1', output: [{ id: 'ig_1' }] });
		expect(raw.response).not.toHaveProperty('k1');
	});
});

it('counts of a usage are added up, and nothing else is taken', () => {
	const first = { input_tokens: 1, input_tokens_details: { text_tokens: 1 }, a: 1 };
	const second = { input_tokens: 2, input_tokens_details: { text_tokens: 2, b: 1 }, c: 1 };
	expect(sumOf(first, second)).toEqual({
		input_tokens: 3,
		input_tokens_details: { text_tokens: 3 },
	});
});

it('of 9,000 small images each is found once', () => {
	const images = Array.from({ length: 9_000 }, (_, n) => b64(n % 4_500));
	expect(imagesIn({ images }).images).toHaveLength(4_500);
});

describe('an answer without an image', () => {
	it.each([
		['of 300,000 brackets', `{"a":1} ${'[x]'.repeat(300_000)}`, 'empty_answer'],
		['of a million levels', '['.repeat(1_000_000), 'connection_lost'],
		['of two million levels', '['.repeat(2_000_000), 'answer_too_large'],
		['of 1 GB in 1 MB of gzip', gzipSync(Buffer.alloc(2 ** 30, '{"a": "')), 'answer_too_large'],
	])('%s ends with an error of its own', async (_name, body, code) => {
		await expect(generate(body)).rejects.toMatchObject({ code });
	});
});

it('of 40,000 images one is taken, and the others are counted', async () => {
	const data = Array.from({ length: 40_000 }, (_, n) => ({ b64_json: b64(n) }));
	const { images, warnings } = await generate(JSON.stringify({ data }));
	expect(images).toEqual([png(0)]);
	expect(warnings).toEqual(['39999 more images arrived than were requested']);
});

it('frames without an end are read up to the bound', async () => {
	const frame = event(
		JSON.stringify({
			type: 'image_generation.partial_image',
			b64_json: Buffer.concat([signature, Buffer.alloc(2 ** 20)]).toString('base64'),
		}),
	);
	let sent = 0;
	async function* frames() {
		for (;;) {
			sent += frame.length;
			yield new Uint8Array(Buffer.from(frame));
		}
	}
	await expect(generate(frames())).rejects.toMatchObject({ code: 'answer_too_large' });
	// One image was asked for.
	expect(sent).toBeLessThan(56 * 2 ** 20);
});

describe('a response', () => {
	const call = (n: number, more: object = {}) => ({
		type: 'image_generation_call',
		id: `ig_${n}`,
		result: png(n),
		...more,
	});
	const read = (response: object) =>
		readTurnAnswer(
			{ response: { ...response }, partials: new Map(), requestId: 'req_1' },
			'gpt-image-2',
		);

	it('of 500 images gives as many as a turn can have, and says so', () => {
		const { images, warnings } = read({ output: Array.from({ length: 500 }, (_, n) => call(n)) });
		expect(images.map(({ imageCallId }) => imageCallId)).toEqual(
			Array.from({ length: 20 }, (_, n) => `ig_${n}`),
		);
		expect(warnings).toEqual(['480 more images arrived than were requested']);
	});

	it.each(['constructor', '__proto__'])(
		'that names %s as its reasons gives no code away',
		(name) => {
			const output = [call(1)];
			const cut = { status: 'incomplete', incomplete_details: { reason: name } };
			const transformations = { input_transformations: [{ reason: name }] };
			expect(read({ output, ...cut, ...transformations })).toMatchObject({
				forgotten: undefined,
				cutShort: `The response ended early: ${name}`,
			});
			const error = { code: name, message: 'No.', param: name };
			expect(() => read({ status: 'failed', error })).toThrow('OpenAI refused the request: No');
		},
	);

	it('with texts of a megabyte gives a bounded part of them', () => {
		const long = 'x'.repeat(2 ** 20);
		const facts = { id: long, quality: long, background: long, revised_prompt: long };
		const message = { type: 'message', content: [{ type: 'output_text', text: long }] };
		const answer = read({ id: long, model: long, output: [call(1, facts), message] });
		expect(answer).toMatchObject({ responseId: '', chatModel: '' });
		expect(answer.text).toHaveLength(100_000);
		expect(answer.warnings).toEqual([
			"The chat model's text has 1048576 characters; only the first 100000 are included",
		]);
		expect(answer.images[0]).toMatchObject({
			imageCallId: '',
			quality: undefined,
			background: undefined,
			revisedPrompt: 'x'.repeat(32_000),
		});
	});
});

describe('a reason of 30 MB', () => {
	const reason = 'https://'.repeat(2 ** 22);

	it('of a line of a batch is told in 401 characters', async () => {
		const line = JSON.stringify({ custom_id: 'row-1', error: { code: reason, message: reason } });
		const lines: unknown[] = [];
		const body = ReadableStream.from(inPieces(`${line}\n`));
		for await (const one of readLines({ body }, 2 ** 27, (text) => text)) lines.push(one);
		const [first] = lines as Array<{ readonly value: unknown }>;
		const asked = { model: 'gpt-image-2', count: 1, partialImages: 0 };
		expect(() => lineAnswer(first?.value)?.images(asked)).toThrow(
			expect.objectContaining({ message: `${reason.slice(0, 400)}…` }),
		);
	});

	it('of a response that ended early is told in 101 characters', () => {
		const response = { status: 'incomplete', incomplete_details: { reason }, output: [] };
		const raw = { response, partials: new Map(), requestId: 'req_1' };
		expect(() => readTurnAnswer(raw, 'gpt-image-2')).toThrow(
			`The response ended before an image was generated: ${reason.slice(0, 100)}…`,
		);
	});
});

it('20 million empty lines of a file do not hold up the one behind them', async () => {
	const blank = new Uint8Array(Buffer.alloc(65_536, '\n'));
	async function* pieces() {
		for (let count = 0; count < 300; count++) yield blank;
		yield new Uint8Array(Buffer.from(' \r\n{"custom_id":"row-1"}\r\n'));
	}
	const lines: unknown[] = [];
	const body = ReadableStream.from(pieces());
	for await (const line of readLines({ body }, 2 ** 20, (text) => text)) lines.push(line);
	expect(lines).toEqual([{ value: { custom_id: 'row-1' } }]);
});

it('of ten addresses of its own one is fetched where one image was asked for', async () => {
	const asked: string[] = [];
	const client = clientOf((url) => {
		if (url.endsWith('/generations')) {
			const data = Array.from({ length: 10 }, (_, n) => ({ url: `https://service.invalid/${n}` }));
			return JSON.stringify({ data });
		}
		asked.push(url);
		return png(asked.length);
	});
	expect((await callOf(client)).images).toEqual([png(1)]);
	expect(asked).toEqual(['https://service.invalid/0']);
});
