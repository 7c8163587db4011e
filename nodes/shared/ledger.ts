import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Connection } from '../../core/api/client';
import { openSessions, type Sessions } from '../../core/api/sessions';
import { limitNames, openBudget, readLimit, type Budget } from '../../core/money/budget';
import { openLedger, type Ledger, type Place, type Reuse } from '../../core/money/ledger';
import { invalidParameter } from '../../core/errors';
import { labels } from '../../core/rules/labels';
import { oneOf, text } from '../../core/rules/values';
import { isRecord } from '../../core/rules/unknown';

/** Where this n8n keeps paid pictures and spent money, and how the end of an execution gets there. */

const reuses: readonly Reuse[] = ['undelivered', 'always', 'never'];

/** The option, else N8N_GPT_IMAGE_LEDGER, else a folder beside n8n's own data. */
export function dataFolder(options: IDataObject): string {
	const chosen = text(options.ledgerFolder).trim() || process.env.N8N_GPT_IMAGE_LEDGER?.trim();
	if (chosen) return path.resolve(chosen);
	return path.join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'gpt-image');
}

export function openNodeLedger(options: IDataObject): Ledger {
	return openLedger({
		folder: path.join(dataFolder(options), 'ledger'),
		reuse: oneOf('reuse', options.reuse ?? 'undelivered', reuses, 'this node'),
		reuseHours: readHours(options.reuseHours),
		keepPrompts: options.keepPrompts !== false,
	});
}

/** Conversations lie beside the ledger, so that workers which share one share the other. */
export const openNodeSessions = (options: IDataObject): Sessions =>
	openSessions({ folder: path.join(dataFolder(options), 'sessions') });

function readHours(value: unknown): number {
	const hours = Number(value ?? 24);
	if (Number.isFinite(hours) && hours >= 0) return hours;
	throw invalidParameter(
		'reuseHours',
		`'${labels.reuseHours}' is ${text(value) || 'empty'}`,
		'Give a number of hours, e.g. 24.',
	);
}

/** The limits of this run; the day's sum is kept per credential, of which only a digest is told. */
export function openNodeBudget(options: IDataObject, connection: Connection | undefined): Budget {
	const limit = (param: keyof typeof limitNames) =>
		readLimit(options[param], param, limitNames[param]);
	return openBudget({
		maxCostPerRun: limit('maxCostPerRun'),
		maxCostPerDay: limit('maxCostPerDay'),
		folder: path.join(dataFolder(options), 'budget'),
		key: createHash('sha256')
			.update(`${connection?.baseUrl ?? ''} ${connection?.apiKey ?? ''}`)
			.digest('hex'),
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

const unkeptByExecution = new Map<string, Map<string, INodeExecutionData>>();

/** See `Tools.unkept`; the same map for each try of an execution. */
export function unkeptItems(context: IExecuteFunctions): Map<string, INodeExecutionData> {
	const executionId = context.getExecutionId();
	const known = unkeptByExecution.get(executionId);
	if (known) return known;
	const items = new Map<string, INodeExecutionData>();
	if (context.onExecutionFinish) {
		unkeptByExecution.set(executionId, items);
		context.onExecutionFinish(() => unkeptByExecution.delete(executionId));
	}
	return items;
}
