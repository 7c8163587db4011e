import { GptImageError } from '../../../core/errors';
import type { ErrorFacts } from '../../../core/errors';
import { withRetries, type RetryPolicy } from '../../../core/purchase/retry';
import { stoppedBeforeStart } from '../../../core/purchase/stop';
import { FakeClock, settled } from '../openai/clock';

const failure = (facts: Partial<ErrorFacts>): GptImageError =>
	new GptImageError('It went wrong', {
		code: 'server_error',
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
		return error === undefined ? 'image' : await Promise.reject(error);
	};
	const policy = { ...policyOf(clock), ...more };
	const result = withRetries(policy, undefined, call).then(
		(value) => ({ value, error: undefined }),
		(error: GptImageError) => ({ error, value: undefined }),
	);
	await clock.passUntil(24 * 3_600_000);
	return { ...(await result), startedAt, attempts: startedAt.length };
}

/** The account's pause is slept here: there is no store that would hold the next call. */
const policyOf = (clock: FakeClock): RetryPolicy => ({
	maxRetries: 4,
	retryLost: true,
	clock,
	pause: async (milliseconds) => await clock.sleep(milliseconds),
});

const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

describe('calls that cost nothing', () => {
	it.each([
		['rate limit', rateLimit(0)],
		['overload', failure({ status: 503 })],
		['no connection', noConnection],
	])('%s: retried up to maxRetries, without a warning', async (_what, error) => {
		const good = await outcomeOf(times(4, error));
		expect(good).toMatchObject({ value: 'image', attempts: 5 });
		const bad = await outcomeOf(times(5, error));
		expect(bad.startedAt).toHaveLength(5);
		expect(bad.attempts).toBe(5);
		expect(bad.error?.message).toBe('It went wrong');
		expect(bad.error).toMatchObject({ code: error.code, billed: 'no' });
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
		expect(error?.status).toBe(429);
		const later = await outcomeOf(times(20, noConnection), {
			maxRetries: 20,
		});
		expect(later.startedAt).toHaveLength(21);
		const patient = await outcomeOf(times(20, rateLimit(400)), { maxRetries: 20 });
		// 420 seconds each with jitter... the fifth would start after half an hour.
		expect(patient.startedAt).toEqual([0, 405_000, 810_000, 1_215_000, 1_620_000]);
	});

	it('pause the account, not this call alone', async () => {
		const paused: number[] = [];
		await outcomeOf([rateLimit(90), failure({ status: 503 }), noConnection], {
			pause: async (milliseconds) => void paused.push(milliseconds),
		});
		// Ten percent of jitter, five seconds at most.
		expect(paused).toEqual([95_000, 2_200]);
	});
});

describe('calls whose answer was lost', () => {
	it.each([
		['timeout', timeout],
		['cut connection', failure({ code: 'connection_lost', billed: 'possibly' })],
		['server error', failure({ status: 500, billed: 'possibly' })],
	])('%s: sent once more', async (_what, error) => {
		const good = await outcomeOf([error]);
		expect(good).toMatchObject({ value: 'image', attempts: 2 });
		const bad = await outcomeOf([error, error]);
		expect(bad.startedAt).toHaveLength(2);
		expect(bad.attempts).toBe(2);
		expect(bad.error?.billed).toBe('possibly');
	});

	it('are not sent again where the user wants none paid twice', async () => {
		const { startedAt } = await outcomeOf([timeout], { retryLost: false });
		expect(startedAt).toHaveLength(1);
	});

	it('are counted apart from those that cost nothing', async () => {
		const failures = [rateLimit(1), timeout, rateLimit(1), rateLimit(1)];
		const { attempts } = await outcomeOf(failures, { maxRetries: 3 });
		expect(attempts).toBe(5);
	});

	it('stay on the bill when a later attempt is refused', async () => {
		const refused = failure({ status: 400, retryable: false, code: 'moderation_blocked' });
		const { error, attempts } = await outcomeOf([timeout, refused]);
		expect(error).toMatchObject({ code: 'moderation_blocked', billed: 'possibly' });
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
		expect(last?.code).toBe(error.code);
	});

	it('a bug of ours', async () => {
		const { startedAt, error } = await outcomeOf([new TypeError('x is not a function')]);
		expect(startedAt).toHaveLength(1);
		expect(error?.code).toBe('unexpected');
	});
});

describe('a stop by the user', () => {
	it.each([
		['in the back-off', noConnection, 'no'],
		['in the wait after a lost answer', timeout, 'possibly'],
	] as const)('%s ends it at once', async (_what, error, billed) => {
		const clock = new FakeClock();
		const stop = new AbortController();
		let calls = 0;
		const result = withRetries(policyOf(clock), stop.signal, async () => {
			if (stop.signal.aborted) throw stoppedBeforeStart();
			calls += 1;
			return await Promise.reject(error);
		}).catch((last: GptImageError) => last);
		await settled();
		stop.abort();
		expect(await result).toMatchObject({ code: 'aborted', billed });
		expect(calls).toBe(1);
		expect(clock.now()).toBe(0);
	});
});
