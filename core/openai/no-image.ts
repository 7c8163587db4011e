/** The error for a response without an image. */

import { GptImageError, type Billed } from '../errors';
import { fieldsOf, type Fields } from '../rules/json';
import type { Ending } from './body';
import { badAnswer, imageAsJob, imageAsUrl, notAnImage } from './errors/bad-answer';
import { hasBrokenImage, jobsIn, kindOfAnswer, wordsIn } from './received';
import type { CallContext } from './errors/connection';
import { answerError } from './errors/responses';
import { isBilled } from './usage';

/** What came in place of an image. */
export interface Came {
	/** Values of the answer. */
	readonly others: readonly unknown[];
	/** The reason, where the answer is a failure. */
	readonly error: Fields | undefined;
	readonly usage: unknown;
	/** How many values came, the error among them. */
	readonly values: number;
	/** Whether a value was the answer to the end. */
	readonly isFinished: boolean;
	readonly ending: Ending;
	/** Addresses of images that were not fetched, and why not, if it was tried. */
	readonly urls: readonly string[];
	readonly why: string | undefined;
}

/**
 * Why an answer without an image has none. An answer that came whole is never sent again: what it
 * holds is paid for, so it is described.
 * @returns what to throw: a GptImageError, or what broke the connection
 */
export function noImage(came: Came, headers: Headers, context: CallContext): unknown {
	const { ending, error, others, usage, urls, why } = came;
	const { kind, isDone, cut } = ending;
	const isWhole = !cut && (kind !== 'events' || isDone || came.isFinished);
	const billed: Billed = isBilled(usage) ? 'yes' : 'possibly';
	const told = (failure: GptImageError): GptImageError =>
		failure.with({
			requestId: headers.get('x-request-id') ?? undefined,
			retryable: failure.retryable && !isWhole,
			billed: failure.billed === 'possibly' ? billed : failure.billed,
		});
	if (error) {
		const failure = told(answerError(error, context, { isEvent: kind === 'events' }));
		const isRefused = failure.is('rate_limit_exceeded') && kind === 'events' && came.values === 1;
		return isRefused ? failure.with({ billed: 'no' }) : failure;
	}
	const jobs = jobsIn(others, urls);
	if (jobs.length > 0) return told(imageAsJob(jobs, urls));
	if (urls.length > 0) return told(imageAsUrl(urls, why));
	if (cut?.cause !== undefined) return cut.cause;
	if (hasBrokenImage(others)) return told(badAnswer('broken_image'));
	if (!isWhole) return told(badAnswer('connection_lost'));
	if (kind === 'text') return told(notAnImage(kindOfAnswer(others, headers.get('content-type'))));
	const words = wordsIn(others);
	if (words !== undefined) return told(answerError({ message: words }, context));
	const isKnown = others.every((value) => Array.isArray(fieldsOf(value).data));
	return told(
		badAnswer('empty_answer', isKnown ? undefined : `with ${kindOfAnswer(others, null)}`),
	);
}
