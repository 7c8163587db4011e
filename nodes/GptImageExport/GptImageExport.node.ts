/** The GPT Image Export node. */

import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { fields } from './fields';
import type * as router from './router';

export class GptImageExport implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPT Image Export',
		name: 'gptImageExport',
		icon: {
			light: 'file:../../icons/gptImageExport.svg',
			dark: 'file:../../icons/gptImageExport.dark.svg',
		},
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { export: "Export Images", contactSheet: "Make Contact Sheet" }[$parameter["operation"]] }}',
		description: 'Resize, brand and label images for social networks, shops and the web',
		defaults: { name: 'GPT Image Export' },
		// An agent cannot hand a file to its tools.
		usableAsTool: undefined,
		builderHint: {
			searchHint:
				'Use it after GPT Image to prepare files for social networks, shops and ads: dimensions, file size, text, logo, AI label. Sends nothing and needs no credential.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-gpt-image.gptImage',
					relationHint: 'Generates or edits the images to export',
				},
			],
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'export',
				options: [
					{
						name: 'Export Images',
						value: 'export',
						description: 'Create one file per image and channel, with text, logo and AI label',
						action: 'Export images',
					},
					{
						name: 'Make Contact Sheet',
						value: 'contactSheet',
						description: 'Put all images on one numbered sheet for a person to choose from',
						action: 'Make contact sheet',
					},
				],
			},
			...fields,
		],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads all nodes when it starts; what only a run needs is loaded by the first run. By
		// `require`, because n8n forgets what that loaded when the package is updated.
		const { route } = require('./router') as typeof router;
		return await route(this);
	}
}
