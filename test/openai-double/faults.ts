import { createHash } from 'node:crypto';

export const faultKinds = [
	'slow',
	'429',
	'500',
	'503',
	'quota',
	'error',
	'moderation',
	'hang',
	'cut',
	'reset',
	'html',
	'empty',
	'badbase64',
	'unreadable',
	'nousage',
	'oddusage',
	'big',
	'streamerror',
	'fewpartials',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
	kind: FaultKind;
	/** Only requests by that method, to a path that has `path` in it, with that text in the prompt. */
	match?: { method?: string; path?: string; promptIncludes?: string };
	/** How many requests it hits; without it, every one until the queue is cleared. */
	times?: number;
	/** slow: milliseconds. */
	ms?: number;
	/** 429 and 503: seconds in the Retry-After header. */
	retryAfter?: number;
	/** moderation: at which stage; output comes after the image was made and billed. */
	stage?: 'input' | 'output';
	/** html and error: the HTTP status (502 unless told; 200 is a proxy that hides its failure). */
	status?: number;
	/** error: the code and message of the body. */
	code?: string;
	message?: string;
	/** cut, of a batch's output file: whole lines before it breaks off. */
	lines?: number;
	/** big: megabytes of the image file. */
	megabytes?: number;
	/**
	 * Whether the images were made and billed all the same. Unless told: yes for what happens to
	 * the answer (hang, cut, empty, ...), no for what refuses the request (429, 500, reset, html).
	 */
	billed?: boolean;
}

const billedUnlessTold: ReadonlySet<FaultKind> = new Set<FaultKind>([
	'slow',
	'hang',
	'cut',
	'empty',
	'badbase64',
	'unreadable',
	'nousage',
	'oddusage',
	'big',
	'streamerror',
	'fewpartials',
]);

export function isBilled(fault: Fault): boolean {
	if (fault.kind === 'moderation') return fault.billed ?? fault.stage === 'output';
	return fault.billed ?? billedUnlessTold.has(fault.kind);
}

/** The faults that wait for requests: a queue for the whole server, and markers in prompts. */
export class Faults {
	private queue: Fault[] = [];
	private readonly markerUses = new Map<string, number>();

	push(...faults: Fault[]): void {
		for (const fault of faults) {
			if (!faultKinds.includes(fault.kind)) {
				throw new Error(`No fault '${String(fault.kind)}'; there are ${faultKinds.join(', ')}`);
			}
			this.queue.push({ ...fault });
		}
	}

	list(): readonly Fault[] {
		return this.queue;
	}

	clear(): void {
		this.queue = [];
		this.markerUses.clear();
	}

	/** The faults for one request: its prompt's markers, and the first waiting fault that matches. */
	take(method: string, path: string, prompt: string): Fault[] {
		const faults = this.fromMarkers(path, prompt);
		const index = this.queue.findIndex(
			({ match }) =>
				method === (match?.method ?? method) &&
				path.includes(match?.path ?? '') &&
				prompt.includes(match?.promptIncludes ?? ''),
		);
		const waiting = this.queue[index];
		if (waiting) {
			faults.push({ ...waiting });
			if (waiting.times !== undefined) waiting.times -= 1;
			if (waiting.times !== undefined && waiting.times <= 0) this.queue.splice(index, 1);
		}
		return faults;
	}

	private fromMarkers(path: string, prompt: string): Fault[] {
		const faults: Fault[] = [];
		readMarkers(prompt).forEach((marker, index) => {
			const fault = markerFault(marker);
			if (!fault) return;
			if (fault.times !== undefined) {
				const key = createHash('sha256').update(`${path}\n${index}\n${prompt}`).digest('hex');
				const uses = this.markerUses.get(key) ?? 0;
				this.markerUses.set(key, uses + 1);
				if (uses >= fault.times) return;
			}
			faults.push(fault);
		});
		return faults;
	}
}

export interface Marker {
	name: string;
	words: string[];
}

/** The `[[name words]]` markers of a prompt, in order. */
export function readMarkers(prompt: string): Marker[] {
	return [...prompt.matchAll(/\[\[\s*([a-z0-9-]+)([^\]]*)\]\]/gi)].map(([, name, rest]) => ({
		name: (name ?? '').toLowerCase(),
		words: (rest ?? '').trim().split(/\s+/).filter(Boolean),
	}));
}

export function findMarker(prompt: string, name: string): Marker | undefined {
	return readMarkers(prompt).find((marker) => marker.name === name);
}

export function withoutMarkers(prompt: string): string {
	return prompt.replace(/\[\[[^\]]*\]\]/g, '').trim();
}

function markerFault({ name, words }: Marker): Fault | undefined {
	const kind = faultKinds.find((known) => known === name);
	if (!kind) return undefined;
	const fault: Fault = { kind };
	for (const word of words) {
		const [, times] = /^x(\d+)$/i.exec(word) ?? [];
		const number = Number(word);
		if (times !== undefined) fault.times = Number(times);
		else if (word === 'billed' || word === 'unbilled') fault.billed = word === 'billed';
		else if (word === 'input' || word === 'output') fault.stage = word;
		else if (!Number.isFinite(number)) fault.code = word;
		else if (kind === 'slow') fault.ms = number;
		else if (kind === 'big') fault.megabytes = number;
		else if (kind === 'html' || kind === 'error') fault.status = number;
		else fault.retryAfter = number;
	}
	// A rate limit passes by itself, so its marker hits the first request only.
	if (kind === '429') fault.times ??= 1;
	return fault;
}
