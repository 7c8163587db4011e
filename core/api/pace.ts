/**
 * How fast calls may start. One pace per credential in a process: whatever lane, node or execution
 * learns that the API wants a pause, all of them keep it, because the limits are the account's.
 */
import { createHash } from 'node:crypto';
import { setTimeout as timer } from 'node:timers/promises';
import { GptImageError } from '../errors';

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

/** What a call counts for in OpenAI's limits per minute. */
export interface Load {
	/** Images asked for, `n`. */
	readonly images: number;
	/** Reference images sent; they have a limit of their own of the same height. */
	readonly inputImages: number;
}

const MINUTE = 60_000;
/** Jitter on top of a pause: workers that share an account shall not come back in one instant. */
const JITTER = 0.1;
const LONGEST_JITTER = 5_000;
/** What headers say of the next minutes is believed; a longer hold has to come as a refusal. */
const LONGEST_HOLD = 5 * MINUTE;
/** Between starts after a refusal; the longest refill of one image on the lowest tier, 5 a minute. */
const LONGEST_SPACING = 12_000;

interface Started {
	readonly at: number;
	readonly images: number;
	readonly inputImages: number;
}

interface Quota {
	remaining: number;
	readonly resetsAt: number;
}

export const stoppedBeforeStart = (): GptImageError =>
	new GptImageError('The execution was stopped before the picture was asked for', {
		code: 'aborted',
		advice: 'Run the workflow again to make the picture.',
		retryable: false,
		billed: 'no',
	});

export class Pace {
	private pausedUntil = 0;
	private refusedAt = Number.NEGATIVE_INFINITY;
	private spacing = 0;
	private lastStart = Number.NEGATIVE_INFINITY;
	private started: Started[] = [];
	private readonly quotas = new Map<string, Quota>();
	private queue: Promise<void> = Promise.resolve();

	constructor(private readonly clock: Clock = systemClock) {}

	/**
	 * Waits until a call may start; calls start in the order in which they asked.
	 * @param imagesPerMinute the user's own limit for any 60 seconds, for images and for input images
	 * each; a single call above it starts alone
	 * @throws GptImageError `aborted`, at once, when the signal is
	 */
	async turn(load: Load, imagesPerMinute?: number, signal?: AbortSignal): Promise<void> {
		const before = this.queue;
		const mine = this.waitAndStart(before, load, imagesPerMinute, signal);
		// Whoever comes next waits for the one before me too, even when I was aborted meanwhile.
		this.queue = Promise.allSettled([before, mine]).then(() => undefined);
		await mine;
	}

	private async waitAndStart(
		before: Promise<void>,
		load: Load,
		imagesPerMinute: number | undefined,
		signal: AbortSignal | undefined,
	): Promise<void> {
		await orAborted(before, signal);
		for (;;) {
			if (signal?.aborted) throw stoppedBeforeStart();
			const wait = this.waitFor(load, imagesPerMinute);
			if (wait <= 0) break;
			await this.clock.sleep(wait, signal);
		}
		this.start(load);
	}

	/** @returns milliseconds until nothing speaks against a start, as far as is known now */
	private waitFor(load: Load, imagesPerMinute: number | undefined): number {
		const now = this.clock.now();
		const waits = [this.pausedUntil - now];
		if (now - this.refusedAt < MINUTE) waits.push(this.lastStart + this.spacing - now);
		for (const [kind, quota] of this.quotas) {
			if (quota.remaining < needOf(kind, load)) waits.push(quota.resetsAt - now);
		}
		if (imagesPerMinute !== undefined) {
			waits.push(this.windowWait('images', load, imagesPerMinute, now));
			waits.push(this.windowWait('inputImages', load, imagesPerMinute, now));
		}
		return Math.max(...waits);
	}

