/**
 * Reads JSON from its bytes and decodes every long base64 text on the way, so that an image is never
 * held as text: a 12 MB PNG is 16 MB of base64, and parsing it whole would hold it three times.
 */

import { randomUUID } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import { GptImageError } from '../errors';
import { base64Start, Base64Sink } from './base64';
import { recycle } from './buffers';
import { withTexts } from './redact';

/** So much of a text is looked at before it is taken for base64; shorter ones stay texts. */
const HEAD = 1024;

const quote = 0x22;
const backslash = 0x5c;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Bytes of one value beside its texts. A response of many tool calls has some ten thousand; a million
 * of small values would block n8n for a tenth of a second.
 */
const mostStructure = 2 ** 20;
/** Brackets around what is no JSON; each costs an error. */
const mostBroken = 100;
const usualImages = 24;
const smallRoom = 4_096;

export const answerTooLarge = (): GptImageError =>
	new GptImageError('The response is larger than any image, so it was not read completely', {
		code: 'answer_too_large',
		advice: "Check the 'Base URL' in the credential and the gateway's log before running again.",
		billed: 'possibly',
	});

export interface Values {
	readonly values: readonly unknown[];
	readonly isCut: boolean;
}

export class JsonText {
	/** What came of a text of which too little has come to tell what it is. */
	private pending: Buffer = Buffer.alloc(0);
	private isOpening = false;
	private isInText = false;
	private isEscaped = false;
	private structure = 0;
	private sink: Base64Sink | undefined;
	private readonly decoder = new StringDecoder('utf8');
	/** Stands in the text where an image was; no text from outside can be the same. */
	private readonly mark = `${randomUUID()}:`;
	private begun = 0;
	private readonly images = new Map<string, Buffer>();
	/** Bytes of the largest image so far: what to expect of the next text of its kind. */
	largest = 0;

	/** @param expectedBytes of one image, as far as is known before */
	constructor(
		private readonly expectedBytes: number,
		private readonly redact: (text: string) => string,
	) {}

	/**
	 * @param piece is emptied when all of it was base64
	 * @returns its text, with a mark in the place of each image
	 * @throws GptImageError `answer_too_large`
	 */
	write(piece: Buffer): string {
		let rest = this.pending.length === 0 ? piece : Buffer.concat([this.pending, piece]);
		this.pending = Buffer.alloc(0);
		let text = '';
		while (rest.length > 0) {
			if (this.isOpening) {
				const head = rest.subarray(0, HEAD);
				if (head.length < HEAD && !head.includes(quote)) {
					this.pending = rest;
					break;
				}
				this.isOpening = false;
				rest = rest.subarray(this.begin(head));
			}
			const end = this.sink ? rest.indexOf(quote) : this.textEnd(rest);
			const came = end < 0 ? rest : rest.subarray(0, end);
			rest = rest.subarray(came.length);
			if (!this.sink) text += this.decoder.write(came);
			else {
				this.sink.write(came);
				if (end < 0) recycle(came);
				else text += this.endImage(this.sink);
			}
		}
		return text;
	}

	end(): string {
		return this.decoder.write(this.pending) + this.decoder.end();
	}

	/** @returns the length of what stands before the base64, if it is some */
	private begin(head: Buffer): number {
		const start = head.includes(quote) ? undefined : base64Start(head.toString('latin1'));
		if (start === undefined) return 0;
		// Beyond what anybody asks for, images are small or none.
		this.sink = new Base64Sink(this.begun < usualImages ? this.expectedBytes : smallRoom);
		return start;
	}

	private endImage(sink: Base64Sink): string {
		const name = `${this.mark}${this.begun}`;
		this.begun += 1;
		const image = sink.end();
		this.largest = Math.max(this.largest, image.length);
		this.images.set(name, image);
		this.sink = undefined;
		return name;
	}

	/** The place behind the next quote that opens a JSON text; -1 without one. */
	private textEnd(bytes: Buffer): number {
		for (let at = 0; at < bytes.length; at++) {
			const byte = bytes[at];
			if (!this.isInText) this.structure += 1;
			if (this.structure > mostStructure) throw answerTooLarge();
			if (this.isEscaped) this.isEscaped = false;
			else if (byte === backslash) this.isEscaped = this.isInText;
			// No JSON text holds one: the quote before it stood in a comment.
			else if (byte === lineFeed || byte === carriageReturn) this.isInText = false;
			else if (byte === quote) {
				this.isInText = !this.isInText;
				this.isOpening = this.isInText;
				if (this.isOpening) return at + 1;
			}
		}
		return -1;
	}

	/** Images that came and are in no value yet; no bytes for one that is not valid base64. */
	get loose(): readonly Buffer[] {
		return [...this.images.values()];
	}

	/**
	 * @param text one JSON value or several, with anything around them: gateways put marks of the
	 *   encoding before, and a second value or a comment behind
	 * @returns them with a Buffer in the place of each image, empty for one that is not valid base64;
	 *   the text itself when it holds no JSON
	 */
	values(text: string): Values {
		this.structure = 0;
		const plain = this.redact(text);
		// An escape may hide a secret, and most answers hold neither.
		const isPlain = plain === text && !text.includes('\\');
		const redact = isPlain ? (one: string): string => one : this.redact;
		const ofText = (one: string): unknown => this.imageOf(one) ?? redact(one);
		const { values, isCut } = valuesIn(text, (value) => withTexts(value, ofText, redact));
		const isText = values.length === 0 && !isCut && plain.trim() !== '';
		return { values: isText ? [plain] : values, isCut };
	}

	private imageOf(value: string): Buffer | undefined {
		const image = this.images.get(value);
		this.images.delete(value);
		return image;
	}
}

/** Behind the quote that ends the JSON text whose first quote is before `start`; -1 when it is cut off. */
function behindText(text: string, start: number): number {
	for (let at = text.indexOf('"', start); at >= 0; at = text.indexOf('"', at + 1)) {
		let backslashes = 0;
		while (text[at - 1 - backslashes] === '\\') backslashes += 1;
		if (backslashes % 2 === 0) return at + 1;
	}
	return -1;
}

/** Behind the object or list that begins at `start`; -1 when it is cut off. */
function behindValue(text: string, start: number): number {
	let depth = 0;
	const signs = /["{}[\]]/g;
	signs.lastIndex = start;
	for (let sign = signs.exec(text); sign; sign = signs.exec(text)) {
		if (sign[0] === '"') {
			const behind = behindText(text, signs.lastIndex);
			if (behind < 0) return -1;
			signs.lastIndex = behind;
		} else if (sign[0] === '{' || sign[0] === '[') depth += 1;
		else depth -= 1;
		if (depth === 0) return signs.lastIndex;
	}
	return -1;
}

function valuesIn(text: string, read: (value: unknown) => unknown): Values {
	// A value of ten thousand levels is none: its reader calls itself for each.
	const parse = (json: string): unknown => read(JSON.parse(json));
	try {
		return { values: [parse(text)], isCut: false };
	} catch {
		// It is not one value alone.
	}
	const values: unknown[] = [];
	let broken = 0;
	const opening = /[{[]/g;
	for (let found = opening.exec(text); found && broken < mostBroken; found = opening.exec(text)) {
		const behind = behindValue(text, found.index);
		if (behind < 0) return { values, isCut: true };
		try {
			values.push(parse(text.slice(found.index, behind)));
		} catch {
			// Brackets in a text that is no JSON.
			broken += 1;
		}
		opening.lastIndex = behind;
	}
	return { values, isCut: false };
}
