import { homedir } from 'node:os';
import path from 'node:path';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { openLedger, type Ledger, type Place, type Reuse } from '../../core/money/ledger';
import { text } from '../../core/rules/values';

/** The ledger of paid pictures as this n8n has it, and how the end of an execution reaches it. */

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;

/** N8N_GPT_IMAGE_LEDGER, else a folder beside n8n's own data. */
function ledgerFolder(options: IDataObject): string {
	const chosen = text(options.ledgerFolder).trim() || process.env.N8N_GPT_IMAGE_LEDGER?.trim();
	if (chosen) return path.resolve(chosen);
	return path.join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'gpt-image', 'ledger');
}

export function openNodeLedger(options: IDataObject): Ledger {
	return openLedger({
		folder: ledgerFolder(options),
		reuse: (text(options.reuse) || 'undelivered') as Reuse,
		reuseHours: Number(options.reuseHours ?? 24),
		keepPrompts: options.keepPrompts !== false,
	});
}

/** Where in n8n a picture of this run of the node is wanted. */
export function placesOf(context: IExecuteFunctions): (job: { itemIndex: number }) => Place {
	const runIndex = context.getWorkflowDataProxy(0).$runIndex;
	const base = {
		workflowId: context.getWorkflow().id ?? '',
		nodeId: context.getNode().id,
		executionId: context.getExecutionId(),
		runIndex: typeof runIndex === 'number' ? runIndex : 0,
	};
	return ({ itemIndex }) => ({ ...base, itemIndex });
}

/** Whether the execution has failed; the engine's own data say so when its finish hook is called. */
function hasFailed(context: IExecuteFunctions): boolean {
	const engine: unknown = 'runExecutionData' in context ? context.runExecutionData : undefined;
	const result = isRecord(engine) ? engine.resultData : undefined;
	const failed = isRecord(result) && result.error !== undefined;
	return failed || context.getExecutionCancelSignal()?.aborted === true;
}

/**
 * Settles the run's pictures when the whole execution is over: delivered, or, when a later node
 * failed, free for the next run of the workflow.
 * @returns whether n8n will call back; older versions do not, and delivery ends with the node then
 */
export function settleAtEnd(context: IExecuteFunctions, ledger: Ledger): boolean {
	if (!context.onExecutionFinish) return false;
	const executionId = context.getExecutionId();
	context.onExecutionFinish(
		async () => await ledger.settle(executionId, hasFailed(context) ? 'returned' : 'delivered'),
	);
	return true;
}
