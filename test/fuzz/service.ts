/** Answers of a service, mutated: read as by a call, a turn, a question and the file of a batch. */

import { judge } from '../../core/calls/question-answer';
import { errorToJson, GptImageError } from '../../core/errors';
import { lineAnswer } from '../../core/openai/batches';
import { Client } from '../../core/openai/client';
import { readErrorBody } from '../../core/openai/errors/body';
import { readImages, type ImageAnswer } from '../../core/openai/image-answer';
import { underLimits } from '../../core/openai/images';
import { readLines } from '../../core/openai/lines';
import { askQuestion } from '../../core/openai/questions';
import { readTurnAnswer } from '../../core/openai/responses-answer';
import { readTurnBody } from '../../core/openai/responses-body';
import { tableCalendar } from '../../core/rules/calendar';
import { checkQuestion } from '../../core/rules/question';
import { mutate, oneOf } from './mutate';
import { megabyte, type Target } from './target';

const key = 'gw-9f8e7d6c5b4a39281706';

/** @param png an image, as bytes */
export function serviceTargets(png: Buffer): readonly Target[] {
	const image = png.toString('base64');
	const usage = {
		input_tokens: 8,
		input_tokens_details: { text_tokens: 8, image_tokens: 0 },
		output_tokens: 196,
		total_tokens: 204,
	};
	const json = Buffer.from(JSON.stringify({ data: [{ b64_json: image }], usage }));
	const frame = (type: string): string =>
		`event: ${type}\ndata: ${JSON.stringify({ type, b64_json: image, usage })}\n\n`;
	const stream = Buffer.from(
		frame('image_generation.partial_image') + frame('image_generation.completed'),
	);
	const failure = Buffer.from(
		JSON.stringify({ error: { message: `Bad key ${key}`, type: key, param: key, code: key } }),
	);
	let answer: { readonly status: number; readonly body: Buffer } = { status: 200, body: json };
	const client = new Client({
		apiKey: key,
		baseUrl: 'https://service.invalid/v1',
		fetch: async () =>
			new Response(new Uint8Array(answer.body), {
				status: answer.status,
				headers: { 'x-request-id': `req ${key}` },
			}),
	});
	const ask = async (status: number, body: Buffer): Promise<void> => {
		answer = { status, body };
		const read = await underLimits(
			'gpt-image-2',
			{ timeoutMs: 20_000 },
			async (signal) => await call(signal),
		);
		if (read.images.length > 1 || read.partials.length > 1) throw new Error('More than asked for');
		if (read.requestId?.includes(key)) throw new Error('The key is in the request ID');
	};
	const call = async (signal: AbortSignal): Promise<ImageAnswer> => {
		const came = await client.post('/images/generations', { prompt: 'a' }, signal);
		return await readImages(came, client, asked, signal);
	};
	const asked = { model: 'gpt-image-2', count: 1, partialImages: 1 };
	const line = (customId: string, response: object | null, error: object | null): string =>
		`${JSON.stringify({ id: 'batch_req_1', custom_id: customId, response, error })}\n`;
	const lines = Buffer.from(
		line(
			'row-1',
			{ status_code: 200, request_id: `req ${key}`, body: JSON.parse(String(json)) },
			null,
		) +
			line('row-2', { status_code: 400, body: JSON.parse(String(failure)) }, null) +
			line('row-3', null, { code: key, message: `Expired for ${key}` }),
	);
	const described = JSON.stringify({
		altText: `A mug ${key}`,
		title: 'A mug',
		caption: 'A mug.',
		tags: ['mug'],
		fileName: 'a-mug',
		textSeen: '',
		language: 'en',
	});
	const message = { type: 'message', content: [{ type: 'output_text', text: described }] };
	const drawn = { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: image };
	const response = (output: readonly object[]) => ({
		id: 'resp_1',
		object: 'response',
		status: 'completed',
		model: 'gpt-5.4',
		output,
		usage,
		tool_usage: { image_gen: usage },
	});
	const said = Buffer.from(JSON.stringify(response([message])));
	const sent = (event: { readonly type: string }): string =>
		`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
	const turn = Buffer.from(
		[
			{ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } },
			{ type: 'response.image_generation_call.partial_image', partial_image_b64: image },
			{ type: 'response.output_item.done', output_index: 0, item: drawn },
			{ type: 'response.completed', response: response([drawn, message]) },
		]
			.map(sent)
			.join(''),
	);
	const askTurn = async (body: Buffer): Promise<void> => {
		answer = { status: 200, body };
		const read = await underLimits('gpt-image-2', { timeoutMs: 20_000 }, async (signal) => {
			const context = { model: 'gpt-image-2', inputs: 'attachments' } as const;
			const came = await client.post('/responses', {}, signal);
			const hooks = { onId: () => undefined, limit: 128 * megabyte };
			const body = await readTurnBody(came, client, context, signal, hooks);
			if (!body.isEnded && !body.hasImage) throw body.failure();
			return readTurnAnswer(body.raw, 'gpt-image-2');
		});
		const { images: made, failures, ...told } = read;
		if (made.length + failures.length > 20) throw new Error('More than a turn can have');
		if (JSON.stringify(told).includes(key)) throw new Error('The key is in a turn');
		if (read.text.length > 100_000) throw new Error('A text is too long');
	};
	const question = checkQuestion(
		{
			kind: 'describe',
			chatModel: 'gpt-5.4',
			imageLabels: [],
			missingValues: [],
			language: '',
			altTextLength: 125,
			context: '',
		},
		tableCalendar('2026-11-28'),
	);

	return [
		{
			name: 'answers',
			mostBytes: 128 * megabyte,
			run: async (random) => await ask(200, mutate(oneOf(random, [json, stream]), random)),
		},
		{
			name: 'turns',
			mostBytes: 128 * megabyte,
			run: async (random) => await askTurn(mutate(turn, random)),
		},
		{
			name: 'questions',
			mostBytes: 64 * megabyte,
			run: async (random) => {
				answer = { status: 200, body: mutate(said, random) };
				const read = await askQuestion(client, question, [], { timeoutMs: 20_000 });
				if (JSON.stringify(read).includes(key)) throw new Error('The key is in an answer');
				judge(question, read.json);
			},
		},
		{
			name: 'batches',
			mostBytes: 64 * megabyte,
			run: async (random) => {
				const body = ReadableStream.from([new Uint8Array(mutate(lines, random))]);
				for await (const one of readLines({ body }, 32 * megabyte, client.redact)) {
					if ('error' in one) continue;
					try {
						const read = lineAnswer(one.value)?.images(asked);
						if (read && read.images.length > 1) throw new Error('More than asked for');
					} catch (error) {
						if (!(error instanceof GptImageError)) throw error;
						if (JSON.stringify(errorToJson(error)).includes(key))
							throw new Error('The key is in an error', { cause: error });
					}
				}
			},
		},
		{
			name: 'errors',
			mostBytes: 32 * megabyte,
			run: async (random) => {
				const body = readErrorBody(mutate(failure, random).toString('utf8'));
				if ((body.reason ?? '').length > 500) throw new Error('A reason is too long');
			},
		},
	];
}
