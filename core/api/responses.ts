import type {
	Response as ApiResponse,
	ResponseStreamEvent,
} from 'openai/resources/responses/responses' with { 'resolution-mode': 'import' };
import { asFailure, GptImageError } from '../errors';
import { labels } from '../rules/labels';
import type { Client } from './client';
import { badAnswer } from './bad-answer';
import { underLimits, type CallOptions } from './openai';
import { systemClock, type Clock } from './pace';
import { readTurnAnswer, type RawTurn, type TurnAnswer } from './responses-answer';
import { toTurnError } from './responses-failures';
import { turnBody, type TurnCall } from './responses-request';

/**
 * Sends a turn of a conversation and waits for its answer. It is streamed, so that events keep the
 * connection alive, or created in the background and asked for. A response that OpenAI has begun is
 * never sent again: when its connection breaks, it is fetched by its id.
 */

export interface TurnOptions extends CallOptions {
	/** Called once, as soon as the response has an id: from then on it can be fetched. */
	readonly onCreated?: (responseId: string) => Promise<void> | void;
	/** For tests. */
	readonly clock?: Clock;
}

/** The two models, for messages. */
type Models = { readonly model: string; readonly chatModel: string };
const modelsOf = ({ request, turn }: TurnCall): Models => ({
	model: request.model,
	chatModel: turn.chatModel,
});

const requestIdOf = ({ headers }: Response): string | undefined =>
	headers.get('x-request-id') ?? undefined;

/** Runs calls of one turn under its limits, with its failures in our words. */
async function limited<T>(
	{ model, chatModel }: Models,
	options: TurnOptions,
	work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	return await underLimits(model, options, async (signal) => {
		try {
			return await work(signal);
		} catch (error) {
			const context = { model, timeoutMs: options.timeoutMs, timedOut: false, aborted: false };
			throw toTurnError(error, context, chatModel);
		}
	});
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const GROWTH = 1.5;

const hasEnded = ({ status }: Pick<ApiResponse, 'status'>): boolean =>
	status !== 'queued' && status !== 'in_progress';

const isMissing = (error: unknown): boolean =>
	typeof error === 'object' && error !== null && 'status' in error && error.status === 404;

/** The code of a response that was begun and that OpenAI did not keep. */
export const responseGoneCode = 'response_gone';

const responseGone = (): GptImageError =>
	new GptImageError('The connection broke, and OpenAI did not keep the answer', {
		code: responseGoneCode,
		advice: `It may have billed the call. Switch on '${labels.runInBackground}': the answer is then fetched whatever happens to the connection.`,
		status: 404,
		retryable: true,
		billed: 'possibly',
	});

/**
 * Asks for a response until it has ended, with growing pauses. A poll that fails for a passing
 * reason costs nothing and is made again.
 */
async function pollTurn(
	client: Client,
	responseId: string,
	{ model, chatModel }: Models,
	signal: AbortSignal,
	clock: Clock,
): Promise<RawTurn> {
	const context = { model, timeoutMs: 0, timedOut: false, aborted: false };
	for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
		if (signal.aborted) throw badAnswer('connection_lost');
		try {
			const { data, response } = await client.responses
				.retrieve(responseId, {}, { signal })
				.withResponse();
			if (hasEnded(data)) {
				const { headers } = response;
				return { response: data, partials: new Map(), requestId: requestIdOf(response), headers };
			}
		} catch (error) {
			if (isMissing(error)) throw responseGone();
			const failure = toTurnError(error, context, chatModel);
			if (!failure.facts.retryable) throw asFailure(failure);
		}
		await clock.sleep(pause, signal);
	}
}

type Begun = { readonly id: string; readonly partials: Map<string, Buffer[]> };

/** Reads events up to the one that ends the response; undefined when the stream ends before. */
async function readEvents(
	events: AsyncIterable<ResponseStreamEvent>,
	begin: (id: string) => Promise<Begun>,
	options: TurnOptions,
): Promise<ApiResponse | undefined> {
	let begun: Begun | undefined;
	for await (const event of events) {
		switch (event.type) {
			case 'response.created':
				begun = await begin(event.response.id);
				break;
			case 'response.image_generation_call.partial_image': {
				const frame = Buffer.from(event.partial_image_b64, 'base64');
				const frames = begun?.partials.get(event.item_id) ?? [];
				begun?.partials.set(event.item_id, [...frames, frame]);
				options.onPartial?.(frame);
				break;
			}
			case 'response.completed':
			case 'response.failed':
			case 'response.incomplete':
				return event.response;
			default:
				break;
		}
	}
	return undefined;
}

