import { crc32 } from 'node:zlib';
import threads from 'node:worker_threads';
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { IDataObject } from 'n8n-workflow';
import {
	ask,
	base64,
	completed,
	edit,
	expectFailure,
	expectImage,
	expectSvg,
	imageJson,
	images,
	large,
	other,
	partial,
	png,
	rawImages,
	service,
	sse,
	stream,
	svgs,
	usage,
	usd,
	webp,
	wholeImages,
	setUpAnswers,
	withLargeImage,
} from './answer-cases';
import { Answering, type Came } from './answering';
import { flatPng } from '../openai-double/testing';
import { bytesOf } from './engine';
import { image, messagesOf, runGptImage } from './gpt-image';
import { collect } from './orders';
import { newStore } from './set-up';

/**
 * What a paid image call may be answered with, by whatever was asked: the image is delivered, or the item
 * fails with what came, after one call.
 */

setUpAnswers();

/** A small file that says it is 30,000 pixels wide and high. */
async function forged(): Promise<Buffer> {
	const bytes = await flatPng(64, 64);
	bytes.writeUInt32BE(30_000, 16);
	bytes.writeUInt32BE(30_000, 20);
	bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
	return bytes;
}

describe.each(images)('%s', (_asked, parameters) => {
	it.each(wholeImages)('delivers %s', async (_name, came) => {
		const item = await expectImage(parameters, came(), () => png);
		expect(image(item)).toMatchObject({
			format: 'png',
			cost: { usd },
			request: { id: 'req_1', attempts: 1 },
		});
	});

	it.each(rawImages)('delivers %s, at an unknown cost', async (_name, came) => {
		const item = await expectImage(parameters, came(), () => png);
		expect(image(item)).toMatchObject({ cost: { usd: null } });
		expect(messagesOf(item)).toContainEqual(expect.stringContaining('The cost is unknown'));
	});

	it('delivers an image without its end, and says so', async () => {
		const cut = png.subarray(0, -12);
		const body = imageJson({ data: [{ b64_json: base64(cut) }] });
		const item = await expectImage(parameters, { body }, () => cut);
		expect(image(item)).toMatchObject({ width: 1024, height: 1024 });
		expect(image(item)?.warnings).toContainEqual(
			expect.objectContaining({ code: 'image_incomplete' }),
		);
	});

	it('delivers another format than was asked for', async () => {
		const item = await expectImage(parameters, { type: 'image/webp', body: webp }, () => webp);
		expect(image(item)).toMatchObject({ format: 'webp' });
		expect(item?.binary?.data).toMatchObject({ mimeType: 'image/webp', fileExtension: 'webp' });
	});

	it.each([
		['of 64x64', () => flatPng(64, 64), [64, 64]],
		['whose header is forged', forged, [30_000, 30_000]],
	] as const)('delivers an image %s, and tells its size', async (_name, make, [width, height]) => {
		const bytes = await make();
		const body = imageJson({ data: [{ b64_json: base64(bytes) }] });
		const item = await expectImage(parameters, { body }, () => bytes);
		expect(image(item)).toMatchObject({ width, height, cost: { usd } });
		expect(image(item)?.warnings).toContainEqual({
			code: 'size_differs',
			message: `The image has ${width}x${height} pixels, not the 1024x1024 that were requested`,
		});
	});

	const drawing = Buffer.from(
		'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>',
	);
	const asSvg = (): Came => ({ body: imageJson({ data: [{ b64_json: base64(drawing) }] }) });
	const differs = (message: string) => [
		expect.objectContaining({ code: 'format_differs', message }),
	];
	const unasked = 'OpenAI sent an SVG, which was not requested and may contain scripts';

	it('draws an SVG that was not asked for as a PNG', async () => {
		service.reset(asSvg());
		const { items } = await ask(parameters);
		expect(image(items[0])).toMatchObject({ format: 'png' });
		expect(image(items[0])?.warnings).toEqual(
			expect.arrayContaining(differs(`${unasked}: it was drawn as a PNG`)),
		);
	});

	it.each([
		['a script', '<script>alert(1)</script>', true],
		['a handler', '<rect width="9" height="9"\nonload = "alert(1)"/>', true],
		['a link', '<a href="javascript:alert(1)"><rect width="9" height="9"/></a>', true],
		['content from elsewhere', '<image href="https://a.example/b.png"/>', true],
		['nothing but a drawing', '<text>Come on = in</text><use href="#a"/>', false],
	])('says of an SVG that was asked for that it has %s: %s', async (_name, inside, isTold) => {
		const own = Buffer.from(
			`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">${inside}</svg>`,
		);
		service.reset({ body: imageJson({ data: [{ b64_json: base64(own) }] }) });
		const options = { outputFormat: 'svg', svgModel: 'gpt-6-luna' };
		const { items } = await ask({ ...parameters, model: 'gpt-image-2.6-flare', options });
		expect(image(items[0])).toMatchObject({ format: 'svg' });
		const told = (image(items[0])?.warnings as Array<{ code: string }>).map(({ code }) => code);
		expect(told.includes('svg_active')).toBe(isTold);
	});

	it('delivers an SVG that was not asked for where no thread can be had to draw it', async () => {
		const { Worker } = threads;
		const spy = jest.spyOn(threads, 'Worker').mockImplementation((path, options) => {
			if (String(path).includes('svg-thread')) throw new Error('EAGAIN');
			return new Worker(path, options);
		});
		try {
			const item = await expectImage(parameters, asSvg(), () => drawing);
			expect(image(item)?.warnings).toEqual(
				expect.arrayContaining(differs(`${unasked}: it could not be drawn as a PNG`)),
			);
		} finally {
			spy.mockRestore();
		}
	});

	const address = 'https://cdn.example.com/a/b.png?sig=x%2Fy&se=2026-12-01';
	const described: Array<[string, () => Came, string, string, string | undefined]> = [
		[
			'an address',
			() => ({ body: JSON.stringify({ data: [{ url: address }], usage }) }),
			'image_as_url',
			'yes',
			address,
		],
		[
			'an address beside nothing',
			() => ({ body: JSON.stringify({ data: [{ b64_json: null, url: address }] }) }),
			'image_as_url',
			'yes',
			address,
		],
		[
			'an address in a stream',
			() => stream(sse({ type: 'image_generation.completed', url: address }, 'data: [DONE]\n\n')),
			'image_as_url',
			'yes',
			address,
		],
		[
			'a job',
			() => ({
				body: JSON.stringify({ code: 200, data: [{ status: 'submitted', task_id: 'task_01K' }] }),
			}),
			'image_as_job',
			'possibly',
			'task_01K',
		],
		[
			'a job by its own name',
			() => ({ status: 202, body: JSON.stringify({ id: 'pred-7', status: 'starting' }) }),
			'image_as_job',
			'possibly',
			'pred-7',
		],
		[
			'an error',
			() => ({
				body: JSON.stringify({
					error: { message: 'No channel for this model', code: 'no_channel' },
				}),
			}),
			'no_channel',
			'possibly',
			'No channel for this model',
		],
		[
			'an error as a text',
			() => ({ body: JSON.stringify({ error: 'Quota is used up' }) }),
			'image_call_failed',
			'possibly',
			'Quota is used up',
		],
		[
			'an error by another name',
			() => ({ body: JSON.stringify({ code: 5001, msg: 'Upstream is away', data: null }) }),
			'image_call_failed',
			'possibly',
			'Upstream is away',
		],
		[
			'an error in a stream',
			() =>
				stream(
					sse(partial(), 'event: error\n', {
						error: { message: 'Blocked', code: 'invalid_prompt' },
					}),
				),
			'invalid_prompt',
			'possibly',
			'Blocked',
		],
		['nothing', () => ({ body: '' }), 'empty_answer', 'possibly', undefined],
		[
			'no data',
			() => ({ body: JSON.stringify({ data: [], usage }) }),
			'empty_answer',
			'yes',
			undefined,
		],
		[
			'JSON of another kind',
			() => ({ body: '{"ok":true}' }),
			'empty_answer',
			'possibly',
			'the fields ok',
		],
		[
			'a web page',
			() => ({ type: 'text/html', body: '<!doctype html><p>Sign in' }),
			'answer_not_json',
			'possibly',
			'a web page',
		],
		[
			'a text',
			() => ({ type: 'text/plain', body: 'OK, thank you' }),
			'answer_not_json',
			'possibly',
			'a text',
		],
		[
			'damaged base64',
			() => ({ body: imageJson({ data: [{ b64_json: `%%%${base64(png)}` }] }) }),
			'broken_image',
			'yes',
			undefined,
		],
		[
			'bytes of no image',
			() => ({ body: imageJson({ data: [{ b64_json: 'AAAA'.repeat(500) }] }) }),
			'broken_image',
			'yes',
			undefined,
		],
	];

	it.each(described)('describes %s', async (_name, came, code, billed, told) => {
		const { error, details } = await expectFailure(parameters, came());
		expect(details).toMatchObject({ code, billed, retryable: false, requestId: 'req_1' });
		expect(error).toContain(told ?? '');
		expect(error).not.toMatch(/<|iVBOR/);
	});
});

