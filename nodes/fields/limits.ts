/** Limits and Retries: how much a run may spend, how it calls OpenAI, and what stands in. */

import type { INodeProperties } from 'n8n-workflow';
import { listField } from './list';
import { numberField, switchField, textField, usdField } from './field';

/** In the order in which people need them. */
const members: INodeProperties[] = [
	{
		...usdField('maxCostPerRun', 1, 'Maximum cost of one run of this node. 0 means no limit.'),
		hint: 'To limit the cost per day for all nodes, set a limit in the credential',
	},
	listField('onBudget', 'stop', 'What to do when a request would exceed a limit'),
	numberField('maxParallel', 'Number of items to process at the same time'),
	numberField(
		'timeoutSeconds',
		'How long to wait for one request; large high-quality images can take minutes',
	),
	numberField(
		'maxRetries',
		'Retries for requests that were not billed: rate limit, overload or no connection. Works without Retry On Fail.',
	),
	switchField(
		'retryLost',
		true,
		'Whether to resend a request once if its response was lost. OpenAI may bill both.',
	),
	listField('reuse', 'undelivered', 'When to reuse images that are already paid for'),
	numberField('reuseHours', 'Maximum age of an image to reuse', {
		displayOptions: { show: { reuse: ['always'] } },
	}),
	switchField(
		'moderationCheck',
		false,
		"Whether to check the prompt and images with OpenAI's free moderation endpoint first, so that flagged items fail before anything is paid for",
	),
	textField('fallback', {
		placeholder: 'e.g. gpt-image-2.5-flare, gpt-image-2.6-flare',
		description:
			'Comma-separated list of models to try, in this order, if the selected model blocks the request or is unavailable',
	}),
	textField('fallbackField', {
		placeholder: 'e.g. placeholder',
		description: 'Input binary field with an image to use if every model blocks the request',
	}),
];

/** Of orders only. */
export const maxImagesPerBatchOption: INodeProperties = numberField(
	'maxImagesPerBatch',
	'Maximum number of images in one batch. More images are split into several batches.',
	{ displayOptions: { show: { '/delivery': ['batch'] } } },
);

/** @param others options that only some operations have */
export const limitsField = (others: readonly INodeProperties[]): INodeProperties => ({
	displayName: 'Limits and Retries',
	name: 'limits',
	type: 'collection',
	placeholder: 'Add limit or retry',
	default: {},
	options: [...members, ...others],
});