async function streamTurn(
	client: Client,
	call: TurnCall,
	options: TurnOptions,
	signal: AbortSignal,
): Promise<RawTurn> {
	const { clock = systemClock } = options;
	let begun: Begun | undefined;
	const begin = async (id: string): Promise<Begun> => {
		begun = { id, partials: new Map() };
		await options.onCreated?.(id);
		return begun;
	};
	const { data, response } = await client.responses
		.create({ ...turnBody(call), stream: true }, { signal })
		.withResponse();
	let ended: ApiResponse | undefined;
	try {
		ended = await readEvents(data, begin, options);
	} catch (error) {
		if (!begun || signal.aborted) throw asThrown(error);
	}
	const partials = begun?.partials ?? new Map<string, Buffer[]>();
	if (ended) {
		return {
			response: ended,
			partials,
			requestId: requestIdOf(response),
			headers: response.headers,
		};
	}
	if (!begun || signal.aborted) throw badAnswer('connection_lost');
	const fetched = await pollTurn(client, begun.id, modelsOf(call), signal, clock);
	return { ...fetched, partials };
}

/** n8n's lint refuses a caught value that is thrown by its name. */
const asThrown = (error: unknown): unknown => error;

const CANCEL_LIMIT_MS = 10_000;

/** Best effort: the execution has been stopped, nobody waits for the outcome. */
async function cancelTurn(client: Client, responseId: string): Promise<void> {
	const signal = AbortSignal.timeout(CANCEL_LIMIT_MS);
	await client.responses.cancel(responseId, { signal }).catch(() => undefined);
}

async function backgroundTurn(
	client: Client,
	call: TurnCall,
	options: TurnOptions,
	signal: AbortSignal,
): Promise<RawTurn> {
	const { clock = systemClock } = options;
	const { data, response } = await client.responses
		.create({ ...turnBody(call), background: true, stream: false }, { signal })
		.withResponse();
	await options.onCreated?.(data.id);
	await clock.sleep(FIRST_PAUSE, signal);
	const polled = await awaitTurn(client, data.id, call, options, signal);
	return { ...polled, requestId: requestIdOf(response) };
}

async function awaitTurn(
	client: Client,
	responseId: string,
	call: TurnCall,
	options: TurnOptions,
	signal: AbortSignal,
): Promise<RawTurn> {
	const { clock = systemClock } = options;
	try {
		return await pollTurn(client, responseId, modelsOf(call), signal, clock);
	} finally {
		// After a mere timeout it goes on: the next run fetches it instead of buying it again.
		if (options.signal?.aborted) await cancelTurn(client, responseId);
	}
}

/**
 * Waits for a response that was created before, by this run or an earlier one.
 * @throws GptImageError; `response_gone` when OpenAI does not have it
 */
export async function fetchTurn(
	client: Client,
	responseId: string,
	call: TurnCall,
	options: TurnOptions,
): Promise<TurnAnswer> {
	const models = modelsOf(call);
	const raw = await limited(
		models,
		options,
		async (signal) => await awaitTurn(client, responseId, call, options, signal),
	);
	return readTurnAnswer(raw, models.model);
}

/**
 * POST /responses, stored, with the image tool.
 * @param call see {@link TurnCall}
 * @param options limit and stop hold for the whole turn, until its answer is there
 * @returns the answer: one picture per image call, in order; perhaps none, when the model talks
 * @throws GptImageError; `context_lost` when the conversation to continue is gone
 */
export async function sendTurn(
	client: Client,
	call: TurnCall,
	options: TurnOptions,
): Promise<TurnAnswer> {
	const send = call.turn.background ? backgroundTurn : streamTurn;
	const models = modelsOf(call);
	const raw = await limited(
		models,
		options,
		async (signal) => await send(client, call, options, signal),
	);
	return readTurnAnswer(raw, models.model);
}
