/** Reads the credential. */

import type { IHookFunctions } from 'n8n-workflow';
import { checkConnection, isOpenAI, type Connection } from '../../core/openai/connection';
import type { Calendar } from '../../core/rules/calendar';
import { checkPace } from '../../core/rules/calls';
import { checkDeployments } from '../../core/rules/deployments';
import { checkLimit } from '../../core/rules/limits';
import { checkBoolean, toText } from '../../core/rules/parameters';
import { fetchThroughN8n, type HttpHelpers } from './fetch';

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

/** What the credential says of models: whose last days count, and its own names for them. */
type ServiceOfModels = Pick<Calendar, 'isOpenAI' | 'deployments'>;

/** Without a credential, as in a dry run, OpenAI's. */
export async function readService(
	context: Pick<IHookFunctions, 'getCredentials'>,
): Promise<ServiceOfModels> {
	try {
		const credential = await context.getCredentials(credentialName);
		const deployments = checkDeployments(credential.deployments);
		const isAzure = credential.service === 'azure';
		return {
			isOpenAI: !isAzure && isOpenAI(toText(credential.baseUrl)),
			...(isAzure || deployments.size > 0 ? { deployments } : {}),
		};
	} catch {
		return { isOpenAI: true };
	}
}

/** @throws GptImageError naming the field of the credential that is wrong */
export async function readAccount(
	context: Pick<IHookFunctions, 'getCredentials'> & { readonly helpers: HttpHelpers },
): Promise<Account> {
	const credential = await context.getCredentials(credentialName);
	// Models are looked up without it when it cannot be read: here that is told.
	checkDeployments(credential.deployments);
	const { maxCostPerDay, imagesPerMinute, prices, keepPrompts } = credential;
	return {
		connection: { ...checkConnection(credential), fetch: fetchThroughN8n(context.helpers) },
		// A credential that was saved before there was the field has none.
		maxCostPerDay:
			maxCostPerDay === undefined ? undefined : checkLimit(maxCostPerDay, 'maxCostPerDay'),
		imagesPerMinute: checkPace(imagesPerMinute),
		prices,
		keepPrompts: checkBoolean('keepPrompts', keepPrompts, true),
	};
}
