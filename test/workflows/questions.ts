import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { flatPng } from '../openai-double/testing';
import { outputOf } from './engine';
import { runGptImage, type NodeResult, type NodeRun } from './gpt-image';

/** Questions about images in n8n's engine, for the tests of Describe and Review. */

/** An item whose field `data` is a flat image. */
export async function imageItem(
	width = 1024,
	height = 1024,
	json: IDataObject = {},
): Promise<INodeExecutionData> {
	return itemOf(await flatPng(width, height), json);
}

export const itemOf = (bytes: Buffer, json: IDataObject = {}): INodeExecutionData => ({
	json,
	binary: {
		data: { data: bytes.toString('base64'), mimeType: 'image/png', fileName: 'mug.png' },
	},
});

export const onData = { values: [{ source: 'field', field: 'data' }] };

export interface ReviewResult extends NodeResult {
	/** `json.review` of the items of each output. */
	readonly passed: IDataObject[];
	readonly rejected: IDataObject[];
	readonly rejectedItems: INodeExecutionData[];
}

/** One execution of an operation, with an image of 1024 pixels unless the items say otherwise. */
export async function ask(
	double: Double,
	operation: 'describe' | 'review',
	parameters: IDataObject,
	more: Partial<NodeRun> = {},
): Promise<NodeResult> {
	return await runGptImage({
		baseUrl: double.url,
		items: more.items ?? [await imageItem()],
		parameters: { operation, images: onData, ...parameters },
		...more,
	});
}

export async function review(
	double: Double,
	parameters: IDataObject,
	more: Partial<NodeRun> = {},
): Promise<ReviewResult> {
	const result = await ask(double, 'review', parameters, more);
	const reviews = (items: readonly INodeExecutionData[]) =>
		items.map(({ json }) => json.review as IDataObject);
	const rejectedItems = outputOf(result.run, 'GPT Image', 1);
	return {
		...result,
		passed: reviews(outputOf(result.run, 'GPT Image')),
		rejected: reviews(rejectedItems),
		rejectedItems,
	};
}

/** Bodies of the questions that reached the double. */
export const questionsSent = ({ journal }: Double): IDataObject[] =>
	journal
		.filter(({ path }) => path === '/v1/responses')
		.map(({ body }) => (body ?? {}) as IDataObject);
