/** What becomes of the results of the items: the node's outputs, or its error. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { GptImageError } from '../../core/errors';
import { fieldsOf } from '../../core/rules/json';
import { failuresLast, toErrorItem } from '../host/errors';

/** The results of one item: items, and errors among them. */
export type Entry = INodeExecutionData | GptImageError;
export const isError = (entry: Entry): entry is GptImageError => entry instanceof Error;

interface Sorted {
	readonly item: INodeExecutionData;
	readonly hasFailed: boolean;
}

/** Items in the order of the input; with the error output the successes come first. */
export function sortGroups(context: IExecuteFunctions, entries: readonly Entry[][]): Sorted[] {
	const all = entries.flatMap((group, itemIndex) =>
		group.map((entry) => ({
			hasFailed: isError(entry),
			item: isError(entry) ? toErrorItem(context, entry, itemIndex) : entry,
		})),
	);
	return failuresLast(context, all, ({ hasFailed }) => hasFailed);
}

/** A review that failed is not a pass. */
export function outputsOf(operation: unknown, sorted: readonly Sorted[]): INodeExecutionData[][] {
	if (operation !== 'review') return [sorted.map(({ item }) => item)];
	const hasPassed = ({ item, hasFailed }: Sorted): boolean =>
		!hasFailed && fieldsOf(item.json.review).pass === true;
	const passed = sorted.filter(hasPassed).map(({ item }) => item);
	return [passed, sorted.filter((one) => !hasPassed(one)).map(({ item }) => item)];
}
