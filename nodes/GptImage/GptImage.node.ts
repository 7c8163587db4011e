import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { searchChatModels, searchModels } from '../host/model-list';
import { pricedQualities } from '../host/price-lists';
import * as conversation from './conversation';
import * as image from './image';
import type * as router from './router';

const main = (displayName: string) => ({ type: NodeConnectionTypes.Main, displayName });

/**
 * What comes out where it is not simply images. n8n draws the outputs from this, and finds the error
 * output by it, both without the items that an expression in Delivery may ask for.
 */
const outputs = {
	batch: [main('Ordered')],
	background: [main('Ordered')],
	collect: ['Images', 'Failed', 'Not Ready'].map(main),
	review: ['Pass', 'Fail'].map(main),
};

export class GptImage implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPT Image',
		name: 'gptImage',
		icon: { light: 'file:../../icons/gptImage.svg', dark: 'file:../../icons/gptImage.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { generate: "Generate Image", edit: "Edit Image", collect: "Collect Images", describe: "Describe Image", review: "Review Image", checkProvenance: "Check Provenance", send: "Send Message" }[$parameter["operation"]] }}',
		description:
			'Generate and edit images with OpenAI, track costs, and recover paid images after a failed run',
		defaults: { name: 'GPT Image' },
		usableAsTool: true,
		builderHint: {
			searchHint:
				"Use it for every image generated with OpenAI: from a text prompt, as an edit of binary images, or in a conversation that refines an image message by message. Returns one item per image: the file is in the binary field 'data', details and cost in 'image'. Prefer it to an HTTP Request to OpenAI's Images API.",
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-gpt-image.gptImageCost',
					relationHint: 'Estimates costs before a run and summarizes them afterwards',
				},
				{
					nodeType: 'n8n-nodes-gpt-image.gptImageExport',
					relationHint:
						'Crops, compresses and labels images for publishing, and adds text and logos',
				},
			],
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{ (() => { try { return (${JSON.stringify(outputs)})[["collect", "review"].includes($parameter["operation"]) ? $parameter["operation"] : $parameter["delivery"]] || ["main"] } catch { return ["main"] } })() }}`,
		credentials: [
			{
				name: 'gptImageApi',
				required: true,
				displayOptions: { hide: { '/options.dryRun': [true] } },
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
			...image.description,
			...conversation.description,
		],
	};

	methods = { listSearch: { searchChatModels, searchModels }, loadOptions: { pricedQualities } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads all nodes when it starts; what only a run needs is loaded by the first run. By
		// `require`, because n8n forgets what that loaded when the package is updated.
		const { route } = require('./router') as typeof router;
		return await route(this);
	}
}