it('tells an address and a job by themselves, also when the node stops', async () => {
	const urls = ['https://a.example/1.png', 'https://a.example/2.png'];
	service.reset({ body: JSON.stringify({ data: urls.map((url) => ({ url })) }) });
	const parameters = { options: { numberOfImages: 2 } };
	const { items } = await ask(parameters);
	expect(items[0]?.json.details).toMatchObject({ received: { urls } });
	const { error } = await ask(parameters, { onError: 'stopWorkflow' });
	expect(error?.message).toContain(urls.join(', '));
});

it('asks once, also when n8n runs the node again', async () => {
	service.reset({ body: JSON.stringify({ data: [{ status: 'submitted', task_id: 'task_01K' }] }) });
	const { error } = await ask(
		{},
		{ onError: 'stopWorkflow', retryOnFail: true, maxTries: 3, waitBetweenTries: 0 },
	);
	expect(error?.message).toContain('task_01K');
	expect(service.calls).toBe(1);
});

describe('a job', () => {
	it.each([
		['a number for its ID', { task_id: 7731204, status: 'queued' }, '7731204'],
		['an ID and notStarted', { id: 'op-1', status: 'notStarted' }, 'op-1'],
		['an ID and notRunning', { id: 'op-2', status: 'notRunning' }, 'op-2'],
		['an ID and running', { id: 'op-3', status: 'running' }, 'op-3'],
		['an ID and In Progress', { data: { id: 41, state: 'In Progress' } }, '41'],
		['no state', { data: { job_id: 'job-4' } }, 'job-4'],
		['an end without an image', { task_id: 'task-5', status: 'succeeded' }, 'task-5'],
	])('with %s is told by itself', async (_name, body, job) => {
		const { error, details } = await expectFailure({}, { body: JSON.stringify(body) });
		expect(details).toMatchObject({
			code: 'image_as_job',
			received: { kind: 'a job', jobs: [job], urls: [] },
		});
		expect(error).toContain(job);
	});

	it('that has ended is fetched from the service itself', async () => {
		const data = { task_id: 'task-6', task_status: 'succeed', images: [{ url: '/files/a.png' }] };
		service.reset({ body: JSON.stringify({ code: 0, data }) });
		service.gets.set('/files/a.png', { type: 'image/png', body: png });
		const { items } = await ask({});
		expect((await bytesOf(items[0]?.binary?.data)).equals(png)).toBe(true);
	});

	it('that has not ended is not fetched', async () => {
		const body = { task_id: 'task-7', status: 'queued', url: '/v1/tasks/task-7' };
		const { details } = await expectFailure({}, { body: JSON.stringify(body) });
		const urls = [`${service.origin}/v1/tasks/task-7`];
		expect(details).toMatchObject({ received: { jobs: ['task-7'], urls } });
		expect(service.asked).toHaveLength(1);
	});
});

