import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeType,
} from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { execute, node, outputOf, startNode } from './engine';
import { runGptImage, type NodeResult, type NodeRun } from './gpt-image';

/** Runs of Generate and Edit with a delivery for later, and of Collect. */

export const order = async (
	double: Double,
	items: readonly INodeExecutionData[],
	parameters: IDataObject = {},
	more: Partial<NodeRun> = {},
): Promise<NodeResult> =>
	await runGptImage({
		baseUrl: double.url,
		items,
		parameters: { prompt: '={{ $json.what }}', quality: 'low', delivery: 'batch', ...parameters },
		...more,
	});

export interface CollectResult {
	readonly images: INodeExecutionData[];
	readonly failed: INodeExecutionData[];
	readonly open: INodeExecutionData[];
	readonly error: Error | undefined;
}

const failing: INodeType = {
	description: { ...startNode([]).description, name: 'later', inputs: ['main'] },
	async execute() {
		throw new Error('The storage behind refuses');
	},
};

/** @returns what the node had given before the next one failed */
export async function orderThenFail(
	double: Double,
	items: readonly INodeExecutionData[],
): Promise<readonly INodeExecutionData[]> {
	const { nodes, connections } = {
		nodes: [
			node('Start', 'test.start'),
			node(
				'GPT Image',
				'n8n-nodes-gpt-image.gptImage',
				{
					...{ resource: 'image', operation: 'generate', prompt: '={{ $json.what }}' },
					...{ quality: 'low', delivery: 'batch' },
				},
				{ credentials: { gptImageApi: { id: '1', name: 'Double' } } },
			),
			node('Later', 'test.later'),
		],
		connections: {
			Start: { main: [[{ node: 'GPT Image', type: 'main' as const, index: 0 }]] },
			'GPT Image': { main: [[{ node: 'Later', type: 'main' as const, index: 0 }]] },
		},
	};
	const { run } = await runGptImage({
		...{ baseUrl: double.url, items, parameters: {}, workflow: { nodes, connections } },
		engine: {
			nodeTypes: {
				'test.start': startNode(items),
				'test.later': failing,
				'n8n-nodes-gpt-image.gptImage': new GptImage(),
			},
		},
	});
	return outputOf(run, 'GPT Image');
}

export async function collect(
	double: Pick<Double, 'url'>,
	parameters: IDataObject = {},
	{
		fails = false,
		apiKey = 'sk-test',
		credential = {},
		onError,
		workflowId = undefined as string | undefined,
	}: Pick<INode, 'onError'> & {
		workflowId?: string;
		fails?: boolean;
		apiKey?: string;
		credential?: IDataObject;
	} = {},
): Promise<CollectResult> {
	const collecting = { resource: 'image', operation: 'collect', ...parameters };
	const settings = { credentials: { gptImageApi: { id: '1', name: 'Double' } }, onError };
	const to = (name: string) => ({ main: [[{ node: name, type: 'main' as const, index: 0 }]] });
	const run = await execute({
		workflow: {
			id: workflowId,
			nodes: [
				node('Start', 'test.start'),
				node('Collect', 'n8n-nodes-gpt-image.gptImage', collecting, settings),
				...(fails ? [node('Later', 'test.later')] : []),
			],
			connections: { Start: to('Collect'), ...(fails ? { Collect: to('Later') } : {}) },
		},
		nodeTypes: {
			'test.start': startNode([{ json: {} }]),
			'test.later': failing,
			'n8n-nodes-gpt-image.gptImage': new GptImage(),
		},
		credentials: {
			gptImageApi: {
				...{ apiKey, organizationId: '', projectId: '', baseUrl: double.url },
				...credential,
			} as ICredentialDataDecryptedObject,
		},
	});
	return {
		images: outputOf(run, 'Collect'),
		failed: outputOf(run, 'Collect', 1),
		open: outputOf(run, 'Collect', 2),
		error: run.data.resultData.error,
	};
}
