import sharp from 'sharp';
import type { Client } from '../../../core/api/client';
import { fetchTurn, sendTurn } from '../../../core/api/responses';
import { startDouble, type Double } from '../../openai-double';
import { flatPng, maskPng } from '../../openai-double/testing';
import { BriskClock, clientFor, failureOf, lastBody, options, say, turnCall } from './turns';

let double: Double;
let client: Client;
beforeAll(async () => {
	double = await startDouble();
	client = await clientFor(double);
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

const paths = () => double.journal.map(({ method, path }) => `${method} ${path}`);

describe('the request', () => {
	it('says everything that the parameters say, and nothing else', async () => {
		await say(client, 'A poster for a jazz night', {
			picture: {
				size: '1536x1024',
				quality: 'medium',
				outputFormat: 'webp',
				outputCompression: 80,
				background: 'opaque',
				moderation: 'low',
				partialImages: 2,
				safetyIdentifier: 'user-7',
			},
			turn: {
				chatModel: 'gpt-6-luna',
				action: 'generate',
				instructions: 'Never draw people.',
				reasoningEffort: 'low',
			},
			call: { maxToolCalls: 3 },
		});
		expect(lastBody(double)).toEqual({
			model: 'gpt-6-luna',
			input: [
				{ role: 'user', content: [{ type: 'input_text', text: 'A poster for a jazz night' }] },
			],
			instructions: 'Never draw people.',
			tools: [
				{
					type: 'image_generation',
					action: 'generate',
					model: 'gpt-image-2',
					size: '1536x1024',
					quality: 'medium',
					output_format: 'webp',
					output_compression: 80,
					background: 'opaque',
					moderation: 'low',
					partial_images: 2,
				},
			],
			tool_choice: { type: 'image_generation' },
			max_tool_calls: 3,
			reasoning: { effort: 'low' },
			safety_identifier: 'user-7',
			store: true,
			stream: true,
		});
	});

	it('leaves the model free to talk or to search, where the user does', async () => {
		await say(client, 'Hello', { turn: { webSearch: true } });
		expect(lastBody(double)).toMatchObject({
			tool_choice: 'auto',
			tools: [{ type: 'image_generation', action: 'auto' }, { type: 'web_search' }],
		});
		await say(client, 'Draw the news', { turn: { webSearch: true, action: 'generate' } });
		expect(lastBody(double)).toMatchObject({ tool_choice: 'required' });
	});

	it('brings attachments along: bytes, addresses, files, and a mask for the first', async () => {
		const size = { width: 1024, height: 768 };
		const image = {
			kind: 'bytes' as const,
			bytes: await flatPng(size.width, size.height),
			mimeType: 'image/png',
			fileName: 'room.png',
			...size,
		};
		const mask = await maskPng(size, { left: 100, top: 100, width: 300, height: 300 });
		const file = await client.files.create({
			file: new File([new Uint8Array(image.bytes)], 'b.png', { type: 'image/png' }),
			purpose: 'vision',
		});
		const answer = await say(client, 'Put a lamp here', {
			turn: { action: 'edit', attachments: 4 },
			call: {
				inputs: {
					images: [
						image,
						{ kind: 'url', url: 'https://example.com/lamp.jpg' },
						{ kind: 'fileId', fileId: file.id },
					],
					mask,
					markup: undefined,
					documents: [
						{
							kind: 'bytes',
							bytes: Buffer.from('The lamp is brass.'),
							mimeType: 'text/plain',
							fileName: 'brief.txt',
						},
						{ kind: 'url', url: 'https://example.com/brief.pdf' },
					],
				},
			},
		});
		expect(answer.pictures).toHaveLength(1);
		const { input, tools } = lastBody(double);
		expect(input).toEqual([
			{
				role: 'user',
				content: [
					{
						type: 'input_file',
						filename: 'brief.txt',
						file_data: expect.objectContaining({ contentType: 'text/plain', bytes: 18 }),
					},
					{ type: 'input_file', file_url: 'https://example.com/brief.pdf' },
					{
						type: 'input_image',
						detail: 'auto',
						image_url: expect.objectContaining({ width: 1024, height: 768, format: 'png' }),
					},
					{ type: 'input_image', detail: 'auto', image_url: 'https://example.com/lamp.jpg' },
					{ type: 'input_image', detail: 'auto', file_id: file.id },
					{ type: 'input_text', text: 'Put a lamp here' },
				],
			},
		]);
		expect(tools).toEqual([
			expect.objectContaining({
				input_image_mask: {
					image_url: expect.objectContaining({ width: 1024, height: 768, hasAlpha: true }),
				},
			}),
		]);
	});

	it('names an earlier picture behind the message', async () => {
		const first = await say(client, 'A red mug');
		const [mug] = first.pictures;
		await say(client, 'A blue cup');
		const third = await say(client, 'Add a spoon', { turn: { imageCallId: mug?.imageCallId } });
		expect(third.pictures).toHaveLength(1);
		expect(lastBody(double).input).toEqual([
			{ role: 'user', content: [{ type: 'input_text', text: 'Add a spoon' }] },
			{ type: 'image_generation_call', id: mug?.imageCallId },
		]);
		expect(double.journal.at(-1)?.lineage).toEqual(['A red mug', 'Add a spoon']);
	});
});

describe('the answer', () => {
	it('is the picture, what the model made of the message, what it said, and the tokens', async () => {
		const answer = await say(client, 'A red mug');
		const [picture, ...others] = answer.pictures;
		expect(others).toEqual([]);
		expect(await sharp(picture?.bytes).metadata()).toMatchObject({
			format: 'png',
			width: 1024,
			height: 1024,
		});
		expect(picture).toMatchObject({
			position: 0,
			imageCallId: expect.stringMatching(/^ig_/),
			revisedPrompt: 'A red mug. Carefully composed.',
			quality: 'low',
			partials: [],
		});
		expect(answer).toMatchObject({
			responseId: expect.stringMatching(/^resp_/),
			chatModel: 'gpt-5.4',
			text: 'Here it is: A red mug',
			failures: [],
			cutShort: undefined,
			requestId: expect.stringMatching(/^req_/),
			usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
			imageUsage: { output_tokens: 196 },
			webSearch: { num_requests: 0 },
		});
	});

	it('has one picture for each image call, in order, with its own frames', async () => {
		const frames: Buffer[] = [];
		const call = turnCall('A fox crosses a river [[panels 3]]', { picture: { partialImages: 2 } });
		const answer = await sendTurn(client, call, {
			...options,
			onPartial: (frame) => frames.push(frame),
		});
		expect(answer.pictures.map(({ position }) => position)).toEqual([0, 1, 2]);
		expect(answer.pictures.map(({ revisedPrompt }) => revisedPrompt?.slice(0, 12))).toEqual([
			'Panel 1 of 3',
			'Panel 2 of 3',
			'Panel 3 of 3',
		]);
		expect(answer.pictures.map(({ partials }) => partials.length)).toEqual([2, 2, 2]);
		expect(answer.pictures.flatMap(({ partials }) => partials)).toEqual(frames);
		expect(new Set(frames.map((frame) => frame.toString('base64'))).size).toBe(6);
	});

	it('makes no more pictures than it is allowed', async () => {
		const answer = await say(client, 'A story [[panels 6]]', { call: { maxToolCalls: 2 } });
		expect(answer.pictures).toHaveLength(2);
	});

	it('may be words alone', async () => {
		const answer = await say(client, 'What can you do? [[talk]]');
		expect(answer.pictures).toEqual([]);
		expect(answer.text).toBe('I read "What can you do?". Tell me more, and I will draw it.');
		expect(answer.imageUsage).toMatchObject({ output_tokens: 0 });
	});

	it('tells failed image calls from good ones, with what moderation said', async () => {
		const answer = await say(client, 'A story [[panels 3]] [[failcall 2]]');
		expect(answer.pictures.map(({ position }) => position)).toEqual([0, 2]);
		const [failed, ...others] = answer.failures;
		expect(others).toEqual([]);
		expect(failed?.position).toBe(1);
		expect(failed?.error.message).toBe(
			"OpenAI's moderation blocked the finished picture (violence)",
		);
		expect(failed?.error.facts).toMatchObject({
			code: 'moderation_blocked',
			type: 'image_generation_user_error',
			retryable: false,
			billed: 'possibly',
			requestId: answer.requestId,
		});
	});

	it('counts web searches', async () => {
		const answer = await say(client, 'The news [[search 3]]', { turn: { webSearch: true } });
		expect(answer.webSearch).toEqual({ num_requests: 3 });
	});

	it('says when it ends early', async () => {
		const answer = await say(client, 'A long story [[incomplete]]');
		expect(answer.pictures).toHaveLength(1);
		expect(answer.cutShort).toBe('The answer ended early: the chat model reached its output limit');
	});

	it('is no answer when it ends before anything was made', async () => {
		const { facts } = await failureOf(say(client, 'A long story [[incomplete]] [[empty]]'));
		expect(facts).toMatchObject({ code: 'incomplete_response', retryable: false, billed: 'yes' });
	});

	it('is told apart from a damaged picture', async () => {
		const answer = await say(client, 'A mug [[badbase64]]');
		expect(answer.pictures).toEqual([]);
		expect(answer.failures[0]?.error.facts.code).toBe('broken_image');
	});
});

describe('a conversation', () => {
	it('goes on from turn to turn', async () => {
		const first = await say(client, 'A logo for a bakery');
		const second = await say(client, 'More geometric', {
			call: { previousResponseId: first.responseId },
		});
		const third = await say(client, 'Add a tagline', {
			call: { previousResponseId: second.responseId },
		});
		expect(double.journal.at(-1)?.lineage).toEqual([
			'A logo for a bakery',
			'More geometric',
			'Add a tagline',
		]);
		expect(third.pictures[0]?.revisedPrompt).toBe(
			'A logo for a bakery, then More geometric, then Add a tagline. Carefully composed.',
		);
	});

	it.each(['resp_unknown', 'an expired one', "another project's"])(
		'that is lost has its own failure: %s',
		async (which) => {
			const first = await say(client, 'A logo');
			const id = which === 'resp_unknown' ? which : first.responseId;
			if (which === 'an expired one') {
				await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });
			}
			const other =
				which === "another project's" ? await clientFor(double, { projectId: 'proj_b' }) : client;
			const call = say(other, 'Warmer', { call: { previousResponseId: id } });
			const { message, facts } = await failureOf(call);
			expect(message).toBe(
				'OpenAI does not have the previous response of this conversation any more',
			);
			expect(facts).toMatchObject({
				code: 'context_lost',
				status: 404,
				param: 'previousResponseId',
				retryable: false,
				billed: 'no',
			});
			expect(facts.advice).toContain("'On Lost Context'");
		},
	);

	it('also one whose named picture is lost', async () => {
		const call = say(client, 'Warmer', { turn: { imageCallId: 'ig_unknown' } });
		const { message, facts } = await failureOf(call);
		expect(message).toBe('OpenAI does not have the earlier picture of this conversation any more');
		expect(facts).toMatchObject({ code: 'context_lost', param: 'imageCallId' });
	});
});

