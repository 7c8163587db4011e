/** The store of this n8n process, and how it learns that an execution has ended. */

import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import path from 'node:path';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { ItemRef } from '../../core/job';
import { fromUsd } from '../../core/pricing/money';
import { isRecord, type Fields } from '../../core/rules/json';
import { checkEnum, checkNumber } from '../../core/rules/parameters';
import { readStoreConfig } from '../../core/store/config';
import { openStore } from '../../core/store/open';
import type { Limits, Reuse, Store } from '../../core/store/store';
import { sha256 } from '../../core/calls/key';
import type { Account } from './connection';
import { workflowIdOf } from './parameters';

/** The store of this process; another configuration, as tests have, ends the one before. */
let current: { readonly name: string; readonly store: Store } | undefined;

/** @throws GptImageError `invalid_environment`, naming the variable */
export function openNodeStore(): Store {
	const home = path.join(process.env.N8N_USER_FOLDER ?? homedir(), '.n8n', 'gpt-image');
	const config = readStoreConfig(process.env, home);
	const name = JSON.stringify(config);
	if (current?.name !== name) {
		void current?.store.close();
		current = { name, store: openStore(config) };
	}
	return current.store;
}

const QUEUE_HINT =
	"n8n runs in queue mode, but GPT Image stores paid images in a folder on this machine: other machines cannot find them, and have separate day limits and sessions. Set N8N_GPT_IMAGE_STORE=n8n on every n8n process to use n8n's PostgreSQL, or set it to a folder's path if you use only one machine.";
let isHinted = false;

/** @returns what n8n's owner should set; n8n's log has it once for each process */
export function storeHints({ logger }: IExecuteFunctions): readonly string[] {
	const { EXECUTIONS_MODE, N8N_GPT_IMAGE_STORE, N8N_GPT_IMAGE_STORE_FILE } = process.env;
	if (EXECUTIONS_MODE !== 'queue' || N8N_GPT_IMAGE_STORE?.trim() || N8N_GPT_IMAGE_STORE_FILE)
		return [];
	if (!isHinted) logger.warn(QUEUE_HINT);
	isHinted = true;
	return [QUEUE_HINT];
}

/** Which images that are already paid are used instead of buying them again: with this key only. */
export function readReuse({ reuse, reuseHours }: Fields, { account }: Limits): Reuse {
	const kind = checkEnum('reuse', reuse, 'undelivered');
	const hours = checkNumber('reuseHours', reuseHours);
	return kind === 'always' ? { kind, hours, account } : { kind };
}

/**
 * Limits are per credential, of which only a digest is told.
 * @param maxCostPerRun USD; undefined for no limit
 * @param account undefined in a dry run
 */
export function limitsOf(maxCostPerRun: number | undefined, account: Account | undefined): Limits {
	const { connection, maxCostPerDay, imagesPerMinute, keepPrompts = true } = account ?? {};
	return {
		account: sha256(`${connection?.baseUrl ?? ''} ${connection?.apiKey ?? ''}`),
		perRun: maxCostPerRun === undefined ? undefined : fromUsd(maxCostPerRun),
		perDay: maxCostPerDay === undefined ? undefined : fromUsd(maxCostPerDay),
		imagesPerMinute,
		keepPrompts,
	};
}

/** Whether the execution has failed; the engine's own data say so when its finish hook is called. */
function hasFailed(context: IExecuteFunctions): boolean {
	const engine: unknown = 'runExecutionData' in context ? context.runExecutionData : undefined;
	const result = isRecord(engine) ? engine.resultData : undefined;
	const failed = isRecord(result) && result.error !== undefined;
	return failed || context.getExecutionCancelSignal()?.aborted === true;
}

/**
 * Purchases that n8n did not get, by the execution that is under way. One that waited continues with
 * another signal, and n8n has forgotten who wanted to be called at its end.
 */
const underWay = new Map<
	string,
	{ readonly owed: Set<string>; readonly signal: AbortSignal | undefined }
>();

/** This run of the node. */
export interface NodeRun {
	/** What names an item. */
	refOf(itemIndex: number): ItemRef;
	/** n8n did not get all of this purchase: it stays owed, whatever becomes of the execution. */
	owe(purchaseId: string): void;
	/** The node has ended; where n8n does not call back at the end of executions, that is the end. */
	end(outcome: 'delivered' | 'returned'): Promise<void>;
}

/**
 * Settles the purchases when the whole execution is over: delivered, or, when a later node failed,
 * owed to the next run of the workflow.
 */
export function beginRun(context: IExecuteFunctions, store: Store): NodeRun {
	// n8n's Agents (2.41) run a tool without an execution: it is one of its own, of whose end nobody tells.
	const ofN8n: string | undefined = context.getExecutionId();
	const executionId = ofN8n ?? randomUUID();
	const signal = context.getExecutionCancelSignal();
	const known = underWay.get(executionId);
	const owed = known?.owed ?? new Set<string>();
	const settle = async (outcome: 'delivered' | 'returned'): Promise<void> =>
		await store.settle(executionId, outcome, owed);
	// Versions of n8n before 2.33 do not call back.
	const willCallBack = context.onExecutionFinish !== undefined && ofN8n !== undefined;
	if (!known || known.signal !== signal) {
		if (willCallBack) underWay.set(executionId, { owed, signal });
		context.onExecutionFinish?.(async () => {
			underWay.delete(executionId);
			await settle(hasFailed(context) ? 'returned' : 'delivered');
		});
	}
	const { $runIndex } = context.getWorkflowDataProxy(0);
	const run = {
		workflowId: workflowIdOf(context),
		nodeId: context.getNode().id,
		executionId,
		runIndex: typeof $runIndex === 'number' ? $runIndex : 0,
	};
	return {
		refOf: (itemIndex) => ({ ...run, itemIndex }),
		owe: (purchaseId) => void owed.add(purchaseId),
		end: async (outcome) => {
			if (!willCallBack) await settle(hasFailed(context) ? 'returned' : outcome);
		},
	};
}
