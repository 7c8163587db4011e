/** Calls that end without an answer of the API. */

import { GptImageError } from '../../errors';
import { labels } from '../../rules/labels';
import { badAnswer } from './bad-answer';

/** What of the request a message may name. */
export interface CallContext {
	readonly model: string;
	/** The caller's own limit, where it has run out. */
	readonly timedOutMs?: number;
	readonly aborted?: boolean;
	/** Where images come from; those of an edit, whose API names them itself, from 'Images'. */
	readonly inputs?: 'attachments' | 'images';
}

/**
 * @param error what was thrown instead of an answer
 * @returns why there is no answer: stopped, out of time, or cut off
 */
export function connectionFailure(error: unknown, context: CallContext): GptImageError {
	if (context.aborted) {
		return new GptImageError('The execution was stopped while the image was being generated', {
			code: 'aborted',
			advice: 'OpenAI may still bill this call. Run the workflow again to generate the image.',
			billed: 'possibly',
			cause: error,
		});
	}
	if (context.timedOutMs !== undefined) {
		const seconds = context.timedOutMs / 1000;
		const limit = `${seconds} second${seconds === 1 ? '' : 's'}`;
		return new GptImageError(`OpenAI did not respond within ${limit}`, {
			code: 'timeout',
			advice: `Raise '${labels.timeoutSeconds}', choose a smaller size or a lower quality, or set '${labels.partialImages}' to 1 to keep the connection alive.`,
			retryable: true,
			billed: 'possibly',
			cause: error,
		});
	}
	return badAnswer('connection_lost', undefined, error);
}
