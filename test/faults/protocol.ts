/** What the harness tells a process under test to do, and what it hears of it. */

export type OnError = 'stopWorkflow' | 'continueRegularOutput' | 'continueErrorOutput';

export interface RunTask {
	readonly executionId: string;
	/** Base URL of the local OpenAI. */
	readonly url: string;
	/** Of the store, shared by all processes of a series; or of a host. */
	readonly folder: string;
	/** Undefined: the folder is the store. Else it is n8n's on a host of that name. */
	readonly host?: { readonly name: string; readonly store: string };
	readonly workflowId: string;
	/** An edit has the same input image in all items; a message begins a conversation. */
	readonly operation: 'generate' | 'edit' | 'send' | 'order' | 'background' | 'collect';
	/** One item each, and no two alike: the journal then tells whose image was paid. */
	readonly prompts: readonly string[];
	/** Images per item. */
	readonly count: number;
	readonly onError: OnError;
	/** n8n's Retry On Fail; 1 is without. */
	readonly tries: number;
	readonly calls: {
		readonly maxParallel: number;
		readonly timeoutSeconds: number;
		readonly maxRetries: number;
		readonly retryLost: boolean;
	};
	readonly binaryMode: 'memory' | 'filesystem';
	/** A node behind ours fails after it got the images. */
	readonly laterNodeFails: boolean;
	/** The user stops the execution. */
	readonly cancelAfterMs?: number;
	/** kill -9 at the step of this number, counted from 1. */
	readonly killAtStep?: number;
}

/** An image that the node behind ours got, or a row that was ordered: it has no bytes (`''`). */
export interface Delivery {
	readonly prompt: string;
	/** Of the bytes that came out of n8n's binary store. */
	readonly sha256: string;
	readonly reused: boolean;
	/** Calls of which its warnings say that they may have been billed, or brought too few images. */
	readonly told: number;
	/** Whether its warnings say that it could not be kept. */
	readonly unkept: boolean;
}

export interface RunReport {
	readonly executionId: string;
	readonly status: 'success' | 'error' | 'canceled' | string;
	readonly error: string | undefined;
	/** Prompts of items whose error says that they may have been billed. */
	readonly billed: readonly string[];
	/** Orders that Collect found not ready. */
	readonly open: number;
}

/** Beside the store's folder, because that may be a disk that is full. */
export const deliveriesFile = (folder: string, executionId: string): string =>
	`${folder}-delivered-${executionId}.json`;

/** From the process under test, in this order; a process that is killed leaves them out. */
export type Message = { readonly kind: 'ready' } | { readonly kind: 'report'; report: RunReport };
