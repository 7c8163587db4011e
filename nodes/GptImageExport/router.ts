/** Runs the chosen operation of GPT Image Export. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { drawSheet } from './draw-sheet';
import { exportItems } from './export-items';

type Execute = (context: IExecuteFunctions) => Promise<INodeExecutionData[]>;

const operations: Readonly<Record<string, Execute>> = {
	contactSheet: drawSheet,
	export: exportItems,
};

export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const operation = context.getNodeParameter('operation', 0);
	const execute = operations[operation];
	if (!execute) throw new RangeError(`There is no operation ${operation}`);
	return [await execute(context)];
}
