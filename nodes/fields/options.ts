/** The Options collection: its members by what they are about, each in the order of use. */

import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { imageModels } from '../../core/rules/model-table';
import { common } from '../../core/rules/models';
import { hideFrom } from './image';
import { listField, listOptions } from './list';
import { numberField, switchField, textField } from './field';

export const numberOfImagesOption: INodeProperties = numberField(
	'numberOfImages',
	'Number of images per input item. Each is billed separately.',
);

/** Exports can write more. */
const formats = new Set<string>(imageModels.flatMap((row) => row.formats));

export const outputFormatOption: INodeProperties = {
	...listField('outputFormat', 'png', 'File format of the image; JPEG is faster than PNG'),
	options: listOptions('outputFormat', (value) =>
		hideFrom((row) => row.formats.some((format) => format === value), '/model'),
	).filter(({ value }) => formats.has(String(value))),
};

export const partialImagesOption: INodeProperties = numberField(
	'partialImages',
	'Number of previews that OpenAI sends during generation. They keep slow connections alive; each costs 100 output tokens.',
);

export const frameCountOption: INodeProperties = numberField(
	'frameCount',
	'Number of frames in the animation. With more than 9, each frame has fewer pixels.',
	{ displayOptions: { show: { outputFormat: ['gif'] } } },
);

export const formatOptions: INodeProperties[] = [
	outputFormatOption,
	numberField('outputCompression', 'From 0 (smallest file) to 100 (best quality)', {
		displayOptions: { show: { outputFormat: [...common.compressible] } },
	}),
	frameCountOption,
	numberField(
		'frameDurationMs',
		'How long each frame is shown; OpenAI rounds it to 10 milliseconds',
		{ displayOptions: { show: { outputFormat: ['gif'] } } },
	),
	textField('svgModel', {
		placeholder: 'e.g. gpt-6-luna',
		description:
			'Text model that writes the SVG, billed separately. Leave empty unless OpenAI has enabled this option for your project.',
		displayOptions: { show: { outputFormat: ['svg'] } },
	}),
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

export const styleGuideOption: INodeProperties = textField('styleGuide', {
	typeOptions: { rows: 4 },
	placeholder: 'e.g. Flat illustration, deep blue and coral, no text',
	description: 'Style to follow, e.g. that of your brand. Sent with every prompt.',
});

export const editOptions: INodeProperties[] = [
	{
		...listField(
			'inputFidelity',
			'low',
			'How closely to match faces and details of the input images. High uses many more tokens.',
		),
		...hideFrom((row) => row.inputFidelities.length > 0, '/model'),
	},
	textField('markupField', {
		default: 'markup',
		description:
			'Binary field with a transparent PNG that marks what to change on top of the first image',
		...hideFrom((row) => row.markup, '/model'),
	}),
];

export const outputFieldOption: INodeProperties = textField('outputField', {
	default: 'data',
	description: 'Name of the output binary field to put the image in',
});

export const dryRunOption: INodeProperties = switchField(
	'dryRun',
	false,
	'Whether to validate the settings and estimate the cost without calling OpenAI',
);

export const itemOptions: INodeProperties[] = [
	textField('fileName', {
		default: '{prompt}',
		placeholder: 'e.g. {date}-{prompt}',
		description:
			'File name without extension. Placeholders: {prompt}, {model}, {size}, {date} and, for several images, {index}.',
	}),
	outputFieldOption,
	switchField('keepInput', true, 'Whether to keep the fields of the input item in the output'),
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
	switchField(
		'keepPartials',
		false,
		'Whether to add the partial images to the item as extra binary fields',
		{ displayOptions: { show: { partialImages: [{ _cnd: { gt: 0 } }] } } },
	),
	textField('safetyIdentifier', {
		placeholder: 'e.g. a hash of the user ID',
		description:
			'Stable ID of your end user that helps OpenAI detect misuse. Do not use personal data.',
	}),
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
