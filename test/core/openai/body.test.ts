import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { readBody, type Ending } from '../../../core/openai/body';

type Body = Uint8Array | string;

async function* inPieces(body: Body, size: number): AsyncGenerator<Uint8Array> {
	const bytes = Buffer.from(body);
	for (let start = 0; start < bytes.length; start += size) {
		yield new Uint8Array(bytes.subarray(start, start + size));
	}
}

interface Read {
	readonly values: unknown[];
	readonly events: string[];
	readonly ending: Ending;
}

async function readPieces(
	pieces: AsyncIterable<Uint8Array>,
	{ headers = {}, limit = 10 ** 8 }: { headers?: Record<string, string>; limit?: number } = {},
): Promise<Read> {
	const values: unknown[] = [];
	const events: string[] = [];
	const response = { body: ReadableStream.from(pieces), headers: new Headers(headers) };
	const onValue = (value: unknown, event: string) => {
		values.push(value);
		events.push(event);
		return false;
	};
	const ending = await readBody(response, { images: 1, limit, redact: (text) => text, onValue });
	return { values, events, ending };
}

const read = async (body: Body, size = 1000, headers: Record<string, string> = {}): Promise<Read> =>
	await readPieces(inPieces(body, size), { headers });

const samples = [randomBytes(3000), randomBytes(3001), randomBytes(3002)];
const [first = Buffer.alloc(1)] = samples;
const answer = {
	created: 1,
	note: 'a "b64_json" in a text, and \\"b64_json\\":\\"AAAA',
	data: samples.map((bytes) => ({
		b64_json: bytes.toString('base64'),
		revised_prompt: 'ähnlich',
	})),
	usage: { total_tokens: 3 },
};
const decoded = {
	...answer,
	data: samples.map((bytes) => ({ b64_json: bytes, revised_prompt: 'ähnlich' })),
};
const json = JSON.stringify(answer);
const sizes = [1, 2, 7, 10, 64, 1000, 100_000];

describe('JSON', () => {
	it.each(sizes)(
		'is read with its images as bytes when it comes %d bytes at a time',
		async (size) => {
			const { values, ending } = await read(json, size);
			expect(values).toEqual([decoded]);
			expect(ending).toMatchObject({ kind: 'json', saved: [] });
			expect(ending.cut).toBeUndefined();
		},
	);

	it.each<[string, (base64: string) => string]>([
		['escaped slashes', (base64) => base64.replaceAll('/', '\\/')],
		['broken lines', (base64) => base64.replaceAll(/.{76}/g, '$&\\r\\n')],
		[
			"the escapes of .NET's library",
			(base64) => base64.replaceAll('+', '\\u002B').replaceAll('=', '\\u003d'),
		],
		['a data URL', (base64) => `data:image/png;base64,${base64}`],
		[
			'a data URL with escaped slashes',
			(base64) => `data:image\\/png;base64,${base64.replaceAll('/', '\\/')}`,
		],
		['the alphabet of URLs', (base64) => base64.replaceAll('+', '-').replaceAll('/', '_')],
	])('with %s, as gateways write it', async (_name, written) => {
		const text = `{ "data" : [ { "b64_json"  :\n "${written(first.toString('base64'))}" } ] }`;
		for (const size of [1, 3, 5000]) {
			expect((await read(text, size)).values).toEqual([{ data: [{ b64_json: first }] }]);
		}
	});

	it.each([
		['marks of the encoding before it', `\uFEFF\uFEFF${json}`],
		['white space before it, to keep the connection alive', `${' \n'.repeat(500)}${json}`],
		['a comment behind it', `${json}\n<!-- cached -->`],
		['a bracket too many', `${json}}`],
		['zeros behind it', `${json}\0\0`],
	])('is read with %s', async (_name, text) => {
		for (const size of [1, 1000]) {
			const { values, ending } = await read(text, size);
			expect(values).toEqual([decoded]);
			expect(ending.cut).toBeUndefined();
		}
	});

	it('may be several values, a line each', async () => {
		const { values } = await read('{"a":"}{"}\n{"b":[1]}\n', 3);
		expect(values).toEqual([{ a: '}{' }, { b: [1] }]);
	});

	it.each([
		['half a JSON text', '{"data": ['],
		['a text that is cut off', '{"data":[{"revised_prompt":"A m'],
		['an image that is cut off', json.slice(0, 1500)],
	])('%s is cut off', async (_name, text) => {
		const { values, ending } = await read(text, 5);
		expect(values).toEqual([]);
		expect(ending).toMatchObject({ cut: {}, saved: [] });
	});

	it('one image that is not valid base64 does not cost the others', async () => {
		const broken = `${'A'.repeat(2399)}!`;
		const text = JSON.stringify({ data: [broken, first.toString('base64')] });
		expect((await read(text, 5)).values).toEqual([{ data: [Buffer.alloc(0), first] }]);
	});

	it.each(['0', '2999', '4000', '1000000', 'many'])(
		'is decoded when the length %s was announced',
		async (length) => {
			const { values } = await read(json, 1000, { 'content-length': length });
			expect(values).toEqual([decoded]);
		},
	);
});

