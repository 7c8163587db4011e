/**
 * What the Responses API says otherwise than the Images API: parameters lie deeper, a 404 may be
 * about a conversation, and failures also come inside an answer of status 200.
 */

import { GptImageError } from '../../errors';
import { labels } from '../../rules/labels';
import { fieldsOf } from '../../rules/json';
import { apiError, fromApiError, kindOf, readFailure, statusIn, type ApiFailure } from './api';
import { readErrorBody } from './body';
import type { CallContext, Reading } from './readings';

/** The image tool's parameters by their own names, those of the message's parts by one. */
const shortParam = (param: string, inputs: 'attachments' | 'images'): string =>
	param
		.replace(/^tools\[\d+\]\./, '')
		.replace(/^input\[\d+\]\.content.*$/, inputs === 'images' ? inputs : 'input.content')
		.replace(/^input\[\d+\].*$/, 'input');

/** OpenAI does not have the conversation: deleted, expired or another project's. */
const contextLost = (what: 'previousResponseId' | 'imageCallId'): Reading => ({
	message: `OpenAI no longer has ${what === 'previousResponseId' ? 'the previous response' : 'the earlier image'} of this conversation`,
	code: 'context_lost',
	advice: `It was deleted, is older than 30 days, or belongs to another project than the credential's. Set '${labels.onLostContext}' to Restart to continue from the last image, or start a new conversation.`,
	param: what,
});

/** OpenAI keeps nothing for this organization, so no turn can go on from the one before. */
const notKept: Reading = {
	message: 'OpenAI does not store conversations for this organization (zero data retention)',
	code: 'zero_data_retention',
	advice: `Set '${labels.onLostContext}' to Restart: every message then continues from the last image, which this node keeps. Or use a project without zero data retention.`,
	param: undefined,
};

/**
 * Reported of reasoning models, which want the item that led to the image beside it (OpenAI forum,
 * thread 1358313).
 */
const imageCallAlone: Reading = {
	message: `OpenAI does not accept '${labels.imageCallId}' alone: this chat model needs the turn that generated the image`,
	code: 'image_call_needs_response',
	advice: `Set '${labels.continueFrom}' to the response or the session of that turn, and remove '${labels.imageCallId}'.`,
	param: 'imageCallId',
};

const chatModelGone = (chatModel: string): Reading => ({
	message: `OpenAI does not offer ${chatModel} to this key`,
	code: 'model_not_found',
	advice: `Choose another model in '${labels.chatModel}', or check the 'Base URL' in the credential.`,
	param: 'chatModel',
});

/** Whether a refused turn may be begun anew from the image that is kept here. */
export const isContextLost = (error: GptImageError): boolean =>
	error.is('context_lost', 'zero_data_retention');

function lostContext({ answered: status, body }: ApiFailure): Reading | undefined {
	const param = body.param ?? '';
	const isPrevious = param === 'previous_response_id';
	const isStored =
		isPrevious ||
		/\b(?:previous response|conversation|item|persist|stor(?:e|ed|age))\b/i.test(body.text);
	if (isStored && /\bzero[ -]data[ -]retention\b|\bZDR\b/i.test(body.text)) return notKept;
	const isNotFound = status === 404 || /not[_ ]found/i.test(`${body.code ?? ''} ${body.text}`);
	const isGone = body.codes.includes('previous_response_not_found') || (isPrevious && isNotFound);
	if (isGone) return contextLost('previousResponseId');
	if (!isNotFound) return undefined;
	// An id that the store does not have is refused with these words and the parameter `input`.
	const item = /^Item with id '(\w{2,6})_/.exec(body.text)?.[1];
	if (item === undefined) return undefined;
	return contextLost(item === 'ig' ? 'imageCallId' : 'previousResponseId');
}

function readingOf(failure: ApiFailure, model: string, chatModel: string): Reading | undefined {
	const lost = lostContext(failure);
	if (lost) return lost;
	const isAlone = /'image_generation_call' was provided without its required/.test(
		failure.body.text,
	);
	if (isAlone) return imageCallAlone;
	return isChatModelGone(failure, model, chatModel) ? chatModelGone(chatModel) : undefined;
}

/** The request's own model is the chat model; the image model is named in its tool. */
function isChatModelGone(failure: ApiFailure, model: string, chatModel: string): boolean {
	const { param, text } = failure.body;
	if (kindOf(failure) !== 'modelGone') return false;
	return param === 'model' || text.includes(chatModel) || !(param || text.includes(model));
}

/**
 * @param error anything thrown by the client or the network while a turn was sent
 * @param context `model` is the image model
 * @returns the same failure in our words; `context_lost` when the conversation is gone
 */
export function toTurnError(
	error: unknown,
	context: CallContext,
	chatModel: string,
): GptImageError {
	const failure = readFailure(error);
	if (!failure) return fromApiError(error, context);
	const known = readingOf(failure, context.model, chatModel);
	const { body } = failure;
	const { inputs = 'attachments' } = context;
	const param = body.param === undefined ? undefined : shortParam(body.param, inputs);
	return apiError({ ...failure, body: { ...body, param } }, { ...context, inputs }, known);
}

/**
 * @param error `error` of a failed response, of a failed image call inside a good one, of another answer
 *   of status 200, or of a stream
 * @param isEvent whether it ended a stream: without a code it is then the service's own failure
 */
export function answerError(
	error: unknown,
	context: CallContext,
	{ requestId, isEvent = false }: { readonly requestId?: string; readonly isEvent?: boolean } = {},
): GptImageError {
	const body = { ...readErrorBody(fieldsOf(error)), isPage: false };
	const { code = isEvent ? undefined : ('image_call_failed' as const), param = '' } = body;
	const told = apiError(
		{
			requestId,
			answered: undefined,
			status: statusIn(body) ?? (isEvent ? undefined : 400),
			body: { ...body, code, param: shortParam(param, context.inputs ?? 'images') || undefined },
		},
		context,
		undefined,
	);
	// The mainline model has worked by then, whatever came of the image.
	const billed = told.billed === 'no' ? 'possibly' : told.billed;
	return told.with({ billed });
}
