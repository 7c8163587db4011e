import type {
	ICredentialDataDecryptedObject,
	IDataObject,
	INode,
	INodeExecutionData,
	IRun,
} from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { execute, node, outputOf, startNode, type EngineRun } from './engine';

/** The package's main node between a start node and nothing: what most tests need. */
export interface NodeRun {
	readonly items?: readonly INodeExecutionData[];
	readonly parameters: IDataObject;
	readonly baseUrl: string;
	readonly apiKey?: string;
	/** Further fields of the credential. */
	readonly credential?: IDataObject;
	readonly settings?: Partial<INode>;
	readonly workflow?: Partial<EngineRun['workflow']>;
	readonly engine?: Partial<EngineRun>;
}

export interface NodeResult {
	readonly run: IRun;
	readonly items: INodeExecutionData[];
	/** Items of the error output, when the node has one. */
	readonly failed: INodeExecutionData[];
	readonly error: Error | undefined;
}

export async function runGptImage(options: NodeRun): Promise<NodeResult> {
	const { parameters, settings } = options;
	const run = await execute({
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node(
					'GPT Image',
					'n8n-nodes-gpt-image.gptImage',
					{ resource: 'image', operation: 'generate', ...parameters },
					{ credentials: { gptImageApi: { id: '1', name: 'Double' } }, ...settings },
				),
			],
			connections: { Start: { main: [[{ node: 'GPT Image', type: 'main', index: 0 }]] } },
			...options.workflow,
		},
		nodeTypes: {
			'test.start': startNode(options.items ?? [{ json: {} }]),
			'n8n-nodes-gpt-image.gptImage': new GptImage(),
		},
		credentials: {
			gptImageApi: {
				apiKey: options.apiKey ?? 'sk-test',
				organizationId: '',
				projectId: '',
				baseUrl: options.baseUrl,
				...options.credential,
			} as ICredentialDataDecryptedObject,
		},
		...options.engine,
	});
	const error = run.data.resultData.error ?? run.data.resultData.runData['GPT Image']?.[0]?.error;
	return {
		run,
		items: outputOf(run, 'GPT Image'),
		failed: outputOf(run, 'GPT Image', 1),
		error,
	};
}

/** One execution with one image for each item: of a mug, unless the parameters say otherwise. */
export const generate = async (
	double: Double,
	parameters: IDataObject,
	more: Partial<NodeRun> = {},
): Promise<NodeResult> =>
	await runGptImage({
		baseUrl: double.url,
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
		...more,
	});

/** Numbered items whose field `what` is one of these texts. */
export const rows = (...texts: string[]): INodeExecutionData[] =>
	texts.map((what, row) => ({ json: { row, what } }));

/** What the item warns of, in words. */
export const messagesOf = (item: INodeExecutionData | undefined): string[] =>
	(image(item).warnings as Array<{ message: string }>).map(({ message }) => message);

export const image = (item: INodeExecutionData | undefined): IDataObject =>
	item?.json.image as IDataObject;
