import path from 'node:path';
import type { INodeType, IVersionedNodeType } from 'n8n-workflow';
import { execute, node, outputOf, startNode } from '../test/workflows/engine';

/** The nodes side by side: the same items, prompts and server, on the same engine. */

export interface Batch {
	/** Base URL of the local OpenAI. */
	readonly url: string;
	readonly items: number;
	/** Calls at the same time; the built-in node always makes one. */
	readonly lanes: number;
	/** Put before each prompt, e.g. `[[big 12]]`. */
	readonly marker?: string;
}

/** Our node as it is shipped: the built files. */
export function loadOurNode(): INodeType {
	const file = path.resolve(__dirname, '../dist/nodes/GptImage/GptImage.node.js');
	const loaded = require(file) as { GptImage: new () => INodeType };
	return new loaded.GptImage();
}

const model = { __rl: true, mode: 'id', value: 'gpt-image-2' };
let batches = 0;

/**
 * Runs one workflow of a start node and the given node.
 * @throws when not every item came out with a picture
 */
async function runBatch(
	batch: Batch,
	type: INodeType | IVersionedNodeType,
	its: Parameters<typeof node>,
): Promise<void> {
	batches += 1;
	const items = Array.from({ length: batch.items }, (_, index) => ({ json: { index } }));
	const [name, typeName] = its;
	const run = await execute({
		workflow: {
			id: `bench-${batches}`,
			nodes: [node('Start', 'test.start'), node(...its)],
			connections: { Start: { main: [[{ node: name, type: 'main', index: 0 }]] } },
		},
		nodeTypes: { 'test.start': startNode(items), [typeName]: type },
		credentials: {
			gptImageApi: { apiKey: 'sk-bench', organizationId: '', projectId: '', baseUrl: batch.url },
			openAiApi: {
				apiKey: 'sk-bench',
				url: batch.url,
				header: true,
				headerName: 'authorization',
				headerValue: 'Bearer sk-bench',
			},
		},
	});
	const { error } = run.data.resultData;
	if (error) throw error;
	const came = outputOf(run, name).filter((item) => item.binary?.data).length;
	if (came !== batch.items) throw new Error(`${came} of ${batch.items} pictures came out`);
}

const promptOf = ({ marker = '' }: Batch): string => `=${marker} mug {{ $json.index }}`;

export async function runOurs(batch: Batch, type: INodeType): Promise<void> {
	await runBatch(batch, type, [
		'GPT Image',
		'n8n-nodes-gpt-image.gptImage',
		{
			resource: 'image',
			operation: 'generate',
			model,
			prompt: promptOf(batch),
			size: '1024x1024',
			quality: 'low',
			options: { maxParallel: batch.lanes },
		},
		{ credentials: { gptImageApi: { id: '1', name: 'Bench' } } },
	]);
}

export async function runBuiltIn(batch: Batch, type: IVersionedNodeType): Promise<void> {
	await runBatch(batch, type, [
		'OpenAI',
		'@n8n/n8n-nodes-langchain.openAi',
		{
			resource: 'image',
			operation: 'generate',
			modelId: model,
			prompt: promptOf(batch),
			options: { size: '1024x1024', quality: 'low' },
		},
		{ typeVersion: 2.3, credentials: { openAiApi: { id: '1', name: 'Bench' } } },
	]);
}
