/** What the harness tells a process under test to do, and what it hears of it. */

export type OnError = 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';

export interface RunTask {
	readonly executionId: string;
	/** Base URL of the local OpenAI. */
	readonly url: string;
	/** Folder of the ledger and the budget, shared by all processes of a series. */
	readonly folder: string;
	readonly workflowId: string;
	/** An edit has the same input image in all items; a message begins a conversation. */
	readonly operation: 'generate' | 'edit' | 'send';
	/** One item each, and no two alike: the journal then tells whose picture was paid. */
	readonly prompts: readonly string[];
	/** Pictures per item. */
	readonly count: number;
	readonly onError: OnError;
	/** n8n's Retry On Fail; 1 is without. */
	readonly tries: number;
	readonly calls: {
		readonly maxParallel: number;
		readonly timeoutSeconds: number;
		readonly maxRetries: number;
		readonly retryUncertain: number;
	};
	readonly binaryMode: 'memory' | 'filesystem';
	/** A node behind ours fails after it got the pictures. */
	readonly laterNodeFails: boolean;
	/** The user stops the execution. */
	readonly cancelAfterMs?: number;
	/** kill -9 instead of the file operation of this number, counted from 1. */
	readonly killAtStep?: number;
	/** Writing to the ledger fails for want of space from one step to another. */
	readonly fullDisk?: { readonly from: number; readonly until: number };
}

/** A picture that the node behind ours got. */
export interface Delivery {
	readonly prompt: string;
	/** Of the bytes that came out of n8n's binary store. */
	readonly sha256: string;
	readonly attempts: number;
	readonly reused: boolean;
	/** Calls of which its warnings say that they may have been billed. */
	readonly told: number;
	/** Whether its warnings say that it could not be kept. */
	readonly unkept: boolean;
}

export interface RunReport {
	readonly executionId: string;
	readonly status: 'success' | 'error' | 'canceled' | string;
	readonly error: string | undefined;
	readonly failed: number;
	/** Writes that failed for want of space. */
	readonly fullDisk: number;
}

/** From the process under test, in this order; a process that is killed leaves them out. */
export type Message = { readonly kind: 'ready' } | { readonly kind: 'report'; report: RunReport };
