/**
 * Memory of large buffers, given back at once. Left to the garbage collector, a 12 MB picture and
 * the 16 MB it came in wait for a full collection, which V8 starts for every few dozen MB of such
 * buffers: in bench/ that took a third of all CPU time and held 100 MB that nobody needed.
 */

const ours = new WeakSet<ArrayBufferLike>();

/**
 * Rooms of earlier pictures for the next ones: making and freeing them over and over leaves holes
 * in the process's memory, 25 MB of them in bench/. The next full collection takes unused ones.
 */
const free = new Set<WeakRef<ArrayBuffer>>();

/** Smaller ones are made as fast as found. */
const smallestKept = 2 ** 20;

/** The smallest free room that is large enough, and not so large that it is wasted. */
function takeFree(bytes: number): ArrayBuffer | undefined {
	let best: { readonly ref: WeakRef<ArrayBuffer>; readonly room: ArrayBuffer } | undefined;
	for (const ref of free) {
		const room = ref.deref();
		if (!room) free.delete(ref);
		else if (room.byteLength < bytes || room.byteLength > 2 * bytes) continue;
		else if (!best || room.byteLength < best.room.byteLength) best = { ref, room };
	}
	if (best) free.delete(best.ref);
	return best?.room;
}

/** @returns a buffer, not cleared, of which nobody else has a part */
export function allocate(bytes: number): Buffer {
	const room = takeFree(bytes);
	if (room) return Buffer.from(room, 0, bytes);
	const made = Buffer.allocUnsafeSlow(bytes);
	ours.add(made.buffer);
	return made;
}

/**
 * @param bytes nobody may want them any more: they are empty afterwards. A part of a buffer that
 *   `allocate` did not make is left alone, because the rest of it may be somebody else's.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
	const isOurs = ours.has(buffer);
	if (byteLength !== buffer.byteLength && !isOurs) return;
	if (!('transfer' in buffer) || buffer.detached) return;
	if (!isOurs || buffer.byteLength < smallestKept) {
		buffer.transfer(0);
		return;
	}
	const room = buffer.transfer();
	ours.add(room);
	free.add(new WeakRef(room));
}
