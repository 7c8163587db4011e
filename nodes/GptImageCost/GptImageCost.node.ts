import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { searchModels } from '../shared/model-list';
import * as compare from './compare.operation';
import * as estimate from './estimate.operation';
import type * as router from './router';
import * as summarize from './summarize.operation';

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
		description: 'Know what OpenAI pictures will cost, find cheaper ones, add up what was spent',
		defaults: { name: 'GPT Image Cost' },
		usableAsTool: true,
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
						description:
							'What a picture costs on each model, at each quality, and at cheaper sizes',
						action: 'Compare prices',
					},
					{
						name: 'Estimate Cost',
						value: 'estimate',
						description:
							'What the pictures of each item will cost, and whether a budget allows them',
						action: 'Estimate cost',
					},
					{
						name: 'Summarize Costs',
						value: 'summarize',
						description: 'Totals and a chart of what pictures have cost',
						action: 'Summarize costs',
					},
				],
			},
			...estimate.description,
			...compare.description,
			...summarize.description,
		],
	};

	methods = { listSearch: { searchModels } };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		// n8n loads all nodes when it starts; what only a run needs is loaded by the first run. By
		// `require`, because n8n forgets what that loaded when the package is updated.
		const { route } = require('./router') as typeof router;
		return await route(this);
	}
}