describe('a moderation check that is answered with', () => {
	it.each<[string, Came]>([
		['no results', { body: '{"results":[]}' }],
		['an empty object', { body: '{}' }],
		['a result that is null', { body: '{"results":[null]}' }],
		['a result without a judgement', { body: '{"results":[{"categories":{"violence":true}}]}' }],
		['a judgement in words', { body: '{"results":[{"flagged":"false"}]}' }],
		['a web page', { type: 'text/html', body: '<!doctype html><p>Sign in' }],
		['nothing', { body: '' }],
	])('%s has judged nothing, and no image is bought', async (_name, came) => {
		for (const parameters of [{}, edit]) {
			const checked = { ...parameters, limits: { moderationCheck: true } };
			const { error, message, details } = await expectFailure(checked, came);
			expect(error).toBe('The moderation check returned no result');
			expect(message).toContain("turn off 'Moderation Check'");
			expect(details).toMatchObject({ code: 'empty_answer', billed: 'no' });
			expect(service.asked.map(({ path }) => path)).toEqual(['/v1/moderations']);
		}
	});
});

describe('an address of the service itself', () => {
	const at = (url: string): Came => ({ body: JSON.stringify({ data: [{ url }], usage }) });

	it.each([
		['generations', '/files/a.png', {}],
		['generations', 'whole', {}],
		['edits', '/files/a.png', edit],
		['edits', 'whole', edit],
	])('is fetched with the key, for %s: %s', async (endpoint, path, parameters) => {
		service.reset(at(path === 'whole' ? `${service.origin}/files/a.png` : path));
		service.gets.set('/files/a.png', { type: 'image/png', body: png });
		const { items } = await ask(parameters);
		expect((await bytesOf(items[0]?.binary?.data)).equals(png)).toBe(true);
		expect(image(items[0])).toMatchObject({ cost: { usd } });
		const authorization = 'Bearer sk-test';
		expect(service.asked).toEqual([
			{ method: 'POST', path: `/v1/images/${endpoint}`, authorization },
			{ method: 'GET', path: '/files/a.png', authorization },
		]);
	});

	it('is told when no image is there', async () => {
		const { error, details } = await expectFailure({}, at('/files/a.png'));
		expect(error).toContain(`${service.origin}/files/a.png; fetching it failed (status 404)`);
		expect(details).toMatchObject({ code: 'image_as_url', billed: 'yes' });
	});

	it('does not lead to another by a redirect', async () => {
		const elsewhere = await new Answering().start();
		elsewhere.gets.set('/b.png', { type: 'image/png', body: png });
		service.reset(at('/files/a.png'));
		service.gets.set('/files/a.png', {
			status: 302,
			headers: { location: `${elsewhere.origin}/b.png` },
			body: '',
		});
		const { items } = await ask({});
		expect(items[0]?.json.error).toContain('fetching it failed (status 302)');
		expect(elsewhere.asked).toEqual([]);
		await elsewhere.close();
	});

	it('no other host is asked, and no other port', async () => {
		const elsewhere = await new Answering().start();
		const { error } = await expectFailure({}, at(`${elsewhere.origin}/b.png`));
		expect(error).toContain(`${elsewhere.origin}/b.png`);
		expect(elsewhere.asked).toEqual([]);
		await elsewhere.close();
	});
});

