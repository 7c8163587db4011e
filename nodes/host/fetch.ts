/** n8n's HTTP helper as a fetch. */

import { Readable } from 'node:stream';
import type { IExecuteFunctions, IHttpRequestMethods } from 'n8n-workflow';
import { GptImageError, messageOf } from '../../core/errors';
import type { Fetch } from '../../core/openai/connection';
import { told } from '../../core/openai/redact';
import { fieldsOf, isRecord, listOf, textOf } from '../../core/rules/json';
import { excerpt } from '../../core/rules/parameters';

/** Of whatever runs: an execution, or the publishing of a workflow. */
export type HttpHelpers = Pick<IExecuteFunctions['helpers'], 'httpRequest'>;

function toHeaders(headers: unknown): Headers {
	const result = new Headers();
	for (const [name, value] of Object.entries(isRecord(headers) ? headers : {})) {
		for (const one of Array.isArray(value) ? value : [value]) {
			// A name or a value that no header can have is of no use to anybody.
			if (one === undefined || one === null) continue;
			try {
				result.append(name, String(one));
			} catch {
				continue;
			}
		}
	}
	return result;
}

function toAbortError(error: unknown): Error {
	const aborted = new Error('The request was aborted', { cause: error });
	aborted.name = 'AbortError';
	return aborted;
}

/** n8n's protection of internal addresses, before the request or while its host is looked up. */
const isBlocked = (error: unknown): boolean =>
	[error, fieldsOf(error).cause].some((one) =>
		textOf(fieldsOf(one).name)?.startsWith('SsrfBlocked'),
	);

/** Looking for the host, and for a connection to it. */
const beforeSending = new Set<unknown>(['getaddrinfo', 'connect']);

/**
 * Whether a byte of the request can have left: there is a socket, its connection and its TLS are
 * established, and something was written. What fails before (SSRF protection, DNS, TLS, a header that
 * cannot be sent) was surely not billed.
 */
function wasSent(error: unknown): boolean {
	// The socket of a host that was blocked counts bytes that only wait in it.
	if (isBlocked(error)) return false;
	const { cause } = fieldsOf(error);
	const { errors } = fieldsOf(cause);
	const tried = [error, cause, ...listOf(errors)];
	if (tried.some((one) => beforeSending.has(fieldsOf(one).syscall))) return false;
	const { request } = fieldsOf(error);
	const { socket } = fieldsOf(request);
	if (!isRecord(socket) || socket.connecting === true) return false;
	if (socket.encrypted === true && socket.secureConnecting === true) return false;
	return typeof socket.bytesWritten !== 'number' || socket.bytesWritten > 0;
}

/** In words: n8n replaces a whole message that has one of these codes in it, however it is written. */
const reasons: ReadonlyMap<string, string> = new Map([
	['ECONNREFUSED', 'the connection was refused'],
	['ECONNRESET', 'the connection was reset'],
	['ECONNABORTED', 'the connection was aborted'],
	['ETIMEDOUT', 'the connection timed out'],
	['ENOTFOUND', 'the host was not found'],
	['EAI_AGAIN', 'the host was not found'],
	['EHOSTUNREACH', 'there is no route to the host'],
	['EADDRNOTAVAIL', 'no address of this machine is free'],
	['EACCES', 'this machine does not permit it'],
	['EPERM', 'this machine does not permit it'],
]);

function reasonOf(error: unknown): string {
	const code = textOf(fieldsOf(error).code);
	if (code !== undefined) return reasons.get(code) ?? excerpt(code.toLowerCase());
	return told(messageOf(error), 200) ?? '';
}

function notSent(error: unknown): GptImageError {
	const blocked = isBlocked(error);
	const advice = blocked
		? "Correct the 'Base URL' in the credential, or have n8n's administrator allow it by N8N_SSRF_ALLOWED_HOSTNAMES or N8N_SSRF_ALLOWED_IP_RANGES."
		: "Check the network, the proxy and the 'Base URL' in the credential.";
	return new GptImageError(`OpenAI could not be reached (${reasonOf(error)})`, {
		code: 'connection_failed',
		advice: `${advice} Nothing was sent.`,
		retryable: !blocked,
		billed: 'no',
	});
}

/**
 * Only what tells why: n8n's errors hold the whole request, its headers included. Without the code,
 * which may be one that looks as if nothing had left.
 */
const lost = (error: unknown): Error => new Error(`The connection was lost (${reasonOf(error)})`);

/**
 * A fetch that leaves through n8n's own HTTP helper, so that its proxy, SSRF policy and trace headers
 * hold. A redirect is never followed: the key and the prompt would go with it.
 * @throws GptImageError `connection_failed` when nothing was sent
 */
export function fetchThroughN8n(helpers: HttpHelpers): Fetch {
	return async (url, { method, headers, body, signal }) => {
		const answer: unknown = await helpers
			.httpRequest({
				method: method as IHttpRequestMethods,
				url: url.href,
				headers: { ...headers },
				...(body ? { body } : {}),
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				// The caller limits the call by its signal; n8n's own default would cut it at 300 seconds.
				timeout: 0,
				disableFollowRedirect: true,
				abortSignal: signal,
			})
			.catch((error: unknown) => {
				if (signal.aborted) throw toAbortError(error);
				throw wasSent(error) ? lost(error) : notSent(error);
			});
		const { statusCode, headers: came, body: stream } = isRecord(answer) ? answer : {};
		// What no answer of HTTP can have is a bad gateway's: whatever came, the request has left.
		const isStatus = typeof statusCode === 'number' && statusCode >= 200 && statusCode <= 599;
		const status = isStatus ? statusCode : 502;
		const hasBody = stream instanceof Readable && ![204, 205, 304].includes(status);
		return new Response(hasBody ? ReadableStream.from(stream) : null, {
			status,
			headers: toHeaders(came),
		});
	};
}
