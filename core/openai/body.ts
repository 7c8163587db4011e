/**
 * Reads the body of a good answer by what came, not by what was asked for: JSON, server-sent events,
 * the bytes of an image, or something else. Gateways answer with each of them to every question.
 */

import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { formatOf } from '../rules/image-format';
import { notAnImage } from './errors/bad-answer';
import { imageInText } from './base64';
import { serverEvents } from './event-stream';
import { answerTooLarge, JsonText } from './json-text';

/** Of the largest that OpenAI draws, without any compression, as base64, and some more. */
const bytesPerImage = 48 * 2 ** 20;
const mostBytesPerAnswer = 512 * 2 ** 20;

/** Bytes of an answer that are read. @param images that may come, frames counted */
export const mostAnswerBytes = (images: number): number =>
	Math.min(mostBytesPerAnswer, bytesPerImage * images);

/** For an answer that does not say its length: the room doubles until the image fits. */
const firstRoom = 2 ** 20;

/** Larger than any image that OpenAI draws; a wrong header shall not take the memory away. */
const mostExpectedBytes = 64 * 2 ** 20;

interface BodyOptions {
	readonly images: number;
	/** Bytes, decoded; more are not read. */
	readonly limit: number;
	readonly redact: (text: string) => string;
	/**
	 * Gets every value as it comes: parsed JSON with a Buffer in the place of long base64, the bytes
	 * of an image, or a text that is neither. `event` names the event that it came in, or is empty.
	 * @returns whether nothing more is to be read
	 */
	readonly onValue: (value: unknown, event: string) => Promise<boolean> | boolean;
}

export interface Ending {
	kind: 'json' | 'events' | 'image' | 'text' | 'empty';
	/** Whether the sender has said that this was all. */
	isDone: boolean;
	/** Set when the body ended before it was complete. */
	cut?: { readonly cause: unknown } | undefined;
	/** Whole images of a JSON text that was cut off. */
	saved: readonly Buffer[];
}

/** zlib's word for a body that is not what its header says; a body that ends too early has another. */
const isWrongEncoding = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && error.code === 'Z_DATA_ERROR';

async function* limited(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<Buffer> {
	let bytes = 0;
	try {
		for await (const chunk of body) {
			bytes += chunk.byteLength;
			if (bytes > limit) throw answerTooLarge();
			yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
		}
	} catch (error) {
		throw isWrongEncoding(error) ? notAnImage('data that cannot be decompressed') : error;
	}
}

/** So many bytes tell what a body is: the longest signature of an image has 12. */
const SIGNATURE = 16;

/** Marks of the encoding, and what some gateways send to keep the connection alive. */
const skipped = /^(?:\xef\xbb\xbf|\s)+/;

function kindOf(start: Buffer): Ending['kind'] | 'gzip' {
	if (start.length === 0) return 'empty';
	const text = start.toString('latin1');
	if (text.startsWith('\x1f\x8b')) return 'gzip';
	if (!text.startsWith('<') && formatOf(start)) return 'image';
	// A data URL begins like a field of an event.
	if (/^(?:data|event|id|retry)?:(?!image\/)/.test(text)) return 'events';
	return /^[{["]/.test(text) ? 'json' : 'text';
}

/** What the first bytes are, and the same pieces from their first byte that counts. */
async function look(body: AsyncGenerator<Buffer>) {
	let start: Buffer = Buffer.alloc(0);
	let isLast = false;
	while (start.length < SIGNATURE && !isLast) {
		const { value, done } = await body.next();
		isLast = done === true;
		if (value instanceof Buffer) start = start.length === 0 ? value : Buffer.concat([start, value]);
		const skip = skipped.exec(start.toString('latin1', 0, 4096))?.[0].length ?? 0;
		start = start.subarray(skip);
	}
	async function* pieces(): AsyncGenerator<Buffer> {
		try {
			yield start;
			yield* body;
		} finally {
			// The connection is closed when nobody wants the rest.
			await body.return(undefined);
		}
	}
	return { kind: kindOf(start), pieces: pieces() };
}

/** Room for one image by the length of the answer that holds so many of them as base64. */
function expectedBytes(headers: Headers, count: number): number {
	const length = Number(headers.get('content-length') ?? 0);
	if (!Number.isFinite(length) || length <= 0) return firstRoom;
	return Math.min(mostExpectedBytes, Math.ceil((length * 3) / 4 / count));
}

async function* textsOf(pieces: AsyncIterable<Buffer>, json: JsonText): AsyncGenerator<string> {
	for await (const piece of pieces) yield json.write(piece);
	yield json.end();
}

async function* joined(texts: AsyncIterable<string>) {
	let data = '';
	for await (const text of texts) data += text;
	yield { name: '', data };
}

/** Of a text that is no image. */
const mostText = 20_000;

type Answer = Pick<Response, 'headers'> & { readonly body: AsyncIterable<Uint8Array> };

/** The values of a body as they come, each with the name of its event. Writes down how it ends. */
async function* valuesOf(
	{ body, headers }: Answer,
	{ images, limit, redact }: BodyOptions,
	ending: Ending,
): AsyncGenerator<{ readonly value: unknown; readonly event: string }> {
	let { kind, pieces } = await look(limited(body, limit));
	if (kind === 'gzip') {
		const unzipped = pipeline(Readable.from(pieces), createGunzip(), () => undefined);
		({ kind, pieces } = await look(limited(unzipped, limit)));
	}
	const isStream = headers.get('content-type')?.includes('event-stream') ?? false;
	if (kind === 'empty') {
		if (isStream) ending.kind = 'events';
	} else if (kind === 'json' || kind === 'events') {
		ending.kind = kind;
		const json = new JsonText(expectedBytes(headers, images), redact);
		const texts = textsOf(pieces, json);
		try {
			for await (const { name, data } of kind === 'json' ? joined(texts) : serverEvents(texts)) {
				const { values, isCut } = json.values(data);
				ending.cut = isCut ? { cause: undefined } : undefined;
				if (data.trim() === '[DONE]') ending.isDone = true;
				else for (const value of values) yield { value, event: name };
			}
		} finally {
			if (kind === 'json') ending.saved = json.loose.filter((bytes) => formatOf(bytes));
		}
	} else {
		ending.kind = kind === 'image' ? 'image' : 'text';
		const whole: Buffer[] = [];
		for await (const piece of pieces) whole.push(piece);
		const bytes = Buffer.concat(whole);
		const isImage = formatOf(bytes) !== undefined;
		const text = isImage ? '' : bytes.toString('utf8');
		const value = isImage ? bytes : (imageInText(text) ?? redact(text.slice(0, mostText)));
		yield { value, event: '' };
	}
}

async function* untilCut<T>(values: AsyncGenerator<T>, ending: Ending): AsyncGenerator<T> {
	try {
		yield* values;
	} catch (cause) {
		ending.cut = { cause };
	}
}

/**
 * @returns how the body ended; a broken connection is told, not thrown, because what was paid for may
 *   have come before
 * @throws what `onValue` throws
 */
export async function readBody(
	{ body, headers }: Pick<Response, 'body' | 'headers'>,
	options: BodyOptions,
): Promise<Ending> {
	const ending: Ending = { kind: 'empty', isDone: false, saved: [] };
	if (!body) return ending;
	const values = valuesOf({ body, headers }, options, ending);
	for await (const { value, event } of untilCut(values, ending)) {
		if (await options.onValue(value, event)) break;
	}
	return ending;
}
