/** Waits for purchases of others; the clock and the random IDs of the store. */

import type { Driver } from './driver';
import { OPEN } from './schema';

/** Time and chance, so that a test may own them, and its hook between any two steps. */
export interface Runtime {
	/** Milliseconds since 1970. */
	now(): number;
	sleep(ms: number): Promise<void>;
	/** @returns what ends it */
	every(ms: number, action: () => void): () => void;
	/** A new UUID. */
	id(): string;
	/** Called with a name between the steps of a verb; does nothing outside tests. */
	at(point: string): Promise<void>;
}

const FIRST_MS = 50;
const LONGEST_MS = 1000;

/** Claims that wait for others' purchases. All of a process look together. */
export class Waiters {
	/** What each waits for, and what ends its waiting. */
	private readonly waiting = new Map<Set<string>, () => void>();
	private pauseMs = FIRST_MS;
	private isLooking = false;

	constructor(
		private readonly driver: Driver,
		private readonly runtime: Runtime,
	) {}

	get size(): number {
		return this.waiting.size;
	}

	/**
	 * @param behind purchases; resolves when nobody alive waits for, buys or pays any of them, or
	 * when that cannot be found out
	 */
	async wait(behind: readonly string[], signal: AbortSignal | undefined): Promise<void> {
		if (behind.length === 0 || signal?.aborted) return;
		const { promise, resolve } = Promise.withResolvers<void>();
		const end = (): void => resolve();
		const open = new Set(behind);
		this.waiting.set(open, end);
		this.pauseMs = FIRST_MS;
		signal?.addEventListener('abort', end, { once: true });
		void this.look();
		await promise;
		this.waiting.delete(open);
		signal?.removeEventListener('abort', end);
	}

	/** A purchase of this process is no longer on its way. */
	wake(id: string): void {
		for (const [open, end] of this.waiting) if (open.delete(id) && open.size === 0) end();
	}

	private async look(): Promise<void> {
		if (this.isLooking) return;
		this.isLooking = true;
		while (this.waiting.size > 0) {
			await this.runtime.sleep(this.pauseMs);
			this.pauseMs = Math.min(this.pauseMs * 1.5, LONGEST_MS);
			const ids = new Set([...this.waiting.keys()].flatMap((open) => [...open]));
			const rows = await this.driver.run('look', [...ids]).catch(() => []);
			for (const { id, state, isDead } of rows) if (!isDead && OPEN.includes(state)) ids.delete(id);
			for (const id of ids) this.wake(id);
		}
		this.isLooking = false;
	}
}
