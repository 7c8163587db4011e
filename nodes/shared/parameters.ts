import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { CallSettings } from '../../core/job';
import { defaultTimeoutSeconds, longestTimeoutSeconds } from '../../core/rules/calls';
import type { Operation } from '../../core/rules/request-types';
import type { PictureWish } from '../../core/rules/request';
import { text, wholeNumber } from '../../core/rules/values';
import type { ItemSettings } from './items';

/** Node parameters of one item, as plain data for core/. Nothing is judged here. */

export const readOptions = (context: IExecuteFunctions, itemIndex: number): IDataObject =>
	context.getNodeParameter('options', itemIndex, {});

/** The parameters that describe a picture; those of other operations are left out. */
export function readPictureWish(
	context: IExecuteFunctions,
	itemIndex: number,
	operation: Operation,
): PictureWish {
	// n8n strips parameters that are not shown; without a fallback of its own it would throw for them.
	const parameter = (name: string): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	const options = readOptions(context, itemIndex);
	return {
		operation,
		model: context.getNodeParameter('model', itemIndex, '', { extractValue: true }),
		prompt: parameter(operation === 'send' ? 'message' : 'prompt'),
		promptParameter: operation === 'send' ? 'message' : 'prompt',
		size: parameter('size'),
		aspectRatio: parameter('aspectRatio'),
		megapixels: parameter('megapixels'),
		width: parameter('width'),
		height: parameter('height'),
		quality: parameter('quality'),
		numberOfImages: parameter('numberOfImages'),
		outputFormat: options.outputFormat,
		outputCompression: options.outputCompression,
		background: options.background,
		moderation: options.moderation,
		complexity: options.complexity,
		partialImages: options.partialImages,
		safetyIdentifier: options.safetyIdentifier,
		inputFidelity: options.inputFidelity,
	};
}

/** How one item's call is made. */
export function readCallSettings(context: IExecuteFunctions, itemIndex: number): CallSettings {
	const { timeoutSeconds, moderationCheck } = readOptions(context, itemIndex);
	const seconds = wholeNumber(
		'timeoutSeconds',
		timeoutSeconds ?? defaultTimeoutSeconds,
		1,
		longestTimeoutSeconds,
	);
	return {
		dryRun: context.getNodeParameter('dryRun', itemIndex, false) === true,
		timeoutMs: seconds * 1000,
		moderationCheck: moderationCheck === true,
	};
}

/** How one item's pictures become items. */
export function readItemSettings(context: IExecuteFunctions, itemIndex: number): ItemSettings {
	const options = readOptions(context, itemIndex);
	return {
		outputField: text(options.outputField).trim() || 'data',
		fileNameTemplate: text(options.fileName).trim() || '{prompt}-{index}',
		keepInput: options.keepInput !== false,
		keepPartials: options.keepPartials === true,
	};
}

/** The models of the option, in their order. */
export const readFallbackModels = (context: IExecuteFunctions, itemIndex: number): string[] =>
	text(readOptions(context, itemIndex).fallback)
		.split(',')
		.map((model) => model.trim())
		.filter((model) => model !== '');