describe.each([
	['a generation', {}],
	['an edit', edit],
])('%s', (_asked, parameters) => {
	it.each(svgs)('delivers an SVG with %s', async (...svg) => {
		const came = (b64_json: string): Came => ({ body: imageJson({ data: [{ b64_json }] }) });
		await expectSvg(parameters, came, svg);
	});
});

describe('a body of 64 MB in some kilobytes', () => {
	const whole = Buffer.alloc(2 ** 26, 'A');
	whole.write('{"data":[{"b64_json":"');
	const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
	it.each([
		['gzip', gzipSync(whole)],
		['deflate', deflateSync(whole)],
		['br', brotliCompressSync(whole, fast)],
	])('of %s is not read to its end, and is asked for once', async (encoding, body) => {
		expect(body.length).toBeLessThan(2 ** 20);
		const headers = { 'content-encoding': encoding };
		for (const parameters of [{}, edit]) {
			const { error, details } = await expectFailure(parameters, { body, headers });
			expect(error).toBe('The response is larger than any image, so it was not read completely');
			expect(details).toMatchObject({ code: 'answer_too_large', billed: 'possibly' });
		}
		const refused = await expectFailure({}, { status: 400, body, headers });
		expect(refused.details).toMatchObject({ status: 400, billed: 'no' });
		expect(refused.error.length).toBeLessThan(600);
	});
});

