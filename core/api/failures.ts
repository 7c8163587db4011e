import { GptImageError, type Billed } from '../errors';
import { labels, type Parameter } from '../rules/labels';
import { findImageModel } from '../rules/find';
import { isRecord, textOf } from '../rules/unknown';
import { connectionFailure, type CallContext } from './connection-failure';
import { retryAfterMs } from './retry-after';

/**
 * Turns whatever the API, the network or the SDK throws into the vocabulary of errors.ts: one
 * sentence on what happened, one on what to do. Codes and bodies: OpenAI's error guide and
 * recorded answers (facts of November 2026).
 */

interface ApiFailure {
	status?: number;
	code?: string;
	type?: string;
	param?: string;
	message: string;
	requestId?: string;
	headers?: Headers;
	body?: Record<string, unknown>;
}

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
	action: 'action',
	instructions: 'instructions',
	input: 'message',
	'input.content': 'attachments',
	input_image_mask: 'maskSource',
	previous_response_id: 'previousResponseId',
	'reasoning.effort': 'reasoningEffort',
};

const quotaCodes = new Set([
	'insufficient_quota',
	'credit_balance_exhausted',
	'billing_hard_limit_reached',
	'billing_not_active',
	'organization_spend_limit_exceeded',
	'project_spend_limit_exceeded',
	'organization_usage_limit_exceeded',
]);
const overloadCodes = new Set(['slow_down', 'server_is_overloaded']);

/** OpenAI repeats parts of a wrong key in its answer; no part of it may reach an item or a log. */
const redact = (message: string): string => message.replace(/\bsk-[\w*.-]+/g, 'sk-…');

/** OpenAI's own words, without the status that the SDK puts before them, as one sentence. */
const sentence = (message: string): string => redact(message).trim().replace(/\.+$/, '');

function readFailure(error: Record<string, unknown>): ApiFailure {
	const body = isRecord(error.error) ? error.error : undefined;
	const message = textOf(body?.message) ?? textOf(error.message) ?? 'no reason given';
	return {
		status: typeof error.status === 'number' ? error.status : undefined,
		code: textOf(body?.code) ?? textOf(error.code),
		type: textOf(body?.type) ?? textOf(error.type),
		param: textOf(body?.param) ?? textOf(error.param),
		message,
		requestId: textOf(error.requestID),
		headers: error.headers instanceof Headers ? error.headers : undefined,
		body,
	};
}

function moderationFailure(failure: ApiFailure): [string, string, Billed] {
	const details = isRecord(failure.body?.moderation_details) ? failure.body.moderation_details : {};
	const stage = textOf(details.moderation_stage) ?? 'unknown';
	const listed = Array.isArray(details.categories) ? details.categories : [];
	const quoted = /safety_violations=\[([^\]]*)\]/.exec(failure.message)?.[1];
	const categories = listed.length > 0 ? listed.join(', ') : (quoted ?? '');
	const what = stage === 'output' ? 'the finished picture' : 'the request';
	return [
		`OpenAI's moderation blocked ${what}${categories === '' ? '' : ` (${categories})`}`,
		stage === 'output'
			? 'Change the prompt so that the picture turns out harmless. The same prompt is rarely let through on a second try.'
			: 'Change the prompt or the input images. The same request is not let through on a second try.',
		stage === 'input' ? 'no' : 'possibly',
	];
}

/** message, advice, whether a later try may work, whether it may be billed, our code if the API gave none */
type Reading = [message: string, advice: string, retryable: boolean, billed: Billed, code: string];

