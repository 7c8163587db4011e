/** The lists of models in the editor. */

import { addAbortSignal, Readable } from 'node:stream';
import type { IExecuteFunctions, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { jsonUpTo } from '../../core/openai/guard';
import { redactorOf } from '../../core/openai/redact';
import {
	chatModelChoices,
	modelChoices,
	stopsOf,
	type ListedModel,
	type ModelChoice,
} from '../../core/rules/model-list';
import { credentialName, readCalendar } from './connection';
import { isRecord } from '../../core/rules/json';
import { toText } from '../../core/rules/parameters';
import { modelPrice } from './price-lists';

type Context = ILoadOptionsFunctions | IExecuteFunctions;

/** Gateways list thousands of models in some megabytes. */
const mostBytes = 4 * 2 ** 20;
const mostModels = 5_000;
/** For all of the answer; n8n's own limit is one of silence. */
const timeoutMs = 5_000;

/** Without a backtracking search: the text may be of any length. */
function modelsUrl(baseUrl: string): string {
	let end = Math.min(baseUrl.length, 2_000);
	while (baseUrl[end - 1] === '/') end -= 1;
	return `${baseUrl.slice(0, end)}/models`;
}

/** What `GET /models` says the key can use; undefined without a credential or a connection. */
export async function listedModels(context: Context): Promise<ListedModel[] | undefined> {
	try {
		const { apiKey, baseUrl, service } = await context.getCredentials(credentialName);
		// Azure lists the models that it sells, not the deployments that a key can use.
		if (service === 'azure') return undefined;
		const limit = AbortSignal.timeout(timeoutMs);
		const stream: unknown = await context.helpers.httpRequestWithAuthentication.call(
			context,
			credentialName,
			{
				url: modelsUrl(toText(baseUrl)),
				timeout: timeoutMs,
				abortSignal: limit,
				// The key must not go where an answer says.
				disableFollowRedirect: true,
				encoding: 'stream',
			},
		);
		if (!(stream instanceof Readable)) return undefined;
		const body = ReadableStream.from<Uint8Array>(addAbortSignal(limit, stream));
		const answer = await jsonUpTo(mostBytes, { body }, redactorOf([toText(apiKey)]));
		const data = isRecord(answer) && Array.isArray(answer.data) ? answer.data : undefined;
		return data
			?.slice(0, mostModels)
			.flatMap((entry: unknown) =>
				isRecord(entry) && typeof entry.id === 'string' && entry.id.length <= 200
					? [{ id: entry.id, shutdownDate: entry.shutdown_date }]
					: [],
			);
	} catch {
		// Without a network, the list shows the table.
		return undefined;
	}
}

const results = (
	choices: readonly Omit<ModelChoice, 'summary'>[],
	filter?: string,
): INodeListSearchResult => {
	const wanted = filter?.trim().toLowerCase() ?? '';
	return {
		results: choices
			.map(({ id, note }) => ({ name: note === '' ? id : `${id} (${note})`, value: id }))
			.filter(({ name }) => name.toLowerCase().includes(wanted)),
	};
};

/** Choices for the model parameter: the table, narrowed to what the key can use, with prices. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const listed = await listedModels(this);
	const calendar = await readCalendar(this, stopsOf(listed ?? []));
	const choices = modelChoices(listed, calendar);
	// The editor cuts a line off after about 46 characters: the price must stand before the words.
	const lines = choices.map(({ id, note, summary }) => ({
		id,
		note: [note, modelPrice(this, id, calendar), summary].filter((part) => part).join('; '),
	}));
	return results(lines, filter);
}

/** Choices for the chat model of a conversation, with their prices. */
export async function searchChatModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	const listed = await listedModels(this);
	const calendar = await readCalendar(this, stopsOf(listed ?? []));
	return results(chatModelChoices(listed, calendar), filter);
}