describe('several images', () => {
	const three = { options: { numberOfImages: 3 } };
	const all = () => [png, other, webp];
	const delivered = async (came: Came) => {
		service.reset(came);
		const { items } = await ask(three);
		const files = await Promise.all(items.map(async ({ binary }) => await bytesOf(binary?.data)));
		expect(service.calls).toBe(1);
		return { items, names: files.map((bytes) => all().findIndex((one) => one.equals(bytes))) };
	};

	it('in JSON, one without a name of its own', async () => {
		const data = [
			{ b64_json: base64(png) },
			{ url: `data:image/png;base64,${base64(other)}` },
			{ b64_json: base64(webp) },
		];
		const { items, names } = await delivered({ body: JSON.stringify({ data, usage }) });
		expect(names).toEqual([0, 1, 2]);
		expect(
			items.reduce((sum, item) => sum + Number((image(item).cost as IDataObject).usd), 0),
		).toBeCloseTo(usd, 10);
	});

	it('in a stream, each with its own counts', async () => {
		const frames = all().map((bytes) => completed({ b64_json: base64(bytes) }));
		const { items, names } = await delivered(stream(sse(...frames)));
		expect(names).toEqual([0, 1, 2]);
		expect(items.map((item) => (image(item).cost as IDataObject).usd)).toEqual([usd, usd, usd]);
	});

	it('of which one came as an address', async () => {
		const data = [
			{ b64_json: base64(png) },
			{ url: 'https://a.example/2.png' },
			{ b64_json: base64(webp) },
		];
		const { items, names } = await delivered({ body: JSON.stringify({ data, usage }) });
		expect(names).toEqual([0, 2]);
		expect(messagesOf(items[0])).toContainEqual(expect.stringContaining('https://a.example/2.png'));
	});

	it('of which the last was cut off', async () => {
		const data = all().map((bytes) => ({ b64_json: base64(bytes) }));
		const text = JSON.stringify({ data });
		const { items, names } = await delivered({ body: text.slice(0, -500), breaks: true });
		expect(names).toEqual([0, 1]);
		expect(image(items[0])).toMatchObject({ cost: { usd: null } });
	});

	it('more than were asked for', async () => {
		service.reset({
			body: JSON.stringify({ data: all().map((bytes) => ({ b64_json: base64(bytes) })), usage }),
		});
		const { items } = await ask({});
		expect(items).toHaveLength(1);
		expect(image(items[0])).toMatchObject({ cost: { usd } });
		expect(messagesOf(items[0])).toContain('2 more images arrived than were requested');
	});
});

