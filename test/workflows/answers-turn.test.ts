import {
	ask,
	base64,
	type Case,
	expectFailure,
	expectImage,
	expectSvg,
	imageJson,
	large,
	png,
	rawImages,
	send,
	service,
	sse,
	stream,
	svgs,
	turns,
	usage,
	setUpAnswers,
	withLargeImage,
} from './answer-cases';
import { type Came } from './answering';
import { image, messagesOf } from './gpt-image';

/**
 * What a paid turn may be answered with, by whatever was asked: the image is delivered, or the item
 * fails with what came, after one call.
 */

setUpAnswers();

const imageCall = (result: unknown, more: object = {}) => ({
	id: 'ig_1',
	type: 'image_generation_call',
	status: 'completed',
	result,
	...more,
});
const chatUsage = {
	input_tokens: 100,
	input_tokens_details: { cached_tokens: 0 },
	output_tokens: 10,
	total_tokens: 110,
};
const response = (output: readonly unknown[], more: object = {}) => ({
	id: 'resp_1',
	object: 'response',
	status: 'completed',
	model: 'gpt-5.4',
	output,
	usage: chatUsage,
	tool_usage: { image_gen: usage },
	...more,
});
/** 100 chat tokens at $2.50 and 10 at $15 for a million, and the image. */
const turnUsd = 0.00632;
const created = { type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } };
const done = (output_index: number, item: unknown) => ({
	type: 'response.output_item.done',
	output_index,
	item,
});
const words = (text: string) => ({
	id: 'msg_1',
	type: 'message',
	content: [{ type: 'output_text', text }],
});

const wholeTurns: Case[] = [
	['JSON', () => ({ body: JSON.stringify(response([imageCall(base64(png))])) })],
	[
		'JSON with a mark of the encoding',
		() => ({ body: `\uFEFF${JSON.stringify(response([imageCall(base64(png))]))}` }),
	],
	['JSON said to be a stream', () => stream(JSON.stringify(response([imageCall(base64(png))])))],
	[
		'a data URL',
		() => ({ body: JSON.stringify(response([imageCall(`data:image/png;base64,${base64(png)}`)])) }),
	],
	[
		'a stream',
		() =>
			stream(
				sse(created, done(0, imageCall(base64(png))), {
					type: 'response.completed',
					response: response([imageCall(base64(png))]),
				}),
			),
	],
	[
		'a data URL in a stream',
		() =>
			stream(
				sse(created, {
					type: 'response.completed',
					response: response([imageCall(`data:image/png;base64,${base64(png)}`)]),
				}),
			),
	],
	[
		'a stream whose last event has no output',
		() =>
			stream(
				sse(created, done(0, imageCall(base64(png))), {
					type: 'response.completed',
					response: response([]),
				}),
			),
	],
	[
		'a stream whose last event has the image call without its result',
		() =>
			stream(
				sse(created, done(0, imageCall(base64(png))), {
					type: 'response.completed',
					response: response([imageCall(null), words('Here')]),
				}),
			),
	],
	[
		'a stream whose last event has no output, but one before it has',
		() => {
			const { output, ...ending } = response([imageCall(base64(png))]);
			return stream(
				sse(
					{ type: 'response.in_progress', response: { ...ending, status: 'in_progress', output } },
					{ type: 'response.completed', response: ending },
				),
			);
		},
	],
	[
		'a stream with CR LF, comments and empty data',
		() =>
			stream(
				sse(
					': hi\n\n',
					created,
					'data:\n\n',
					'data: ping\n\n',
					{ type: 'response.completed', response: response([imageCall(base64(png))]) },
					'data: [DONE]\n\n',
				).replaceAll('\n', '\r\n'),
				{ piece: 4099 },
			),
	],
	[
		'a stream without types in its data',
		() =>
			stream(
				sse(
					`event: response.created\ndata: ${JSON.stringify({ response: created.response })}\n\n`,
					`event: response.completed\ndata: ${JSON.stringify({ response: response([imageCall(base64(png))]) })}\n\n`,
				),
			),
	],
	[
		'an image in the text',
		() => ({
			body: JSON.stringify(response([words(`![mug](data:image/png;base64,${base64(png)})`)])),
		}),
	],
];

