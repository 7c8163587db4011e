/** Turns in the background: begun by one process, looked at and read by any other. */

import { fieldsOf, textOf, type Fields } from '../rules/json';
import { orderFailure, time, type SeenOrder } from './batches';
import { mostAnswerBytes } from './body';
import type { Client } from './client';
import { free, type CallOptions } from './images';
import { mostImageCalls, readTurnAnswer, type RawTurn, type TurnAnswer } from './responses-answer';
import { readTurnBody } from './responses-body';
import { turnBody, type TurnCall } from './responses-request';
import { exchange, pathOf, readBody, type TurnOptions } from './responses';

export interface BegunTurn {
	readonly responseId: string;
	readonly status: string;
	/** Milliseconds since 1970. */
	readonly createdAt: number | null;
}

/** OpenAI keeps responses so long (facts/openai-images.md, 7). */
export const KEPT_MS = 30 * 24 * 3_600_000;

/** A response as it is now: an order of one request, of the image model of its tool. */
export interface SeenTurn extends SeenOrder {
	/** Undefined while OpenAI works on it. */
	readonly raw: RawTurn | undefined;
}

const statusOf = (response: Fields | undefined): string =>
	textOf(response?.status) ?? 'in_progress';

/**
 * POST /responses, stored, in the background.
 * @returns the whole answer where a gateway gave it at once
 * @throws GptImageError
 */
export async function beginTurn(
	client: Client,
	call: TurnCall,
	options: TurnOptions,
): Promise<BegunTurn | TurnAnswer> {
	return await exchange(client, call, options, async (turn) => {
		const request = { ...turnBody(call), background: true, stream: false };
		const answer = await client.post('/responses', request, turn.signal);
		const body = await readBody(turn, answer, async (id) => await options.onCreated?.(id));
		const { raw, response, responseId, isOpen, isStream } = body;
		if (body.isEnded || body.hasImage) return readTurnAnswer(raw, call.request.model);
		if (!isOpen || isStream || responseId === undefined) throw body.failure();
		return { responseId, status: statusOf(response), createdAt: time(response?.created_at) };
	});
}

function imageModelOf(response: Fields | undefined): string | undefined {
	const tools: unknown[] = Array.isArray(response?.tools) ? response.tools : [];
	return textOf(tools.map(fieldsOf).find(({ type }) => type === 'image_generation')?.model);
}

/** @throws GptImageError `order_not_found` for a response that is not there, or another account's */
export async function retrieveTurn(
	client: Client,
	responseId: string,
	options: CallOptions,
): Promise<SeenTurn> {
	return await free('responses', options, {}, async (signal) => {
		const answer = await client.get(pathOf(responseId), signal);
		const hooks = { limit: mostAnswerBytes(mostImageCalls) };
		const context = { model: 'responses', inputs: 'attachments' } as const;
		const body = await readTurnBody(answer, client, context, signal, hooks);
		const { raw, response } = body;
		const isFinal = body.isEnded || body.hasImage;
		if (!isFinal && !body.isOpen) throw body.failure();
		const status = statusOf(response);
		const isDone = status === 'completed' || status === 'incomplete';
		const createdAt = time(response?.created_at);
		return {
			remote: responseId,
			status,
			isFinal,
			isFull: false,
			requests: {
				total: 1,
				completed: isFinal && isDone ? 1 : 0,
				failed: isFinal && !isDone ? 1 : 0,
			},
			createdAt,
			expiresAt: createdAt === null ? null : createdAt + KEPT_MS,
			model: imageModelOf(response),
			raw: isFinal ? raw : undefined,
		};
	}).catch((error: unknown) => {
		throw orderFailure(error, 'response', responseId);
	});
}
