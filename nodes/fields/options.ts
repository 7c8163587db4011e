/** The Options collection: its members by what they are about, each in the order of use. */

import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { imageModels } from '../../core/rules/model-table';
import { common } from '../../core/rules/models';
import { hideFrom } from './image';
import { listField, listOptions } from './list';

export const numberOfImagesOption: INodeProperties = {
	displayName: labels.numberOfImages,
	name: 'numberOfImages',
	type: 'number',
	default: 1,
	typeOptions: { minValue: 1, maxValue: 10, numberPrecision: 0 },
	description: 'Number of images per input item. Each is billed separately.',
};

/** Exports can write more. */
const formats = new Set<string>(imageModels.flatMap((row) => row.formats));

export const outputFormatOption: INodeProperties = {
	...listField('outputFormat', 'png', 'File format of the image; JPEG is faster than PNG'),
	options: listOptions('outputFormat', (value) =>
		hideFrom((row) => row.formats.some((format) => format === value), '/model'),
	).filter(({ value }) => formats.has(String(value))),
};

export const partialImagesOption: INodeProperties = {
	displayName: labels.partialImages,
	name: 'partialImages',
	type: 'number',
	default: 1,
	typeOptions: { minValue: 0, maxValue: 3, numberPrecision: 0 },
	description:
		'Number of previews that OpenAI sends during generation. They keep slow connections alive; each costs 100 output tokens.',
};

export const frameCountOption: INodeProperties = {
	displayName: labels.frameCount,
	name: 'frameCount',
	type: 'number',
	default: 9,
	typeOptions: { minValue: common.gif.least, maxValue: common.gif.most, numberPrecision: 0 },
	description: 'Number of frames in the animation. With more than 9, each frame has fewer pixels.',
	displayOptions: { show: { outputFormat: ['gif'] } },
};

export const formatOptions: INodeProperties[] = [
	outputFormatOption,
	{
		displayName: labels.outputCompression,
		name: 'outputCompression',
		type: 'number',
		default: 100,
		typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 0 },
		description: 'From 0 (smallest file) to 100 (best quality)',
		displayOptions: { show: { outputFormat: [...common.compressible] } },
	},
	frameCountOption,
	{
		displayName: labels.frameDurationMs,
		name: 'frameDurationMs',
		type: 'number',
		default: 200,
		typeOptions: { minValue: 10, maxValue: common.gif.longestMs, numberPrecision: 0 },
		description: 'How long each frame is shown; OpenAI rounds it to 10 milliseconds',
		displayOptions: { show: { outputFormat: ['gif'] } },
	},
	{
		displayName: labels.svgModel,
		name: 'svgModel',
		type: 'string',
		default: '',
		placeholder: 'e.g. gpt-6-luna',
		description:
			'Text model that writes the SVG, billed separately. Leave empty unless OpenAI has enabled this option for your project.',
		displayOptions: { show: { outputFormat: ['svg'] } },
	},
	{
		...listField(
			'svgReasoningEffort',
			'low',
			'How much the SVG model reasons. Reasoning is billed as output.',
		),
		displayOptions: { show: { outputFormat: ['svg'] } },
	},
	listField('background', 'auto', 'What is behind the subject'),
];

export const styleGuideOption: INodeProperties = {
	displayName: labels.styleGuide,
	name: 'styleGuide',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	placeholder: 'e.g. Flat illustration, deep blue and coral, no text',
	description: 'Style to follow, e.g. that of your brand. Sent with every prompt.',
};

export const editOptions: INodeProperties[] = [
	{
		...listField(
			'inputFidelity',
			'low',
			'How closely to match faces and details of the input images. High uses many more tokens.',
		),
		...hideFrom((row) => row.inputFidelities.length > 0, '/model'),
	},
	{
		displayName: labels.markupField,
		name: 'markupField',
		type: 'string',
		default: 'markup',
		description:
			'Binary field with a transparent PNG that marks what to change on top of the first image',
		...hideFrom((row) => row.markup, '/model'),
	},
];

export const outputFieldOption: INodeProperties = {
	displayName: labels.outputField,
	name: 'outputField',
	type: 'string',
	default: 'data',
	description: 'Name of the output binary field to put the image in',
};

export const dryRunOption: INodeProperties = {
	displayName: labels.dryRun,
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description: 'Whether to validate the settings and estimate the cost without calling OpenAI',
};

export const itemOptions: INodeProperties[] = [
	{
		displayName: labels.fileName,
		name: 'fileName',
		type: 'string',
		default: '{prompt}',
		placeholder: 'e.g. {date}-{prompt}',
		description:
			'File name without extension. Placeholders: {prompt}, {model}, {size}, {date} and, for several images, {index}.',
	},
	outputFieldOption,
	{
		displayName: labels.keepInput,
		name: 'keepInput',
		type: 'boolean',
		default: true,
		description: 'Whether to keep the fields of the input item in the output',
	},
	{
		...dryRunOption,
		description:
			'Whether to validate the settings and estimate the cost without calling OpenAI. Returns a placeholder image and needs no credential.',
	},
];

/** What few people need. */
export const detailOptions: INodeProperties[] = [
	{
		...listField('complexity', 'high', 'How much planning goes into the composition'),
		...hideFrom((row) => row.complexities.length > 0, '/model'),
	},
	listField('moderation', 'auto', "How strict OpenAI's content filter is"),
	partialImagesOption,
	{
		displayName: labels.keepPartials,
		name: 'keepPartials',
		type: 'boolean',
		default: false,
		description: 'Whether to add the partial images to the item as extra binary fields',
		displayOptions: { show: { partialImages: [{ _cnd: { gt: 0 } }] } },
	},
	{
		displayName: labels.safetyIdentifier,
		name: 'safetyIdentifier',
		type: 'string',
		default: '',
		placeholder: 'e.g. a hash of the user ID',
		description:
			'Stable ID of your end user that helps OpenAI detect misuse. Do not use personal data.',
	},
];

export const pricesOption: INodeProperties = {
	displayName: labels.prices,
	name: 'prices',
	type: 'json',
	default: '{\n  "gpt-image-2": { "imageOutput": 30 }\n}',
	description:
		'Your own prices in USD per million tokens, by model. Prices that are not listed here come from the built-in table.',
};

/** @returns the Options collection with the given members, in their order */
export function optionsField(members: readonly INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [...members],
	};
}
