/** Reads the credential. */

import type { IHookFunctions } from 'n8n-workflow';
import { checkConnection, type Connection } from '../../core/openai/connection';
import { checkPace } from '../../core/rules/calls';
import { checkDeployments } from '../../core/rules/deployments';
import { checkLimit } from '../../core/rules/limits';
import { checkBoolean } from '../../core/rules/parameters';
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

/**
 * Reads the credential, with a fetch that leaves through n8n.
 * @throws GptImageError naming the field of the credential that is wrong
 */
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
