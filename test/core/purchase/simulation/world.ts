import { Random } from '../../../faults/random';

/**
 * Time and chance of one schedule. Everybody who buys waits here between any two steps; one of those
 * who may go on is drawn, and when there is none, the clock goes to the next timer.
 */
export class World {
	readonly random: Random;
	/** Milliseconds since 1970: noon, so that all is one day. */
	now = Date.UTC(2026, 10, 20, 12);
	private readonly ready: Array<() => void> = [];
	private readonly timers: Array<{ readonly at: number; readonly wake: () => void }> = [];
	private readonly dead = new Set<string>();
	/** Workers that may be dropped still. */
	drops: number;
	/** Transactions that may fail still. */
	outages: number;

	constructor(seed: number) {
		this.random = new Random(seed);
		this.drops = this.random.between(0, 2);
		this.outages = this.random.chance(0.5) ? this.random.between(1, 4) : 0;
	}

	/** @returns whether the next transaction fails: before it is done, or behind that, on the way back */
	outage(): 'before' | 'behind' | undefined {
		if (this.outages === 0 || !this.random.chance(0.1)) return undefined;
		this.outages -= 1;
		return this.random.chance(0.5) ? 'before' : 'behind';
	}

	isDead(worker: string): boolean {
		return this.dead.has(worker);
	}

	/** Between two steps of a worker. Never resolves for one that is dropped meanwhile. */
	async step(worker: string): Promise<void> {
		await new Promise<void>((resolve) => this.ready.push(() => this.goOn(worker, resolve)));
	}

	async steps(worker: string, count: number): Promise<void> {
		for (let left = count; left > 0; left--) await this.step(worker);
	}

	async sleep(worker: string, ms: number): Promise<void> {
		await new Promise<void>((resolve) => {
			this.timers.push({ at: this.now + ms, wake: () => this.goOn(worker, resolve) });
		});
	}

	private goOn(worker: string, resolve: () => void): void {
		if (this.isDead(worker)) return;
		if (this.drops > 0 && this.random.chance(0.01)) {
			this.drops -= 1;
			this.dead.add(worker);
		} else resolve();
	}

	/** Goes on with all that was begun by name, until it has ended or its worker is dead. */
	async finish(
		work: ReadonlyMap<string, { readonly worker: string; readonly done: Promise<void> }>,
	) {
		const working = new Set(work.keys());
		for (const [name, { done }] of work) void done.finally(() => working.delete(name));
		for (let steps = 0; steps < 20_000; steps++) {
			// All that follows from the last step happens before this.
			await new Promise(setImmediate);
			for (const [name, { worker }] of work) if (this.isDead(worker)) working.delete(name);
			if (working.size === 0) return [];
			if (this.ready.length > 0) {
				const [next] = this.ready.splice(this.random.between(0, this.ready.length - 1), 1);
				next?.();
				continue;
			}
			this.timers.sort((a, b) => a.at - b.at);
			const timer = this.timers.shift();
			if (!timer) break;
			this.now = Math.max(this.now, timer.at);
			timer.wake();
		}
		return [...working];
	}
}