describe('an answer that was really cut off', () => {
	it.each<[string, () => Came]>([
		['JSON', () => ({ body: imageJson().slice(0, 9000), breaks: true })],
		['JSON of a proxy that ends it', () => ({ body: imageJson().slice(0, 9000) })],
		['a stream', () => stream(sse(partial()), { breaks: true })],
		['a stream without its last event', () => stream(sse(partial()))],
		[
			'a stream that told how far it was',
			() =>
				stream(sse({ type: 'image_generation.in_progress', id: 'ig_1', status: 'in_progress' })),
		],
		['a stream that says nothing', () => stream('')],
		['nothing but a broken connection', () => ({ body: '', breaks: true })],
	])('is sent once more: %s', async (_name, came) => {
		service.reset(came(), { body: imageJson() });
		const { items } = await ask({});
		expect(service.calls).toBe(2);
		expect(image(items[0])).toMatchObject({ request: { attempts: 2 } });
	});

	it('not even that when it is not requested', async () => {
		service.reset(stream(sse(partial())));
		const { items } = await ask({ limits: { retryLost: false } });
		expect(service.calls).toBe(1);
		expect(items[0]?.json.details).toMatchObject({ code: 'connection_lost', billed: 'possibly' });
	});
});

describe('an event that tells of an error', () => {
	const streamed = { options: { partialImages: 1 } };
	const event = (fields: object) => ({ type: 'error', sequence_number: 3, param: null, ...fields });
	const limit = event({ code: 'rate_limit_exceeded', message: 'Please try again in 20ms.' });
	const once = { limits: { maxRetries: 0, retryLost: false } };

	it.each<[string, () => object[], object, string]>([
		[
			'a rate limit, and nothing before',
			() => [limit],
			{ code: 'rate_limit_exceeded', billed: 'no', retryable: true },
			"OpenAI's rate limit was reached: it asks to wait 1 seconds",
		],
		[
			'a rate limit behind a frame',
			() => [partial(), limit],
			{ code: 'rate_limit_exceeded', billed: 'possibly', retryable: true },
			"OpenAI's rate limit was reached",
		],
		[
			'a server error',
			() => [event({ error: { type: 'server_error', code: 'server_error', message: 'Broken.' } })],
			{ code: 'server_error', billed: 'possibly', retryable: true },
			'OpenAI had a server problem: Broken',
		],
		[
			'a reason without a code',
			() => [event({ code: null, message: 'The worker has died.' })],
			{ code: 'server_error', billed: 'possibly', retryable: true },
			'OpenAI had a server problem: The worker has died',
		],
		[
			'a code that nobody knows',
			() => [event({ code: 'unknown_error', message: 'Something broke.' })],
			{ code: 'unknown_error', billed: 'possibly', retryable: true },
			'OpenAI had a server problem: Something broke',
		],
		[
			'a refusal',
			() => [event({ code: 'content_policy_violation', message: 'Rejected.' })],
			{ code: 'moderation_blocked', retryable: false },
			'blocked the request',
		],
		[
			'a parameter',
			() => [event({ code: 'invalid_value', message: 'No.', param: 'size' })],
			{ code: 'invalid_value', param: 'size', retryable: false },
			"OpenAI refused 'Size': No",
		],
	])('%s', async (_name, frames, facts, words) => {
		for (const parameters of [streamed, { ...edit, ...streamed }]) {
			const came = stream(sse(...frames()));
			const { error, details } = await expectFailure({ ...parameters, ...once }, came);
			expect(details).toMatchObject(facts);
			expect(error).toContain(words);
		}
	});

	it.each([
		['a rate limit', limit],
		['a server error', event({ message: 'The worker has died.' })],
	])('%s is tried again', async (_name, frame) => {
		service.reset(stream(sse(frame)), stream(sse(completed())));
		const { items } = await ask(streamed);
		expect(image(items[0])).toMatchObject({ cost: { usd }, request: { attempts: 2 } });
	});
});

