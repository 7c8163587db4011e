/**
 * The values of every list parameter, in the order in which people look for them. The editor's
 * lists, the checks and their messages are made from these rows.
 */

import type { Parameter } from './labels';

export interface Choice {
	readonly value: string;
	readonly name: string;
	readonly description?: string;
	/** Other spellings that people use; case, spaces, hyphens and underscores do not count. */
	readonly aliases?: readonly string[];
}

const levels = [
	{ value: 'low', name: 'Low' },
	{ value: 'medium', name: 'Medium' },
	{ value: 'high', name: 'High' },
] as const;

const fromLow = [
	...levels,
	{ value: 'xhigh', name: 'Extra High' },
	{ value: 'max', name: 'Max', aliases: ['maximum'] },
] as const;

const efforts = [
	{ value: 'none', name: 'None' },
	{ value: 'minimal', name: 'Minimal' },
	...fromLow,
] as const;

const positions = [
	{ value: 'topLeft', name: 'Top Left' },
	{ value: 'top', name: 'Top' },
	{ value: 'topRight', name: 'Top Right' },
	{ value: 'left', name: 'Left' },
	{ value: 'center', name: 'Center', aliases: ['centre', 'middle'] },
	{ value: 'right', name: 'Right' },
	{ value: 'bottomLeft', name: 'Bottom Left' },
	{ value: 'bottom', name: 'Bottom' },
	{ value: 'bottomRight', name: 'Bottom Right' },
] as const;

