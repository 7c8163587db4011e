/**
 * Turns whatever the API or the network throws into the vocabulary of errors.ts: one
 * sentence on what happened, one on what to do. What the services' codes and words mean is in
 * rules/refusals.ts.
 */

import { GptImageError } from '../../errors';
import { labels, type Parameter } from '../../rules/labels';
import { refusalKind, type RefusalKind } from '../../rules/refusals';
import { entryOf } from '../../rules/json';
import { ServiceError } from '../guard';
import { readErrorBody, type ErrorBody } from './body';
import { badAnswer } from './bad-answer';
import { byStatus } from './by-status';
import { readings, type CallContext, type Reading, type Refusal } from './readings';
import { retryAfterMs } from './retry-after';

const parameterOf: Readonly<Record<string, Parameter>> = {
	model: 'model',
	prompt: 'prompt',
	size: 'size',
	quality: 'quality',
	n: 'numberOfImages',
	output_format: 'outputFormat',
	output_compression: 'outputCompression',
	background: 'background',
	moderation: 'moderation',
	complexity: 'complexity',
	partial_images: 'partialImages',
	safety_identifier: 'safetyIdentifier',
	input_fidelity: 'inputFidelity',
	image: 'images',
	images: 'images',
	image_url: 'images',
	url: 'images',
	mask: 'maskSource',
	markup: 'markupField',
	action: 'action',
	instructions: 'instructions',
	input: 'message',
	'input.content': 'attachments',
	previous_response_id: 'previousResponseId',
	'reasoning.effort': 'reasoningEffort',
};

/** Also `images[0].image_url` and `image[]`, as the edit endpoint names its files. */
const ownParameter = (param: string | undefined): Parameter | undefined =>
	param === undefined
		? undefined
		: (entryOf(parameterOf, param) ?? entryOf(parameterOf, /^\w{1,40}/.exec(param)?.[0] ?? ''));

export interface ApiFailure {
	/** What was answered, by the service or as its body says. */
	readonly answered: number | undefined;
	/** The same; inside a stream the status that its code stands for. */
	readonly status: number | undefined;
	readonly body: ErrorBody;
	readonly requestId: string | undefined;
	readonly headers?: Headers;
}

type Refused = Pick<ApiFailure, 'body' | 'status'>;

/** Statuses that the API would have answered with, had it not begun to answer already. */
const statusOf: Readonly<Record<string, number>> = {
	rate_limit_exceeded: 429,
	server_error: 500,
	invalid_request_error: 400,
	image_generation_user_error: 400,
};

const invalid = /^(?:invalid|unsupported|missing)_|^unknown_parameter$/;

/** @returns the status that an answer without one stands for; undefined where its body tells none */
export function statusIn({ status, codes, param }: ErrorBody): number | undefined {
	const [known] = codes.flatMap((code) => entryOf(statusOf, code) ?? []);
	const isInvalid = param !== undefined || codes.some((code) => invalid.test(code));
	return status ?? known ?? (isInvalid ? 400 : undefined);
}

/** @returns what the service said; undefined for what is no answer of a service */
export function readFailure(error: unknown): ApiFailure | undefined {
	if (!(error instanceof ServiceError)) return undefined;
	const { status, headers, requestId } = error;
	const body = readErrorBody(error.error);
	return { answered: status, status, body, headers, requestId: requestId ?? undefined };
}

/** What a status means whatever the body says. */
const kindOfStatus: Readonly<Record<number, RefusalKind>> = {
	402: 'noCredit',
	405: 'wrongAddress',
	429: 'rateLimit',
	446: 'moderation',
	501: 'wrongAddress',
	503: 'overloaded',
	529: 'overloaded',
};

/** A model that the service does not take, by the parameter alone. */
const isModel = ({ body, status }: Refused): boolean =>
	(status === 404 || status === 400) &&
	body.param === 'model' &&
	!/\bdoes not support\b/i.test(body.text);

/** A link that OpenAI does not like, by the parameter alone. */
const isLink = ({ body, status }: Refused): boolean =>
	status === 400 &&
	/(?:^|\.|\])(?:image_)?url$/.test(body.param ?? '') &&
	!/base64|data url/i.test(body.text);

/** @returns what an answer is about; undefined where only its status tells */
export function kindOf({ body, status }: Refused): RefusalKind | undefined {
	const namesWait = body.waitMs !== undefined;
	const known = refusalKind({ codes: body.codes, text: body.text, status, namesWait });
	// "must be verified to use the model" is about the account, not about the model.
	const isVerification = status === 403 && /\bverif/i.test(body.text);
	if (known !== undefined && known !== 'rateLimit' && !isVerification) return known;
	if (status === 404 && body.isPage) return 'wrongAddress';
	if (isModel({ body, status })) return 'modelGone';
	if (isLink({ body, status })) return 'imageNotFetched';
	return (status === undefined ? undefined : kindOfStatus[status]) ?? known;
}

function readingOf(refusal: Refusal): Reading {
	const { body, status } = refusal;
	const kind = kindOf(refusal);
	if (kind !== undefined) return readings[kind](refusal);
	const known = byStatus(refusal);
	if (known) return known;
	const name = ownParameter(body.param);
	return {
		message: `OpenAI refused ${name ? `'${labels[name]}'` : 'the request'}: ${body.reason ?? `status ${status ?? 'unknown'}, no reason given`}`,
		advice: name
			? `Change '${labels[name]}' and run again.`
			: 'Change the parameters and run again.',
		code: body.code ?? 'invalid_request',
	};
}

/**
 * @param failure see readFailure
 * @param known what it means, where the caller knows
 * @returns the same in our words
 */
export function apiError(
	failure: ApiFailure,
	context: CallContext,
	known: Reading | undefined,
): GptImageError {
	const { body, status, answered, headers, requestId } = failure;
	const waitMs = retryAfterMs(headers, body.waitMs, Date.now());
	const { message, ...facts } = known ?? readingOf({ body, status, waitMs, context });
	return new GptImageError(message, {
		billed: 'no',
		param: ownParameter(body.param) ?? body.param,
		...facts,
		status: answered,
		type: body.type,
		requestId,
		retryAfterMs: waitMs,
	});
}

/**
 * @param error anything thrown by the client, the network or readAnswer
 * @returns the same failure in our words; a GptImageError comes back as it is
 */
export function fromApiError(error: unknown, context: CallContext): GptImageError {
	if (error instanceof GptImageError) return error;
	const failure = readFailure(error);
	if (failure) return apiError(failure, context, undefined);
	return badAnswer('connection_lost', undefined, error);
}
