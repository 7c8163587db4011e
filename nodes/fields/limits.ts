/** Limits and Retries: how much a run may spend, how it calls OpenAI, and what stands in. */

import type { INodeProperties } from 'n8n-workflow';
import { defaultLimits, longestReuseHours, longestTimeoutSeconds } from '../../core/rules/calls';
import { labels } from '../../core/rules/labels';
import { listField } from './list';

const { maxParallel, timeoutSeconds, maxRetries, reuseHours, maxImagesPerBatch } = defaultLimits;

/** In the order in which people need them. */
const members: INodeProperties[] = [
	{
		displayName: labels.maxCostPerRun,
		name: 'maxCostPerRun',
		type: 'number',
		default: 1,
		typeOptions: { minValue: 0 },
		description: 'Maximum cost of one run of this node. 0 means no limit.',
		hint: 'To limit the cost per day for all nodes, set a limit in the credential',
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
		default: timeoutSeconds,
		typeOptions: { minValue: 1, maxValue: longestTimeoutSeconds, numberPrecision: 0 },
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
		description: 'Whether to resend a request once if its response was lost. OpenAI may bill both.',
	},
	listField('reuse', 'undelivered', 'When to reuse images that are already paid for'),
	{
		displayName: labels.reuseHours,
		name: 'reuseHours',
		type: 'number',
		default: reuseHours,
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
			'Comma-separated list of models to try, in this order, if the selected model blocks the request or is unavailable',
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
	default: maxImagesPerBatch,
	typeOptions: { minValue: 1, numberPrecision: 0 },
	description: 'Maximum number of images in one batch. More images are split into several batches.',
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
