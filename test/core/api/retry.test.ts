import { Pace } from '../../../core/api/pace';
import { attemptsOf, withRetries } from '../../../core/api/retry';
import type { RetryPolicy } from '../../../core/api/retry';
import { GptImageError } from '../../../core/errors';
import type { GptImageErrorFacts } from '../../../core/errors';
import { FakeClock, settled } from './clock';

const failure = (facts: Partial<GptImageErrorFacts>): GptImageError =>
	new GptImageError('It went wrong', {
		code: 'code',
		advice: 'Try again.',
		retryable: true,
		billed: 'no',
		...facts,
	});

const rateLimit = (seconds?: number): GptImageError =>
	failure({ status: 429, retryAfterMs: seconds === undefined ? undefined : seconds * 1_000 });
const noConnection = failure({ code: 'connection_failed' });
const timeout = failure({ code: 'timeout', billed: 'possibly' });

/** A call that fails as told, then succeeds; and what came of it, within a virtual day. */
async function outcomeOf(failures: readonly unknown[], more: Partial<RetryPolicy> = {}) {
	const clock = new FakeClock(1);
	const startedAt: number[] = [];
	const call = async (attempt: number): Promise<string> => {
		startedAt.push(clock.now());
		const error = failures[attempt - 1];
		return error === undefined ? 'picture' : await Promise.reject(error);
	};
	const policy: RetryPolicy = {
		maxRetries: 4,
		retryUncertain: 1,
		load: { images: 1, inputImages: 0 },
		clock,
		...more,
	};
	const result = withRetries(call, policy, new Pace(clock)).then(
		(retried) => ({ ...retried, error: undefined }),
		(error: GptImageError) => ({ error, value: undefined, attempts: attemptsOf(error) }),
	);
	await clock.passUntil(24 * 3_600_000);
	return { ...(await result), startedAt };
}

const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

describe('calls that cost nothing', () => {
	it.each([
		['rate limit', rateLimit(0)],
		['overload', failure({ status: 503 })],
		['no connection', noConnection],
	])('%s: retried up to maxRetries, without a warning', async (_what, error) => {
		const good = await outcomeOf(times(4, error));
		expect(good).toMatchObject({ value: 'picture', attempts: 5, warnings: [] });
		const bad = await outcomeOf(times(5, error));
		expect(bad.startedAt).toHaveLength(5);
		expect(bad.attempts).toBe(5);
		expect(bad.error?.message).toBe('It went wrong');
		expect(bad.error?.facts).toMatchObject({ code: error.facts.code, billed: 'no' });
		expect((await outcomeOf([error], { maxRetries: 0 })).startedAt).toHaveLength(1);
	});

	it('wait as long as the API asks, plus jitter, also above 60 seconds', async () => {
		const { startedAt } = await outcomeOf([rateLimit(200)]);
		expect(startedAt).toEqual([0, 205_000]);
	});

	it('back off by doubling when nothing is asked', async () => {
		const { startedAt } = await outcomeOf(times(4, noConnection));
		expect(startedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000]);
	});

	it('back off even if the API asks to come back at once, again and again', async () => {
		const { startedAt } = await outcomeOf(times(3, rateLimit(0)));
		expect(startedAt).toEqual([0, 0, 2_200, 6_600]);
	});

	it('give up rather than start again after the time limit', async () => {
		const { startedAt, error } = await outcomeOf([rateLimit(1_801)]);
		expect(startedAt).toEqual([0]);
		expect(error?.facts.status).toBe(429);
		const later = await outcomeOf(times(20, noConnection), {
			maxRetries: 20,
			maxTotalMs: 60_000,
		});
		expect(later.startedAt).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000]);
	});

	it('pause the other lanes of the credential', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		const policy: RetryPolicy = {
			maxRetries: 4,
			retryUncertain: 1,
			load: { images: 1, inputImages: 0 },
			clock,
		};
		const first = withRetries(
			async (attempt) => (attempt === 1 ? await Promise.reject(rateLimit(90)) : clock.now()),
			policy,
			pace,
		);
		await settled();
		const second = withRetries(async () => await Promise.resolve(clock.now()), policy, pace);
		await clock.passUntil(200_000);
		expect((await first).value).toBe(90_000);
		expect((await second).value).toBe(102_000);
	});
});

