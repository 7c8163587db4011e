/**
 * The one vocabulary of what can go wrong. Every stage of core/ throws a GptImageError; the n8n
 * adapters turn it into n8n's own error classes and the contract's failed items.
 */

/** Whether the call behind a failure may appear on the bill. */
export type Billed = 'no' | 'possibly' | 'yes';

export interface GptImageErrorFacts {
	/** OpenAI's own code where there is one, else ours: stable, for workflows to branch on. */
	readonly code: string;
	/** What to do next, one sentence. */
	readonly advice: string;
	/** HTTP status of the API's answer. */
	readonly status?: number;
	/** OpenAI's error type, e.g. `image_generation_user_error`. */
	readonly type?: string;
	/** The parameter at fault, by the node's name for it (or the API's when it is not ours). */
	readonly param?: string;
	readonly requestId?: string;
	/** Whether the same request may succeed later. A permanent refusal is never sent again. */
	readonly retryable: boolean;
	readonly billed: Billed;
	/** How long the API asked to wait, in milliseconds. */
	readonly retryAfterMs?: number;
	readonly cause?: unknown;
}

/** `message` says what happened, `advice` what to do; neither ever contains a secret. */
export class GptImageError extends Error {
	override readonly name = 'GptImageError';

	constructor(
		message: string,
		readonly facts: GptImageErrorFacts,
	) {
		super(message, { cause: facts.cause });
	}
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
		retryable: false,
		billed: 'no',
	});

/**
 * @param error anything that was thrown
 * @returns it, if it is in this vocabulary; else a failure of code `unexpected`, which is a bug
 */
export const asFailure = (error: unknown): GptImageError =>
	error instanceof GptImageError
		? error
		: new GptImageError(error instanceof Error ? error.message : String(error), {
				code: 'unexpected',
				advice: 'Please report this with the workflow and the text of the message.',
				retryable: false,
				billed: 'no',
				cause: error,
			});