describe('failures', () => {
	it.each([
		['[[error 400 invalid_prompt]]', 'invalid_prompt', false, 'no'],
		['[[429 1 x9]]', 'rate_limit_exceeded', true, 'no'],
		['[[503 1 x9]]', 'server_is_overloaded', true, 'no'],
		['[[quota]]', 'insufficient_quota', false, 'no'],
		['[[moderation]]', 'moderation_blocked', false, 'no'],
		['[[failresponse server_error]]', 'server_error', true, 'possibly'],
		['[[failresponse rate_limit_exceeded]]', 'rate_limit_exceeded', true, 'possibly'],
		[
			'[[failresponse image_content_policy_violation]]',
			'image_content_policy_violation',
			false,
			'possibly',
		],
	])('%s is %s', async (marker, code, retryable, billed) => {
		const { facts } = await failureOf(say(client, `A mug ${marker}`));
		expect(facts).toMatchObject({ code, retryable, billed });
	});

	it('name the parameter of the tool by its own name', async () => {
		const call = turnCall('A mug');
		const wrong = { ...call, request: { ...call.request, size: { width: 1000, height: 1000 } } };
		const { message, facts } = await failureOf(sendTurn(client, wrong, options));
		expect(facts.param).toBe('size');
		expect(message).toMatch(/^OpenAI refused 'Size': /);
	});

	it('name the chat model where it is the one that is missing', async () => {
		const call = say(client, 'A mug', { turn: { chatModel: 'gpt-7-nova' } });
		const { message, facts } = await failureOf(call);
		expect(message).toBe('OpenAI does not offer gpt-7-nova to this key');
		expect(facts).toMatchObject({ code: 'model_not_found', param: 'chatModel' });
		double.options.unavailableModels = ['gpt-image-2.5-flare'];
		const other = await failureOf(
			say(client, 'A mug', { picture: { model: 'gpt-image-2.5-flare' } }),
		);
		double.options.unavailableModels = [];
		expect(other.message).toBe('OpenAI does not offer gpt-image-2.5-flare to this key');
		expect(other.facts.param).toBe('model');
	});
});

