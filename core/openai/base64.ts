/** Base64 as answers carry it: bare or as a data URL, with escaped signs, with broken lines. */

import { formatOf } from '../rules/image-format';
import { acquire, recycle } from './buffers';

/** What stands before the base64 of a data URL; in JSON its slash may be escaped. */
const dataUrlStart = /^data:[^,"]{0,200};base64,/i;

const base64Only = /^(?:[A-Za-z0-9+/_=-]|\\[/nr]|\\u00(?:2b|2f|3d))*$/i;
const cutEscape = /\\(?:u[0-9a-f]{0,3})?$/i;

/** .NET's JSON library escapes plus signs, PHP's slashes; some gateways break lines. */
const unescaped = (text: string): string =>
	text
		.replaceAll('\\/', '/')
		.replaceAll(/\\[nr]/g, '')
		.replaceAll(/\\u00(2b|2f|3d)/gi, (_escape, code: string) =>
			String.fromCharCode(Number.parseInt(code, 16)),
		);

/**
 * @param head the first characters of a text inside JSON, escapes and all
 * @returns the length of what stands before the base64; undefined when it is no base64
 */
export function base64Start(head: string): number | undefined {
	const start = dataUrlStart.exec(head)?.[0].length ?? 0;
	return base64Only.test(head.slice(start).replace(cutEscape, '')) ? start : undefined;
}

/** Decodes base64 that arrives in pieces, each straight to its place in the image. */
export class Base64Sink {
	private rest = '';
	/** The last two characters: only they can be padding. */
	private tail = '';
	private characters = 0;
	private bytes = 0;
	private room: Buffer;

	constructor(expectedBytes: number) {
		this.room = acquire(expectedBytes);
	}

	write(piece: Buffer): void {
		if (this.rest.includes('\\') || piece.includes('\\')) return this.writeEscaped(piece);
		// Each text waits for the garbage collector: no more, and no longer ones than must be.
		const begun = Math.min((4 - this.rest.length) % 4, piece.length);
		this.rest += piece.toString('latin1', 0, begun);
		if (this.rest.length % 4 !== 0) return;
		this.decode(this.rest);
		const whole = piece.length - ((piece.length - begun) % 4);
		this.decode(piece.toString('latin1', begun, whole));
		this.rest = piece.toString('latin1', whole);
	}

	private writeEscaped(piece: Buffer): void {
		const came = this.rest + piece.toString('latin1');
		const cut = cutEscape.exec(came)?.[0] ?? '';
		const text = unescaped(came.slice(0, came.length - cut.length));
		const whole = text.length - (text.length % 4);
		this.decode(text.slice(0, whole));
		this.rest = text.slice(whole) + cut;
	}

	private decode(text: string): void {
		if (text === '') return;
		this.characters += text.length;
		this.tail = (this.tail + text.slice(-2)).slice(-2);
		const needed = this.bytes + Math.ceil((text.length * 3) / 4);
		if (needed > this.room.length) {
			const larger = acquire(Math.max(needed, 2 * this.room.length));
			this.room.copy(larger, 0, 0, this.bytes);
			recycle(this.room);
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
		if (isWhole && 2 * this.bytes >= this.room.length) return this.room.subarray(0, this.bytes);
		if (isWhole) {
			// Small ones do not hold the room of a large one.
			const small = Buffer.from(this.room.subarray(0, this.bytes));
			recycle(this.room);
			return small;
		}
		recycle(this.room);
		return Buffer.alloc(0);
	}
}

/**
 * How base64 of the formats that OpenAI delivers begins: PNG, JPEG, WebP, GIF, and SVG's `<`, with or
 * without a mark of the encoding before it.
 */
const imageStart =
	/^\s*(?:iVBORw0KGg|\/9j\/|_9j_|UklGR|R0lGOD|(?:77u\/)?(?:PHN2Z|PD94b|PCEtL|PCFET))/;
const embedded = /data:image\/[\w.+-]+(?:;[\w=.-]+)*;base64,/i;

function decoded(text: string): Buffer | undefined {
	const base64 = text.replaceAll(/\s/g, '');
	const bytes = Buffer.from(base64, 'base64');
	const characters = base64.replace(/={1,2}$/, '').length;
	return bytes.length === Math.floor((characters * 3) / 4) && formatOf(bytes) ? bytes : undefined;
}

/**
 * @param text bare base64, a data URL, or a text with a data URL in it
 * @returns the image; undefined when there is none, or a damaged one
 */
export function imageInText(text: string): Buffer | undefined {
	if (imageStart.test(text)) return decoded(text);
	const found = embedded.exec(text);
	if (found) {
		// Millions of characters are searched for their end: matching them as one group can overflow.
		const rest = text.slice(found.index + found[0].length);
		const end = rest.search(/[^\w+/=-]/);
		return decoded(end === -1 ? rest : rest.slice(0, end));
	}
	const [start] = /^\s*data:[^,"]{0,200},/i.exec(text) ?? [];
	if (start === undefined) return undefined;
	if (start.endsWith(';base64,')) return decoded(text.slice(start.length));
	try {
		const bytes = Buffer.from(decodeURIComponent(text.slice(start.length)), 'utf8');
		return formatOf(bytes) && bytes;
	} catch {
		return undefined;
	}
}
