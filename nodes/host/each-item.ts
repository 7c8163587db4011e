/** The loop over items of what buys nothing. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { GptImageError } from '../../core/errors';
import { schedule } from '../../core/run/schedule';
import { asGptImageError, toErrorItem, toNodeError } from './errors';

type Outcome<Result> = { readonly result: Result } | { readonly failed: INodeExecutionData };

/**
 * @returns an outcome per item, in the order of the input; fewer when the execution is stopped
 * @throws the first error, as the node's, where errors stop the node
 */
export async function eachItem<Result>(
	context: IExecuteFunctions,
	maxParallel: number,
	work: (itemIndex: number) => Promise<Result>,
): Promise<Outcome<Result>[]> {
	const items = context.getInputData();
	const stopOnError = !context.continueOnFail();
	const signal = context.getExecutionCancelSignal();
	const outcomes = new Map<number, Outcome<Result>>();
	const errors = new Map<number, GptImageError>();
	const isStopped = (): boolean => signal?.aborted === true || (stopOnError && errors.size > 0);
	await schedule(
		items.keys(),
		async (itemIndex) => {
			try {
				outcomes.set(itemIndex, { result: await work(itemIndex) });
			} catch (error) {
				errors.set(itemIndex, asGptImageError(error));
			}
		},
		{ maxParallel, isStopped },
	);
	return [...items.keys()].flatMap((itemIndex) => {
		const error = errors.get(itemIndex);
		if (error && stopOnError) throw toNodeError(context, error, itemIndex);
		return error
			? { failed: toErrorItem(context, error, itemIndex) }
			: (outcomes.get(itemIndex) ?? []);
	});
}
