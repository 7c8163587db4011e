import { GptImageError } from '../errors';
import { labels } from '../rules/labels';
import { fieldsOf, isRecord, textOf } from '../rules/unknown';
import type { CallContext } from './connection-failure';
import { toGptImageError } from './failures';

/**
 * What the Responses API says otherwise than the Images API: parameters lie deeper, a 404 may be
 * about a conversation, and failures also come inside an answer of status 200.
 */

/** The image tool's parameters by their own names, those of the message's parts by one. */
const shortParam = (param: string): string =>
	param
		.replace(/^tools\[\d+\]\./, '')
		.replace(/^input\[\d+\]\.content.*$/, 'input.content')
		.replace(/^input\[\d+\].*$/, 'input');

/** The code of a turn whose conversation OpenAI does not have: deleted, expired or another project's. */
export const contextLostCode = 'context_lost';

function contextLost(
	what: 'previousResponseId' | 'imageCallId',
	facts: { readonly status?: number; readonly requestId?: string },
): GptImageError {
	const name = what === 'previousResponseId' ? 'the previous response' : 'the earlier picture';
	return new GptImageError(`OpenAI does not have ${name} of this conversation any more`, {
		...facts,
		code: contextLostCode,
		advice: `It was deleted, is older than 30 days, or belongs to another project than the credential's. Set '${labels.onLostContext}' to restart to go on from the last picture, or begin a new conversation.`,
		type: 'invalid_request_error',
		param: what,
		retryable: false,
		billed: 'no',
	});
}

interface Refusal {
	readonly status: number | undefined;
	readonly body: Readonly<Record<string, unknown>>;
	readonly code: string;
	readonly param: string;
	readonly message: string;
	readonly requestId: string | undefined;
}

function readRefusal(error: unknown): Refusal | undefined {
	if (!isRecord(error) || !isRecord(error.error)) return undefined;
	const body = error.error;
	return {
		status: typeof error.status === 'number' ? error.status : undefined,
		body,
		code: textOf(body.code) ?? textOf(error.code) ?? '',
		param: textOf(body.param) ?? textOf(error.param) ?? '',
		message: textOf(body.message) ?? '',
		requestId: textOf(error.requestID),
	};
}

function knownRefusal(refusal: Refusal, chatModel: string): GptImageError | undefined {
	const { status, code, param, message, requestId } = refusal;
	const isNotFound = status === 404 || /not[_ ]found/i.test(`${code} ${message}`);
	const isGone =
		code === 'previous_response_not_found' || (param === 'previous_response_id' && isNotFound);
	if (isGone) return contextLost('previousResponseId', { status, requestId });
	// An id that the store does not have is refused with these words and the parameter `input`.
	if (isNotFound && /^Item with id 'ig_/.test(message)) {
		return contextLost('imageCallId', { status, requestId });
	}
	// Reported of reasoning models, which want the item that led to the picture beside it (OpenAI
	// forum, thread 1358313).
	if (/'image_generation_call' was provided without its required/.test(message)) {
		return new GptImageError(
			`OpenAI does not take '${labels.imageCallId}' alone: this chat model wants the turn that made the picture`,
			{
				code: 'image_call_needs_response',
				advice: `Set '${labels.continueFrom}' to the response or the session of that turn, and remove '${labels.imageCallId}'.`,
				status,
				param: 'imageCallId',
				requestId,
				retryable: false,
				billed: 'no',
			},
		);
	}
	if (param === 'model' && (code === 'model_not_found' || status === 404)) {
		return new GptImageError(`OpenAI does not offer ${chatModel} to this key`, {
			code: code || 'model_not_found',
			advice: `Choose another model in '${labels.chatModel}', or check the 'Base URL' in the credential.`,
			status,
			param: 'chatModel',
			requestId,
			retryable: false,
			billed: 'no',
		});
	}
	return undefined;
}

/**
 * @param error anything thrown by the SDK or the network while a turn was sent
 * @param context `model` is the image model
 * @returns the same failure in our words; `context_lost` when the conversation is gone
 */
export function toTurnError(
	error: unknown,
	context: CallContext,
	chatModel: string,
): GptImageError {
	if (context.aborted || context.timedOut) return toGptImageError(error, context);
	const refusal = readRefusal(error);
	if (!refusal || !isRecord(error)) return toGptImageError(error, context);
	const known = knownRefusal(refusal, chatModel);
	if (known) return known;
	const { status, body, code } = refusal;
	// Any other 404 is about a file or a page that the message names, not about the image model.
	const isOther404 = status === 404 && code !== 'model_not_found';
	return toGptImageError(
		{
			status: isOther404 ? 400 : status,
			requestID: refusal.requestId,
			headers: error.headers,
			error: { ...body, code, param: shortParam(refusal.param) },
		},
		context,
	);
}

/** Statuses that the API would have answered with, had it not begun to answer already. */
const statusOf: Readonly<Record<string, number>> = { rate_limit_exceeded: 429, server_error: 500 };

/**
 * @param error `error` of a failed response or of a failed image call inside a good one
 * @param model the image model
 */
export function answerError(error: unknown, model: string, requestId?: string): GptImageError {
	const body = fieldsOf(error);
	const code = textOf(body.code) ?? '';
	const param = shortParam(textOf(body.param) ?? '');
	const failure = toGptImageError(
		{
			status: statusOf[code] ?? 400,
			requestID: requestId,
			error: { ...body, code: code || 'image_call_failed', param },
		},
		{ model, timeoutMs: 0, timedOut: false, aborted: false },
	);
	// The mainline model has worked by then, whatever came of the picture.
	const billed = failure.facts.billed === 'no' ? 'possibly' : failure.facts.billed;
	return new GptImageError(failure.message, { ...failure.facts, status: undefined, billed });
}
