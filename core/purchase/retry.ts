/**
 * Whether to retry is a question of money: calls that certainly cost nothing are retried patiently,
 * calls that may be billed once at most, and calls that were refused never.
 */
import type { Clock } from '../clock';
import { toGptImageError, GptImageError } from '../errors';

export interface RetryPolicy {
	/** Retries of calls that cost nothing: rate limit, overload, no connection. */
	readonly maxRetries: number;
	/** Whether a call whose answer was lost is sent once more: it may be paid twice. */
	readonly retryLost: boolean;
	readonly clock: Clock;
	/** Stops this account from sending for so many milliseconds. */
	pause(milliseconds: number): Promise<void>;
}

/** No retry starts later than this after the first call. */
const HALF_AN_HOUR = 30 * 60_000;
const FIRST_BACKOFF = 1_000;
const LONGEST_BACKOFF = 30_000;
/** Added to a pause, so that workers with the same account do not all resume at once. */
const JITTER = 0.1;
const LONGEST_JITTER = 5_000;

/** @returns whether another try is free, may be billed twice (`uncertain`), or is pointless (`never`) */
export function retryKind(error: GptImageError): 'free' | 'uncertain' | 'never' {
	if (!error.retryable || error.billed === 'yes') return 'never';
	return error.billed === 'no' ? 'free' : 'uncertain';
}

/** The last failure; `billed` includes the tries before it. */
const lastFailure = (error: GptImageError, hasLost: boolean): GptImageError =>
	hasLost && error.billed === 'no' ? error.with({ billed: 'possibly' }) : error;

/** Between half and all of a doubling time, so that lanes drift apart. */
const backoff = (retry: number, clock: Clock): number =>
	Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** retry) * (0.5 + clock.random() / 2);

/** As long as the API asks; when it refuses again anyway, at least the back-off. */
function waitBefore(attempts: number, error: GptImageError, clock: Clock): number {
	const { retryAfterMs } = error;
	if (retryAfterMs !== undefined && attempts === 1) return retryAfterMs;
	return Math.max(retryAfterMs ?? 0, backoff(attempts - 1, clock));
}

/** If so, every call of the account has to wait. */
const isTooFast = (error: GptImageError): boolean =>
	error.status === 429 || error.status === 503 || error.is('rate_limit_exceeded');

/**
 * @param call receives the number of the attempt, from 1; what it throws that is no GptImageError is a
 *   bug and is not retried
 * @throws GptImageError of the last attempt; `billed` covers all attempts
 */
export async function withRetries<T>(
	{ maxRetries, retryLost, clock, pause }: RetryPolicy,
	signal: AbortSignal | undefined,
	call: (attempt: number) => Promise<T>,
): Promise<T> {
	const deadline = clock.now() + HALF_AN_HOUR;
	let retries = 0;
	let hasLost = false;
	for (let attempts = 1; ; attempts++) {
		try {
			return await call(attempts);
		} catch (error) {
			const failure = toGptImageError(error);
			const kind = retryKind(failure);
			const isAllowed = kind === 'free' ? retries < maxRetries : retryLost && !hasLost;
			const wait = waitBefore(attempts, failure, clock);
			if (kind === 'never' || !isAllowed || signal?.aborted || clock.now() + wait > deadline) {
				throw lastFailure(failure, hasLost);
			}
			if (kind === 'free') retries += 1;
			else hasLost = true;
			if (isTooFast(failure)) {
				await pause(wait + clock.random() * Math.min(wait * JITTER, LONGEST_JITTER));
			} else {
				await clock.sleep(wait, signal);
			}
		}
	}
}
