/**
 * Memory of large buffers, given back at once. Left to the garbage collector, a 12 MB picture and
 * the 16 MB it came in wait for a full collection, which V8 starts for every few dozen MB of such
 * buffers: in bench/ that took a third of all CPU time and held 100 MB that nobody needed.
 */

const ours = new WeakSet<ArrayBufferLike>();

/** @returns a buffer, not cleared, of which nobody else has a part */
export function allocate(bytes: number): Buffer {
	const made = Buffer.allocUnsafeSlow(bytes);
	ours.add(made.buffer);
	return made;
}

/**
 * @param bytes nobody may want them any more: they are empty afterwards. A part of a buffer that
 *   `allocate` did not make is left alone, because the rest of it may be somebody else's.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
	if (byteLength !== buffer.byteLength && !ours.has(buffer)) return;
	if ('transfer' in buffer && !buffer.detached) buffer.transfer(0);
}
