/** Limits and Retries: how much a run may spend, how it calls OpenAI, and what stands in. */

import type { INodeProperties } from 'n8n-workflow';
import {
	defaultCalls,
	defaultImagesPerBatch,
	defaultTimeoutSeconds,
	longestReuseHours,
} from '../../core/rules/calls';
import { labels } from '../../core/rules/labels';
import { listField } from './list';

const { maxParallel, maxRetries } = defaultCalls;

/** In the order in which people need them. */
const members: INodeProperties[] = [
	{
		displayName: labels.maxCostPerRun,
		name: 'maxCostPerRun',
		type: 'number',
		default: 1,
		typeOptions: { minValue: 0 },
		description: 'Maximum cost of one run of this node; 0 means no limit',
		hint: 'The credential has a limit per day, which holds for all nodes that use it',
	},
	listField('onBudget', 'stop', 'What to do when a request would exceed a limit'),
	{
		displayName: labels.maxParallel,
		name: 'maxParallel',
		type: 'number',
		default: maxParallel,
		typeOptions: { minValue: 1, maxValue: 32, numberPrecision: 0 },
		description: 'Number of items to process at the same time',
	},
	{
		displayName: labels.timeoutSeconds,
		name: 'timeoutSeconds',
		type: 'number',
		default: defaultTimeoutSeconds,
		typeOptions: { minValue: 1, numberPrecision: 0 },
		description: 'How long to wait for one request; large high-quality images can take minutes',
	},
	{
		displayName: labels.maxRetries,
		name: 'maxRetries',
		type: 'number',
		default: maxRetries,
		typeOptions: { minValue: 0, maxValue: 20, numberPrecision: 0 },
		description:
			'Retries for requests that were not billed: rate limit, overload or no connection. Works without Retry On Fail.',
	},
	{
		displayName: labels.retryLost,
		name: 'retryLost',
		type: 'boolean',
		default: true,
		description:
			'Whether to send a request once more when its response was lost; OpenAI may bill both',
	},
	listField('reuse', 'undelivered', 'Which images that are already paid for to use again'),
	{
		displayName: labels.reuseHours,
		name: 'reuseHours',
		type: 'number',
		default: 24,
		typeOptions: { minValue: 0, maxValue: longestReuseHours, numberPrecision: 0 },
		description: 'Maximum age of an image to reuse',
		displayOptions: { show: { reuse: ['always'] } },
	},
	{
		displayName: labels.moderationCheck,
		name: 'moderationCheck',
		type: 'boolean',
		default: false,
		description:
			"Whether to check the prompt and images with OpenAI's free moderation endpoint first, so that flagged items fail before anything is paid for",
	},
	{
		displayName: labels.fallback,
		name: 'fallback',
		type: 'string',
		default: '',
		placeholder: 'e.g. gpt-image-2.5-flare, gpt-image-2.6-flare',
		description:
			'Models to try in this order when the chosen one blocks the request or is not available, separated by commas',
	},
	{
		displayName: labels.fallbackField,
		name: 'fallbackField',
		type: 'string',
		default: '',
		placeholder: 'e.g. placeholder',
		description: 'Input binary field with an image to use if every model blocks the request',
	},
];

/** Of orders only. */
export const maxImagesPerBatchOption: INodeProperties = {
	displayName: labels.maxImagesPerBatch,
	name: 'maxImagesPerBatch',
	type: 'number',
	default: defaultImagesPerBatch,
	typeOptions: { minValue: 1, numberPrecision: 0 },
	description: 'Number of images in one batch; more rows are ordered as several batches',
	displayOptions: { show: { '/delivery': ['batch'] } },
};

/** @param others options that only some operations have */
export const limitsField = (others: readonly INodeProperties[]): INodeProperties => ({
	displayName: 'Limits and Retries',
	name: 'limits',
	type: 'collection',
	placeholder: 'Add limit or retry',
	default: {},
	options: [...members, ...others],
});
