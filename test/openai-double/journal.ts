import { createHash, randomUUID } from 'node:crypto';
import sharp from 'sharp';
import { isRecord } from './rules/params';

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
	/** As it was asked for: another service's path, and the query. */
	url: string;
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
	/** Images that were made and billed, whether or not the client got them. */
	paid: number;
	imageSha256: string[];
	/** Conversations: the messages that led to the images, this turn's last. */
	lineage?: string[];
	/** The batch and the line that it ran for. */
	batch?: string;
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
	url: string,
): JournalEntry {
	const now = new Date();
	return {
		id: randomUUID(),
		requestId,
		at: now.toISOString(),
		method,
		path,
		url,
		model: null,
		apiKey: headers.authorization ? sha256(String(headers.authorization)).slice(0, 12) : null,
		organization: text(headers['openai-organization']),
		project: text(headers['openai-project']),
		body: null,
		...(headers['x-double-batch'] !== undefined && { batch: String(headers['x-double-batch']) }),
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

/** A file's digest; for images with what their header says. */
export async function digestOf(
	bytes: Buffer,
	about: { field: string; filename?: string; contentType?: string },
): Promise<FileDigest> {
	const known = { ...about, bytes: bytes.length, sha256: sha256(bytes) };
	if (!about.contentType?.startsWith('image/')) return known;
	const found = await sharp(bytes)
		.metadata()
		.catch(() => undefined);
	if (!found) return known;
	const { width, height, format, hasAlpha } = found;
	return { ...known, width, height, format, hasAlpha };
}

/** The JSON body as the journal keeps it: every data URL becomes a digest. */
export async function withoutData(value: unknown, field = ''): Promise<unknown> {
	if (typeof value === 'string') {
		if (!value.startsWith('data:')) return value;
		const comma = value.indexOf(',');
		const [contentType] = value.slice('data:'.length, comma).split(';');
		return await digestOf(Buffer.from(value.slice(comma + 1), 'base64'), { field, contentType });
	}
	if (Array.isArray(value)) {
		return await Promise.all(value.map((entry, i) => withoutData(entry, `${field}[${i}]`)));
	}
	if (!isRecord(value)) return value;
	const kept: Record<string, unknown> = {};
	for (const [key, entry] of Object.entries(value)) {
		kept[key] = await withoutData(entry, field ? `${field}.${key}` : key);
	}
	return kept;
}

function text(header: string | string[] | undefined): string | null {
	return header === undefined ? null : String(header);
}
