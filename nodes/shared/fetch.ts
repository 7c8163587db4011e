import { Readable } from 'node:stream';
import type { IExecuteFunctions, IHttpRequestMethods } from 'n8n-workflow';
import { isRecord } from '../../core/rules/unknown';

type Fetch = (url: string | URL | Request, init?: RequestInit) => Promise<Response>;

function toHeaders(headers: unknown): Headers {
	const result = new Headers();
	for (const [name, value] of Object.entries(isRecord(headers) ? headers : {})) {
		for (const one of Array.isArray(value) ? value : [value]) {
			if (one !== undefined && one !== null) result.append(name, String(one));
		}
	}
	return result;
}

function toAbortError(error: unknown): Error {
	const aborted = new Error('The request was aborted', { cause: error });
	aborted.name = 'AbortError';
	return aborted;
}

const asError = (error: unknown): Error =>
	error instanceof Error ? error : new Error(String(error));

/**
 * A fetch that leaves through n8n's own HTTP helper, so that the host's proxy, its SSRF policy and
 * its trace headers hold. The answer is streamed; its status is for the caller to judge.
 */
export function fetchThroughN8n(helpers: IExecuteFunctions['helpers']): Fetch {
	return async (input, init) => {
		const request = new Request(input, init);
		const body = Buffer.from(await request.arrayBuffer());
		try {
			const answer: unknown = await helpers.httpRequest({
				method: request.method as IHttpRequestMethods,
				url: request.url,
				headers: Object.fromEntries(request.headers),
				...(body.length > 0 ? { body } : {}),
				encoding: 'stream',
				returnFullResponse: true,
				ignoreHttpStatusErrors: true,
				// The caller limits the call by its signal; n8n's own default would cut it at 300 seconds.
				timeout: 0,
				abortSignal: request.signal,
			});
			const { statusCode, headers, body: stream } = isRecord(answer) ? answer : {};
			const status = typeof statusCode === 'number' ? statusCode : 502;
			const hasBody = stream instanceof Readable && ![204, 205, 304].includes(status);
			return new Response(hasBody ? ReadableStream.from(stream) : null, {
				status,
				headers: toHeaders(headers),
			});
		} catch (error) {
			throw request.signal.aborted ? toAbortError(error) : asError(error);
		}
	};
}
