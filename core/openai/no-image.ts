/** The error for a response without an image. */

import { GptImageError, type Billed } from '../errors';
import { fieldsOf, type Fields } from '../rules/json';
import type { Ending } from './body';
import { badAnswer, imageAsJob, imageAsUrl, notAnImage } from './errors/bad-answer';
import type { OwnImages } from './own-images';
import { hasBrokenImage, jobsIn, kindOfAnswer, wordsIn } from './received';
import type { CallContext } from './errors/readings';
import { answerError } from './errors/responses';
import { isBilled } from './usage';

/** Of values without an image, so many are looked at. */
const MOST_OTHERS = 100;

/** What has come of an answer, value by value. */
export class Came {
	readonly images: Buffer[] = [];
	/** Values without an image. */
	readonly others: unknown[] = [];
	/** The reason, where the answer is a failure. */
	error: Fields | undefined;
	usage: unknown;
	/** How many values came, the error among them. */
	values = 0;
	/** Whether a value was the answer to the end, with or without an image. */
	isFinished = false;

	protected addOthers(values: readonly unknown[]): void {
		this.others.push(...values.slice(0, Math.max(0, MOST_OTHERS - this.others.length)));
	}
}

type Reasons = Pick<Came, 'others' | 'error' | 'usage' | 'values' | 'isFinished'>;

/**
 * Why an answer has no image. One that came whole is never sent again: what it holds is paid for, so
 * it is described.
 * @returns what to throw: a GptImageError, or what broke the connection
 */
export function noImage(
	came: Reasons,
	{ kind, isDone, cut }: Pick<Ending, 'kind' | 'isDone' | 'cut'>,
	{ missing: urls, why }: Pick<OwnImages, 'missing' | 'why'>,
	headers: Headers,
	context: CallContext,
): unknown {
	const { error, others, usage } = came;
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
	if (kind === 'text') return told(notAnImage(kindOfAnswer(others)));
	const words = wordsIn(others);
	if (words !== undefined) return told(answerError({ message: words }, context));
	const isKnown = others.every((value) => Array.isArray(fieldsOf(value).data));
	return told(badAnswer('empty_answer', isKnown ? undefined : `with ${kindOfAnswer(others)}`));
}
