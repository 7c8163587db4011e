/** Parameters for the images that an edit starts from. */

import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { common } from '../../core/rules/models';
import { listField, listOptions } from './list';
import { numberField, switchField, textField } from './field';

const helpOf = {
	images:
		'Images to edit or use as reference, in the order the prompt refers to them. Add a source to use URLs or OpenAI files.',
	attachments:
		'Images and documents to send with the message. Add a source to use URLs or OpenAI files.',
} as const;

const sourcesOf = (name: keyof typeof helpOf): INodePropertyOptions[] =>
	listOptions('source').map((option) =>
		name === 'attachments' && option.value === 'allFields'
			? { ...option, name: 'All Binary Fields' }
			: option,
	);

/** What an entry shows; its source, a binary field for most people, and a label are added by a button. */
const always = { showEvenWhenOptional: true } as const;

/** The source comes first, because it decides what else is shown. */
const entryFields = (name: keyof typeof helpOf): INodeProperties[] => [
	{
		displayName: labels.source,
		name: 'source',
		type: 'options',
		default: 'field',
		options: sourcesOf(name),
	},
	{
		displayName: 'Input Binary Field',
		name: 'field',
		type: 'string',
		typeOptions: always,
		default: 'data',
		description: 'Name of the input binary field with the file',
		displayOptions: { show: { source: ['field'] } },
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		typeOptions: always,
		default: '',
		placeholder: 'e.g. https://example.com/photo.jpg',
		description:
			'OpenAI fetches this URL. The node itself only reads URLs that this n8n has signed, such as those returned to an agent.',
		displayOptions: { show: { source: ['url'] } },
	},
	{
		displayName: 'File ID',
		name: 'fileId',
		type: 'string',
		typeOptions: always,
		default: '',
		placeholder: 'e.g. file-abc123',
		displayOptions: { show: { source: ['fileId'] } },
	},
	{
		displayName: 'Label',
		name: 'label',
		type: 'string',
		default: '',
		placeholder: 'e.g. the logo',
		description: 'Short description of this image, sent to the model before the prompt',
	},
];

/** A list of images from binary fields, URLs and OpenAI file IDs, in the user's order. */
export function imagesField(name: 'images' | 'attachments'): INodeProperties {
	return {
		displayName: labels[name],
		name,
		type: 'fixedCollection',
		typeOptions: {
			multipleValues: true,
			sortable: true,
			hideEmptyMessage: true,
			hideOptionalFields: true,
			addOptionalFieldButtonText: 'Add Source or Label',
		},
		placeholder: name === 'images' ? 'Add Image' : 'Add Attachment',
		default: {},
		description: helpOf[name],
		options: [{ displayName: 'Values', name: 'values', values: entryFields(name) }],
	};
}

/** The images without which an operation has nothing to do. */
export const inputImagesField = (description: string = helpOf.images): INodeProperties => ({
	...imagesField('images'),
	default: { values: [{ source: 'field', field: 'data' }] },
	description,
});

const percentField = (
	name: 'boxX' | 'boxY' | 'boxWidth' | 'boxHeight',
	preset: number,
	description: string,
) => ({
	displayName: labels[name],
	name,
	type: 'number' as const,
	default: preset,
	typeOptions: { minValue: 0, maxValue: 100 },
	description,
	displayOptions: { show: { maskSource: ['box'] } },
});

export const maskFields: INodeProperties[] = [
	listField('maskSource', 'none', 'Which part of the first image may change'),
	textField('extendRatio', {
		default: '16:9',
		placeholder: 'e.g. 16:9',
		description: 'Ratio of width to height of the extended image',
		displayOptions: { show: { maskSource: ['extend'] } },
	}),
	{
		...listField('extendAnchor', 'center', 'Position of the original image on the larger canvas'),
		displayOptions: { show: { maskSource: ['extend'] } },
	},
	percentField('boxX', 25, 'Left edge of the box, in percent of the width of the first image'),
	percentField('boxY', 25, 'Top edge of the box, in percent of the height of the first image'),
	percentField('boxWidth', 50, 'In percent of the width of the first image'),
	percentField('boxHeight', 50, 'In percent of the height of the first image'),
	textField('maskField', {
		default: 'mask',
		required: true,
		hint: `Name of the input binary field with the mask, less than ${common.maxMaskBytes / 2 ** 20} MB as PNG`,
		displayOptions: { show: { maskSource: ['field'] } },
	}),
	{
		...listField('maskMeaning', 'auto', 'How the mask marks the area to edit'),
		displayOptions: { show: { maskSource: ['field'] } },
	},
	switchField(
		'keepOutsideMask',
		true,
		'Whether to restore the original pixels outside the edited area, as the model may change them',
		{ displayOptions: { hide: { maskSource: ['none'] } } },
	),
	numberField('feather', 'Width of the soft edge, inside the edited area', {
		displayOptions: { show: { keepOutsideMask: [true] }, hide: { maskSource: ['none'] } },
	}),
];
