/** Calls that end without an answer of the API. */

import { GptImageError } from '../../errors';
import { labels } from '../../rules/labels';

/** What of the request a message may name. */
export interface CallContext {
	readonly model: string;
	/** Where images come from; those of an edit, whose API names them itself, from 'Images'. */
	readonly inputs?: 'attachments' | 'images';
}

export const stopped = (cause: unknown): GptImageError =>
	new GptImageError('The execution was stopped while the image was being generated', {
		code: 'aborted',
		advice: 'OpenAI may still bill this call. Run the workflow again to generate the image.',
		billed: 'possibly',
		cause,
	});

export function timedOut(timeoutMs: number, cause: unknown): GptImageError {
	const seconds = timeoutMs / 1000;
	const limit = `${seconds} second${seconds === 1 ? '' : 's'}`;
	return new GptImageError(`OpenAI did not respond within ${limit}`, {
		code: 'timeout',
		advice: `Raise '${labels.timeoutSeconds}', choose a smaller size or a lower quality, or set '${labels.partialImages}' to 1 to keep the connection alive.`,
		retryable: true,
		billed: 'possibly',
		cause,
	});
}
