/** Registers the trigger's address at OpenAI when its workflow is published, and removes it after. */

import { NodeOperationError, type IHookFunctions } from 'n8n-workflow';
import { invalidParameter, toGptImageError, type GptImageError } from '../../core/errors';
import { Client } from '../../core/openai/client';
import {
	hasEndpoint,
	registerEndpoint,
	removeEndpoint,
	type WebhookEndpoint,
} from '../../core/openai/webhook-endpoints';
import { labels } from '../../core/rules/labels';
import { textOf } from '../../core/rules/json';
import { credentialName, readAccount } from '../host/connection';
import { toText } from '../../core/rules/parameters';
import { asGptImageError } from '../host/errors';
import { readEvents } from './received';

const openClient = async (context: IHookFunctions): Promise<Client> =>
	new Client((await readAccount(context)).connection);

const endpointOf = (context: IHookFunctions): WebhookEndpoint => ({
	url: context.getNodeWebhookUrl('default') ?? '',
	events: readEvents(context),
});

/** A person has created the endpoint and pasted its secret: nothing is ours to register. */
async function hasOwnSecret(context: IHookFunctions): Promise<boolean> {
	const { webhookSecret } = await context.getCredentials(credentialName);
	return toText(webhookSecret).trim() !== '';
}

const byHand = (url: string): string =>
	`Or create a webhook for ${url} at platform.openai.com under Webhooks, and paste its secret into '${labels.webhookSecret}' in the credential.`;

function notRegistered(error: unknown, url: string): GptImageError {
	const known = toGptImageError(error);
	return known.with({
		message: `OpenAI did not register the webhook: ${known.message}`,
		advice: `${known.advice} ${byHand(url)}`,
	});
}

/** n8n shows only the message where a workflow is published. */
async function inNodesWords<T>(context: IHookFunctions, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		const { message, advice } = asGptImageError(error);
		throw new NodeOperationError(context.getNode(), `${message}. ${advice}`);
	}
}

/** @returns whether OpenAI sends this trigger's events already */
export async function isRegistered(context: IHookFunctions): Promise<boolean> {
	return await inNodesWords(context, async () => {
		const endpoint = endpointOf(context);
		if (await hasOwnSecret(context)) return true;
		const { endpointId, secret } = context.getWorkflowStaticData('node');
		const id = textOf(endpointId);
		if (id === undefined || textOf(secret) === undefined) return false;
		return await hasEndpoint(await openClient(context), id, endpoint);
	});
}

/** @throws NodeOperationError without an HTTPS address, and when OpenAI refuses the endpoint */
export async function register(context: IHookFunctions): Promise<boolean> {
	return await inNodesWords(context, async () => {
		const endpoint = endpointOf(context);
		const { url } = endpoint;
		if (URL.parse(url)?.protocol !== 'https:') {
			throw invalidParameter(
				'webhookSecret',
				`OpenAI sends events only to https:// addresses, and this n8n's address is ${url}`,
				`Give n8n a public HTTPS address by setting WEBHOOK_URL. ${byHand('your public address')} If you can do neither, run Collect on a schedule instead of this trigger.`,
			);
		}
		const name = `n8n: ${context.getWorkflow().name ?? ''}`.slice(0, 256);
		const client = await openClient(context);
		const { id, secret } = await registerEndpoint(client, name, endpoint).catch(
			(error: unknown) => {
				throw notRegistered(error, url);
			},
		);
		Object.assign(context.getWorkflowStaticData('node'), { endpointId: id, secret });
		return true;
	});
}

/** Never throws: n8n would keep its own side of the webhook. @returns whether nothing is left */
export async function unregister(context: IHookFunctions): Promise<boolean> {
	const data = context.getWorkflowStaticData('node');
	const id = textOf(data.endpointId);
	if (id === undefined) return true;
	try {
		await removeEndpoint(await openClient(context), id);
	} catch (error) {
		const { message } = toGptImageError(error);
		context.logger.warn(`The webhook ${id} could not be removed at OpenAI: ${message}`);
		return false;
	}
	delete data.endpointId;
	delete data.secret;
	return true;
}
