/** The lists of models in the editor. */

import type { IExecuteFunctions, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { Client } from '../../core/openai/client';
import { jsonUpTo } from '../../core/openai/guard';
import {
	chatModelChoices,
	modelChoices,
	stopsOf,
	type ListedModel,
	type ModelChoice,
} from '../../core/rules/model-list';
import { fieldsOf } from '../../core/rules/json';
import { readCalendar, readConnection } from './connection';
import { modelPrice } from './price-lists';

type Context = ILoadOptionsFunctions | IExecuteFunctions;

/** Gateways list thousands of models in some megabytes. */
const mostBytes = 4 * 2 ** 20;
const mostModels = 5_000;
/** For all of the answer. */
const timeoutMs = 5_000;

/** What `GET /models` says the key can use; undefined without a credential or a connection. */
export async function listedModels(context: Context): Promise<ListedModel[] | undefined> {
	try {
		const connection = await readConnection(context);
		// Azure lists the models that it sells, not the deployments that a key can use.
		if (connection.azure) return undefined;
		const client = new Client(connection);
		const answer = await client.get('/models', AbortSignal.timeout(timeoutMs));
		const { data } = fieldsOf(await jsonUpTo(mostBytes, answer, client.redact));
		if (!Array.isArray(data)) return undefined;
		return data
			.slice(0, mostModels)
			.map(fieldsOf)
			.flatMap(({ id, shutdown_date: shutdownDate }) =>
				typeof id === 'string' && id.length <= 200 ? [{ id, shutdownDate }] : [],
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
