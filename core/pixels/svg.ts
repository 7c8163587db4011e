/**
 * Draws SVG files in a thread that can be ended, because a drawing of some hundred bytes can keep a
 * renderer busy for minutes: librsvg, which sharp has, cannot be interrupted.
 */

import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import type { Drawing, Task } from './svg-thread';

/** Bytes. Drawings have some kilobytes; more is an export with photos in it. */
export const maxSvgBytes = 10 * 2 ** 20;
/** Pixels at most: as many as a model looks at. */
export const maxSvgPixels = 2_000_000;
/** Longest edge at least, in pixels: the patch rule enlarges smaller images to it anyway. */
export const leastSvgEdge = 1024;
/** For one drawing, from the start of its thread. */
export const drawingSeconds = 10;
/** For all that one drawing needs, photos in it included: 512 MB, in pages of 64 KiB. */
const mostPages = 8192;

/** A number of WebAssembly's variable-length encoding, and where it ends. */
function readVarint(bytes: Buffer, start: number): readonly [value: number, end: number] {
	let value = 0;
	for (let at = start; ; at++) {
		const byte = bytes[at] ?? 0;
		value += (byte & 0x7f) * 2 ** (7 * (at - start));
		if (byte < 0x80) return [value, at + 1];
	}
}

function varint(value: number): readonly number[] {
	return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}

/**
 * The renderer's memory may grow to 4 GB, and a small photo in a drawing can ask for that.
 * https://webassembly.github.io/spec/core/binary/modules.html#memory-section
 * @returns the module with `mostPages` as the limit of its memory
 */
function withMemoryLimit(wasm: Buffer): Buffer {
	const memorySection = 5;
	for (let at = 8; at < wasm.length;) {
		const [size, body] = readVarint(wasm, at + 1);
		if (wasm[at] === memorySection) {
			// One memory: whether it has a limit, and its pages at the start.
			const [pages] = readVarint(wasm, body + 2);
			const memory = [1, 1, ...varint(pages), ...varint(mostPages)];
			const section = Buffer.from([memorySection, ...varint(memory.length), ...memory]);
			return Buffer.concat([wasm.subarray(0, at), section, wasm.subarray(body + size)]);
		}
		at = body + size;
	}
	return wasm;
}

/** TypeScript knows it only together with a browser's names. */
declare const WebAssembly: { compile(wasm: Uint8Array): Promise<object> };

async function compile(): Promise<object> {
	const file = require.resolve('@resvg/resvg-wasm/index_bg.wasm');
	return await WebAssembly.compile(withMemoryLimit(await fs.readFile(file)));
}

let compiling: Promise<object> | undefined;

function runThread(task: Task): Promise<Drawing | 'damaged' | 'slow'> {
	// From source (tests), TypeScript has to be read by tsx.
	const ending = path.extname(__filename);
	const thread = new Thread(path.join(__dirname, `svg-thread${ending}`), {
		workerData: { gptImageSvg: task },
		execArgv: ending === '.ts' ? ['--import', 'tsx'] : [],
		resourceLimits: { maxOldGenerationSizeMb: 256 },
	});
	return new Promise((resolve) => {
		const timer = setTimeout(() => {
			resolve('slow');
			void thread.terminate();
		}, drawingSeconds * 1_000);
		thread.once('message', resolve);
		// Its answer to what it cannot draw, out of memory included, is no matter of ours.
		thread.once('error', () => resolve('damaged'));
		thread.once('exit', () => {
			clearTimeout(timer);
			resolve('damaged');
		});
	});
}

/** One drawing at a time in this process, so that not many of them can fill its memory. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Draws an SVG as a PNG, texts in the bundled font.
 * @param leastEdge pixels that a small drawing's longest edge is enlarged to
 * @returns damaged: it cannot be read, or needs too much memory; slow: it takes longer than
 *   `drawingSeconds`
 */
export async function drawSvg(
	bytes: Buffer,
	leastEdge: number,
	mostPixels: number,
): Promise<Drawing | 'damaged' | 'slow'> {
	compiling ??= compile();
	// What failed is tried again by whoever comes next; so with a thread that the system refuses.
	compiling.catch(() => (compiling = undefined));
	const module = await compiling;
	const drawing = last.then(() => runThread({ module, bytes, leastEdge, mostPixels }));
	last = drawing.catch(() => undefined);
	return await drawing;
}
