import { GptImageError } from '../errors';

export const stoppedBeforeStart = (): GptImageError =>
	new GptImageError('The execution was stopped before the image was requested', {
		code: 'aborted',
		advice: 'Run the workflow again to generate the image.',
		billed: 'no',
	});

const stoppedMeanwhile = (): GptImageError =>
	new GptImageError('The execution was stopped while the image was being generated', {
		code: 'aborted',
		advice:
			'OpenAI bills it anyway, so it is kept when it arrives. Run the workflow again to get it.',
		billed: 'possibly',
	});

/**
 * A stopped execution ends at once; its purchase continues and is kept in the store.
 * @param buying has a time limit of its own; a failure after the stop is ignored
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
