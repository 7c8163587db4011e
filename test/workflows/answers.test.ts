import threads from 'node:worker_threads';
import type { IDataObject } from 'n8n-workflow';
import {
	ask,
	base64,
	completed,
	expectFailure,
	expectImage,
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
	usage,
	usd,
	webp,
	wholeImages,
	setUpAnswers,
	withLargeImage,
} from './answer-cases';
import { Answering, type Came } from './answering';
import { bytesOf } from './engine';
import { image, messagesOf, runGptImage } from './gpt-image';
import { newStore } from './set-up';

/**
 * What a paid image call may be answered with, by whatever was asked: the image is delivered, or the item
 * fails with what came, after one call.
 */

setUpAnswers();

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

	const drawing = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
	const asSvg = (): Came => ({ body: imageJson({ data: [{ b64_json: base64(drawing) }] }) });
	const differs = (message: string) => [
		expect.objectContaining({ code: 'format_differs', message }),
	];
	const unasked = 'An SVG came, which was not asked for and may run scripts where it is shown';

	it('draws an SVG that was not asked for as a PNG', async () => {
		service.reset(asSvg());
		const { items } = await ask(parameters);
		expect(image(items[0])).toMatchObject({ format: 'png' });
		expect(image(items[0])?.warnings).toEqual(
			expect.arrayContaining(differs(`${unasked}: it was drawn as a PNG`)),
		);
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

describe('an address of the service itself', () => {
	const at = (url: string): Came => ({ body: JSON.stringify({ data: [{ url }], usage }) });

	it.each(['/files/a.png', 'whole'])('is fetched: %s', async (path) => {
		service.reset(at(path === 'whole' ? `${service.origin}/files/a.png` : path));
		service.gets.set('/files/a.png', { type: 'image/png', body: png });
		const { items } = await ask({});
		expect((await bytesOf(items[0]?.binary?.data)).equals(png)).toBe(true);
		expect(image(items[0])).toMatchObject({ cost: { usd } });
		expect(service.asked.map(({ method, path: asked }) => `${method} ${asked}`)).toEqual([
			'POST /v1/images/generations',
			'GET /files/a.png',
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
		expect(messagesOf(items[0])).toContain('2 more images came than were asked for');
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
			'The cost is unknown: the token usage counts nothing for the image',
		);
		expect(items[3]?.json.details).toMatchObject({ code: 'budget_exceeded' });
	});
});

describe('an image of 3 MB', () => {
	withLargeImage();

	it.each([...wholeImages, ...rawImages])('comes as %s', async (_name, came) => {
		await expectImage({}, came(), () => large);
	});
});