	/** A call of more images than a minute allows takes up as many minutes as it needs. */
	private windowWait(kind: keyof Load, load: Load, perMinute: number, now: number): number {
		if (load[kind] === 0) return 0;
		const leavesAt = (start: Started): number =>
			start.at + MINUTE * Math.max(1, Math.ceil(start[kind] / perMinute));
		const inside = this.started
			.filter((start) => start[kind] > 0 && leavesAt(start) > now)
			.sort((a, b) => leavesAt(a) - leavesAt(b));
		let used = inside.reduce((sum, start) => sum + start[kind], 0);
		let freeAt = now;
		for (const start of inside) {
			if (used + load[kind] <= perMinute) break;
			used -= start[kind];
			freeAt = leavesAt(start);
		}
		return freeAt - now;
	}

	private start(load: Load): void {
		const now = this.clock.now();
		this.lastStart = now;
		// 16 reference images at one a minute are the longest that a start can matter.
		const oldest = now - 16 * MINUTE;
		this.started = this.started.filter(({ at }) => at > oldest);
		this.started.push({ at: now, ...load });
		for (const [kind, quota] of this.quotas) {
			if (quota.resetsAt <= now) this.quotas.delete(kind);
			else quota.remaining -= needOf(kind, load);
		}
	}

	/**
	 * Nothing starts for a while, in no lane of this credential: after a refusal for being too fast.
	 * Starts then come one by one for a minute, as all lanes at once would only be refused again.
	 * @param milliseconds as the API asked, however long; jitter is added here
	 */
	pause(milliseconds: number): void {
		const now = this.clock.now();
		const jitter = this.clock.random() * Math.min(milliseconds * JITTER, LONGEST_JITTER);
		this.pausedUntil = Math.max(this.pausedUntil, now + milliseconds + jitter);
		this.spacing = Math.min(milliseconds, LONGEST_SPACING);
		this.refusedAt = this.pausedUntil;
	}

	/**
	 * Learns from an answer's `x-ratelimit-remaining-*` and `x-ratelimit-reset-*` headers, whatever
	 * kinds there are: OpenAI has requests, tokens, and for images kinds that it does not document.
	 */
	observe(headers: Headers): void {
		const now = this.clock.now();
		for (const [name, value] of headers) {
			const kind = /^x-ratelimit-remaining-(.+)$/.exec(name)?.[1];
			if (kind === undefined || value.trim() === '') continue;
			const remaining = Number(value);
			const reset = durationOf(headers.get(`x-ratelimit-reset-${kind}`) ?? '');
			if (!Number.isFinite(remaining) || reset === undefined) continue;
			this.quotas.set(kind, { remaining, resetsAt: now + Math.min(reset, LONGEST_HOLD) });
		}
	}
}

const needOf = (kind: string, load: Load): number => {
	if (kind === 'input-images') return load.inputImages;
	// Of requests and tokens one is all that can be known to be needed.
	return kind === 'images' ? load.images : 1;
};

/**
 * @param text Go's notation as OpenAI sends it, e.g. `1s`, `6m0s`, `120ms`; or bare seconds
 * @returns milliseconds, undefined when it is neither
 */
export function durationOf(text: string): number | undefined {
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
	if (!/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(text)) return undefined;
	const units: Record<string, number> = { ms: 1, s: 1_000, m: MINUTE, h: 60 * MINUTE };
	let total = 0;
	for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
		total += Number(number) * (units[unit ?? ''] ?? 0);
	}
	return total;
}

async function orAborted(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
	if (!signal) return await before;
	let stop = (): void => undefined;
	const aborted = new Promise<void>((resolve) => {
		stop = resolve;
		signal.addEventListener('abort', stop, { once: true });
		if (signal.aborted) resolve();
	});
	await Promise.race([before, aborted]);
	signal.removeEventListener('abort', stop);
}

const paces = new Map<string, Pace>();

/**
 * @param credential the account's limits are per key and server; only a digest is kept
 * @returns the pace that all calls with this credential in this process share
 */
export function paceOf(credential: { readonly apiKey: string; readonly baseUrl: string }): Pace {
	const key = createHash('sha256')
		.update(JSON.stringify([credential.baseUrl, credential.apiKey]))
		.digest('hex');
	const pace = paces.get(key) ?? new Pace();
	paces.set(key, pace);
	return pace;
}
