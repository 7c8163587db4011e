import { setTimeout as timer } from 'node:timers/promises';

/** Time and chance, to be replaced by tests. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
	/** Ends at once, without an error, when the signal is aborted. */
	sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
	/** 0 to 1. */
	random(): number;
}

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (milliseconds, signal) => {
		await timer(milliseconds, undefined, { signal }).catch(() => undefined);
	},
	random: () => Math.random(),
};
