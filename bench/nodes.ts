import path from 'node:path';
import type { IDataObject, INodeExecutionData, INodeType, IVersionedNodeType } from 'n8n-workflow';
import { execute, node, outputOf, startNode, useBinaryMode } from '../test/workflows/engine';
import { withFolder } from './measure';

/** The nodes side by side: the same items, prompts and server, on the same engine. */

export interface Batch {
	/** Base URL of the local OpenAI. */
	readonly url: string;
	readonly items: number;
	/** Calls at the same time; the built-in node always makes one. */
	readonly lanes: number;
	/** Put before each prompt, e.g. `[[big 12]]`. */
	readonly marker?: string;
	/** PNG in the field `data` of each item. */
	readonly image?: Buffer;
}

/** Our node as it is shipped: the built files. */
export function loadOurNode(): INodeType {
	const file = path.resolve(__dirname, '../dist/nodes/GptImage/GptImage.node.js');
	const loaded = require(file) as { GptImage: new () => INodeType };
	return new loaded.GptImage();
}

/** Runs work with a folder of its own for our store, n8n's binaries and files. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
	return await withFolder(async (folder) => {
		process.env.N8N_GPT_IMAGE_STORE = path.join(folder, 'store');
		await useBinaryMode('filesystem', path.join(folder, 'binary'));
		return await work(folder);
	});
}

const model = { __rl: true, mode: 'id', value: 'gpt-image-2' };
let batches = 0;

/**
 * Runs one workflow of a start node and the given node.
 * @throws when not every item came out with an image, or ordered
 */
async function runBatch(
	batch: Batch,
	type: INodeType | IVersionedNodeType,
	its: Parameters<typeof node>,
): Promise<void> {
	batches += 1;
	const { image } = batch;
	const data = { data: image?.toString('base64') ?? '', mimeType: 'image/png' };
	const items = Array.from({ length: batch.items }, (_, index) => ({
		json: { index },
		...(image ? { binary: { data } } : {}),
	}));
	const [name, typeName] = its;
	const run = await execute({
		workflow: {
			// Every process counts its executions from 1: under one name, two would have the same items.
			id: `bench-${process.pid}-${batches}`,
			nodes: [node('Start', 'test.start'), node(...its)],
			connections: { Start: { main: [[{ node: name, type: 'main', index: 0 }]] } },
		},
		nodeTypes: { 'test.start': startNode(items), [typeName]: type },
		credentials: {
			gptImageApi: { apiKey: 'sk-bench', organizationId: '', projectId: '', baseUrl: batch.url },
			openAiApi: {
				apiKey: 'sk-bench',
				url: batch.url,
				// The engine signs with our credential, which asks where its key may go.
				baseUrl: batch.url,
				header: true,
				headerName: 'authorization',
				headerValue: 'Bearer sk-bench',
			},
		},
	});
	const { error } = run.data.resultData;
	if (error) throw error;
	const isOrdered = ({ json }: INodeExecutionData) => Object(json.image).status === 'ordered';
	const came = outputOf(run, name).filter((item) => item.binary?.data ?? isOrdered(item)).length;
	if (came !== batch.items) throw new Error(`${came} of ${batch.items} images came out`);
}

const promptOf = ({ marker = '' }: Batch): string => `=${marker} mug {{ $json.index }}`;

const oursWith = (parameters: IDataObject): Parameters<typeof node> => [
	'GPT Image',
	'n8n-nodes-gpt-image.gptImage',
	{ resource: 'image', ...parameters },
	{ credentials: { gptImageApi: { id: '1', name: 'Bench' } } },
];
const generating = (batch: Batch): IDataObject => ({
	operation: 'generate',
	model,
	prompt: promptOf(batch),
	size: '1024x1024',
	quality: 'low',
	limits: { maxParallel: batch.lanes },
});

export async function runOurs(batch: Batch, type: INodeType): Promise<void> {
	await runBatch(batch, type, oursWith(generating(batch)));
}

/** As one batch. */
export async function orderOurs(batch: Batch, type: INodeType): Promise<void> {
	const limits = { maxParallel: batch.lanes, maxImagesPerBatch: batch.items };
	const its = oursWith({ ...generating(batch), delivery: 'batch', limits });
	await runBatch(batch, type, its);
}

export async function collectOurs(batch: Batch, type: INodeType): Promise<void> {
	await runBatch(batch, type, oursWith({ operation: 'collect', collectFrom: 'credential' }));
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

/** Reviews of one image by as many different criteria; all pass. */
export async function runReviews(batch: Batch, type: INodeType): Promise<void> {
	const its = oursWith({
		operation: 'review',
		images: { values: [{ source: 'field', field: 'data' }] },
		criteria: '=It is image {{ $json.index }}',
		limits: { maxParallel: batch.lanes },
	});
	await runBatch(batch, type, its);
}
