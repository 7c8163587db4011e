/** The GPT Image Cost node. */

import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { searchModels } from '../host/model-list';
import { pricedQualities } from '../host/price-lists';
import { fields } from './fields';
import type * as router from './router';

/** Only an estimate has two ways out; the editor draws the outputs from this. */
const budgetOutputs = [
	{ type: NodeConnectionTypes.Main, displayName: 'Within Budget' },
	{ type: NodeConnectionTypes.Main, displayName: 'Over Budget' },
];

export class GptImageCost implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'GPT Image Cost',
		name: 'gptImageCost',
		icon: {
			light: 'file:../../icons/gptImageCost.svg',
			dark: 'file:../../icons/gptImageCost.dark.svg',
		},
		group: ['transform'],
		version: 1,
		subtitle:
			'={{ { estimate: "Estimate Cost", compare: "Compare Prices", summarize: "Summarize Costs" }[$parameter["operation"]] }}',
		description: 'Estimate, compare and summarize OpenAI image costs',
		defaults: { name: 'GPT Image Cost' },
		usableAsTool: true,
		builderHint: {
			searchHint:
				'Use it before GPT Image to estimate costs or stay within a budget, and after it to summarize costs. Sends nothing and needs no credential.',
			relatedNodes: [
				{
					nodeType: 'n8n-nodes-gpt-image.gptImage',
					relationHint: "Generates or edits images from the items of 'Within Budget'",
				},
			],
		},
		inputs: [NodeConnectionTypes.Main],
		outputs: `={{ $parameter.operation === 'estimate' ? ${JSON.stringify(budgetOutputs)} : ['main'] }}`,
		properties: [
			{
				displayName: 'Operation',
				name: 'operation',
				type: 'options',
				noDataExpression: true,
				default: 'estimate',
				options: [
					{
						name: 'Compare Prices',
						value: 'compare',
						description: 'Compare the cost of an image across models, qualities and sizes',
						action: 'Compare prices',
					},
					{
						name: 'Estimate Cost',
						value: 'estimate',
						description: 'Estimate the cost of each item and check it against a budget',
						action: 'Estimate cost',
					},
					{
						name: 'Summarize Costs',
						value: 'summarize',
						description: 'Add up the cost of images and draw a chart',
						action: 'Summarize costs',
					},
				],
			},
			...fields,
		],
	};

	methods = { listSearch: { searchModels }, loadOptions: { pricedQualities } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads all nodes when it starts; what only a run needs is loaded by the first run. By
		// `require`, because n8n forgets what that loaded when the package is updated.
		const { route } = require('./router') as typeof router;
		return await route(this);
	}
}