export const choices = {
	action: [
		{
			value: 'auto',
			name: 'Auto',
			description: 'Let the chat model decide; it may reply with text only',
		},
		{ value: 'edit', name: 'Edit', description: 'Change the last image or an attached one' },
		{ value: 'generate', name: 'Generate', description: 'Create a new image' },
	],
	aiBadge: [
		{ value: 'none', name: 'None' },
		{ value: 'generated', name: 'AI Generated' },
		{ value: 'modified', name: 'AI Modified' },
	],
	aiLabel: [
		{
			value: 'auto',
			name: 'Auto',
			description:
				'Generated for images from GPT Image, Composite if you add a logo. Other files keep their label.',
		},
		{ value: 'trained', name: 'Generated', description: 'A model generated the image' },
		{
			value: 'composite',
			name: 'Composite',
			description: 'A model generated parts of the image, e.g. an edited photo',
		},
		{ value: 'none', name: 'None', description: 'Do not write a label' },
	],
	background: [
		{ value: 'auto', name: 'Auto', description: 'Let the model decide' },
		{ value: 'opaque', name: 'Opaque' },
		{ value: 'transparent', name: 'Transparent', description: 'PNG and WebP only' },
	],
	collectFrom: [
		{
			value: 'workflow',
			name: 'This Workflow',
			description: 'All orders of this workflow that are not collected yet',
		},
		{
			value: 'credential',
			name: 'All Workflows',
			description: 'All orders made with the API key of the credential',
		},
		{ value: 'id', name: 'Order ID', description: 'One batch or background message' },
	],
	complexity: levels,
	continueFrom: [
		{ value: 'new', name: 'New Conversation', description: 'Start a new conversation' },
		{ value: 'response', name: 'Response', description: 'Continue from a response ID' },
		{
			value: 'session',
			name: 'Session',
			description: 'Continue from the latest message of a session, e.g. a chat ID',
		},
	],
	delivery: [
		{ value: 'now', name: 'Now' },
		{
			value: 'batch',
			name: 'Within 24 Hours, Half Price',
			description: "Order through OpenAI's Batch API and collect later, often within minutes",
			aliases: ['within 24 hours', 'half price'],
		},
		{
			value: 'background',
			name: 'In the Background, Collect Later',
			description: 'Let OpenAI generate in the background without blocking n8n, at the same price',
			aliases: ['in the background', 'collect later'],
		},
	],
	/** OpenAI's names of the events that end an order (API reference, webhooks, 2026-11). */
	events: [
		{ value: 'batch.cancelled', name: 'Batch Cancelled' },
		{ value: 'batch.completed', name: 'Batch Completed' },
		{ value: 'batch.expired', name: 'Batch Expired' },
		{ value: 'batch.failed', name: 'Batch Failed' },
		{ value: 'response.cancelled', name: 'Background Message Cancelled' },
		{ value: 'response.completed', name: 'Background Message Completed' },
		{ value: 'response.failed', name: 'Background Message Failed' },
		{ value: 'response.incomplete', name: 'Background Message Incomplete' },
	],
	extendAnchor: [
		{ value: 'center', name: 'Center', aliases: ['centre', 'middle'] },
		{ value: 'left', name: 'Left' },
		{ value: 'right', name: 'Right' },
		{ value: 'top', name: 'Top' },
		{ value: 'bottom', name: 'Bottom' },
	],
	finalQuality: fromLow,
	fit: [
		{
			value: 'subject',
			name: 'Crop Around Subject',
			description: 'Find the subject and keep it in the crop',
		},
		{ value: 'center', name: 'Crop Center' },
		{
			value: 'pad',
			name: 'Pad',
			description: 'Keep the whole image and fill the rest with the color of its edges',
		},
		{
			value: 'inside',
			name: 'Fit Inside',
			description: 'Keep the whole image and its aspect ratio, so the file may be smaller',
		},
	],
	groupBy: [
		{ value: 'day', name: 'Day' },
		{ value: 'model', name: 'Model' },
		{ value: 'quality', name: 'Quality' },
		{ value: 'field', name: 'Field', description: 'A value of each item, e.g. its campaign' },
	],
	inputFidelity: [
		{ value: 'low', name: 'Low' },
		{ value: 'high', name: 'High' },
	],
	logoPosition: positions,
	maskMeaning: [
		{ value: 'auto', name: 'Auto', description: 'Detect automatically (reported in warnings)' },
		{ value: 'alpha', name: 'Alpha Channel', description: 'Transparent areas are edited' },
		{ value: 'whiteIsEdited', name: 'White Is Edited' },
		{ value: 'blackIsEdited', name: 'Black Is Edited' },
	],
	maskSource: [
		{ value: 'none', name: 'Whole Image', description: 'Any part of the image may change' },
		{
			value: 'extend',
			name: 'Extend Image',
			description: 'Add new content around the image on a larger canvas',
		},
		{ value: 'box', name: 'Box', description: 'Only a rectangle, in percent of the first image' },
		{
			value: 'field',
			name: 'Mask Image',
			description: 'Only the area marked by a mask in a binary field',
		},
		{
			value: 'transparency',
			name: 'Transparent Areas',
			description: 'Only the transparent areas of the first image',
		},
	],
	moderation: [
		{ value: 'auto', name: 'Auto', description: 'The standard filter' },
		{ value: 'low', name: 'Low', description: 'A less restrictive filter' },
	],
	onBudget: [
		{ value: 'stop', name: 'Stop', description: 'Send no further requests in this run' },
		{ value: 'skip', name: 'Skip', description: 'Continue with the items that still fit' },
	],
	onLostContext: [
		{ value: 'fail', name: 'Fail', description: 'Fail the item' },
		{
			value: 'restart',
			name: 'Restart',
			description: 'Start over from the last image and add a warning',
		},
	],
	outputFormat: [
		{ value: 'png', name: 'PNG' },
		{ value: 'jpeg', name: 'JPEG', aliases: ['jpg'] },
		{ value: 'webp', name: 'WebP' },
		// These two only in exports.
		{ value: 'avif', name: 'AVIF' },
		{ value: 'tiff', name: 'TIFF', aliases: ['tif'] },
		{ value: 'gif', name: 'GIF (Animated)', aliases: ['animated gif'] },
		{ value: 'svg', name: 'SVG' },
	],
	panel: [
		{
			value: 'shade',
			name: 'Shade',
			description: 'Darken or lighten the image behind the text as far as needed',
		},
		{ value: 'solid', name: 'Solid', description: 'A box in one color' },
		{
			value: 'none',
			name: 'None',
			description: 'No panel. A warning is added if the text is hard to read.',
		},
	],
	/** Cheapest first. */
	quality: [{ value: 'auto', name: 'Auto' }, ...fromLow],
	reasoningEffort: efforts,
	reuse: [
		{
			value: 'undelivered',
			name: 'After Failed Runs',
			description: 'Reuse images already paid for by a run that failed or was stopped',
		},
		{
			value: 'always',
			name: 'Always',
			description: 'Also reuse images from identical requests in other executions',
		},
		{
			value: 'never',
			name: 'Never',
			description: 'Reuse images only within the same execution, e.g. with Retry On Fail',
		},
	],
	service: [
		{ value: 'openai', name: 'OpenAI or Compatible', aliases: ['openai'] },
		{ value: 'azure', name: 'Azure OpenAI', aliases: ['azure'] },
	],
	/** Beside these, a size is `WIDTHxHEIGHT`. */
	size: [
		{ value: 'auto', name: 'Auto', description: 'Let the model decide' },
		{
			value: 'input',
			name: 'Same as First Image',
			description: 'Closest size to the first image that the model supports',
		},
		{
			value: 'ratio',
			name: 'By Aspect Ratio',
			description: 'Closest size that the model supports',
			aliases: ['aspect ratio'],
		},
		{
			value: 'custom',
			name: 'Custom',
			description: 'Any width and height that the model supports',
		},
	],
	source: [
		{ value: 'field', name: 'Binary Field' },
		{ value: 'allFields', name: 'All Image Fields', aliases: ['all binary fields'] },
		{ value: 'url', name: 'URL' },
		{ value: 'fileId', name: 'OpenAI File ID', aliases: ['file id'] },
	],
	svgReasoningEffort: efforts,
	textPosition: positions,
} as const satisfies Partial<Record<Parameter, readonly Choice[]>>;

export type ListParameter = keyof typeof choices;
export type ValueOf<P extends ListParameter> = (typeof choices)[P][number]['value'];

/** @returns the rows of a list parameter */
export const choicesOf = (param: ListParameter): readonly Choice[] => choices[param];

export const valuesOf = <P extends ListParameter>(param: P): readonly ValueOf<P>[] =>
	choices[param].map(({ value }) => value);

/** @returns the display name of a value; the value itself for one that is not in the list */
export const choiceName = (param: ListParameter, value: string): string =>
	choicesOf(param).find((choice) => choice.value === value)?.name ?? value;
