import { setTimeout as sleep } from 'node:timers/promises';
import { BatchStore } from './batches/store';
import { Faults } from './faults';
import { FileStore } from './files';
import { RateLimit } from './http/rateLimit';
import type { JournalEntry } from './journal';
import type { AnswerRule } from './responses/format';
import { ResponseStore } from './responses/store';
import type { ServiceName } from './services';
import { WebhookStore } from './webhooks';

/** How the double behaves; all can be changed while it runs. */
export interface DoubleOptions {
	/** Milliseconds that making an image takes. */
	latencyMs: number;
	/** Enforced when set: images that may be asked for in a minute, and references likewise. */
	imagesPerMinute?: number;
	inputImagesPerMinute?: number;
	/** Length of the "minute" of the two limits. */
	minuteMs: number;
	/** A 429 for each paid request with this probability, drawn from the seed. */
	storm?: { probability: number; seed: number; retryAfter?: number };
	/** `plain` answers flat images at next to no CPU, for benches and long fault runs. */
	drawing: 'full' | 'plain';
	/** Every image is padded to this many megabytes, made once and kept. */
	bigMegabytes?: number;
	/** Whose shapes are spoken: key, errors, headers, paths. */
	service: ServiceName;
	/** Names that stand for models; then no model answers by its own name. */
	deployments?: Record<string, string>;
	/** Models that answer 404, as those do that were shut down. */
	unavailableModels: string[];
	/** Chat models that take no images. */
	blindModels: string[];
	/** How questions with a JSON schema are answered; the first rule that fits. */
	answers: AnswerRule[];
	/** What the project's settings choose for responses. */
	serviceTier: 'default' | 'flex' | 'priority';
	/** Milliseconds until a batch has ended by itself; it is looked at only when it is asked for. */
	batchMs: number;
	/** Set: every new batch fails in its validation like this. */
	batchFailure?: Array<{ code: string; message: string; line?: number }>;
	/** Requests of a batch that have run when it is cancelled. */
	batchRunsBeforeCancel: number;
	/** While it is set, responses in the background stay as they are, whatever their time. */
	backgroundHeld: boolean;
	/** Batches on a page of their list, at most. */
	batchPage: number;
	/** Where events go instead of the endpoints' own origin, e.g. `http://127.0.0.1:5678`. */
	webhookOrigin: string;
	/** Days in `shutdown_date` that are others than the usual ones, by model. */
	shutdownDates: Record<string, string>;
}

export const defaults: DoubleOptions = {
	latencyMs: 0,
	minuteMs: 60_000,
	drawing: 'full',
	batchMs: 0,
	serviceTier: 'default',
	batchRunsBeforeCancel: 0,
	batchPage: 100,
	backgroundHeld: false,
	service: 'openai',
	unavailableModels: [],
	blindModels: [],
	answers: [],
	shutdownDates: {},
	webhookOrigin: '',
};

/** Everything that one running double remembers. */
export class State {
	readonly options: DoubleOptions;
	readonly journal: JournalEntry[] = [];
	readonly faults = new Faults();
	readonly rateLimit = new RateLimit();
	readonly files = new FileStore();
	readonly responses = new ResponseStore();
	readonly batches = new BatchStore();
	readonly webhooks = new WebhookStore();
	private readonly closing = new AbortController();
	private images = 0;
	private stormState = 0;
	private stormSeed?: number;

	constructor(options: Partial<DoubleOptions>) {
		this.options = { ...defaults, ...options };
	}

	/** A number for each image ever made, written into its provenance, so that no two are alike. */
	nextImage(): number {
		this.images += 1;
		return this.images;
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
		this.batches.all.length = 0;
		this.responses.expire();
		this.options.answers = [];
		this.webhooks.clear();
	}
}
