import { createHash, randomUUID } from 'node:crypto';

/** An uploaded or inlined file, as the journal keeps it in place of the bytes. */
export interface FileDigest {
	field: string;
	filename?: string;
	contentType?: string;
	bytes: number;
	sha256: string;
	width?: number;
	height?: number;
	format?: string;
	hasAlpha?: boolean;
}

/** One request that reached the double, and what became of it. */
export interface JournalEntry {
	id: string;
	/** Value of x-request-id. */
	requestId: string;
	at: string;
	method: string;
	path: string;
	model: string | null;
	/** Short digest of the API key; null when there was none. The key itself is kept nowhere. */
	apiKey: string | null;
	organization: string | null;
	project: string | null;
	/** The JSON body or the form's fields, with files and data URLs replaced by digests. */
	body: Record<string, unknown> | null;
	/** Null when no answer was begun. */
	status: number | null;
	/** Error code of the answer. */
	error: string | null;
	/** Pictures that were made and billed, whether or not the client got them. */
	paid: number;
	imageSha256: string[];
	/** Kinds of the faults that hit it, joined by '+'. */
	fault: string | null;
	/** The client went away before it had the whole answer. */
	aborted: boolean;
	/** Milliseconds since 1970. */
	startedAt: number;
	endedAt: number | null;
}

type Headers = Record<string, string | string[] | undefined>;

export function newEntry(
	method: string,
	path: string,
	headers: Headers,
	requestId: string,
): JournalEntry {
	const now = new Date();
	return {
		id: randomUUID(),
		requestId,
		at: now.toISOString(),
		method,
		path,
		model: null,
		apiKey: headers.authorization ? sha256(String(headers.authorization)).slice(0, 12) : null,
		organization: text(headers['openai-organization']),
		project: text(headers['openai-project']),
		body: null,
		status: null,
		error: null,
		paid: 0,
		imageSha256: [],
		fault: null,
		aborted: false,
		startedAt: now.getTime(),
		endedAt: null,
	};
}

export const sha256 = (data: string | Buffer): string =>
	createHash('sha256').update(data).digest('hex');

/** The JSON body as the journal keeps it: every data URL becomes a digest. */
export function withoutData(value: unknown, field = ''): unknown {
	if (typeof value === 'string') {
		if (!value.startsWith('data:')) return value;
		const [, contentType, base64] = /^data:([^;,]*)[^,]*,(.*)$/s.exec(value) ?? [];
		const bytes = Buffer.from(base64 ?? '', 'base64');
		return { field, contentType, bytes: bytes.length, sha256: sha256(bytes) };
	}
	if (Array.isArray(value)) return value.map((entry, i) => withoutData(entry, `${field}[${i}]`));
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([key, entry]) => [
			key,
			withoutData(entry, field ? `${field}.${key}` : key),
		]),
	);
}

function text(header: string | string[] | undefined): string | null {
	return header === undefined ? null : String(header);
}
