/** Reads the credential. */

import type { IHookFunctions } from 'n8n-workflow';
import { checkConnection, isOpenAI, type Connection } from '../../core/openai/connection';
import type { Calendar } from '../../core/rules/calendar';
import { checkPace } from '../../core/rules/calls';
import { checkDeployments } from '../../core/rules/deployments';
import { checkLimit } from '../../core/rules/limits';
import { checkBoolean } from '../../core/rules/parameters';
import { fetchThroughN8n, type HttpHelpers } from './fetch';
import { loadModels } from './own-models';

export const credentialName = 'gptImageApi';

/** The account of a run, and the rules that its owner set in the credential. */
export interface Account {
	readonly connection: Connection;
	/** USD; undefined for no limit. */
	readonly maxCostPerDay: number | undefined;
	/** Undefined for no limit but OpenAI's own. */
	readonly imagesPerMinute: number | undefined;
	/** As the user wrote them. */
	readonly prices: unknown;
	readonly keepPrompts: boolean;
}

type Credentials = Pick<IHookFunctions, 'getCredentials'> & { readonly helpers: HttpHelpers };

/** Where the service is, and the account's own names for models: without the rules, which may be wrong. */
async function readService(context: Credentials) {
	const credential = await context.getCredentials(credentialName);
	return {
		credential,
		connection: { ...checkConnection(credential), fetch: fetchThroughN8n(context.helpers) },
		deployments: checkDeployments(credential.deployments),
	};
}

/** @throws GptImageError naming the field of the credential that is wrong */
export const readConnection = async (context: Credentials): Promise<Connection> =>
	(await readService(context)).connection;

/** As `readConnection`, with the rules. */
export async function readAccount(context: Credentials): Promise<Account> {
	const { credential, connection } = await readService(context);
	const { maxCostPerDay, imagesPerMinute, prices, keepPrompts } = credential;
	return {
		connection,
		// A credential that was saved before there was the field has none.
		maxCostPerDay:
			maxCostPerDay === undefined ? undefined : checkLimit(maxCostPerDay, 'maxCostPerDay'),
		imagesPerMinute: checkPace(imagesPerMinute),
		prices,
		keepPrompts: checkBoolean('keepPrompts', keepPrompts, true),
	};
}

/**
 * Whose last days of models count, and the account's own names for them: OpenAI's without a credential
 * that can be used.
 * @param stops last days that OpenAI itself names
 * @returns the calendar of today
 * @throws GptImageError `invalid_environment` for a file of own models that cannot be used
 */
export async function readCalendar(
	context: Credentials,
	stops: Calendar['stops'] = new Map(),
): Promise<Calendar> {
	const today = loadModels();
	const service = await readService(context).catch(() => undefined);
	if (!service) return { today, stops, isOpenAI: true };
	const { connection, deployments } = service;
	return {
		today,
		stops,
		isOpenAI: !connection.azure && isOpenAI(connection.baseUrl),
		...(connection.azure || deployments.size > 0 ? { deployments } : {}),
	};
}
