/** Failures in n8n's forms: an error that stops the node, or a failed item. */

import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import { toGptImageError, GptImageError } from '../../core/errors';
import { fieldsOf, isRecord, textOf } from '../../core/rules/json';
import { toText } from '../../core/rules/parameters';
import { isToolRun } from './tool-answer';

/** What the errors of n8n that a user can mend inherit from. */
const ofN8n = ['UserError', 'OperationalError', 'ApplicationError', 'NodeError', 'ExpressionError'];

/** By name: n8n may have another copy of the class than this package. */
function isOfN8n(error: Error): boolean {
	for (let one: unknown = error; isRecord(one); one = Object.getPrototypeOf(one)) {
		if (ofN8n.includes(one.constructor.name)) return true;
	}
	return false;
}

const adviceFor = (error: Error): string =>
	error.constructor.name.startsWith('Credential')
		? 'Select another credential in the node, or ask its owner to share it with this project.'
		: "Check the node's parameters and their expressions for this item.";

/** Whatever reading an item's parameters threw; n8n's own errors keep their words. */
export function asGptImageError(error: unknown): GptImageError {
	if (!(error instanceof Error) || !isOfN8n(error)) return toGptImageError(error);
	const { description, context } = fieldsOf(error);
	return new GptImageError(error.message.replace(/\.$/, ''), {
		code: 'invalid_input',
		advice: textOf(description) ?? adviceFor(error),
		param: textOf(fieldsOf(context).parameter),
		billed: 'no',
	});
}

/** @param kept images of a run that failed: paid, and kept for the next one */
function paidNote(kept: number): string {
	if (kept === 0) return '';
	const isOne = kept === 1;
	return `. ${isOne ? '1 image of this run is' : `${kept} images of this run are`} paid and kept: running the workflow again uses ${isOne ? 'it' : 'them'} and buys only the rest`;
}

/** @param kept images of this run that the next one gets */
export function toNodeError(
	context: IExecuteFunctions,
	error: GptImageError,
	itemIndex: number,
	kept = 0,
): NodeApiError | NodeOperationError {
	const { advice: description, status, code, retryAfterMs } = error;
	const text = `${error.message} [item ${itemIndex}]${paidNote(kept)}`;
	// An agent gets only the message.
	const message = isToolRun(context) ? `${text}. ${description}` : text;
	const details = detailsOf(error, promptOf(context, itemIndex), itemIndex);
	if (status === undefined) {
		const options = { description, itemIndex };
		return own(new NodeOperationError(context.getNode(), message, options), message, details);
	}
	const failure = new NodeApiError(
		context.getNode(),
		{ message, code },
		{
			message,
			description,
			httpCode: String(status),
			itemIndex,
			...(error.is('rate_limit_exceeded')
				? { failure: { cause: 'rate-limited' as const, retryAfterMs } }
				: {}),
		},
	);
	return own(failure, message, details);
}

/** n8n puts a stock text in place of a message that contains the code of an error, such as ENOSPC. */
function own<E extends NodeApiError | NodeOperationError>(
	failure: E,
	message: string,
	details: IDataObject,
): E {
	failure.message = message;
	failure.context.details = details;
	return failure;
}

/** Named in one message; more are counted. */
const mostNamed = 10;

/**
 * @param checked by item; whoever mends a sheet wants to mend it once
 * @returns the error that stops the node and names all items that cannot be used
 */
export function toRefusal(
	context: IExecuteFunctions,
	checked: readonly unknown[],
): NodeApiError | NodeOperationError | undefined {
	const refused = checked.flatMap((error, itemIndex) =>
		error instanceof GptImageError ? [{ itemIndex, error }] : [],
	);
	const [first] = refused;
	if (!first) return undefined;
	const { itemIndex, error } = first;
	if (refused.length === 1) return toNodeError(context, error, itemIndex);
	const named = refused
		.slice(0, mostNamed)
		.map((one) => `[item ${one.itemIndex}] ${one.error.message}`);
	const more = refused.length - named.length;
	const message = `${refused.length} of ${context.getInputData().length} items cannot be used: ${named.join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
	const advices = new Set(refused.map((one) => one.error.advice));
	const description = `Nothing was sent. ${[...advices].slice(0, mostNamed).join(' ')}`;
	const failure = new NodeOperationError(context.getNode(), message, { description, itemIndex });
	return own(failure, message, detailsOf(error, promptOf(context, itemIndex), itemIndex));
}

/** The prompt, even if it is the parameter that cannot be read. */
function promptOf(context: IExecuteFunctions, itemIndex: number): string {
	try {
		return toText(context.getNodeParameter('prompt', itemIndex, ''));
	} catch {
		return '';
	}
}

/** Whether the input is a failed item itself, so that its `message` is the advice for that failure. */
const isOurAdvice = ({ message, details }: IDataObject): boolean =>
	isRecord(details) && details.advice === message;

/**
 * With the error output it has only the three keys by which n8n recognizes a failure: n8n merges the
 * input's fields back in by itself. With the regular output an input's own `message` stays. What has to
 * give way is in `details.input`.
 */
export function toErrorItem(
	context: IExecuteFunctions,
	error: GptImageError,
	itemIndex: number,
): INodeExecutionData {
	const item = context.getInputData()[itemIndex];
	const isErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const input = item?.json ?? {};
	const failed = failedFields(
		error,
		input,
		!isErrorOutput,
		promptOf(context, itemIndex),
		itemIndex,
	);
	return {
		json: { ...(isErrorOutput ? {} : input), ...failed },
		...(isErrorOutput || !item?.binary ? {} : { binary: item.binary }),
		pairedItem: { item: itemIndex },
	};
}

/**
 * With Retry On Fail, n8n runs the whole node again when the first item is a failed one.
 * @returns with the error output the successes first, else as it is
 */
export function failuresLast<T>(
	context: IExecuteFunctions,
	all: T[],
	hasFailed: (one: T) => boolean,
): T[] {
	if (context.getNode().onError !== 'continueErrorOutput') return all;
	return [...all.filter((one) => !hasFailed(one)), ...all.filter(hasFailed)];
}

/**
 * @param input the fields of the row that failed
 * @param isBeside whether they stand beside the failure
 * @returns the three keys of a failed item
 */
export function failedFields(
	error: GptImageError,
	input: IDataObject,
	isBeside: boolean,
	prompt: string,
	itemIndex: number,
): IDataObject {
	const keepsMessage = isBeside && 'message' in input && !isOurAdvice(input);
	const displaced = ['error', 'details', ...(keepsMessage ? [] : ['message'])].filter(
		(key) => key in input,
	);
	const details: IDataObject = {
		...detailsOf(error, prompt, itemIndex),
		...(displaced.length === 0
			? {}
			: { input: Object.fromEntries(displaced.map((key) => [key, input[key]])) }),
	};
	return { error: error.message, message: keepsMessage ? input.message : error.advice, details };
}

/** The contract's `details` of a failure. */
function detailsOf(error: GptImageError, prompt: string, itemIndex: number): IDataObject {
	const { code, advice, status, type, param, requestId, retryable, billed, received } = error;
	return {
		code,
		advice,
		status: status ?? null,
		type: type ?? null,
		...(param === undefined ? {} : { param }),
		...(requestId === undefined ? {} : { requestId }),
		retryable,
		billed,
		...(received === undefined ? {} : { received: { ...received } }),
		prompt,
		itemIndex,
	};
}