function quotaOrRate(failure: ApiFailure): Reading | undefined {
	const { code = '', status } = failure;
	if (quotaCodes.has(code)) {
		return [
			'The OpenAI account has no budget left for this call',
			'Add credit or raise the limit at platform.openai.com under Billing and Limits, then run again.',
			false,
			'no',
			code,
		];
	}
	if (overloadCodes.has(code) || status === 503) {
		return [
			'OpenAI is overloaded at the moment',
			"Run again later, or raise 'Max Retries'.",
			true,
			'no',
			code || 'server_is_overloaded',
		];
	}
	if (status === 429) {
		const wait = retryAfterMs(failure.headers, failure.message);
		return [
			`OpenAI's rate limit is reached${wait === undefined ? '' : `: it asks to wait ${Math.ceil(wait / 1000)} seconds`}`,
			"Lower 'Images per Minute' or 'Max Parallel', or raise the account's usage tier.",
			true,
			'no',
			code || 'rate_limit_exceeded',
		];
	}
	return undefined;
}

function accessFailure(failure: ApiFailure, context: CallContext): Reading | undefined {
	const { code = '', status } = failure;
	if (status === 401) {
		return [
			'OpenAI did not accept the API key',
			'Open the credential, paste a current key from platform.openai.com/api-keys and test it.',
			false,
			'no',
			code || 'invalid_api_key',
		];
	}
	if (status === 403 && /verif/i.test(failure.message)) {
		return [
			`The OpenAI organization is not verified for ${context.model}`,
			'Verify it at platform.openai.com/settings/organization/general; it takes up to 15 minutes to count.',
			false,
			'no',
			'organization_not_verified',
		];
	}
	if (status === 403) {
		return [
			`OpenAI refuses this key for the call: ${sentence(failure.message)}`,
			"Check the key's project, its permissions and the region.",
			false,
			'no',
			code || 'permission_denied',
		];
	}
	if (status === 404) {
		const successor = findImageModel(context.model)?.successor;
		return [
			`OpenAI does not offer ${context.model} to this key`,
			`Choose ${successor ?? 'another model'} in '${labels.model}', or check the 'Base URL' in the credential.`,
			false,
			'no',
			code || 'model_not_found',
		];
	}
	return undefined;
}

function readingOf(failure: ApiFailure, context: CallContext): Reading {
	const { code = '', status } = failure;
	if (code === 'moderation_blocked') {
		const [message, advice, billed] = moderationFailure(failure);
		return [message, advice, false, billed, code];
	}
	const known = quotaOrRate(failure) ?? accessFailure(failure, context);
	if (known) return known;
	if (status === undefined || status >= 500) {
		const isGateway = status !== undefined && status !== 500;
		return [
			isGateway
				? `A gateway answered with status ${status} instead of OpenAI`
				: 'OpenAI failed on its side',
			'Run again; the call may have been billed. If it stays so, look at status.openai.com.',
			true,
			'possibly',
			code || 'server_error',
		];
	}
	const name = failure.param === undefined ? undefined : parameterOf[failure.param];
	return [
		`OpenAI refused ${name ? `'${labels[name]}'` : 'the request'}: ${sentence(failure.message)}`,
		name ? `Change '${labels[name]}' and run again.` : 'Change the parameters and run again.',
		false,
		'no',
		code || 'invalid_request',
	];
}

/**
 * @param error anything thrown by the SDK, the network or readAnswer
 * @returns the same failure in our words; a GptImageError comes back as it is
 */
export function toGptImageError(error: unknown, context: CallContext): GptImageError {
	if (error instanceof GptImageError) {
		return context.aborted || context.timedOut ? connectionFailure(error, context) : error;
	}
	const isApiAnswer =
		isRecord(error) && (typeof error.status === 'number' || isRecord(error.error));
	if (!isApiAnswer) return connectionFailure(error, context);
	const failure = readFailure(error);
	const [message, advice, retryable, billed, code] = readingOf(failure, context);
	const param = failure.param === undefined ? undefined : parameterOf[failure.param];
	return new GptImageError(message, {
		code,
		advice,
		status: failure.status,
		type: failure.type,
		param: param ?? failure.param,
		requestId: failure.requestId,
		retryable,
		billed,
		retryAfterMs: retryAfterMs(failure.headers, failure.message),
		// The SDK's error is not kept as the cause: it holds the request's headers.
	});
}
