/**
 * Sends a turn of a conversation and waits for its answer. It is streamed, so that events keep the
 * connection alive. A response that OpenAI has begun is never sent again: when its connection breaks,
 * it is fetched by its id.
 */

import { GptImageError } from '../errors';
import { choiceName } from '../rules/choices';
import { labels } from '../rules/labels';
import { mostAnswerBytes } from './body';
import { segment, type Client } from './client';
import { badAnswer } from './errors/bad-answer';
import { underLimits, type CallOptions } from './images';
import { systemClock, type Clock } from '../clock';
import { readTurnAnswer, type RawTurn, type TurnAnswer } from './responses-answer';
import { readTurnBody, type TurnBody, type TurnHooks } from './responses-body';
import { toTurnError } from './errors/responses';
import { turnBody, type TurnCall } from './responses-request';

export interface TurnOptions extends CallOptions {
	/** Called once, as soon as the response has an id: from then on it can be fetched. */
	readonly onCreated?: (responseId: string) => Promise<void> | void;
	/** For tests. */
	readonly clock?: Clock;
}

interface Exchange {
	readonly client: Client;
	readonly call: TurnCall;
	readonly options: TurnOptions;
	/** Aborted by the user's stop and by the time limit. */
	readonly signal: AbortSignal;
}

/** Runs the requests of one turn under its limits, with its failures in our words. */
export async function exchange<T>(
	client: Client,
	call: TurnCall,
	options: TurnOptions,
	work: (exchange: Exchange) => Promise<T>,
): Promise<T> {
	const { model } = call.request;
	return await underLimits(model, options, async (signal) => {
		try {
			return await work({ client, call, options, signal });
		} catch (error) {
			throw toTurnError(error, { model }, call.turn.chatModel);
		}
	});
}

export async function readBody(
	{ client, call: { request, maxToolCalls }, signal }: Exchange,
	answer: Response,
	onId: TurnHooks['onId'],
): Promise<TurnBody> {
	// Each image comes twice: when its call has ended, and with the whole response.
	const limit = mostAnswerBytes(maxToolCalls * (2 + request.partialImages));
	const context = { model: request.model, inputs: 'attachments' } as const;
	return await readTurnBody(answer, client, context, signal, { onId, limit });
}

export const pathOf = (responseId: string): string => `/responses/${segment(responseId)}`;

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const GROWTH = 1.5;

/** A response that was begun and that OpenAI did not keep. */
const responseGone = (): GptImageError =>
	new GptImageError('The connection was lost, and OpenAI did not keep the response', {
		code: 'response_gone',
		advice: `It may have billed the call. Set '${labels.delivery}' to '${choiceName('delivery', 'background')}': the response can then be collected even if the connection is lost.`,
		status: 404,
		retryable: true,
		billed: 'possibly',
	});

/** @returns undefined while the response has not ended */
async function lookOnce(turn: Exchange, responseId: string): Promise<RawTurn | undefined> {
	const { client, call, signal } = turn;
	try {
		const answer = await client.get(pathOf(responseId), signal);
		const body = await readBody(turn, answer, undefined);
		if (body.isEnded || body.hasImage) return body.raw;
		if (body.isStream) throw responseGone();
		if (body.isOpen) return undefined;
		throw body.failure();
	} catch (error) {
		const failure = toTurnError(error, call.request, call.turn.chatModel);
		if (failure.status === 404) throw responseGone();
		// A look that fails for a passing reason costs nothing and is made again.
		if (failure.retryable) return undefined;
		throw failure;
	}
}

async function pollTurn(turn: Exchange, responseId: string): Promise<RawTurn> {
	const { signal, options } = turn;
	const { clock = systemClock } = options;
	for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * GROWTH, LONGEST_PAUSE)) {
		if (signal.aborted) throw badAnswer('connection_lost');
		const ended = await lookOnce(turn, responseId);
		if (ended) return ended;
		await clock.sleep(pause, signal);
	}
}

/** Whether the stream itself has told why there is no answer. */
const isReason = (failure: unknown): boolean =>
	failure instanceof GptImageError && !failure.is('connection_lost');

/** @returns the response; or, before anything is given up, the images that came of it */
async function send(turn: Exchange): Promise<RawTurn> {
	const { client, call, options, signal } = turn;
	const answer = await client.post('/responses', { ...turnBody(call), stream: true }, signal);
	const body = await readBody(turn, answer, async (id) => await options.onCreated?.(id));
	const { raw, isOpen, responseId } = body;
	if (body.isEnded) return raw;
	let failure = body.failure();
	if (isOpen && responseId !== undefined && !signal.aborted) {
		try {
			const { response } = await pollTurn(turn, responseId);
			return { ...raw, response };
		} catch (error) {
			if (!isReason(failure)) failure = error;
		}
	}
	if (body.hasImage) return raw;
	throw failure;
}

/**
 * Waits for a response that was created before, by this run or an earlier one.
 * @throws GptImageError; `response_gone` when OpenAI does not have it
 */
export const fetchTurn = async (
	client: Client,
	responseId: string,
	call: TurnCall,
	options: TurnOptions,
): Promise<TurnAnswer> =>
	await exchange(client, call, options, async (turn) =>
		readTurnAnswer(await pollTurn(turn, responseId), call.request.model),
	);

/**
 * POST /responses, stored, with the image tool.
 * @param call see {@link TurnCall}
 * @param options limit and stop hold for the whole turn, until its answer is there
 * @returns the answer: one image per image call, in order; perhaps none, when the model talks
 * @throws GptImageError; `context_lost` when the conversation to continue is gone
 */
export const sendTurn = async (
	client: Client,
	call: TurnCall,
	options: TurnOptions,
): Promise<TurnAnswer> =>
	await exchange(client, call, options, async (turn) =>
		readTurnAnswer(await send(turn), call.request.model),
	);
