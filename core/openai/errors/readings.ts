/** What each kind of refusal means for the user: what happened, what to do, what it may cost. */

import { serviceCode, type Billed, type ErrorFacts } from '../../errors';
import { findImageModel } from '../../rules/model';
import { labels } from '../../rules/labels';
import { openAiQuotaCodes, type RefusalKind } from '../../rules/refusals';
import type { ErrorBody } from './body';
import { defaultBaseUrl } from '../connection';

/** What of the request a message may name. */
export interface CallContext {
	readonly model: string;
	/** Where images come from; those of an edit, whose API names them itself, from 'Images'. */
	readonly inputs?: 'attachments' | 'images';
}

/** What a refusal means; if `billed` is left out, the call is not billed. */
export type Reading = Omit<ErrorFacts, 'billed'> & {
	readonly message: string;
	readonly billed?: Billed;
};

export interface Refusal {
	readonly body: ErrorBody;
	readonly status: number | undefined;
	readonly waitMs: number | undefined;
	readonly context: CallContext;
}

/** What the service says, behind our own sentence. */
export const because = ({ reason }: ErrorBody): string =>
	reason === undefined ? '' : `: ${reason}`;

/** At which stage it was blocked; where no field says so, by the service's words. */
function stageOf({ stage, text, codes }: ErrorBody): string {
	if (stage !== undefined) return stage;
	if (codes.includes('2017') || /\b(?:generated image|response blocked|output)\b/i.test(text)) {
		return 'output';
	}
	return codes.includes('2016') || /\b(?:your|the|this) (?:prompt|input)\b|^prompt\b/i.test(text)
		? 'input'
		: 'unknown';
}

function moderation({ body }: Refusal): Reading {
	const stage = stageOf(body);
	const quoted = /safety_violations=\[([^\]]{0,200})\]/.exec(body.text)?.[1] ?? '';
	const categories = body.categories.length > 0 ? body.categories.join(', ') : quoted;
	const what = stage === 'output' ? 'the finished image' : 'the request';
	const why = categories === '' ? '' : ` (${categories})`;
	// Only OpenAI's own block has this code; its sentence adds nothing to the categories.
	const message = body.codes.includes('moderation_blocked')
		? `OpenAI's moderation blocked ${what}${why}`
		: `The content policy of the service blocked ${what}${why}${because(body)}`;
	return {
		message,
		advice:
			stage === 'output'
				? "Change the prompt so the result complies with OpenAI's policy. Retrying the same request rarely helps."
				: 'Change the prompt, or any input images. Retrying the same request will not help.',
		billed: stage === 'input' ? 'no' : 'possibly',
		code: 'moderation_blocked',
	};
}

function noCredit({ body }: Refusal): Reading {
	const own = body.codes.find((code) => openAiQuotaCodes.includes(code));
	if (own !== undefined) {
		return {
			message: 'The OpenAI account is out of credit or has reached its spending limit',
			advice:
				'Add credit or raise the limit at platform.openai.com under Billing and Limits, then run again.',
			code: serviceCode(own),
		};
	}
	return {
		message: `The account at the service is out of credit${because(body)}`,
		advice:
			"Add credit or raise the limit at the service behind the credential's 'Base URL', then run again.",
		code: 'insufficient_quota',
	};
}

const cannotSee = ({ body, context }: Refusal): Reading => ({
	message: `${context.model} cannot see images${because(body)}`,
	advice: `Choose a model that takes images as input, e.g. gpt-5.4 in '${labels.chatModel}'.`,
	code: 'model_cannot_see',
	...(context.inputs ? { param: 'chatModel' } : {}),
});

function modelGone({ body, context }: Refusal): Reading {
	const successor = findImageModel(context.model)?.successor;
	// OpenAI's own sentence names the model and nothing else.
	const why = body.code === 'model_not_found' ? '' : because(body);
	return {
		message: `OpenAI does not offer ${context.model} to this key${why}`,
		advice: `Choose ${successor ?? 'another model'} in '${labels.model}', or check the 'Base URL' in the credential.`,
		code: 'model_not_found',
	};
}

/** Whether OpenAI reaches a link may change from one minute to the next, and asking is free. */
function imageNotFetched({ body, context }: Refusal): Reading {
	const param = context.inputs ?? 'images';
	return {
		message: `OpenAI could not fetch an image in '${labels[param]}'${because(body)}`,
		advice: `OpenAI fetches URLs itself: the URL must be public, start with https:// and not have expired. Otherwise, load the image into a binary field.`,
		retryable: true,
		code: 'invalid_image_url',
		param,
	};
}

const overloaded = ({ body }: Refusal): Reading => ({
	message: `OpenAI is currently overloaded${because(body)}`,
	advice: "Run again later, or raise 'Max Retries'.",
	retryable: true,
	code: body.code ?? 'server_is_overloaded',
});

const rateLimit = ({ waitMs }: Refusal): Reading => ({
	message: `OpenAI's rate limit was reached${waitMs === undefined ? '' : `: it asks to wait ${Math.ceil(waitMs / 1000)} seconds`}`,
	advice: "Lower 'Images per Minute' or 'Max Parallel', or raise the account's usage tier.",
	retryable: true,
	code: 'rate_limit_exceeded',
});

const wrongAddress = ({ body, status, context }: Refusal): Reading => ({
	message: `There is no such API at the 'Base URL' in the credential (status ${status ?? 404})${because(body)}`,
	advice: `It should look like ${defaultBaseUrl}: scheme, host and usually /v1, without /images/generations or another endpoint at its end. If it already does, that service has no ${context.inputs ? 'Responses API, which conversations need' : 'image API'}.`,
	code: 'wrong_base_url',
});

export const readings: Readonly<Record<RefusalKind, (refusal: Refusal) => Reading>> = {
	moderation,
	noCredit,
	cannotSee,
	modelGone,
	imageNotFetched,
	overloaded,
	rateLimit,
	wrongAddress,
};
