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
import { image } from './gpt-image';
import { newStore, onceSent, setUp } from './set-up';

/** What n8n's own engine does with paid images when something fails: the promise of pay once. */

export let double: Double;
/** The store's folder, a new one for each test. */
export let folder: string;

/** For the top of a test file. */
export function setUpPayOnce(): void {
	beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
	afterAll(async () => await double.close());
	beforeEach(() => {
		double.reset();
		folder = newStore();
	});
}

/** Stands behind our node and fails when it is told to. */
const laterNode = (fails: boolean): INodeType => ({
	description: { ...startNode([]).description, name: 'later', inputs: ['main'] },
	async execute() {
		if (fails) throw new Error('The storage behind refuses');
		return [this.getInputData()];
	},
});

interface Run {
	readonly prompts: readonly string[];
	readonly limits?: IDataObject;
	readonly options?: IDataObject;
	/** Fields of the credential. */
	readonly credential?: IDataObject;
	readonly settings?: Partial<INode>;
	readonly laterNodeFails?: boolean;
	readonly workflowId?: string;
	/** Stops the execution as soon as so many calls have reached OpenAI. */
	readonly cancelOnceSent?: number;
	readonly numberOfImages?: number;
}

/** One execution: an item for each prompt, our node, and a later one. */
export async function run({
	prompts,
	limits,
	options,
	settings,
	laterNodeFails = false,
	...more
}: Run) {
	const next = (name: string) => ({ node: name, type: 'main' as const, index: 0 });
	const ended = await execute({
		workflow: {
			id: more.workflowId,
			nodes: [
				node('Start', 'test.start'),
				node(
					'GPT Image',
					'test.gptImage',
					{
						resource: 'image',
						operation: 'generate',
						prompt: '={{ $json.prompt }}',
						quality: 'low',
						options: { numberOfImages: more.numberOfImages ?? 1, ...options },
						limits: { ...limits },
					},
					{ credentials: { gptImageApi: { id: '1', name: 'Double' } }, ...settings },
				),
				node('Later', 'test.later'),
			],
			connections: {
				Start: { main: [[next('GPT Image')]] },
				'GPT Image': { main: [[next('Later')]] },
			},
		},
		nodeTypes: {
			'test.start': startNode(prompts.map((prompt) => ({ json: { prompt } }))),
			'test.gptImage': new GptImage(),
			'test.later': laterNode(laterNodeFails),
		},
		credentials: {
			gptImageApi: {
				apiKey: 'sk-test',
				organizationId: '',
				projectId: '',
				baseUrl: double.url,
				...more.credential,
			} as ICredentialDataDecryptedObject,
		},
		onStart: ({ cancel }) => {
			if (more.cancelOnceSent !== undefined) onceSent(double, more.cancelOnceSent, cancel);
		},
	});
	return {
		status: ended.status,
		error: ended.data.resultData.error,
		items: outputOf(ended, 'GPT Image'),
	};
}

export const shas = (items: readonly INodeExecutionData[]) =>
	items.map((item) => image(item)?.sha256);
export const warnings = (item: INodeExecutionData | undefined) =>
	(image(item).warnings as Array<{ message: string }>).map(({ message }) => message).join('\n');
export const sent = () => double.journal.map(({ body }) => body?.prompt);
export const made = () => double.journal.flatMap(({ imageSha256 }) => imageSha256);

// 'a mug' and 'a jug': 8 text tokens at $5 and 196 image tokens at $30 per million.
const price = 0.00592;
export const reused = { request: { reused: true }, cost: { usd: 0, originalUsd: price } };
export const bought = { request: { reused: false, attempts: 1 }, cost: { usd: price } };
