import { Pace, durationOf, paceOf } from '../../../core/api/pace';
import type { Load } from '../../../core/api/pace';
import { GptImageError } from '../../../core/errors';
import { FakeClock, settled } from './clock';

const one: Load = { images: 1, inputImages: 0 };

/** Asks for turns and notes when each came, in seconds. */
async function startsOf(
	clock: FakeClock,
	pace: Pace,
	loads: readonly Load[],
	perMinute: number | undefined,
	seconds: number,
): Promise<number[]> {
	const starts: number[] = [];
	for (const load of loads) {
		void pace.turn(load, perMinute).then(() => starts.push(clock.now() / 1_000));
	}
	await clock.passUntil(clock.now() + seconds * 1_000);
	return starts;
}

const times = <T>(count: number, value: T): T[] => Array<T>(count).fill(value);

describe('imagesPerMinute', () => {
	it('lets no more start in any 60 seconds', async () => {
		const clock = new FakeClock();
		const starts = await startsOf(clock, new Pace(clock), times(7, one), 3, 180);
		expect(starts).toEqual([0, 0, 0, 60, 60, 60, 120]);
	});

	it('counts n images as n', async () => {
		const clock = new FakeClock();
		const two: Load = { images: 2, inputImages: 0 };
		expect(await startsOf(clock, new Pace(clock), times(4, two), 5, 180)).toEqual([0, 0, 60, 60]);
	});

	it('counts input images on their own', async () => {
		const clock = new FakeClock();
		const edit: Load = { images: 1, inputImages: 4 };
		const loads = [edit, one, one, edit];
		expect(await startsOf(clock, new Pace(clock), loads, 5, 180)).toEqual([0, 0, 0, 60]);
	});

	it('lets a call above the limit start alone and take up the minutes it needs', async () => {
		const clock = new FakeClock();
		const ten: Load = { images: 10, inputImages: 0 };
		const loads = [one, ten, one];
		expect(await startsOf(clock, new Pace(clock), loads, 4, 600)).toEqual([0, 60, 240]);
	});

	it('is no limit when absent', async () => {
		const clock = new FakeClock();
		const starts = await startsOf(clock, new Pace(clock), times(50, one), undefined, 1);
		expect(starts).toEqual(times(50, 0));
	});
});

describe('a pause', () => {
	it('is kept by every lane, also above 60 seconds, and starts then come one by one', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.pause(300_000);
		const starts = await startsOf(clock, pace, times(3, one), undefined, 1_000);
		expect(starts).toEqual([300, 312, 324]);
	});

	it('spaces starts by no more than the API asked for', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.pause(500);
		expect(await startsOf(clock, pace, times(3, one), undefined, 10)).toEqual([0.5, 1, 1.5]);
	});

	it('holds back a lane that was already waiting for its turn', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.pause(1_000);
		const starts: number[] = [];
		void pace.turn(one).then(() => starts.push(clock.now()));
		await settled();
		pace.pause(5_000);
		await clock.passUntil(4_999);
		expect(starts).toEqual([]);
		await clock.passUntil(5_000);
		expect(starts).toEqual([5_000]);
	});

	it('has up to a tenth of jitter, at most five seconds', async () => {
		const short = new FakeClock(1);
		const pace = new Pace(short);
		pace.pause(10_000);
		expect(await startsOf(short, pace, [one], undefined, 100)).toEqual([11]);
		const long = new FakeClock(1);
		const slow = new Pace(long);
		slow.pause(600_000);
		expect(await startsOf(long, slow, [one], undefined, 1_000)).toEqual([605]);
	});

	it('is forgotten a minute later', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.pause(12_000);
		await clock.passUntil(73_000);
		expect(await startsOf(clock, pace, times(3, one), undefined, 1)).toEqual([73, 73, 73]);
	});

	it.each(['at the head', 'further back'])('ends at once on abort, %s', async (where) => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.pause(600_000);
		if (where === 'further back') void pace.turn(one);
		const stop = new AbortController();
		const turn = pace.turn(one, undefined, stop.signal);
		const next = pace.turn(one);
		const failure = turn.catch((error: unknown) => error);
		await settled();
		stop.abort();
		const error = await failure;
		expect(error).toBeInstanceOf(GptImageError);
		expect(error).toMatchObject({ facts: { code: 'aborted', billed: 'no', retryable: false } });
		expect(clock.now()).toBe(0);
		await clock.passUntil(700_000);
		await next;
	});
});

