/** The loop over items that the operations of GPT Image Cost share. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { asGptImageError, failuresLast, toErrorItem, toNodeError } from '../host/errors';

type Outcome<Result> = { readonly result: Result } | { readonly failed: INodeExecutionData };

/**
 * Works on one item after the other; the only loop and the only catch of this node.
 * @returns an outcome per item in the order of the input; with the error output failures come last
 */
export async function eachItem<Result>(
	context: IExecuteFunctions,
	work: (itemIndex: number) => Promise<Result>,
): Promise<readonly Outcome<Result>[]> {
	const outcomes: Outcome<Result>[] = [];
	for (const itemIndex of context.getInputData().keys()) {
		try {
			outcomes.push({ result: await work(itemIndex) });
		} catch (error) {
			const known = asGptImageError(error);
			if (!context.continueOnFail()) throw toNodeError(context, known, itemIndex);
			outcomes.push({ failed: toErrorItem(context, known, itemIndex) });
		}
	}
	return failuresLast(context, outcomes, (one) => 'failed' in one);
}
