import { setTimeout as sleep } from 'node:timers/promises';
import { Faults } from './faults';
import { FileStore } from './files';
import { RateLimit } from './http/rateLimit';
import type { JournalEntry } from './journal';
import { ResponseStore } from './responses/store';

/** How the double behaves; all can be changed while it runs. */
export interface DoubleOptions {
	/** Milliseconds that making a picture takes. */
	latencyMs: number;
	/** Enforced when set: pictures that may be asked for in a minute, and references likewise. */
	imagesPerMinute?: number;
	inputImagesPerMinute?: number;
	/** Length of the "minute" of the two limits. */
	minuteMs: number;
	/** A 429 for each paid request with this probability, drawn from the seed. */
	storm?: { probability: number; seed: number; retryAfter?: number };
	/** `plain` answers flat pictures at next to no CPU, for benches and long fault runs. */
	drawing: 'full' | 'plain';
	/** Every picture is padded to this many megabytes, made once and kept. */
	bigMegabytes?: number;
	/** Models that answer 404, as those do that were shut down. */
	unavailableModels: string[];
}

export const defaults: DoubleOptions = {
	latencyMs: 0,
	minuteMs: 60_000,
	drawing: 'full',
	unavailableModels: [],
};

/** Everything that one running double remembers. */
export class State {
	readonly options: DoubleOptions;
	readonly journal: JournalEntry[] = [];
	readonly faults = new Faults();
	readonly rateLimit = new RateLimit();
	readonly files = new FileStore();
	readonly responses = new ResponseStore();
	private readonly closing = new AbortController();
	private pictures = 0;
	private stormState = 0;
	private stormSeed?: number;

	constructor(options: Partial<DoubleOptions>) {
		this.options = { ...defaults, ...options };
	}

	/** A number for each picture ever made, written into its provenance, so that no two are alike. */
	nextPicture(): number {
		this.pictures += 1;
		return this.pictures;
	}

	/** Whether the storm hits this request. */
	stormHits(): boolean {
		const { storm } = this.options;
		if (!storm) return false;
		if (this.stormSeed !== storm.seed) {
			this.stormSeed = storm.seed;
			this.stormState = storm.seed;
		}
		this.stormState = (Math.imul(this.stormState, 1_664_525) + 1_013_904_223) >>> 0;
		return this.stormState / 2 ** 32 < storm.probability;
	}

	/** Waits, but not beyond the end of the server. */
	async wait(ms: number): Promise<void> {
		if (ms > 0) await sleep(ms, undefined, { signal: this.closing.signal, ref: false });
	}

	async untilClosed(): Promise<void> {
		if (this.closing.signal.aborted) return;
		await new Promise<void>((resolve) => {
			this.closing.signal.addEventListener('abort', () => resolve(), { once: true });
		});
	}

	get closed(): boolean {
		return this.closing.signal.aborted;
	}

	close(): void {
		this.closing.abort();
	}

	/** Changes some options; null (from JSON) takes one back. */
	setOptions(options: Record<string, unknown>): void {
		for (const [name, value] of Object.entries(options)) {
			Object.assign(this.options, { [name]: value ?? undefined });
		}
	}

	reset(): void {
		this.journal.length = 0;
		this.faults.clear();
		this.rateLimit.clear();
		this.files.clear();
		this.responses.expire();
	}
}