describe('a usage of zeros beside an image', () => {
	const zeros = {
		input_tokens: 0,
		input_tokens_details: { text_tokens: 0, image_tokens: 0 },
		output_tokens: 0,
		total_tokens: 0,
	};

	it('is no report: the cost is unknown, and the limit counts the estimate', async () => {
		newStore();
		service.reset({ body: imageJson({ usage: zeros }) });
		const { items } = await runGptImage({
			baseUrl: service.url,
			items: Array.from({ length: 6 }, (_, row) => ({ json: { row } })),
			parameters: {
				prompt: '=mug {{ $json.row }}',
				quality: 'low',
			},
			credential: { maxCostPerDay: 0.02 },
			settings: { onError: 'continueRegularOutput' },
		});
		// Each may cost $0.00592 or a little more.
		expect(service.calls).toBe(3);
		const [first] = items;
		expect(image(first)).toMatchObject({ cost: { usd: null } });
		expect(messagesOf(first)).toContain(
			'The cost is unknown: the token usage has no tokens for the image',
		);
		expect(items[3]?.json.details).toMatchObject({ code: 'budget_exceeded' });
	});

	it('of one image of a stream leaves the cost of all unknown', async () => {
		const frames = [png, other, webp].map((bytes, n) =>
			completed({ b64_json: base64(bytes), usage: n === 1 ? zeros : usage }),
		);
		service.reset(stream(sse(...frames)));
		const { items } = await ask({ options: { numberOfImages: 3 } });
		expect(items.map((item) => (image(item).cost as IDataObject).usd)).toEqual([null, null, null]);
		expect(messagesOf(items[0])).toContain(
			'The cost is unknown: the token usage has no tokens for the image',
		);
	});
});

describe('a usage that no image has', () => {
	const absurd = (tokens: number): Came => {
		const details = { text_tokens: tokens, image_tokens: 0 };
		const counts = { input_tokens: tokens, input_tokens_details: details, output_tokens: tokens };
		return { body: imageJson({ usage: { ...counts, total_tokens: 2 * tokens } }) };
	};
	const buy = async (rows: number[], credential: IDataObject) =>
		await runGptImage({
			baseUrl: service.url,
			items: rows.map((row) => ({ json: { row } })),
			parameters: { prompt: '=mug {{ $json.row }}', quality: 'low' },
			credential,
			settings: { onError: 'continueRegularOutput' },
		});

	// An amount that no number of units holds, none at all, and one whose sum passes every whole number.
	it.each([9e15, 1e300, 2.5e10])('does not let the day start anew: %d tokens', async (tokens) => {
		newStore();
		service.reset({ body: imageJson() }, absurd(tokens));
		const paid = await buy([0, 1, 2, 3], {});
		expect(paid.items.map(({ binary }) => binary?.data?.mimeType)).toEqual(
			Array(4).fill('image/png'),
		);
		const { items } = await buy([4, 5, 6], { maxCostPerDay: 0.02 });
		expect(service.calls).toBe(4);
		const details = { code: 'budget_exceeded', billed: 'no' };
		expect(items.map(({ json }) => json.details)).toMatchObject([details, details, details]);
	});
});

describe('a line of a batch', () => {
	const collected = async (body: object) => {
		service.reset();
		const batch = { id: 'batch_1', status: 'completed', output_file_id: 'file-1' };
		const response = { status_code: 200, request_id: 'req_1', body };
		const line = { id: 'batch_req_1', custom_id: 'row-1', response, error: null };
		service.gets.set('/v1/batches/batch_1', { body: JSON.stringify(batch) });
		service.gets.set('/v1/files/file-1/content', { body: `${JSON.stringify(line)}\n` });
		newStore();
		return await collect(service, { collectFrom: 'id', orderId: 'batch_1' });
	};
	const urls = ['https://a.example/1.png', 'https://a.example/2.png'];

	it('that holds addresses is described whole', async () => {
		const { failed } = await collected({ data: urls.map((url) => ({ url })), usage });
		expect(failed.map(({ json }) => json.details)).toEqual([
			expect.objectContaining({
				code: 'image_as_url',
				billed: 'yes',
				requestId: 'req_1',
				received: { kind: 'the address of an image', urls },
			}),
		]);
		expect(failed[0]?.json.error).toContain(urls.join(', '));
	});

	it('that holds a job is described whole', async () => {
		const { failed } = await collected({ task_id: 'task_01K', status: 'queued' });
		expect(failed[0]?.json.details).toMatchObject({
			code: 'image_as_job',
			received: { jobs: ['task_01K'] },
		});
	});

	it('of whose images one is an address is delivered with it', async () => {
		const { images: items } = await collected({
			data: [{ b64_json: base64(png) }, { url: urls[1] }],
			usage,
		});
		expect(items).toHaveLength(1);
		expect(messagesOf(items[0])).toContain(
			'One image was sent as a URL, which was not fetched: https://a.example/2.png',
		);
	});
});

