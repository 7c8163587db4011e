import sharp from 'sharp';
import type { Client } from '../../../core/openai/client';
import { sendTurn } from '../../../core/openai/responses';
import { readTurnAnswer } from '../../../core/openai/responses-answer';
import type { Double } from '../../openai-double';
import { answerLater, clientFor, failureOf, options, say, setUpTurns, turnCall } from './turns';

let double: Double;
let client: Client;
beforeAll(async () => ({ double, client } = await setUpTurns()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

describe('the answer', () => {
	it('is the image, what the model made of the message, what it said, and the tokens', async () => {
		const answer = await say(client, 'A red mug');
		const [image, ...others] = answer.images;
		expect(others).toEqual([]);
		expect(await sharp(image?.bytes).metadata()).toMatchObject({
			format: 'png',
			width: 1024,
			height: 1024,
		});
		expect(image).toMatchObject({
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

	it('has one image for each image call, in order, with its own frames', async () => {
		const call = turnCall('A fox crosses a river [[panels 3]]', { image: { partialImages: 2 } });
		const answer = await sendTurn(client, call, options);
		expect(answer.images.map(({ position }) => position)).toEqual([0, 1, 2]);
		expect(answer.images.map(({ revisedPrompt }) => revisedPrompt?.slice(0, 12))).toEqual([
			'Panel 1 of 3',
			'Panel 2 of 3',
			'Panel 3 of 3',
		]);
		expect(answer.images.map(({ partials }) => partials.length)).toEqual([2, 2, 2]);
		const frames = answer.images.flatMap(({ partials }) => partials);
		expect(new Set(frames.map((frame) => frame.toString('base64'))).size).toBe(6);
	});

	it('makes no more images than it is allowed', async () => {
		const answer = await say(client, 'A story [[panels 6]]', { call: { maxToolCalls: 2 } });
		expect(answer.images).toHaveLength(2);
	});

	it('may be words alone', async () => {
		const answer = await say(client, 'What can you do? [[talk]]');
		expect(answer.images).toEqual([]);
		expect(answer.text).toBe('I read "What can you do?". Tell me more, and I will draw it.');
		expect(answer.imageUsage).toMatchObject({ output_tokens: 0 });
	});

	it('tells failed image calls from good ones, with what moderation said', async () => {
		const answer = await say(client, 'A story [[panels 3]] [[failcall 2]]');
		expect(answer.images.map(({ position }) => position)).toEqual([0, 2]);
		const [failed, ...others] = answer.failures;
		expect(others).toEqual([]);
		expect(failed?.position).toBe(1);
		expect(failed?.error.message).toBe("OpenAI's moderation blocked the finished image (violence)");
		expect(failed?.error).toMatchObject({
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
		expect(answer.images).toHaveLength(1);
		expect(answer.cutShort).toBe(
			'The response ended early: the chat model reached its output limit',
		);
	});

	it('is no answer when it ends before anything was made', async () => {
		// In a stream the image would have come before, by itself.
		const call = turnCall('A long story [[incomplete]] [[empty]]');
		const { raw } = await answerLater(double, client, call);
		const error = await failureOf((async () => readTurnAnswer(raw, 'gpt-image-2'))());
		expect(error).toMatchObject({ code: 'incomplete_response', retryable: false, billed: 'yes' });
	});

	it('is told apart from a damaged image', async () => {
		const answer = await say(client, 'A mug [[badbase64]]');
		expect(answer.images).toEqual([]);
		expect(answer.failures[0]?.error.code).toBe('broken_image');
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
		expect(third.images[0]?.revisedPrompt).toBe(
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
				which === "another project's" ? clientFor(double, { projectId: 'proj_b' }) : client;
			const call = say(other, 'Warmer', { call: { previousResponseId: id } });
			const error = await failureOf(call);
			expect(error.message).toBe('OpenAI no longer has the previous response of this conversation');
			expect(error).toMatchObject({
				code: 'context_lost',
				status: 404,
				param: 'previousResponseId',
				retryable: false,
				billed: 'no',
			});
			expect(error.advice).toContain("'If Context Is Lost'");
		},
	);

	it('also one whose named image is lost', async () => {
		const call = say(client, 'Warmer', { turn: { imageCallId: 'ig_unknown' } });
		const error = await failureOf(call);
		expect(error.message).toBe('OpenAI no longer has the earlier image of this conversation');
		expect(error).toMatchObject({ code: 'context_lost', param: 'imageCallId' });
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
		['[[failresponse image_content_policy_violation]]', 'moderation_blocked', false, 'possibly'],
	])('%s is %s', async (marker, code, retryable, billed) => {
		const error = await failureOf(say(client, `A mug ${marker}`));
		expect(error).toMatchObject({ code, retryable, billed });
	});

	it('name the parameter of the tool by its own name', async () => {
		const call = turnCall('A mug');
		const wrong = { ...call, request: { ...call.request, size: { width: 1000, height: 1000 } } };
		const error = await failureOf(sendTurn(client, wrong, options));
		expect(error.param).toBe('size');
		expect(error.message).toMatch(/^OpenAI refused 'Size': /);
	});

	it('name the chat model where it is the one that is missing', async () => {
		const call = say(client, 'A mug', { turn: { chatModel: 'gpt-7-nova' } });
		const error = await failureOf(call);
		expect(error.message).toBe('OpenAI does not offer gpt-7-nova to this key');
		expect(error).toMatchObject({ code: 'model_not_found', param: 'chatModel' });
		double.options.unavailableModels = ['gpt-image-2.5-flare'];
		const other = await failureOf(
			say(client, 'A mug', { image: { model: 'gpt-image-2.5-flare' } }),
		);
		double.options.unavailableModels = [];
		expect(other.message).toBe('OpenAI does not offer gpt-image-2.5-flare to this key');
		expect(other.param).toBe('model');
	});
});
