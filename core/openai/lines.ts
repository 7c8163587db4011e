import { toGptImageError, type GptImageError } from '../errors';
import { answerTooLarge, JsonText } from './json-text';
import { badAnswer } from './errors/bad-answer';

/**
 * Reads a file of JSON lines as it comes: 0.8 GB is usual, and no text holds that. Only the images of
 * one line are ever in memory, as bytes.
 */

export type OutputLine =
	| { readonly value: unknown }
	/** A line that cannot be read does not cost the others. */
	| { readonly customId: string | undefined; readonly error: GptImageError };

const lineFeed = 0x0a;
/** A line begins with its names. */
const HEAD = 512;
const firstRoom = 2 ** 20;
/** Images of one file are of one kind: room for one that is a little larger than the last. */
const ROOM = 1.125;

/** Without a reader of its own for each: a file may have a million of them. */
const isBlank = (piece: Buffer): boolean =>
	piece.length === 0 || (piece.length <= 16 && piece.toString('latin1').trim() === '');

class LineReader {
	private json: JsonText;
	private text = '';
	private head = '';
	private bytes = 0;
	private error: GptImageError | undefined;

	constructor(
		private readonly limit: number,
		private readonly redact: (text: string) => string,
	) {
		this.json = new JsonText(firstRoom, redact);
	}

	write(piece: Buffer): void {
		if (this.bytes === 0 && isBlank(piece)) return;
		if (this.head.length < HEAD) this.head += piece.toString('latin1', 0, HEAD);
		this.bytes += piece.length;
		if (this.error) return;
		try {
			if (this.bytes > this.limit) throw answerTooLarge();
			this.text += this.json.write(piece);
		} catch (error) {
			this.error = toGptImageError(error);
		}
	}

	/** @returns undefined for an empty line */
	end(): OutputLine | undefined {
		if (this.bytes === 0) return undefined;
		const { json, head, error } = this;
		const text = this.text + json.end();
		Object.assign(this, { text: '', head: '', bytes: 0, error: undefined });
		const room = Math.max(firstRoom, Math.ceil(json.largest * ROOM));
		this.json = new JsonText(room, this.redact);
		const { values, isCut } = json.values(error ? '' : text);
		if (!error && text.trim() === '') return undefined;
		if (!error && !isCut && values.length === 1) return { value: values[0] };
		const [, customId] = /"custom_id"\s*:\s*"([\w-]{1,64})"/.exec(head) ?? [];
		return { customId, error: error ?? badAnswer('answer_not_json') };
	}
}

/**
 * @param limit bytes of one line
 * @throws what breaks the connection; the last line is not given out then
 */
export async function* readLines(
	{ body }: Pick<Response, 'body'>,
	limit: number,
	redact: (text: string) => string,
): AsyncGenerator<OutputLine, void, void> {
	const reader = new LineReader(limit, redact);
	for await (const chunk of body ?? []) {
		let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
		for (let end = rest.indexOf(lineFeed); end >= 0; end = rest.indexOf(lineFeed)) {
			reader.write(rest.subarray(0, end));
			const line = reader.end();
			if (line) yield line;
			rest = rest.subarray(end + 1);
		}
		reader.write(rest);
	}
	const last = reader.end();
	// Without a line feed behind it, what cannot be read may be cut off.
	if (last && 'value' in last) yield last;
}
