import type { IExecuteFunctions } from 'n8n-workflow';
import { checkConnection, type Connection } from '../../core/api/client';
import { text } from '../../core/rules/values';
import { fetchThroughN8n } from './fetch';

export const credentialName = 'gptImageApi';

/**
 * The credential's values with a fetch that leaves through n8n.
 * @throws GptImageError naming the field of the credential that is wrong
 */
export async function readConnection(context: IExecuteFunctions): Promise<Connection> {
	const credential = await context.getCredentials(credentialName);
	return checkConnection({
		apiKey: text(credential.apiKey),
		organizationId: text(credential.organizationId),
		projectId: text(credential.projectId),
		baseUrl: text(credential.baseUrl),
		fetch: fetchThroughN8n(context.helpers),
	});
}
