/** The GPT Image Trigger node. */

import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { listOptions } from '../fields/list';
import { credentialName } from '../host/connection';
import type * as received from './received';
import type * as registration from './registration';

// n8n loads all nodes when it starts; what only a call needs is loaded by the first one. By
// `require`, because n8n forgets what that loaded when the package is updated.
const loadRegistration = () => require('./registration') as typeof registration;

export class GptImageTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPT Image Trigger',
		name: 'gptImageTrigger',
		icon: {
			light: 'file:../../icons/gptImageTrigger.svg',
			dark: 'file:../../icons/gptImageTrigger.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// The node panel shows one entry for this node and GPT Image, with this description.
		description:
			'Generate and edit images with OpenAI, or start the workflow when a batch or a background message is finished',
		defaults: { name: 'GPT Image Trigger' },
		// An agent cannot start a trigger.
		usableAsTool: undefined,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: credentialName, required: true }],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' },
		],
		properties: [
			{
				displayName: labels.events,
				name: 'events',
				type: 'multiOptions',
				required: true,
				default: ['batch.cancelled', 'batch.completed', 'batch.expired', 'batch.failed'],
				description:
					'Events that start the workflow. OpenAI sends them for all batches and background messages of the project, including those ordered elsewhere.',
				options: listOptions('events'),
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await loadRegistration().isRegistered(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				return await loadRegistration().register(this);
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				return await loadRegistration().unregister(this);
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { receive } = require('./received') as typeof received;
		return await receive(this);
	}
}