it('who gives up in the queue does not let the next one past the one before', async () => {
	const clock = new FakeClock();
	const pace = new Pace(clock);
	const starts: string[] = [];
	const ask = (name: string, images: number, signal?: AbortSignal): void => {
		void pace.turn({ images, inputImages: 0 }, 5, signal).then(
			() => starts.push(`${name} at ${clock.now() / 1_000}`),
			() => starts.push(`${name} gave up at ${clock.now() / 1_000}`),
		);
	};
	const stop = new AbortController();
	ask('four', 4);
	ask('five', 5);
	ask('two', 2, stop.signal);
	ask('one', 1);
	await settled();
	stop.abort();
	await clock.passUntil(200_000);
	expect(starts).toEqual(['four at 0', 'two gave up at 0', 'five at 60', 'one at 120']);
});

describe('rate limit headers', () => {
	const headers = (values: Record<string, string>): Headers => new Headers(values);

	it('hold starts when a kind is used up', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.observe(
			headers({
				'x-ratelimit-limit-requests': '500',
				'x-ratelimit-remaining-requests': '1',
				'x-ratelimit-reset-requests': '6m0s',
				'x-ratelimit-remaining-tokens': '90000',
				'x-ratelimit-reset-tokens': '120ms',
			}),
		);
		// A reset later than five minutes is not believed from a header alone.
		expect(await startsOf(clock, pace, times(2, one), undefined, 400)).toEqual([0, 300]);
	});

	it('count input images and images by what the call needs', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.observe(
			headers({
				'x-ratelimit-remaining-input-images': '3',
				'x-ratelimit-reset-input-images': '20s',
				'x-ratelimit-remaining-images': '3',
				'x-ratelimit-reset-images': '40',
			}),
		);
		const loads: Load[] = [
			one,
			{ images: 1, inputImages: 3 },
			{ images: 1, inputImages: 1 },
			{ images: 1, inputImages: 0 },
		];
		expect(await startsOf(clock, pace, loads, undefined, 100)).toEqual([0, 0, 20, 40]);
	});

	it('are ignored when they make no sense', async () => {
		const clock = new FakeClock();
		const pace = new Pace(clock);
		pace.observe(
			headers({
				'x-ratelimit-remaining-requests': '0',
				'x-ratelimit-remaining-tokens': 'none',
				'x-ratelimit-reset-tokens': '1s',
				'x-ratelimit-remaining-images': '0',
				'x-ratelimit-reset-images': 'soon',
			}),
		);
		expect(await startsOf(clock, pace, [one], undefined, 1)).toEqual([0]);
	});

	it.each([
		['1s', 1_000],
		['6m0s', 360_000],
		['120ms', 120],
		['1h2m3.5s', 3_723_500],
		['12', 12_000],
		['0.25', 250],
		['', undefined],
		['soon', undefined],
		['-1s', undefined],
	])('read %j as %p milliseconds', (text, expected) => {
		expect(durationOf(text)).toBe(expected);
	});
});

it('one credential has one pace', () => {
	const baseUrl = 'https://api.openai.com/v1';
	const pace = paceOf({ apiKey: 'sk-a', baseUrl });
	expect(paceOf({ apiKey: 'sk-a', baseUrl })).toBe(pace);
	expect(paceOf({ apiKey: 'sk-b', baseUrl })).not.toBe(pace);
	expect(paceOf({ apiKey: 'sk-a', baseUrl: 'http://127.0.0.1/v1' })).not.toBe(pace);
});
