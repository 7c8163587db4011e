import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import {
	chatModelChoices,
	modelChoices,
	type ListedModel,
	type ModelChoice,
} from '../../core/rules/model-list';
import { credentialName } from './connection';
import { isRecord } from '../../core/rules/unknown';

/** What `GET /models` says the key can use; undefined without a credential or a connection. */
async function listedModels(context: ILoadOptionsFunctions): Promise<ListedModel[] | undefined> {
	try {
		const { baseUrl } = await context.getCredentials<{ baseUrl: string }>(credentialName);
		const answer: unknown = await context.helpers.httpRequestWithAuthentication.call(
			context,
			credentialName,
			{ url: `${baseUrl.replace(/\/+$/, '')}/models`, timeout: 5000 },
		);
		const data = isRecord(answer) && Array.isArray(answer.data) ? answer.data : undefined;
		return data?.flatMap((entry: unknown) =>
			isRecord(entry) && typeof entry.id === 'string'
				? [{ id: entry.id, shutdownDate: entry.shutdown_date }]
				: [],
		);
	} catch {
		// The list must open without a network as well: the table is shown then.
		return undefined;
	}
}

const results = (choices: readonly ModelChoice[], filter?: string): INodeListSearchResult => {
	const wanted = filter?.trim().toLowerCase() ?? '';
	return {
		results: choices
			.filter(({ id, note }) => `${id} ${note}`.toLowerCase().includes(wanted))
			.map(({ id, note }) => ({ name: note === '' ? id : `${id} (${note})`, value: id })),
	};
};

/** Choices for the model parameter: the table, narrowed to what the key can use. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return results(modelChoices(await listedModels(this)), filter);
}

/** Choices for the chat model of a conversation, with their prices. */
export async function searchChatModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	return results(chatModelChoices(await listedModels(this)), filter);
}
