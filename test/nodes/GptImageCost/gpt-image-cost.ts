import type { IDataObject, INode, INodeExecutionData, IRun } from 'n8n-workflow';
import { GptImageCost } from '../../../nodes/GptImageCost/GptImageCost.node';
import { execute, node, outputOf, startNode } from '../../workflows/engine';

/** The cost node after a start node, on n8n's real engine. */
export interface CostRun {
	readonly items?: readonly INodeExecutionData[];
	readonly parameters?: IDataObject;
	readonly settings?: Partial<INode>;
}

export interface CostResult {
	readonly run: IRun;
	/** Items of the first output; with `estimate` those within the budget. */
	readonly items: INodeExecutionData[];
	readonly overBudget: INodeExecutionData[];
	/** Items of the error output, which comes after the node's own. */
	readonly failed: INodeExecutionData[];
	readonly error: Error | undefined;
}

const NAME = 'GPT Image Cost';

export async function runCost(options: CostRun): Promise<CostResult> {
	const run = await execute({
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node(
					NAME,
					'n8n-nodes-gpt-image.gptImageCost',
					{ operation: 'estimate', ...options.parameters },
					options.settings,
				),
			],
			connections: { Start: { main: [[{ node: NAME, type: 'main', index: 0 }]] } },
		},
		nodeTypes: {
			'test.start': startNode(options.items ?? [{ json: {} }]),
			'n8n-nodes-gpt-image.gptImageCost': new GptImageCost(),
		},
	});
	const operation = options.parameters?.operation ?? 'estimate';
	return {
		run,
		items: outputOf(run, NAME),
		overBudget: operation === 'estimate' ? outputOf(run, NAME, 1) : [],
		failed: outputOf(run, NAME, operation === 'estimate' ? 2 : 1),
		error: run.data.resultData.error ?? run.data.resultData.runData[NAME]?.[0]?.error,
	};
}

/** An amount that is known exactly, as the node gives it. */
export const range = (value: number) => ({ min: value, max: value });
