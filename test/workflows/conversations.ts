import type { IDataObject, INodeExecutionData, INodeType } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import type { Double } from '../openai-double';
import { node, startNode } from './engine';
import { runGptImage, type NodeResult, type NodeRun } from './gpt-image';

/** Turns of conversations in n8n's engine, for the tests of the operation Send. */

export interface ConversationItem {
	readonly model: string;
	readonly prompt: string;
	readonly revisedPrompt?: string;
	readonly width?: number;
	readonly height?: number;
	readonly quality?: string;
	readonly index: number;
	readonly count: number;
	readonly sha256?: string;
	readonly usage: IDataObject | null;
	readonly cost: {
		readonly usd: number | null;
		readonly estimatedUsd: { readonly min: number; readonly max: number };
		readonly parts: IDataObject;
		readonly pricesOf: readonly string[];
		readonly originalUsd?: number;
	};
	readonly request: {
		readonly reused: boolean;
		readonly dryRun: boolean;
		readonly attempts: number;
	};
	readonly conversation: {
		readonly responseId: string;
		readonly imageCallId: string | null;
		readonly chatModel: string;
		readonly turn: number | null;
		readonly sessionKey?: string;
		readonly text?: string;
	};
	readonly warnings: ReadonlyArray<{ readonly code: string; readonly message: string }>;
}

export const imageOf = (item: INodeExecutionData | undefined): ConversationItem =>
	item?.json.image as unknown as ConversationItem;

export const conversation = (message: string, more: IDataObject = {}): IDataObject => ({
	resource: 'conversation',
	operation: 'send',
	prompt: message,
	quality: 'low',
	...more,
});

export const inSession = (sessionKey: string): IDataObject => ({
	continueFrom: 'session',
	sessionKey,
});

/** One execution with one turn for each item. */
export async function say(
	double: Double,
	message: string,
	parameters: IDataObject = {},
	more: Partial<NodeRun> = {},
): Promise<NodeResult> {
	return await runGptImage({
		baseUrl: double.url,
		parameters: conversation(message, parameters),
		...more,
	});
}

/** As {@link say}, in a workflow whose last node fails after the image was made. */
export async function sayAndFail(
	double: Double,
	message: string,
	parameters: IDataObject = {},
	more: Partial<NodeRun> = {},
): Promise<NodeResult> {
	return await say(double, message, parameters, {
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node('GPT Image', 'n8n-nodes-gpt-image.gptImage', conversation(message, parameters), {
					credentials: { gptImageApi: { id: '1', name: 'Double' } },
				}),
				node('Publish', 'test.fail'),
			],
			connections: {
				Start: { main: [[{ node: 'GPT Image', type: 'main', index: 0 }]] },
				'GPT Image': { main: [[{ node: 'Publish', type: 'main', index: 0 }]] },
			},
		},
		engine: {
			nodeTypes: {
				'test.start': startNode(more.items ?? [{ json: {} }]),
				'n8n-nodes-gpt-image.gptImage': new GptImage(),
				'test.fail': failingNode,
			},
		},
		...more,
	});
}

const failingNode: INodeType = {
	description: {
		displayName: 'Publish',
		name: 'fail',
		group: ['output'],
		version: 1,
		description: 'Fails',
		defaults: { name: 'Publish' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
	},
	async execute() {
		throw new Error('The website is down');
	},
};

/** Requests for responses that reached the double, oldest first. */
export const turnsSent = ({ journal }: Double) =>
	journal.filter(({ method, path }) => method === 'POST' && path === '/v1/responses');

/** The messages of the user that led to each of these turns. */
export const lineagesOf = (double: Double) => turnsSent(double).map(({ lineage }) => lineage);

export const paidOf = ({ journal }: Double): number =>
	journal.reduce((sum, { paid }) => sum + paid, 0);
