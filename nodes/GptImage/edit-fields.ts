import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { common } from '../../core/rules/models';

/** Parameters for the pictures that an edit starts from. */

const helpOf = {
	images: 'The pictures to edit or to take from, in the order in which the prompt counts them',
	attachments: 'Pictures and documents that belong to the message',
} as const;

const allFieldsOf = { images: 'All Image Fields', attachments: 'All Binary Fields' } as const;

/** The source comes first, because it decides what else is shown. */
const entryFields = (name: keyof typeof helpOf): INodeProperties[] => [
	{
		displayName: 'Source',
		name: 'source',
		type: 'options',
		default: 'field',
		options: [
			{ name: allFieldsOf[name], value: 'allFields' },
			{ name: 'Binary Field', value: 'field' },
			{ name: 'OpenAI File ID', value: 'fileId' },
			{ name: 'URL', value: 'url' },
		],
	},
	{
		displayName: 'Input Binary Field',
		name: 'field',
		type: 'string',
		default: 'data',
		hint: 'The name of the input binary field that holds the file',
		displayOptions: { show: { source: ['field'] } },
	},
	{
		displayName: 'URL',
		name: 'url',
		type: 'string',
		default: '',
		placeholder: 'e.g. https://example.com/photo.jpg',
		description: 'OpenAI fetches it; this node does not',
		displayOptions: { show: { source: ['url'] } },
	},
	{
		displayName: 'File ID',
		name: 'fileId',
		type: 'string',
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
		description: 'What the picture is, said to the model before the prompt',
	},
];

/** A list of images from binary fields, URLs and OpenAI file IDs, in the user's order. */
export function imagesField(name: 'images' | 'attachments'): INodeProperties {
	return {
		displayName: labels[name],
		name,
		type: 'fixedCollection',
		typeOptions: { multipleValues: true, sortable: true },
		placeholder: name === 'images' ? 'Add Image' : 'Add Attachment',
		default: {},
		description: helpOf[name],
		options: [
			{
				displayName: 'Values',
				name: 'values',
				values: entryFields(name),
			},
		],
	};
}

const percentField = (name: 'boxX' | 'boxY' | 'boxWidth' | 'boxHeight', preset: number) => ({
	displayName: labels[name],
	name,
	type: 'number' as const,
	default: preset,
	typeOptions: { minValue: 0, maxValue: 100 },
	description: 'In percent of the first image, from its upper left corner',
	displayOptions: { show: { maskSource: ['box'] } },
});

export const maskFields: INodeProperties[] = [
	{
		displayName: labels.maskSource,
		name: 'maskSource',
		type: 'options',
		default: 'none',
		description: 'Which part of the first image may change',
		options: [
			{ name: 'Binary Field', value: 'field', description: 'A picture that marks the part' },
			{ name: 'Box', value: 'box', description: 'A rectangle in percent' },
			{
				name: 'Extend the Picture',
				value: 'extend',
				description: 'A larger canvas; the picture itself stays',
			},
			{ name: 'None', value: 'none', description: 'The whole picture may change' },
			{
				name: 'Transparent Pixels',
				value: 'transparency',
				description: 'The holes in the first image',
			},
		],
	},
	{
		displayName: labels.maskField,
		name: 'maskField',
		type: 'string',
		default: 'mask',
		required: true,
		hint: `The name of the input binary field that holds the mask; below ${common.maxMaskBytes / 2 ** 20} MB as PNG`,
		displayOptions: { show: { maskSource: ['field'] } },
	},
	{
		displayName: labels.maskMeaning,
		name: 'maskMeaning',
		type: 'options',
		default: 'auto',
		description: 'How the mask marks the part that may change',
		options: [
			{ name: 'Alpha Channel', value: 'alpha', description: 'Transparent is edited' },
			{ name: 'Auto', value: 'auto', description: 'Found out, and said in the warnings' },
			{ name: 'Black Is Edited', value: 'blackIsEdited' },
			{ name: 'White Is Edited', value: 'whiteIsEdited' },
		],
		displayOptions: { show: { maskSource: ['field'] } },
	},
	percentField('boxX', 25),
	percentField('boxY', 25),
	percentField('boxWidth', 50),
	percentField('boxHeight', 50),
	{
		displayName: labels.extendRatio,
		name: 'extendRatio',
		type: 'string',
		default: '16:9',
		placeholder: 'e.g. 16:9',
		description: 'Shape of the larger picture, width to height',
		displayOptions: { show: { maskSource: ['extend'] } },
	},
	{
		displayName: labels.extendAnchor,
		name: 'extendAnchor',
		type: 'options',
		default: 'center',
		description: 'Where the picture stays on the larger canvas',
		options: [
			{ name: 'Bottom', value: 'bottom' },
			{ name: 'Center', value: 'center' },
			{ name: 'Left', value: 'left' },
			{ name: 'Right', value: 'right' },
			{ name: 'Top', value: 'top' },
		],
		displayOptions: { show: { maskSource: ['extend'] } },
	},
	{
		displayName: labels.keepOutsideMask,
		name: 'keepOutsideMask',
		type: 'boolean',
		default: true,
		description:
			"Whether the first image's own pixels are put back outside the mask: the model treats a mask as advice",
		displayOptions: { hide: { maskSource: ['none'] } },
	},
	{
		displayName: labels.feather,
		name: 'feather',
		type: 'number',
		default: 8,
		typeOptions: { minValue: 0, maxValue: 80, numberPrecision: 0 },
		description: 'How wide the seam is blended, inside the edited part',
		displayOptions: { show: { keepOutsideMask: [true] }, hide: { maskSource: ['none'] } },
	},
];
