import { schedule } from '../../../core/api/scheduler';
import { settled } from './clock';

/** Work that ends when it is told to. */
function bench() {
	const started: number[] = [];
	const ends = new Map<number, { resolve(value: string): void; reject(error: Error): void }>();
	const work = async (job: number): Promise<string> => {
		started.push(job);
		return await new Promise((resolve, reject) => ends.set(job, { resolve, reject }));
	};
	return {
		started,
		work,
		async end(job: number) {
			ends.get(job)?.resolve(`made ${job}`);
			await settled();
		},
		async fail(job: number) {
			ends.get(job)?.reject(new Error(`broke ${job}`));
			await settled();
		},
	};
}

const jobs = [0, 1, 2, 3, 4];

describe('schedule', () => {
	it('keeps the order of the jobs, whatever ends first', async () => {
		const { work, started, end } = bench();
		const all = schedule(jobs, work, { maxParallel: 3, stopOnError: true });
		await settled();
		expect(started).toEqual([0, 1, 2]);
		await end(2);
		expect(started).toEqual([0, 1, 2, 3]);
		await end(1);
		expect(started).toEqual([0, 1, 2, 3, 4]);
		for (const job of [4, 3, 0]) await end(job);
		expect(await all).toEqual(jobs.map((job) => ({ status: 'done', value: `made ${job}` })));
	});

	it('never has more than maxParallel at work', async () => {
		let now = 0;
		let most = 0;
		const work = async (): Promise<void> => {
			most = Math.max(most, ++now);
			await settled();
			now -= 1;
		};
		await schedule(Array<number>(50).fill(0), work, { maxParallel: 7, stopOnError: false });
		expect(most).toBe(7);
	});

	it('after a failure starts nothing more, but waits for what is under way', async () => {
		const { work, started, end, fail } = bench();
		let over = false;
		const all = schedule(jobs, work, { maxParallel: 2, stopOnError: true });
		void all.then(() => (over = true));
		await settled();
		await fail(0);
		expect(over).toBe(false);
		await end(1);
		expect(started).toEqual([0, 1]);
		expect(await all).toEqual([
			{ status: 'failed', error: new Error('broke 0') },
			{ status: 'done', value: 'made 1' },
			{ status: 'skipped' },
			{ status: 'skipped' },
			{ status: 'skipped' },
		]);
	});

	it('goes on after a failure when errors do not stop it', async () => {
		const { work, started, end, fail } = bench();
		const all = schedule(jobs, work, { maxParallel: 1, stopOnError: false });
		await settled();
		await fail(0);
		for (const job of [1, 2, 3, 4]) await end(job);
		expect(started).toEqual(jobs);
		expect((await all).map(({ status }) => status)).toEqual([
			'failed',
			'done',
			'done',
			'done',
			'done',
		]);
	});

	it('starts nothing more once aborted, nothing at all when it was before', async () => {
		const { work, started, end } = bench();
		const stop = new AbortController();
		const all = schedule(jobs, work, { maxParallel: 2, stopOnError: false, signal: stop.signal });
		await settled();
		stop.abort();
		await end(0);
		await end(1);
		expect(started).toEqual([0, 1]);
		expect((await all).map(({ status }) => status)).toEqual([
			'done',
			'done',
			'skipped',
			'skipped',
			'skipped',
		]);
		const none = await schedule(jobs, work, {
			maxParallel: 2,
			stopOnError: false,
			signal: stop.signal,
		});
		expect(none.every(({ status }) => status === 'skipped')).toBe(true);
		expect(started).toEqual([0, 1]);
	});

	it('has nothing to do with no jobs', async () => {
		const { work } = bench();
		expect(await schedule([], work, { maxParallel: 4, stopOnError: true })).toEqual([]);
	});
});
