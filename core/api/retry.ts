/**
 * Whether a failed call is sent again is a question of money: what surely cost nothing is tried
 * again patiently, what may be on the bill hardly, and what was refused for good never.
 */
import { GptImageError, asFailure } from '../errors';
import type { Billed, GptImageErrorFacts } from '../errors';
import { systemClock } from './pace';
import type { Clock, Load, Pace } from './pace';

export interface RetryPolicy {
	/** Retries of calls that cost nothing: rate limit, overload, no connection. */
	readonly maxRetries: number;
	/** Retries of calls whose answer was lost: each may be paid twice. */
	readonly retryUncertain: number;
	/** No retry is begun that would start later than this after the first call. Default 30 minutes. */
	readonly maxTotalMs?: number;
	/** See `Pace.turn`. */
	readonly imagesPerMinute?: number;
	readonly load: Load;
	/** For tests. */
	readonly clock?: Clock;
}

export interface Retried<T> {
	readonly value: T;
	/** Calls that were sent, the successful one included. */
	readonly attempts: number;
	/** For the item: calls that may be on the bill without a picture. */
	readonly warnings: readonly string[];
}

const HALF_AN_HOUR = 30 * 60_000;
const FIRST_BACKOFF = 1_000;
const LONGEST_BACKOFF = 30_000;

/** @returns what another try may cost: nothing, a second payment, or nothing can come of it */
export function retryKind({ facts }: GptImageError): 'free' | 'uncertain' | 'never' {
	if (!facts.retryable || facts.billed === 'yes') return 'never';
	return facts.billed === 'no' ? 'free' : 'uncertain';
}

interface FactsOfLast extends GptImageErrorFacts {
	readonly attempts: number;
}

/** @returns how many calls were sent, the failed one included; 1 when nobody counted */
export const attemptsOf = ({ facts }: GptImageError): number =>
	'attempts' in facts && typeof facts.attempts === 'number' ? facts.attempts : 1;

/** The last failure, with what the attempts before it may have cost. */
function lastFailure(error: GptImageError, attempts: number, uncertain: number): GptImageError {
	const billed: Billed =
		error.facts.billed === 'no' && uncertain > 0 ? 'possibly' : error.facts.billed;
	const facts: FactsOfLast = { ...error.facts, billed, attempts };
	return new GptImageError(error.message, facts);
}

/** Between half and all of a doubling time, so that lanes drift apart. */
const backoff = (retry: number, clock: Clock): number =>
	Math.min(LONGEST_BACKOFF, FIRST_BACKOFF * 2 ** retry) * (0.5 + clock.random() / 2);

/**
 * Makes a call, and makes it again where that is worth its price.
 * @param call gets the number of the attempt, from 1, and the warnings so far; it must throw a GptImageError, anything else
 * counts as a bug and is not retried
 * @param pace every attempt waits for its turn there, and every lane for what this one learns
 * @throws GptImageError of the last attempt, see `attemptsOf`; `billed` covers all attempts
 */
export async function withRetries<T>(
	call: (attempt: number, warnings: readonly string[]) => Promise<T>,
	policy: RetryPolicy,
	pace: Pace,
	signal?: AbortSignal,
): Promise<Retried<T>> {
	const { clock = systemClock, maxTotalMs = HALF_AN_HOUR } = policy;
	const warnings: string[] = [];
	let deadline = Number.POSITIVE_INFINITY;
	let attempts = 0;
	let retries = 0;
	for (;;) {
		let failure: GptImageError;
		try {
			await pace.turn(policy.load, policy.imagesPerMinute, signal);
			attempts += 1;
			if (attempts === 1) deadline = clock.now() + maxTotalMs;
			return { value: await call(attempts, warnings), attempts, warnings };
		} catch (error) {
			failure = asFailure(error);
		}
		const kind = retryKind(failure);
		const allowed = { free: policy.maxRetries, uncertain: policy.retryUncertain, never: 0 }[kind];
		const used = kind === 'uncertain' ? warnings.length : retries;
		const wait = waitBefore(attempts, failure, clock);
		if (used >= allowed || clock.now() + wait > deadline) {
			throw lastFailure(failure, attempts, warnings.length);
		}
		if (kind === 'free') retries += 1;
		else warnings.push(`${failure.message}: that call may have been billed, it was sent once more`);
		if (isTooFast(failure)) pace.pause(wait);
		else await clock.sleep(wait, signal);
	}
}

/** The API's own wish counts; when it refuses again all the same, it gets at least a back-off. */
function waitBefore(attempts: number, { facts }: GptImageError, clock: Clock): number {
	const { retryAfterMs } = facts;
	if (retryAfterMs !== undefined && attempts === 1) return retryAfterMs;
	return Math.max(retryAfterMs ?? 0, backoff(attempts - 1, clock));
}

/** Then it is not this call alone that has to wait. */
const isTooFast = ({ facts: { status } }: GptImageError): boolean =>
	status === 429 || status === 503;
