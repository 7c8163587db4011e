/** Reads server-sent events (WHATWG HTML, 9.2.6). */

interface ServerEvent {
	/** What the `event:` line says; empty without one. */
	readonly name: string;
	/** Lines of the same event are joined by a line feed. */
	readonly data: string;
}

/** No name of an event is longer. */
const LONGEST_NAME = 100;

/** Splits a text that comes in pieces; a carriage return may have its line feed in the next one. */
async function* linesIn(texts: AsyncIterable<string>): AsyncGenerator<string> {
	let line = '';
	let open = '';
	for await (const piece of texts) {
		const text = open + piece;
		open = text.endsWith('\r') ? '\r' : '';
		const [first = '', ...more] = text.slice(0, text.length - open.length).split(/\r\n|\n|\r/);
		line += first;
		for (const next of more) {
			yield line;
			line = next;
		}
	}
	yield line;
}

/** @returns the events as they come, also what came of one that the end of the stream cuts off */
export async function* serverEvents(texts: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
	let name = '';
	let data: string[] = [];
	for await (const line of linesIn(texts)) {
		const colon = line.indexOf(':');
		const field = line.slice(0, Math.max(0, colon)).trim();
		const value = line.slice(colon + 1).replace(/^ /, '');
		if (field === 'data') data.push(value);
		if (field === 'event') name = value.slice(0, LONGEST_NAME).trim();
		if (line !== '') continue;
		if (data.length > 0) yield { name, data: data.join('\n') };
		name = '';
		data = [];
	}
	if (data.length > 0) yield { name, data: data.join('\n') };
}