describe('server-sent events', () => {
	const frame = JSON.stringify({ type: 'x', b64_json: first.toString('base64') });
	const value = { type: 'x', b64_json: first };

	it.each([
		['line feeds', `event: x\ndata: ${frame}\n\n`],
		['carriage returns and line feeds', `event: x\r\ndata: ${frame}\r\n\r\n`],
		['carriage returns', `event: x\rdata: ${frame}\r\r`],
		['no space behind the colon', `event:x\ndata:${frame}\n\n`],
		[
			'comments, other fields and empty data around it',
			`: hi\n\nid: 7\nretry: 10\nevent: x\n\ndata:\n\ndata\n\nevent: x\ndata: ${frame}\n\n:\n\n`,
		],
		['data of several lines', `event: x\ndata: {"type":"x",\ndata: ${frame.slice(12)}\n\n`],
		['marks of the encoding before it', `\uFEFF\uFEFFevent: x\ndata: ${frame}\n\n`],
		['no empty line at the end', `event: x\ndata: ${frame}`],
		['a comment at once', `: keep-alive\n\nevent: x\ndata: ${frame}\n\n`],
	])('with %s', async (_name, text) => {
		for (const size of sizes) {
			const { values, events, ending } = await read(text, size);
			expect(values).toEqual([value]);
			expect(events).toEqual(['x']);
			expect(ending).toEqual({ kind: 'events', isDone: false, saved: [] });
		}
	});

	it('of which each is one line, and none is empty', async () => {
		const { values } = await read(`data: ${frame}\ndata: {"b":2}\n`, 10);
		expect(values).toEqual([value, { b: 2 }]);
	});

	it('say that they are done', async () => {
		const { values, ending } = await read('data: {"a":1}\n\ndata: [DONE]\n\n', 4);
		expect(values).toEqual([{ a: 1 }]);
		expect(ending.isDone).toBe(true);
	});

	it('are cut off in the middle of the last', async () => {
		const { values, ending } = await read(`data: {"a":1}\n\ndata: ${frame.slice(0, 2000)}`, 100);
		expect(values).toEqual([{ a: 1 }]);
		expect(ending.cut).toEqual({ cause: undefined });
	});

	it('may hold texts', async () => {
		expect((await read('data: ping\n\ndata: {"a":1}\n\n')).values).toEqual(['ping', { a: 1 }]);
	});
});

describe('other bodies', () => {
	const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(500)]);
	const webp = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'), randomBytes(500)]);

	it.each([
		['a PNG', png],
		['a WebP', webp],
	])('%s', async (_name, bytes) => {
		for (const size of sizes) {
			const { values, ending } = await read(bytes, size);
			expect(values).toEqual([bytes]);
			expect(ending.kind).toBe('image');
		}
	});

	it.each([
		['a data URL', `data:image/png;base64,${png.toString('base64')}`],
		['base64', `${png.toString('base64')}\n`],
	])('%s', async (_name, text) => {
		for (const size of [1, 100]) expect((await read(text, size)).values).toEqual([png]);
	});

	it('an SVG', async () => {
		const svg = '<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>';
		expect((await read(svg, 5)).values).toEqual([Buffer.from(svg)]);
	});

	it('a web page is a text', async () => {
		const { values, ending } = await read('<!DOCTYPE html><p>502', 5);
		expect(values).toEqual(['<!DOCTYPE html><p>502']);
		expect(ending.kind).toBe('text');
	});

	it('compressed by a gateway that does not say so', async () => {
		for (const size of [1, 1000]) {
			expect((await read(gzipSync(json), size)).values).toEqual([decoded]);
		}
	});

	it.each([
		['nothing', {}, 'empty'],
		['no event of a stream', { 'content-type': 'text/event-stream' }, 'events'],
	])('%s', async (_name, headers, kind) => {
		const { values, ending } = await read('', 1, headers);
		expect(values).toEqual([]);
		expect(ending).toMatchObject({ kind, isDone: false });
	});
});

describe('a body that breaks off', () => {
	async function* broken(text: string): AsyncGenerator<Uint8Array> {
		yield* inPieces(text, 100);
		throw new Error('socket hang up');
	}
	const image = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(2000)]);
	const start = `{"data":[{"b64_json":"${image.toString('base64')}"},{"b64_json":"${'A'.repeat(5000)}`;

	it('still has the images that came whole', async () => {
		const { ending } = await readPieces(broken(start));
		expect(ending.saved).toEqual([image]);
		expect(ending.cut?.cause).toEqual(new Error('socket hang up'));
	});

	it.each(['data: {"a":1}\n\n', '\x89PNG\r\n\x1a\n'.padEnd(40), '<html>'.padEnd(40), '{', ''])(
		'tells why, whatever it was: %j',
		async (text) => {
			const { ending } = await readPieces(broken(text));
			expect(ending.cut?.cause).toEqual(new Error('socket hang up'));
		},
	);

	it('or that is larger than an image can be', async () => {
		const { ending } = await readPieces(inPieces(json, 1000), { limit: 5000 });
		expect(ending.cut?.cause).toMatchObject({
			code: 'answer_too_large',
			retryable: false,
			billed: 'possibly',
		});
	});
});

it('gives decoded pieces back, but not parts of a buffer that holds more', async () => {
	for (const text of [json, `data: ${json}\n\n`]) {
		const bytes = Buffer.from(text, 'utf8');
		const whole: Uint8Array[] = [];
		const parts: Uint8Array[] = [];
		async function* pieces(): AsyncGenerator<Uint8Array> {
			for (let start = 0; start < bytes.length; start += 1000) {
				const part = bytes.subarray(start, start + 1000);
				const isPart = start % 2000 === 0;
				const chunk = isPart ? part : new Uint8Array(part);
				(isPart ? parts : whole).push(chunk);
				yield chunk;
			}
		}
		expect((await readPieces(pieces())).values).toEqual([decoded]);
		expect(whole.filter((chunk) => chunk.length === 0).length).toBeGreaterThan(2);
		expect(parts.filter((chunk) => chunk.length === 0)).toEqual([]);
		expect(bytes.toString('utf8')).toBe(text);
	}
});
