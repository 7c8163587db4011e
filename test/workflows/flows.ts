import type { IDataObject, INode, INodeExecutionData, INodeType, IRun } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { GptImageCost } from '../../nodes/GptImageCost/GptImageCost.node';
import { GptImageExport } from '../../nodes/GptImageExport/GptImageExport.node';
import type { Double } from '../openai-double';
import { execute, node, startNode, type EngineRun } from './engine';

/** Workflows of several nodes: ours, and what stands between and behind them. */

export const nodeType = (name: string, run: INodeType['execute']): INodeType => ({
	description: { ...startNode([]).description, name, inputs: ['main'] },
	execute: run,
});

/** As n8n's Wait with a time that is longer than a minute: the execution ends, and continues later. */
const wait = nodeType('wait', async function () {
	await this.putExecutionToWait(new Date(Date.now() + 3_600_000));
	return [this.getInputData()];
});

const fail = nodeType('fail', async () => {
	throw new Error('The storage behind refuses');
});

export const gptImage = (
	name: string,
	parameters: IDataObject = {},
	more: Partial<INode> = {},
): INode =>
	node(
		name,
		'test.gptImage',
		{ resource: 'image', operation: 'generate', prompt: 'a mug', quality: 'low', ...parameters },
		{ credentials: { gptImageApi: { id: '1', name: 'Double' } }, ...more },
	);

export interface Flow extends Partial<Omit<EngineRun, 'workflow'>> {
	readonly items?: readonly INodeExecutionData[];
	readonly settings?: EngineRun['workflow']['settings'];
	/** Instead of a chain: names of the nodes behind each output of a node. */
	readonly connections?: Readonly<Record<string, ReadonlyArray<readonly string[]>>>;
}

const connected = (outputs: ReadonlyArray<readonly string[]>) => ({
	main: outputs.map((names) =>
		names.map((name) => ({ node: name, type: 'main' as const, index: 0 })),
	),
});

/** Runs these nodes behind a start node, one after the other unless they are connected otherwise. */
export async function runFlow(
	{ url }: Pick<Double, 'url'>,
	nodes: readonly INode[],
	{ items = [{ json: {} }], settings, connections, nodeTypes, ...more }: Flow = {},
): Promise<IRun> {
	const all = [node('Start', 'test.start'), ...nodes];
	const chain = Object.fromEntries(
		nodes.map(({ name }, index) => [all[index]?.name ?? '', [[name]]] as const),
	);
	return await execute({
		workflow: {
			nodes: all,
			connections: Object.fromEntries(
				Object.entries(connections ?? chain).map(([name, outputs]) => [name, connected(outputs)]),
			),
			settings,
		},
		nodeTypes: {
			'test.start': startNode(items),
			'test.wait': wait,
			'test.fail': fail,
			'test.gptImage': new GptImage(),
			'test.gptImageCost': new GptImageCost(),
			'test.gptImageExport': new GptImageExport(),
			...nodeTypes,
		},
		credentials: {
			gptImageApi: { apiKey: 'sk-test', organizationId: '', projectId: '', baseUrl: url },
		},
		...more,
	});
}
