import type { Clock } from '../../../core/clock';

/** Time that only passes while someone sleeps, and chance that is chosen. */
export class FakeClock implements Clock {
	private time = 0;
	private readonly sleepers: { at: number; wake(): void }[] = [];
	readonly slept: number[] = [];

	constructor(private readonly chance = 0) {}

	now(): number {
		return this.time;
	}

	random(): number {
		return this.chance;
	}

	async sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
		this.slept.push(milliseconds);
		if (signal?.aborted) return;
		await new Promise<void>((resolve) => {
			this.sleepers.push({ at: this.time + milliseconds, wake: resolve });
			signal?.addEventListener('abort', () => resolve(), { once: true });
		});
	}

	/** Lets everything happen that is due until then, in order. */
	async passUntil(time: number): Promise<void> {
		for (;;) {
			await settled();
			this.sleepers.sort((a, b) => a.at - b.at);
			const next = this.sleepers[0];
			if (!next || next.at > time) break;
			this.sleepers.shift();
			this.time = Math.max(this.time, next.at);
			next.wake();
		}
		this.time = time;
	}
}

/** Until all promises that can go on have gone on. */
export async function settled(): Promise<void> {
	for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
