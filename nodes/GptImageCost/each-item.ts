/** The loop over items that the operations of GPT Image Cost share. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { asGptImageError, toErrorItem, toNodeError } from '../host/errors';

/** Results in the order of the input, and the failed items. */
export interface ItemResults<Result> {
	readonly results: readonly Result[];
	readonly failed: readonly INodeExecutionData[];
}

/** Works on one item after the other; the only loop and the only catch of this node. */
export async function eachItem<Result>(
	context: IExecuteFunctions,
	work: (itemIndex: number) => Promise<Result>,
): Promise<ItemResults<Result>> {
	const results: Result[] = [];
	const failed: INodeExecutionData[] = [];
	for (const itemIndex of context.getInputData().keys()) {
		try {
			results.push(await work(itemIndex));
		} catch (error) {
			const known = asGptImageError(error);
			if (!context.continueOnFail()) throw toNodeError(context, known, itemIndex);
			failed.push(toErrorItem(context, known, itemIndex));
		}
	}
	return { results, failed };
}
