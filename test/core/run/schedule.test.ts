import { schedule } from '../../../core/run/schedule';
import { settled } from '../openai/clock';

/** Work that ends when it is told to. */
function bench() {
	const started: number[] = [];
	const ends = new Map<number, () => void>();
	return {
		started,
		work: async (job: number): Promise<void> => {
			started.push(job);
			await new Promise<void>((resolve) => ends.set(job, resolve));
		},
		async end(job: number) {
			ends.get(job)?.();
			await settled();
		},
	};
}

const jobs = [0, 1, 2, 3, 4];
const goesOn = () => false;

describe('schedule', () => {
	it('starts in order, whatever ends first, and waits for all', async () => {
		const { work, started, end } = bench();
		let over = false;
		const all = schedule(jobs, work, { maxParallel: 3, isStopped: goesOn });
		void all.then(() => (over = true));
		await settled();
		expect(started).toEqual([0, 1, 2]);
		await end(2);
		expect(started).toEqual([0, 1, 2, 3]);
		await end(1);
		expect(started).toEqual([0, 1, 2, 3, 4]);
		for (const job of [4, 3]) await end(job);
		expect(over).toBe(false);
		await end(0);
		expect(over).toBe(true);
	});

	it('never has more than maxParallel at work', async () => {
		let now = 0;
		let most = 0;
		const work = async (): Promise<void> => {
			most = Math.max(most, ++now);
			await settled();
			now -= 1;
		};
		await schedule(Array<number>(50).fill(0), work, { maxParallel: 7, isStopped: goesOn });
		expect(most).toBe(7);
	});

	it('makes a job when a lane is free for it, so that its inputs wait nowhere', async () => {
		const { work, end } = bench();
		const made: number[] = [];
		function* lazily() {
			for (const job of jobs) {
				made.push(job);
				yield job;
			}
		}
		const all = schedule(lazily(), work, { maxParallel: 2, isStopped: goesOn });
		await settled();
		expect(made).toEqual([0, 1]);
		await end(1);
		expect(made).toEqual([0, 1, 2]);
		for (const job of [0, 2, 3, 4]) await end(job);
		await all;
	});

	it('starts nothing more once stopped, but waits for what is under way', async () => {
		const { work, started, end } = bench();
		let isStopped = false;
		let over = false;
		const all = schedule(jobs, work, { maxParallel: 2, isStopped: () => isStopped });
		void all.then(() => (over = true));
		await settled();
		isStopped = true;
		await end(0);
		expect(over).toBe(false);
		await end(1);
		await all;
		expect(started).toEqual([0, 1]);
	});

	it('has nothing to do with no jobs', async () => {
		const { work, started } = bench();
		await schedule([], work, { maxParallel: 4, isStopped: goesOn });
		expect(started).toEqual([]);
	});
});
