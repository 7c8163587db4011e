/**
 * Counts tokens of o200k_base. The libraries keep its 199,998 tokens as strings, which takes 50 to
 * 70 MB and blocks the first call for half a second; as bytes in one table they take 5 MB.
 */

import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** How the encoding cuts a text before it looks for tokens (openai/tiktoken, openai_public.py). */
const suffix = "(?:'(?:[sS]|[dD]|[mM]|[tT]|[lL][lL]|[vV][eE]|[rR][eE]))?";
const words = [
	`[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+${suffix}`,
	`[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*${suffix}`,
	'\\p{N}{1,3}',
	' ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*',
	'\\s*[\\r\\n]+',
	'\\s+(?!\\S)',
	'\\s+',
].join('|');

const SLOTS = 2 ** 19;
const NONE = -1;

/** The rank of every token by its bytes: a hash table with open addressing. */
class Ranks {
	private readonly starts: Uint32Array;
	private readonly slots = new Int32Array(SLOTS).fill(NONE);

	/** @param tokens in the order of their ranks, each with a byte that tells its length before it */
	constructor(private readonly tokens: Uint8Array) {
		const starts: number[] = [];
		for (let at = 0; at < tokens.length; at += 1 + (tokens[at] ?? 0)) starts.push(at + 1);
		this.starts = Uint32Array.from([...starts, tokens.length + 1]);
		for (const rank of starts.keys()) {
			const [start, end] = this.bounds(rank);
			this.slots[this.slot(tokens, start, end)] = rank;
		}
	}

	of(bytes: Uint8Array, start: number, end: number): number {
		return this.slots[this.slot(bytes, start, end)] ?? NONE;
	}

	private bounds(rank: number): readonly [number, number] {
		return [this.starts[rank] ?? 0, (this.starts[rank + 1] ?? 0) - 1];
	}

	/** Where these bytes are, or would be. */
	private slot(bytes: Uint8Array, start: number, end: number): number {
		let hash = 0x811c9dc5;
		for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
		for (let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
			const rank = this.slots[slot] ?? NONE;
			if (rank === NONE || this.isToken(rank, bytes, start, end)) return slot;
		}
	}

	private isToken(rank: number, bytes: Uint8Array, start: number, end: number): boolean {
		const [from, to] = this.bounds(rank);
		if (to - from !== end - start) return false;
		for (let at = 0; at < end - start; at++) {
			if (this.tokens[from + at] !== bytes[start + at]) return false;
		}
		return true;
	}
}

/** Smallest first. */
class Heap {
	private readonly values: number[] = [];

	push(value: number): void {
		const { values } = this;
		let at = values.length;
		for (; at > 0;) {
			const parent = (at - 1) >> 1;
			const above = values[parent] ?? 0;
			if (above <= value) break;
			values[at] = above;
			at = parent;
		}
		values[at] = value;
	}

	pop(): number | undefined {
		const { values } = this;
		const [first] = values;
		const last = values.pop();
		if (last === undefined || values.length === 0) return first;
		let at = 0;
		for (;;) {
			let child = 2 * at + 1;
			if ((values[child + 1] ?? Infinity) < (values[child] ?? Infinity)) child += 1;
			const below = values[child] ?? Infinity;
			if (below >= last) break;
			values[at] = below;
			at = child;
		}
		values[at] = last;
		return first;
	}
}

/** More than a text has bytes: a rank and a place in one number. */
const PLACES = 2 ** 26;

/**
 * Byte pair encoding: of all neighbours that are a token together, those of the lowest rank are
 * joined first, the leftmost of them before the others.
 * @returns how many tokens remain
 */
function joined(bytes: Uint8Array, ranks: Ranks): number {
	const { length } = bytes;
	const next = new Int32Array(length + 1).map((_, at) => at + 1);
	const previous = new Int32Array(length + 1).map((_, at) => at - 1);
	const pair = new Int32Array(length).fill(NONE);
	const open = new Heap();
	const look = (at: number): void => {
		const middle = next[at] ?? length;
		const rank = middle < length ? ranks.of(bytes, at, next[middle] ?? length) : NONE;
		pair[at] = rank;
		if (rank !== NONE) open.push(rank * PLACES + at);
	};
	for (let at = 0; at < length; at++) look(at);
	let count = length;
	for (let lowest = open.pop(); lowest !== undefined; lowest = open.pop()) {
		const rank = Math.floor(lowest / PLACES);
		const at = lowest - rank * PLACES;
		if (pair[at] !== rank) continue;
		const gone = next[at] ?? length;
		const after = next[gone] ?? length;
		pair[gone] = NONE;
		next[at] = after;
		previous[after] = at;
		count -= 1;
		look(at);
		const before = previous[at] ?? NONE;
		if (before !== NONE) look(before);
	}
	return count;
}

/** @returns counts the tokens of a text; what special tokens are called is text like any other */
async function load(): Promise<(text: string) => number> {
	const word = new RegExp(words, 'gu');
	const ranks = new Ranks(await readFile(path.join(__dirname, 'o200k_base.bin')));
	return (text) => {
		let count = 0;
		for (const [part] of text.matchAll(word)) {
			const bytes = Buffer.from(part);
			const isToken = ranks.of(bytes, 0, bytes.length) !== NONE;
			count += isToken ? 1 : joined(bytes, ranks);
		}
		return count;
	};
}

let loading: ReturnType<typeof load> | undefined;

/**
 * Tokens of a prompt by o200k_base, the tokenizer of all GPT image models (two independent
 * measurements of billed prompts; fairly sure). Without the API's overhead. Loaded on first use.
 */
export async function promptTokens(text: string): Promise<number> {
	loading ??= load();
	// What failed is tried again by whoever comes next.
	loading.catch(() => (loading = undefined));
	const count = await loading;
	return count(text);
}
