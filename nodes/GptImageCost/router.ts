/** Runs the chosen operation of GPT Image Cost. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import * as compare from './compare';
import * as estimate from './estimate';
import * as summarize from './summarize';

type Execute = (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>;

const operations: Readonly<Record<string, Execute>> = {
	compare: compare.execute,
	estimate: estimate.execute,
	summarize: summarize.execute,
};

export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const operation = context.getNodeParameter('operation', 0);
	const execute = operations[operation];
	if (!execute) throw new RangeError(`There is no operation ${operation}`);
	return await execute(context);
}
