import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { searchChatModels, searchModels } from '../shared/model-list';
import { modelField } from './fields';
import * as send from './conversation/send.operation';
import * as edit from './image/edit.operation';
import * as generate from './image/generate.operation';
import type * as router from './router';

export class GptImage implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPT Image',
		name: 'gptImage',
		icon: { light: 'file:../../icons/gptImage.svg', dark: 'file:../../icons/gptImage.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { generate: "Generate Image", edit: "Edit Image", send: "Send Message" }[$parameter["operation"]] }}',
		description: 'Generate and edit pictures with OpenAI, know the cost, never pay twice',
		defaults: { name: 'GPT Image' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: 'gptImageApi',
				required: true,
				displayOptions: { hide: { dryRun: [true] } },
			},
		],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				default: 'image',
				options: [
					{ name: 'Image', value: 'image' },
					{ name: 'Conversation', value: 'conversation' },
				],
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'generate',
				displayOptions: { show: { resource: ['image'] } },
				options: [
					{
						name: 'Generate',
						value: 'generate',
						description: 'Make a picture from a text',
						action: 'Generate image',
					},
					{
						name: 'Edit',
						value: 'edit',
						description: 'Change pictures, put them together, or make one larger',
						action: 'Edit image',
					},
				],
			},
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'send',
				displayOptions: { show: { resource: ['conversation'] } },
				options: [
					{
						name: 'Send',
						value: 'send',
						description: 'Say something in a conversation that makes pictures',
						action: 'Send message',
					},
				],
			},
			modelField,
			...generate.description,
			...edit.description,
			...send.description,
		],
	};

	methods = { listSearch: { searchChatModels, searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads all nodes when it starts; what only a run needs is loaded by the first run. By
		// `require`, because n8n forgets what that loaded when the package is updated.
		const { route } = require('./router') as typeof router;
		return await route(this);
	}
}
