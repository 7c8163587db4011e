/** The webhook endpoints of an OpenAI project. Nothing here is billed. */

import { GptImageError } from '../errors';
import type { ValueOf } from '../rules/choices';
import { textOf, type Fields } from '../rules/json';
import { entriesOf, segment, type Client } from './client';
import { fieldsIn } from './guard';
import { underLimits } from './images';

const timeoutMs = 30_000;

const path = '/webhook_endpoints';

const ask = async (
	client: Client,
	call: (signal: AbortSignal) => Promise<Response>,
): Promise<Fields> =>
	await underLimits('webhook endpoints', { timeoutMs }, async (signal) =>
		fieldsIn(await call(signal), client),
	);

/** @returns undefined for what is not there */
const unlessGone = async <T>(call: Promise<T>): Promise<T | undefined> =>
	await call.catch((error: unknown) => {
		if (error instanceof GptImageError && error.status === 404) return undefined;
		return Promise.reject(error);
	});

export interface WebhookEndpoint {
	readonly url: string;
	readonly events: readonly ValueOf<'events'>[];
}

/**
 * @returns whether OpenAI still has the endpoint, as it was registered
 * @throws GptImageError when OpenAI cannot be asked
 */
export async function hasEndpoint(
	client: Client,
	id: string,
	{ url, events }: WebhookEndpoint,
): Promise<boolean> {
	const found = await unlessGone(
		ask(client, (signal) => client.get(`${path}/${segment(id)}`, signal)),
	);
	const types = Array.isArray(found?.event_types) ? found.event_types : [];
	return (
		found?.url === url &&
		types.length === events.length &&
		events.every((event) => types.includes(event))
	);
}

/** @param id as OpenAI gave it; one that is gone is fine. @throws GptImageError */
export async function removeEndpoint(client: Client, id: string): Promise<void> {
	await unlessGone(ask(client, (signal) => client.delete(`${path}/${segment(id)}`, signal)));
}

async function endpointsAt(client: Client, url: string): Promise<string[]> {
	const ids: string[] = [];
	const pages = entriesOf(
		async (query) => await ask(client, (signal) => client.get(`${path}${query}`, signal)),
	);
	for await (const entry of pages) if (entry.url === url) ids.push(textOf(entry.id) ?? '');
	return ids.filter((id) => id !== '');
}

/**
 * Registers an address, in place of what was registered for it before: a secret is told only once.
 * @param name at most 256 characters
 * @returns the endpoint's ID and its signing secret
 * @throws GptImageError
 */
export async function registerEndpoint(
	client: Client,
	name: string,
	{ url, events }: WebhookEndpoint,
): Promise<{ readonly id: string; readonly secret: string }> {
	for (const id of await endpointsAt(client, url)) await removeEndpoint(client, id);
	const body = { name, url, event_types: events };
	const made = await ask(client, (signal) => client.post(path, body, signal));
	const [id, secret] = [textOf(made.id), textOf(made.signing_secret)];
	if (id !== undefined && secret !== undefined) return { id, secret };
	throw new GptImageError('The service registered a webhook without returning its signing secret', {
		code: 'empty_answer',
		advice: "The service behind the 'Base URL' in the credential may have no webhooks.",
		billed: 'no',
	});
}
