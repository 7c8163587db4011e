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

/** n8n's own text says "go to GPT Image and make an event happen". */
const whileBuilding =
	"<b>While building your workflow</b>, click 'Execute step', then order an image with GPT Image: set Delivery to anything but Now. When OpenAI reports that the order is finished, the workflow runs, and the execution shows up in this editor.<br /> <br /> ";

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
		triggerPanel: {
			header: 'Wait for OpenAI to finish an order',
			executionsHelp: {
				inactive: `${whileBuilding}<b>Once you're happy with your workflow</b>, publish it. It then runs every time OpenAI reports one of the events. These executions show up in the executions list, but not in the editor.`,
				active: `${whileBuilding}<b>Your workflow also runs automatically</b>, since it is published: every time OpenAI reports one of the events. These executions show up in the <a data-key="executions">executions list</a>, but not in the editor.`,
			},
		},
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
