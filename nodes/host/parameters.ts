/** Node parameters of one item, as plain data for core/. Nothing is checked here. */

import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { defaultLimits } from '../../core/rules/calls';
import { checkFallback } from '../../core/rules/fallback';
import { fieldsOf, type Fields } from '../../core/rules/json';
import { checkLimit } from '../../core/rules/limits';
import { labels, type Params } from '../../core/rules/labels';
import type { ImageParams, Operation } from '../../core/rules/request-types';
import { checkBoolean, checkNumber, toText } from '../../core/rules/parameters';
import type { CalendarFor } from './calendar';
import { missingValues } from './empty-expressions';
import type { ItemSettings } from './items';

export const readOptions = (context: IExecuteFunctions, itemIndex: number): IDataObject =>
	context.getNodeParameter('options', itemIndex, {});

/** n8n's Agents (2.41) run a tool without a workflow: its orders and sessions are those of its credential. */
export const workflowIdOf = (context: IExecuteFunctions): string =>
	context.getWorkflow().id ?? `credential ${context.getNode().credentials?.gptImageApi?.id ?? ''}`;

/** The collection Limits and Retries. An option that is there and has no value does not get its default. */
export const readLimitOptions = (context: IExecuteFunctions, itemIndex: number): Fields => ({
	...defaultLimits,
	...fieldsOf(context.getNodeParameter('limits', itemIndex, {})),
});

/** @returns the options of a collection, without what has no parameter's name */
export const paramsIn = (options: IDataObject): Params =>
	Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(labels, name)));

/** The parameters that describe an image; the checks take of them what the operation has. */
export function readImageParams(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
): ImageParams {
	// n8n strips parameters that are not shown; without a fallback of its own it would throw for them.
	const parameter = (name: string): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	const options = readOptions(context, itemIndex);
	const prompt = parameter('prompt');
	return {
		...paramsIn(options),
		operation,
		model: context.getNodeParameter('model', itemIndex, '', { extractValue: true }),
		prompt,
		missingValues: missingValues(context, itemIndex, [
			['prompt', operation === 'send' ? labels.message : labels.prompt, prompt],
			['options.styleGuide', labels.styleGuide, options.styleGuide],
			['options.instructions', labels.instructions, options.instructions],
			['sessionKey', labels.sessionKey, parameter('sessionKey')],
		]),
		size: parameter('size'),
		aspectRatio: parameter('aspectRatio'),
		megapixels: parameter('megapixels'),
		width: parameter('width'),
		height: parameter('height'),
		quality: parameter('quality'),
	};
}

/** How one item's call is made. */
export interface CallSettings {
	/** Every check, the price and a placeholder; nothing is sent. */
	readonly dryRun: boolean;
	/** Limit of one call, in milliseconds. */
	readonly timeoutMs: number;
	/** Whether OpenAI's free moderation endpoint checks the request before it is paid. */
	readonly moderationCheck: boolean;
}

/** How an item of an operation becomes a draft. @throws GptImageError naming the wrong parameter */
export type ReadDraft<D> = (
	context: IExecuteFunctions,
	itemIndex: number,
	calendarFor: CalendarFor,
) => Promise<D & CallSettings>;

/** @throws invalid_parameter */
export function readCallSettings(context: IExecuteFunctions, itemIndex: number): CallSettings {
	const limits = readLimitOptions(context, itemIndex);
	const seconds = checkNumber('timeoutSeconds', limits.timeoutSeconds);
	// The run's limit is the first item's; one that another item cannot read is told before any call.
	checkLimit(limits.maxCostPerRun, 'maxCostPerRun');
	return {
		dryRun: checkBoolean('dryRun', readOptions(context, itemIndex).dryRun, false),
		timeoutMs: seconds * 1000,
		moderationCheck: checkBoolean('moderationCheck', limits.moderationCheck, false),
	};
}

/** How one item's images become items. @param kept options that count where the item has none */
export function readItemSettings(
	context: IExecuteFunctions,
	itemIndex: number,
	kept: Fields = {},
): ItemSettings {
	const options: Fields = { ...kept, ...readOptions(context, itemIndex) };
	return {
		outputField: toText(options.outputField).trim() || 'data',
		fileNameTemplate: toText(options.fileName).trim() || '{prompt}',
		keepInput: checkBoolean('keepInput', options.keepInput, true),
		keepPartials: checkBoolean('keepPartials', options.keepPartials, false),
	};
}

/** The models of the option, in their order. */
export const readFallbackModels = (context: IExecuteFunctions, itemIndex: number): string[] =>
	checkFallback(readLimitOptions(context, itemIndex).fallback);
