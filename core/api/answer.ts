import { badAnswer } from './bad-answer';
import { allocate, giveBack } from './memory';

/**
 * Reads an Images API answer from its byte stream and decodes every `b64_json` on the way, so
 * that a picture is never held as text: a 12 MB PNG is 16 MB of base64 inside a JSON text, and
 * parsing it whole would hold it three times.
 */

const marker = Buffer.from('"b64_json"');
const quote = 0x22;
const backslash = '\\';

/** For an answer that does not say its length: the room doubles until the picture fits. */
const firstRoom = 2 ** 20;

/** Some gateways escape the slashes of base64 in JSON, or break its lines. */
const unescaped = (text: string): string => text.replaceAll('\\/', '/').replaceAll(/\\[nr]/g, '');

/** Decodes base64 that arrives in pieces, each straight to its place in the picture. */
class Base64Sink {
	private rest = '';
	/** The last two characters: only they can be padding. */
	private tail = '';
	private characters = 0;
	private bytes = 0;
	private room: Buffer;

	constructor(expectedBytes: number) {
		this.room = allocate(expectedBytes);
	}

	write(piece: Buffer): void {
		let text = this.rest + piece.toString('latin1');
		const cut = text.endsWith(backslash) ? backslash : '';
		if (text.includes(backslash)) text = unescaped(text.slice(0, text.length - cut.length));
		const whole = text.length - (text.length % 4);
		this.rest = text.slice(whole) + cut;
		this.decode(text.slice(0, whole));
	}

	private decode(text: string): void {
		if (text === '') return;
		this.characters += text.length;
		this.tail = (this.tail + text.slice(-2)).slice(-2);
		const needed = this.bytes + Math.ceil((text.length * 3) / 4);
		if (needed > this.room.length) {
			const larger = allocate(Math.max(needed, 2 * this.room.length));
			this.room.copy(larger, 0, 0, this.bytes);
			giveBack(this.room);
			this.room = larger;
		}
		this.bytes += this.room.write(text, this.bytes, 'base64');
	}

	/** @returns nothing when a character was not base64: Node's decoder skips those silently. */
	end(): Buffer {
		this.decode(this.rest);
		const characters = this.characters - (this.tail.match(/=/g)?.length ?? 0);
		const isWhole =
			this.bytes > 0 && characters % 4 !== 1 && Math.floor((characters * 3) / 4) === this.bytes;
		if (isWhole) return this.room.subarray(0, this.bytes);
		giveBack(this.room);
		return Buffer.alloc(0);
	}
}

/**
 * @param body the answer's bytes, in pieces of any size; pieces are emptied once they are decoded
 * @param expectedBytes of one picture, as far as is known before; it may turn out smaller or larger
 * @returns the JSON with each picture replaced by its number, and the pictures' bytes in order;
 *   no bytes for one that is not valid base64, so that a broken one does not cost the others
 * @throws answer_not_json when it is something else, e.g. a proxy's HTML page
 */
export async function readAnswer(
	body: AsyncIterable<Uint8Array>,
	expectedBytes = firstRoom,
): Promise<{ json: unknown; images: Buffer[] }> {
	const images: Buffer[] = [];
	const text: Buffer[] = [];
	let pending: Buffer = Buffer.alloc(0);
	let sink: Base64Sink | undefined;

	const take = (): boolean => {
		if (sink) {
			const end = pending.indexOf(quote);
			sink.write(end < 0 ? pending : pending.subarray(0, end));
			if (end < 0) {
				giveBack(pending);
				pending = Buffer.alloc(0);
				return false;
			}
			text.push(Buffer.from(`${images.length}`));
			images.push(sink.end());
			sink = undefined;
			pending = pending.subarray(end);
			return true;
		}
		const found = pending.indexOf(marker);
		if (found < 0) {
			// The marker may be cut by the end of this piece.
			const keep = Math.min(pending.length, marker.length - 1);
			text.push(pending.subarray(0, pending.length - keep));
			pending = pending.subarray(pending.length - keep);
			return false;
		}
		const after = found + marker.length;
		const opening = /^\s*:\s*"/.exec(pending.toString('latin1', after, after + 32));
		if (!opening) {
			if (pending.length < after + 32) {
				const whole = /^\s*(?::\s*)?$/.test(pending.toString('latin1', after));
				if (whole) return false;
			}
			text.push(pending.subarray(0, after));
			pending = pending.subarray(after);
			return true;
		}
		const start = after + opening[0].length;
		text.push(pending.subarray(0, start));
		pending = pending.subarray(start);
		sink = new Base64Sink(expectedBytes);
		return true;
	};

	for await (const piece of body) {
		const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
		pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
		while (take());
	}
	if (sink) throw badAnswer('connection_lost');
	text.push(pending);
	const json = Buffer.concat(text).toString('utf8');
	try {
		return { json: JSON.parse(json), images };
	} catch {
		throw badAnswer('answer_not_json', json);
	}
}
