import type { INodeExecutionData } from 'n8n-workflow';
import type { Execution } from './types';

/** The items that left an output of a node in its last run; none if the node did not run. */
export function outputOf(execution: Execution, node: string, output = 0): INodeExecutionData[] {
	const lastRun = execution.data.resultData.runData[node]?.at(-1);
	return lastRun?.data?.main?.[output] ?? [];
}

/** Why an execution failed, in n8n's words and its own advice; undefined if it did not. */
export function failureOf({ data }: Execution): string | undefined {
	const { error } = data.resultData;
	if (error === undefined) return undefined;
	const advice = 'description' in error && error.description ? ` (${error.description})` : '';
	return `${error.message}${advice}`;
}
