/**
 * The one vocabulary of what can go wrong. Every stage of core/ throws a GptImageError; the n8n
 * adapters turn it into n8n's own error classes and the contract's failed items.
 */

/** Whether the call behind a failure may appear on the bill. */
export type Billed = 'no' | 'possibly' | 'yes';

/** What a complete answer contained instead of an image: what the user has paid for. */
export interface Received {
	/** As it is said in a message, e.g. `a web page`; never the content. */
	readonly kind: string;
	/** Addresses of images, whole. */
	readonly urls?: readonly string[];
	/** IDs of jobs that the service began, whole. */
	readonly jobs?: readonly string[];
}

/** Codes that we make or branch on; docs/troubleshooting.md explains each. */
export const errorCodes = [
	'aborted',
	'answer_not_json',
	'answer_too_large',
	'bad_answer',
	'broken_image',
	'budget_exceeded',
	'connection_failed',
	'connection_lost',
	'context_lost',
	'empty_answer',
	'file_not_found',
	'gateway_refused',
	'image_as_job',
	'image_as_url',
	'image_call_failed',
	'image_call_needs_response',
	'image_not_composed',
	'incomplete_response',
	'insufficient_quota',
	'invalid_api_key',
	'invalid_environment',
	'invalid_image_url',
	'invalid_input',
	'invalid_parameter',
	'invalid_request',
	'missing_glyphs',
	'model_cannot_see',
	'model_not_found',
	'model_refused',
	'model_retired',
	'moderation_blocked',
	'moderation_flagged',
	'not_kept',
	'not_offered',
	'not_stored',
	'order_not_found',
	'organization_not_verified',
	'permission_denied',
	'price_unknown',
	'rate_limit_exceeded',
	'redirected',
	'request_too_large',
	'response_cancelled',
	'response_gone',
	'server_error',
	'server_is_overloaded',
	'sharp_unavailable',
	'store_newer',
	'store_shared',
	'store_unavailable',
	'text_does_not_fit',
	'timeout',
	'too_heavy',
	'too_small',
	'unexpected',
	'words_only',
	'wrong_base_url',
	'zero_data_retention',
] as const;
export type KnownCode = (typeof errorCodes)[number];

/** A code of the service's own, passed on as it came. */
export type ServiceCode = string & { readonly service: unique symbol };
export type ErrorCode = KnownCode | ServiceCode;

/** @param code as a service wrote it, or as it was kept */
export const serviceCode = (code: string): ServiceCode => code as ServiceCode;

export interface ErrorFacts {
	/** OpenAI's own code where there is one, else ours: stable, for workflows to branch on. */
	readonly code: ErrorCode;
	/** What to do next, one sentence. */
	readonly advice: string;
	/** HTTP status of the API's answer. */
	readonly status?: number;
	/** OpenAI's error type, e.g. `image_generation_user_error`. */
	readonly type?: string;
	/** The parameter at fault, by the node's name for it (or the API's when it is not ours). */
	readonly param?: string;
	readonly requestId?: string;
	/** Whether the same request may succeed later; if left out, it may not, and is never sent again. */
	readonly retryable?: boolean;
	readonly billed: Billed;
	/** What it has cost, in USD, where that is known although nothing can be delivered. */
	readonly usd?: number;
	/** How long the API asked to wait, in milliseconds. */
	readonly retryAfterMs?: number;
	readonly received?: Received;
	readonly cause?: unknown;
}

/** `message` says what happened, `advice` what to do; neither ever contains a secret. */
export class GptImageError extends Error implements ErrorFacts {
	override readonly name = 'GptImageError';
	readonly code: ErrorCode;
	readonly advice: string;
	readonly status: number | undefined;
	readonly type: string | undefined;
	readonly param: string | undefined;
	readonly requestId: string | undefined;
	readonly retryable: boolean;
	readonly billed: Billed;
	readonly retryAfterMs: number | undefined;
	readonly received: Received | undefined;
	readonly usd: number | undefined;

	constructor(message: string, facts: ErrorFacts) {
		super(message, { cause: facts.cause });
		this.code = facts.code;
		this.advice = facts.advice;
		this.status = facts.status;
		this.type = facts.type;
		this.param = facts.param;
		this.requestId = facts.requestId;
		this.retryable = facts.retryable ?? false;
		this.billed = facts.billed;
		this.retryAfterMs = facts.retryAfterMs;
		this.received = facts.received;
		this.usd = facts.usd;
	}

	/** Compares the code; unlike `===` it does not compile with a code that nobody has. */
	is(...codes: readonly KnownCode[]): boolean {
		return codes.some((code) => code === this.code);
	}

	/** @returns a copy with these changes */
	with({ message, ...facts }: Partial<ErrorFacts> & { readonly message?: string }): GptImageError {
		return new GptImageError(message ?? this.message, { ...this, cause: this.cause, ...facts });
	}
}

/** @returns an error as plain JSON, without its cause */
export const errorToJson = ({ message, ...error }: GptImageError): Record<string, unknown> => {
	const { name: _, cause: _cause, ...facts } = error;
	return { message, ...facts };
};

/** @param json what {@link errorToJson} gave */
export function errorFromJson(json: unknown): GptImageError {
	const { message, ...facts } = json as ErrorFacts & { readonly message: string };
	return new GptImageError(message, facts);
}

/**
 * A value that the rules forbid, found before anything was sent.
 * @param param the node's parameter name, e.g. `width`
 * @param message what is wrong, with the parameter's display name in single quotes
 * @param advice what is allowed
 */
export const invalidParameter = (param: string, message: string, advice: string): GptImageError =>
	new GptImageError(message, {
		code: 'invalid_parameter',
		advice,
		param,
		billed: 'no',
	});

/** @param error anything that was thrown */
export const messageOf = (error: unknown): string =>
	error instanceof Error ? error.message : String(error);

/**
 * @param error anything that was thrown
 * @returns it, if it is in this vocabulary; else a failure of code `unexpected`, which is a bug
 */
export const toGptImageError = (error: unknown): GptImageError =>
	error instanceof GptImageError
		? error
		: new GptImageError(messageOf(error), {
				code: 'unexpected',
				advice: 'Please report this, including the workflow and the message.',
				billed: 'no',
				cause: error,
			});
