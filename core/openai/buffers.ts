/**
 * Memory of large buffers, given back at once. Left to the garbage collector, a 12 MB image and
 * the 16 MB it came in wait for a full collection, which V8 starts for every few dozen MB of such
 * buffers: in bench/ that took a third of all CPU time and held 100 MB that nobody needed.
 */

const own = new WeakSet<ArrayBufferLike>();

/**
 * Rooms of earlier images for the next ones: making and freeing them over and over leaves holes
 * in the process's memory, 25 MB of them in bench/. The next full collection takes unused ones.
 */
const free = new Set<WeakRef<ArrayBuffer>>();

/** Smaller ones are made as fast as found. */
const smallestKept = 2 ** 20;

/** The smallest free room that is large enough, and not so large that it is wasted. */
function takeFree(bytes: number): ArrayBuffer | undefined {
	let best: { readonly ref: WeakRef<ArrayBuffer>; readonly memory: ArrayBuffer } | undefined;
	for (const ref of free) {
		const memory = ref.deref();
		if (!memory) free.delete(ref);
		else if (memory.byteLength < bytes || memory.byteLength > 2 * bytes) continue;
		else if (!best || memory.byteLength < best.memory.byteLength) best = { ref, memory };
	}
	if (best) free.delete(best.ref);
	return best?.memory;
}

/** @returns a buffer, not cleared, of which nobody else has a part */
export function acquire(bytes: number): Buffer {
	const memory = takeFree(bytes);
	if (memory) return Buffer.from(memory, 0, bytes);
	const buffer = Buffer.allocUnsafeSlow(bytes);
	own.add(buffer.buffer);
	return buffer;
}

/**
 * @param bytes nobody may want them any more: they are empty afterwards. A part of a buffer that
 *   `acquire` did not make is left alone, because the rest of it may be somebody else's.
 */
export function recycle({ buffer, byteLength }: Uint8Array): void {
	const isOurs = own.has(buffer);
	if (byteLength !== buffer.byteLength && !isOurs) return;
	if (!('transfer' in buffer) || buffer.detached) return;
	if (!isOurs || buffer.byteLength < smallestKept) {
		buffer.transfer(0);
		return;
	}
	const memory = buffer.transfer();
	own.add(memory);
	free.add(new WeakRef(memory));
}
