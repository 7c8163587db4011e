/**
 * Sends requests to the service of a credential. The OpenAI SDK gives the types of what is sent, and
 * nothing at run time: retries, time limits, redirects, headers and the reading of answers and errors
 * are all decided here, by money and memory, and it would take 24 MB of disk and 16 MB of memory.
 */

import { fieldsOf, listOf, textOf, type Fields } from '../rules/json';
import { checkOffered } from './azure';
import { serviceHeaders, type Connection, type Fetch } from './connection';
import { isForm } from './form';
import { guarded } from './guard';
import { redactorOf, secretsOf } from './redact';

/** Sends nothing twice: a repeated image call is paid again. The callers limit its time. */
export class Client {
	readonly baseUrl: string;
	/** Takes what is secret in the credential out of a text that came from outside. */
	readonly redact: (text: string) => string;
	private readonly fetch: Fetch;

	/** @param connection checked by checkConnection */
	constructor(private readonly connection: Connection) {
		this.baseUrl = connection.baseUrl;
		this.redact = redactorOf(secretsOf(connection));
		this.fetch = guarded(connection, this.redact);
	}

	/**
	 * @param path of an endpoint, or an address of the service's own origin
	 * @returns the answer, its body unread
	 * @throws ServiceError for a status from 400 on; what `fetch` throws when there is no answer
	 */
	async get(path: string, signal: AbortSignal): Promise<Response> {
		return await this.send('GET', path, signal);
	}

	/** As `get`. @param body sent as JSON; a form as it is */
	async post(path: string, body: object, signal: AbortSignal): Promise<Response> {
		return await this.send('POST', path, signal, body);
	}

	async delete(path: string, signal: AbortSignal): Promise<Response> {
		return await this.send('DELETE', path, signal);
	}

	private async send(
		method: string,
		path: string,
		signal: AbortSignal,
		body?: object,
	): Promise<Response> {
		checkOffered(this.connection, path);
		const isAddress = URL.canParse(path);
		const url = new URL(isAddress ? path : `${this.baseUrl}${path}`);
		const version = this.connection.azure?.apiVersion;
		if (version !== undefined && !isAddress) url.searchParams.set('api-version', version);
		const headers = { accept: 'application/json', ...serviceHeaders(this.connection) };
		if (!body) return await this.fetch(url, { method, signal, headers });
		const { contentType, body: bytes } = isForm(body)
			? body
			: { contentType: 'application/json', body: Buffer.from(JSON.stringify(body)) };
		const sent = {
			method,
			signal,
			headers: { ...headers, 'content-type': contentType },
			body: bytes,
		};
		return await this.fetch(url, sent);
	}
}

/** Entries of a list are asked for by so many; more pages than these are not. */
const PAGE = 100;
const MOST_PAGES = 300;

/** The entries of a list, page by page. @param ask gets a page by its query */
export async function* entriesOf(ask: (query: string) => Promise<Fields>): AsyncGenerator<Fields> {
	let after = '';
	for (let page = 0; page < MOST_PAGES; page++) {
		const { data, has_more } = await ask(`?limit=${PAGE}${after}`);
		const entries = listOf(data).map(fieldsOf);
		yield* entries;
		const last = textOf(entries.at(-1)?.id);
		if (has_more !== true || last === undefined) return;
		after = `&after=${segment(last)}`;
	}
}

/** @throws RangeError for an ID that would choose another path: IDs come from answers, too */
export function segment(id: string): string {
	if (/^\.{0,2}$/.test(id)) throw new RangeError('No ID');
	return encodeURIComponent(id);
}
