import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { asFailure, GptImageError } from '../../core/errors';
import { text } from '../../core/rules/values';
import { isToolRun } from './tool-answer';

/** Failures in n8n's shapes: an error that stops the node, or an item that carries it on. */

/** Whatever reading an item's parameters threw; n8n's own errors keep their words. */
export function asGptImageError(error: unknown): GptImageError {
	if (!(error instanceof NodeOperationError || error instanceof NodeApiError)) {
		return asFailure(error);
	}
	return new GptImageError(error.message, {
		code: 'invalid_input',
		advice: error.description ?? "Check the node's parameters for this item.",
		retryable: false,
		billed: 'no',
	});
}

/** Pictures of a run that failed: paid and in the ledger, and paid but not. */
interface Paid {
	readonly kept: number;
	readonly unkept: number;
}

const pictures = (count: number): string =>
	count === 1 ? '1 picture of this run is' : `${count} pictures of this run are`;

function paidNote({ kept, unkept }: Paid): string {
	const notes = [
		...(kept > 0
			? [
					`${pictures(kept)} paid and kept: running the workflow again uses ${kept === 1 ? 'it' : 'them'} and buys only the rest`,
				]
			: []),
		...(unkept > 0
			? [
					`${pictures(unkept)} paid but could not be kept on disk: running the workflow again buys ${unkept === 1 ? 'it' : 'them'} again`,
				]
			: []),
	];
	return notes.map((note) => `. ${note}`).join('');
}

/**
 * The error that stops the node, naming the item.
 */
export function toNodeError(
	context: IExecuteFunctions,
	error: GptImageError,
	itemIndex: number,
	paid: Paid = { kept: 0, unkept: 0 },
): NodeApiError | NodeOperationError {
	const { advice: description, status, code, retryAfterMs } = error.facts;
	const said = `${error.message} [item ${itemIndex}]${paidNote(paid)}`;
	// An agent is given the message alone.
	const message = isToolRun(context) ? `${said}. ${description}` : said;
	if (status === undefined) {
		return new NodeOperationError(context.getNode(), message, { description, itemIndex });
	}
	return new NodeApiError(
		context.getNode(),
		{ message, code },
		{
			message,
			description,
			httpCode: String(status),
			itemIndex,
			...(code === 'rate_limit_exceeded'
				? { failure: { cause: 'rate-limited' as const, retryAfterMs } }
				: {}),
		},
	);
}

/** The text that was asked for, also when it is the very parameter that cannot be read. */
function promptOf(context: IExecuteFunctions, itemIndex: number): string {
	const name =
		context.getNodeParameter('resource', 0, 'image') === 'conversation' ? 'message' : 'prompt';
	try {
		return text(context.getNodeParameter(name, itemIndex, ''));
	} catch {
		return '';
	}
}

/**
 * The failed item of the contract. With the error output it has only the three keys by which n8n
 * recognizes a failure: n8n merges the input's fields back in by itself.
 */
export function toErrorItem(
	context: IExecuteFunctions,
	error: GptImageError,
	itemIndex: number,
): INodeExecutionData {
	const { code, advice, status, type, param, requestId, retryable, billed } = error.facts;
	const details: IDataObject = {
		code,
		status: status ?? null,
		type: type ?? null,
		...(param === undefined ? {} : { param }),
		...(requestId === undefined ? {} : { requestId }),
		retryable,
		billed,
		prompt: promptOf(context, itemIndex),
		itemIndex,
	};
	const input = context.getInputData()[itemIndex];
	const isErrorOutput = context.getNode().onError === 'continueErrorOutput';
	return {
		json: {
			...(isErrorOutput ? {} : input?.json),
			error: error.message,
			message: advice,
			details,
		},
		...(isErrorOutput || !input?.binary ? {} : { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}
