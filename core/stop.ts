import { GptImageError } from './errors';

const stoppedMeanwhile = (): GptImageError =>
	new GptImageError('The execution was stopped while the picture was being made', {
		code: 'aborted',
		advice:
			'OpenAI bills it all the same, so it is kept as soon as it comes: run the workflow again.',
		retryable: false,
		billed: 'possibly',
	});

/**
 * A stopped execution ends at once; what it was buying comes to its end, and into the ledger.
 * @param buying ends by itself, in time; when it fails after the stop, nobody hears of it
 * @returns what was bought
 * @throws GptImageError `aborted` as soon as the signal is
 */
export async function orStopped<Result>(
	buying: Promise<Result>,
	signal: AbortSignal | undefined,
): Promise<Result> {
	if (!signal || signal.aborted) return await buying;
	const stopped = Promise.withResolvers<never>();
	const stop = () => stopped.reject(stoppedMeanwhile());
	signal.addEventListener('abort', stop, { once: true });
	try {
		return await Promise.race([buying, stopped.promise]);
	} finally {
		signal.removeEventListener('abort', stop);
	}
}
