/** Checks every response before it is read: redirects, error statuses, the key in texts, sizes. */

import { GptImageError } from '../errors';
import { fieldsOf, type Fields } from '../rules/json';
import { azureRefusal } from './azure';
import type { Connection, Fetch } from './connection';
import { readErrorBody } from './errors/body';
import { jsonWithout, told } from './redact';

/** Bytes of an error, or of any answer that holds no image; what follows is not read. */
export const maxErrorBytes = 2 ** 20;

/** OpenAI's API never redirects, and a key or a prompt must not go where an answer says. */
function redirected(status: number, location: string | undefined, asked: string): GptImageError {
	const target = location === undefined ? null : URL.parse(location, asked);
	const where = target ? told(target.origin) : 'an invalid address';
	return new GptImageError(`The address of the service redirects to ${where} (status ${status})`, {
		code: 'redirected',
		advice:
			"Nothing was sent there. Enter the actual address of the service as 'Base URL' in the credential.",
		status,
		billed: 'no',
	});
}

/**
 * @returns at most so many bytes of a body, decoded ones; the rest is not waited for
 * @throws what breaks the connection
 */
export async function bytesUpTo(limit: number, { body }: Pick<Response, 'body'>): Promise<Buffer> {
	if (!body) return Buffer.alloc(0);
	const pieces: Uint8Array[] = [];
	let size = 0;
	for await (const piece of body) {
		pieces.push(piece.subarray(0, limit - size));
		size += piece.byteLength;
		if (size >= limit) break;
	}
	return Buffer.concat(pieces);
}

type Redact = (text: string) => string;

/** @returns the fields of an answer that holds no image, without the key; none when it is not a JSON object */
export const fieldsIn = async (
	answer: Pick<Response, 'body'>,
	{ redact }: { readonly redact: Redact },
): Promise<Fields> => fieldsOf(await jsonUpTo(maxErrorBytes, answer, redact));

/** @returns the JSON of an answer that holds no image, without the key; undefined when it is none */
export async function jsonUpTo(
	limit: number,
	answer: Pick<Response, 'body'>,
	redact: Redact,
): Promise<unknown> {
	return jsonWithout(redact, (await bytesUpTo(limit, answer)).toString('utf8'));
}

/** What a service answered instead of what was asked for: its status is 400 or above. */
export class ServiceError extends Error {
	readonly requestId: string | null;

	constructor(
		readonly status: number,
		readonly headers: Headers,
		/** JSON or text, bounded, without the key. */
		readonly error: unknown,
	) {
		super(`The service answered with status ${status}`);
		this.name = 'ServiceError';
		this.requestId = headers.get('x-request-id');
	}
}

const redirects = new Set([301, 302, 303, 307, 308]);
/** Longer headers of an answer say nothing that is read. */
const longestHeader = 1_000;

/** By which other services than OpenAI find a call again: Azure, LiteLLM, Cloudflare. */
const requestIds = ['apim-request-id', 'x-litellm-call-id', 'cf-aig-log-id', 'cf-ray'];

/**
 * @returns the connection's fetch; it refuses redirects, takes the key out of headers and errors, and
 *   throws for a status from 400 on: a GptImageError where it is about Azure, else a ServiceError
 */
export function guarded(connection: Connection, redact: Redact): Fetch {
	return async (url, sent) => {
		const answer = await connection.fetch(url, sent);
		const { status } = answer;
		if (redirects.has(status)) {
			await answer.body?.cancel().catch(() => undefined);
			const location = redact(answer.headers.get('location')?.slice(0, longestHeader) ?? '');
			// No host has an ellipsis.
			throw redirected(status, location.replaceAll('…', 'redacted') || undefined, url.href);
		}
		const headers = new Headers();
		const idName = ['x-request-id', ...requestIds].find((name) => answer.headers.has(name));
		for (const [name, whole] of answer.headers) {
			const text = redact(whole.slice(0, longestHeader));
			const isId = name === idName;
			const value = isId ? (told(text, 200) ?? '') : text;
			// A header takes Latin-1 only.
			headers.append(isId ? 'x-request-id' : name, value.replaceAll('…', '...'));
		}
		if (status < 400) {
			return new Response(answer.body, { status, headers });
		}
		const text = (await bytesUpTo(maxErrorBytes, answer)).toString('utf8');
		const said = jsonWithout(redact, text) ?? redact(text);
		const error = new ServiceError(status, headers, said);
		throw azureRefusal(connection, readErrorBody(error.error), error) ?? error;
	};
}