describe('a connection that breaks', () => {
	it('in the middle of the stream costs nothing: the response is fetched by its id', async () => {
		const clock = new BriskClock();
		const call = turnCall('A mug [[cut]]');
		const answer = await sendTurn(client, call, { ...options, clock });
		expect(answer.pictures).toHaveLength(1);
		expect(paths()).toEqual(['POST /v1/responses', `GET /v1/responses/${answer.responseId}`]);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('also when an error comes in the stream', async () => {
		const answer = await say(client, 'A mug [[streamerror]]');
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('is a lost call when OpenAI has not kept the response', async () => {
		double.faults.push({ kind: 'error', status: 404, match: { path: '/responses/' } });
		const { facts } = await failureOf(say(client, 'A mug [[cut]]'));
		expect(facts).toMatchObject({ code: 'response_gone', retryable: true, billed: 'possibly' });
		expect(facts.advice).toContain("'Run in Background'");
	});

	it('before the response has begun is a lost call', async () => {
		const { facts } = await failureOf(say(client, 'A mug [[reset]]'));
		expect(facts).toMatchObject({ code: 'connection_lost', retryable: true, billed: 'possibly' });
	});
});

describe('in the background', () => {
	const background = { turn: { runInBackground: true } };

	it('is created, then asked for with growing pauses', async () => {
		const clock = new BriskClock();
		const call = turnCall('A mug [[slow 1500]]', background);
		const created: string[] = [];
		const sending = sendTurn(client, call, {
			...options,
			clock,
			onCreated: (id) => void created.push(id),
		});
		const answer = await sending;
		expect(answer.pictures).toHaveLength(1);
		expect(created).toEqual([answer.responseId]);
		expect(lastBody(double)).toMatchObject({ background: true, stream: false, store: true });
		expect(clock.slept.slice(0, 5)).toEqual([500, 500, 750, 1125, 1687.5]);
		expect(Math.max(...clock.slept)).toBe(10_000);
	});

	it('asks for no frames, which it could not get', async () => {
		const call = turnCall('A mug', { ...background, picture: { partialImages: 2 } });
		await sendTurn(client, call, { ...options, clock: new BriskClock() });
		expect(lastBody(double).tools).toEqual([
			expect.not.objectContaining({ partial_images: expect.anything() }),
		]);
	});

	it('bears polls that fail', async () => {
		double.faults.push({ kind: '500', times: 2, match: { path: '/responses/' } });
		const call = turnCall('A mug', background);
		const answer = await sendTurn(client, call, { ...options, clock: new BriskClock() });
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.filter(({ status }) => status === 500)).toHaveLength(2);
	});

	it('is cancelled at the API when the execution is stopped', async () => {
		const stop = new AbortController();
		const call = turnCall('A mug [[slow 20000]]', background);
		const sending = failureOf(
			sendTurn(client, call, {
				...options,
				signal: stop.signal,
				onCreated: () => void setTimeout(() => stop.abort(), 50),
			}),
		);
		const { facts } = await sending;
		expect(facts).toMatchObject({ code: 'aborted', retryable: false });
		expect(paths().at(-1)).toMatch(/^POST \/v1\/responses\/resp_\w+\/cancel$/);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(0);
	});

	it('goes on after a mere timeout, and can be fetched later', async () => {
		const created: string[] = [];
		const call = turnCall('A mug [[slow 5000]]', background);
		const { facts } = await failureOf(
			sendTurn(client, call, { timeoutMs: 2_000, onCreated: (id) => void created.push(id) }),
		);
		expect(facts).toMatchObject({ code: 'timeout', retryable: true, billed: 'possibly' });
		expect(paths().some((path) => path.endsWith('/cancel'))).toBe(false);
		const answer = await fetchTurn(client, created[0] ?? '', call, options);
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});
});