describe('calls whose answer was lost', () => {
	it.each([
		['timeout', timeout],
		['cut connection', failure({ code: 'connection_lost', billed: 'possibly' })],
		['server error', failure({ status: 500, billed: 'possibly' })],
	])('%s: sent once more, and said so', async (_what, error) => {
		const good = await outcomeOf([error]);
		expect(good).toMatchObject({ value: 'picture', attempts: 2 });
		expect('warnings' in good && good.warnings).toEqual([
			'It went wrong: that call may have been billed, it was sent once more',
		]);
		const bad = await outcomeOf([error, error]);
		expect(bad.startedAt).toHaveLength(2);
		expect(bad.attempts).toBe(2);
		expect(bad.error?.facts.billed).toBe('possibly');
	});

	it.each([0, 1, 2, 3])('retryUncertain %d is the number of retries', async (retryUncertain) => {
		const { startedAt } = await outcomeOf(times(9, timeout), { retryUncertain });
		expect(startedAt).toHaveLength(retryUncertain + 1);
	});

	it('are counted apart from those that cost nothing', async () => {
		const failures = [rateLimit(1), timeout, rateLimit(1), rateLimit(1)];
		const { attempts } = await outcomeOf(failures, { maxRetries: 3 });
		expect(attempts).toBe(5);
	});

	it('stay on the bill when a later attempt is refused', async () => {
		const refused = failure({ status: 400, retryable: false, code: 'moderation_blocked' });
		const { error, attempts } = await outcomeOf([timeout, refused]);
		expect(error?.facts).toMatchObject({ code: 'moderation_blocked', billed: 'possibly' });
		expect(attempts).toBe(2);
	});
});

describe('what is never sent again', () => {
	it.each([
		['moderation', failure({ status: 400, retryable: false, code: 'moderation_blocked' })],
		['quota', failure({ status: 429, retryable: false, code: 'insufficient_quota' })],
		['a wrong key', failure({ status: 401, retryable: false })],
		['a paid answer', failure({ billed: 'yes' })],
	])('%s', async (_what, error) => {
		const { startedAt, attempts, error: last } = await outcomeOf([error]);
		expect(startedAt).toHaveLength(1);
		expect(attempts).toBe(1);
		expect(last?.facts.code).toBe(error.facts.code);
	});

	it('a bug of ours', async () => {
		const { startedAt, error } = await outcomeOf([new TypeError('x is not a function')]);
		expect(startedAt).toHaveLength(1);
		expect(error?.facts.code).toBe('unexpected');
	});
});

describe('a stop by the user', () => {
	it.each([
		['in the back-off', noConnection, 'no'],
		['in the shared pause', rateLimit(300), 'no'],
		['in the wait after a lost answer', timeout, 'possibly'],
	] as const)('%s ends it at once', async (_what, error, billed) => {
		const clock = new FakeClock();
		const stop = new AbortController();
		let calls = 0;
		const result = withRetries(
			async () => {
				calls += 1;
				return await Promise.reject(error);
			},
			{ maxRetries: 4, retryUncertain: 3, load: { images: 1, inputImages: 0 }, clock },
			new Pace(clock),
			stop.signal,
		).catch((last: GptImageError) => last);
		await settled();
		stop.abort();
		const last = await result;
		expect(last).toBeInstanceOf(GptImageError);
		expect(last).toMatchObject({ facts: { code: 'aborted', billed, attempts: 1 } });
		expect(calls).toBe(1);
		expect(clock.now()).toBe(0);
	});
});