describe.each(turns)('%s', (_asked, parameters) => {
	it.each(wholeTurns)('delivers %s', async (_name, came) => {
		const item = await expectImage(parameters, came(), () => png);
		expect(image(item)).toMatchObject({
			cost: { usd: turnUsd },
			conversation: { responseId: 'resp_1' },
		});
		expect(service.asked).toHaveLength(1);
		expect(JSON.stringify(item?.json)).not.toContain('iVBOR');
	});

	it.each([...rawImages, ['the answer to a generation', () => ({ body: imageJson() })] as Case])(
		'delivers %s, of which no later message knows',
		async (_name, came) => {
			const item = await expectImage(
				{ ...parameters, continueFrom: 'session', sessionKey: 'a' },
				came(),
				() => png,
			);
			expect(image(item)).toMatchObject({
				cost: { usd: null },
				conversation: { responseId: null },
			});
			expect(messagesOf(item)).toContainEqual(expect.stringContaining('The response has no ID'));
		},
	);

	it.each(svgs)('delivers an SVG with %s', async (...svg) => {
		const came = (result: string): Came => ({
			body: JSON.stringify(response([imageCall(result)])),
		});
		await expectSvg(parameters, came, svg);
	});

	const address = 'https://cdn.example.com/b.png?sig=x%2Fy';
	it.each<[string, () => Came, string, string | undefined]>([
		[
			'an address as the result',
			() => ({ body: JSON.stringify(response([imageCall(address)])) }),
			'image_as_url',
			address,
		],
		[
			'an address instead of a response',
			() => ({ body: JSON.stringify({ data: [{ url: address }] }) }),
			'image_as_url',
			address,
		],
		[
			'an address as the output',
			() => ({ body: JSON.stringify({ id: 'p', status: 'succeeded', output: [address] }) }),
			'image_as_url',
			address,
		],
		[
			'a job',
			() => ({ body: JSON.stringify({ data: [{ status: 'submitted', task_id: 'task_01K' }] }) }),
			'image_as_job',
			'task_01K',
		],
		[
			'an error',
			() => ({ body: JSON.stringify({ error: { message: 'No channel', code: 'no_channel' } }) }),
			'no_channel',
			'No channel',
		],
		[
			'an error event',
			() => stream(sse({ type: 'error', code: 'invalid_prompt', message: 'Blocked', param: null })),
			'invalid_prompt',
			'Blocked',
		],
		[
			'an error event behind the beginning',
			() =>
				stream(
					sse(created, { type: 'error', code: 'invalid_prompt', message: 'Blocked', param: null }),
				),
			'invalid_prompt',
			'Blocked',
		],
		[
			'nothing in the response',
			() => ({ body: JSON.stringify(response([])) }),
			'empty_answer',
			undefined,
		],
		[
			'a damaged image',
			() => ({ body: JSON.stringify(response([imageCall(`%%${base64(png)}`)])) }),
			'broken_image',
			undefined,
		],
		[
			'a web page',
			() => ({ type: 'text/html', body: '<html><p>Sign in' }),
			'answer_not_json',
			'a web page',
		],
		['nothing', () => ({ body: '' }), 'empty_answer', undefined],
		['JSON of another kind', () => ({ body: '{"ok":true}' }), 'empty_answer', 'the fields ok'],
	])('describes %s', async (_name, came, code, told) => {
		const { error, details } = await expectFailure(parameters, came());
		expect(details).toMatchObject({ code, retryable: false });
		expect(details.billed).not.toBe('no');
		expect(error).toContain(told ?? '');
		expect(error).not.toMatch(/<|iVBOR/);
	});

	const failed = (error: object) => ({
		type: 'response.failed',
		response: response([], { status: 'failed', error }),
	});
	it.each<[string, object[], object, string]>([
		[
			'a rate limit, and nothing before',
			[{ type: 'error', code: 'rate_limit_exceeded', message: 'Please try again in 20s.' }],
			{ code: 'rate_limit_exceeded', billed: 'no', retryable: true },
			"OpenAI's rate limit was reached: it asks to wait 20 seconds",
		],
		[
			'a reason without a code',
			[{ type: 'error', code: null, message: 'The worker has died.' }],
			{ code: 'server_error', billed: 'possibly', retryable: true },
			'OpenAI had a server problem: The worker has died',
		],
		[
			'a parameter',
			[{ type: 'error', code: 'invalid_value', message: 'No.', param: 'tools[0].size' }],
			{ code: 'invalid_value', param: 'size', billed: 'possibly', retryable: false },
			"OpenAI refused 'Size': No",
		],
		[
			'a failed response',
			[created, failed({ code: 'failed_to_download_image', message: 'https://x.example/?s=3' })],
			{ code: 'invalid_image_url', param: 'attachments', billed: 'possibly', retryable: true },
			"an image in 'Attachments': https://x.example/?…",
		],
		[
			'a response that failed for a rate limit',
			[created, failed({ code: 'rate_limit_exceeded', message: 'Please try again in 20s.' })],
			{ code: 'rate_limit_exceeded', billed: 'possibly', retryable: true },
			'it asks to wait 20 seconds',
		],
	])('tells an error in its stream: %s', async (_name, frames, facts, words) => {
		const limits = { maxRetries: 0, retryLost: false };
		const { error, details } = await expectFailure(
			{ ...parameters, limits },
			stream(sse(...frames)),
		);
		expect(details).toMatchObject(facts);
		expect(error).toContain(words);
	});

	it.each(['generate', 'edit'])('fails when words came and the action is %s', async (action) => {
		const came = { body: JSON.stringify(response([words('I cannot draw that.')])) };
		const own = { images: { values: [{ source: 'url', url: 'https://a.example/a.png' }] } };
		const attachments = action === 'edit' ? { attachments: own.images } : {};
		const { error, message, details } = await expectFailure(
			{ ...parameters, action, ...attachments },
			came,
		);
		expect(error).toBe(
			'The chat model responded with text instead of an image: I cannot draw that.',
		);
		expect(message).not.toContain("'Action'");
		expect(details).toMatchObject({ code: 'words_only', billed: 'yes', retryable: false });
	});

	it('gives the words when the action is auto', async () => {
		service.reset({ body: JSON.stringify(response([words('I cannot draw that.')])) });
		const { items } = await ask(parameters);
		expect(image(items[0])).toMatchObject({
			count: 0,
			conversation: { text: 'I cannot draw that.' },
		});
	});

	it('does not take zeros for what an image has cost', async () => {
		const tool_usage = {
			image_gen: {
				...usage,
				...{
					input_tokens: 0,
					output_tokens: 0,
					total_tokens: 0,
					input_tokens_details: { text_tokens: 0, image_tokens: 0 },
				},
			},
		};
		const came = { body: JSON.stringify(response([imageCall(base64(png))], { tool_usage })) };
		const item = await expectImage(parameters, came, () => png);
		expect(image(item)).toMatchObject({ cost: { usd: null } });
		expect(messagesOf(item)).toContainEqual(expect.stringContaining('The cost is unknown'));
	});
});

it('delivers the image of a stream that broke off and that nobody kept', async () => {
	const item = await expectImage(
		send,
		stream(sse(created, done(0, imageCall(base64(png)))), { breaks: true }),
		() => png,
	);
	expect(image(item)).toMatchObject({
		cost: { usd: null },
		conversation: { responseId: 'resp_1' },
	});
});

describe('an image of 3 MB', () => {
	withLargeImage();

	it.each([...wholeTurns, ...rawImages])('comes in a turn as %s', async (_name, came) => {
		await expectImage(send, came(), () => large);
	});
});