describe('the headers of the credential', () => {
	let row = 0;
	const through = async (name: string, value: string, came: Came) => {
		service.reset(came);
		return await runGptImage({
			baseUrl: service.url,
			parameters: { prompt: `a mug behind a gateway ${row++}`, quality: 'low' },
			credential: { headers: { values: [{ name, value }] } },
			settings: { onError: 'continueRegularOutput' },
		});
	};

	it.each([
		['cf-aig-collect-log', 'false', { is_fallback: false }],
		['x-mode', 'b64_json', {}],
		['x-user', '"created"', {}],
		['x-portkey-auth', 'images12', { object: 'list', note: 'images12' }],
	])('%s: %s does not damage an answer', async (name, value, more) => {
		const { items } = await through(name, value, { body: imageJson(more) });
		expect(items[0]?.json.error).toBeUndefined();
		expect(image(items[0])).toMatchObject({ cost: { usd } });
	});

	it.each([
		['HTTP-Referer', 'https://cdn.example.com'],
		['x-portkey-provider', 'example'],
	])('%s: %s does not damage the address of an image', async (name, value) => {
		const url = 'https://cdn.example.com/a/b.png';
		const { items } = await through(name, value, { body: JSON.stringify({ data: [{ url }] }) });
		expect(items[0]?.json.details).toMatchObject({ received: { urls: [url] } });
	});

	const token = 'gw-41f09c7be2d85a63';
	it.each<[string, string, () => Came]>([
		[
			'in an error',
			`Bearer ${token}`,
			() => ({ status: 400, body: `{"error":{"message":"${token}"}}` }),
		],
		[
			'escaped',
			token,
			() => ({ status: 400, body: `{"error":{"message":"\\u0067${token.slice(1)}"}}` }),
		],
		['as a name', token, () => ({ body: `{"${token}":1}` })],
		[
			'in a good answer',
			token,
			() => ({ body: `{"error":{"message":"no ${token}","code":"${token}"}}` }),
		],
		['in a text', token, () => ({ status: 502, type: 'text/plain', body: `sent: ${token}` })],
		[
			'as the ID of the request',
			token,
			() => ({ body: imageJson(), headers: { 'x-request-id': token } }),
		],
		[
			'in a prompt',
			token,
			() => ({ body: imageJson({ data: [{ b64_json: base64(png), revised_prompt: token }] }) }),
		],
		[
			'in an address',
			token,
			() => ({ body: `{"data":[{"url":"https://a.example/${token}/1.png"}]}` }),
		],
	])('show no secret that comes back %s', async (_where, value, came) => {
		for (const name of ['x-gateway', 'x-api-key']) {
			const { items, run } = await through(name, value, came());
			expect(items).toHaveLength(1);
			expect(JSON.stringify([items, run.data.resultData])).not.toContain(token.slice(1));
		}
	});
});

describe('an image of 3 MB', () => {
	withLargeImage();

	it.each([...wholeImages, ...rawImages])('comes as %s', async (_name, came) => {
		await expectImage({}, came(), () => large);
	});
});
