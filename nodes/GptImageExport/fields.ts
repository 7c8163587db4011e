/** Parameters of GPT Image Export; lists are made from core/rules. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { channels, exportFormats } from '../../core/rules/channels';
import { longestEdge } from '../../core/rules/export';
import { labels } from '../../core/rules/labels';
import { listField, listOptions } from '../fields/list';
import { switchField, textField } from '../fields/field';

const channelOptions = [
	...channels.map(({ id, name, size }) => ({
		name: size ? `${name} (${size.width} x ${size.height})` : name,
		value: id,
	})),
	{ name: 'Custom', value: 'custom', description: 'Any width and height' },
	// As their names; to compare these, Node would load its languages when n8n starts.
].sort((one, other) => (one.value < other.value ? -1 : 1));

const inputField: INodeProperties = textField('inputField', {
	default: 'data',
	required: true,
	description: 'Name of the binary field with the image',
});

const ownSize = (name: 'width' | 'height', preset: number): INodeProperties => ({
	displayName: labels[name],
	name,
	type: 'number',
	default: preset,
	typeOptions: { minValue: 1, maxValue: longestEdge, numberPrecision: 0 },
	description: `${labels[name]} of the Custom channel, in pixels`,
	displayOptions: { show: { channels: ['custom'] } },
});

const channelFields: INodeProperties[] = [
	{
		displayName: labels.channels,
		name: 'channels',
		type: 'multiOptions',
		default: [],
		required: true,
		options: channelOptions,
		description: 'Where to publish the image. Creates one file per channel.',
	},
	ownSize('width', 1200),
	ownSize('height', 1200),
	listField(
		'fit',
		'subject',
		'What to do when the image and the channel have different aspect ratios',
	),
];

const textCollection: INodeProperties = {
	displayName: 'Text',
	name: 'text',
	type: 'collection',
	placeholder: 'Add text',
	default: {},
	options: [
		textField('headline', {
			typeOptions: { rows: 2 },
			placeholder: 'e.g. Summer sale',
			description: 'Large text. It wraps, and shrinks if it does not fit.',
		}),
		textField('subline', {
			placeholder: 'e.g. Until Sunday',
			description: 'Smaller text below the headline',
		}),
		{
			displayName: labels.textPosition,
			name: 'position',
			type: 'options',
			default: 'bottomLeft',
			options: listOptions('textPosition'),
		},
		{
			displayName: labels.color,
			name: 'color',
			type: 'color',
			default: '#ffffff',
		},
		listField('panel', 'shade', 'What to put behind the text to make it readable'),
		{
			displayName: labels.panelColor,
			name: 'panelColor',
			type: 'color',
			default: '#000000',
			description: 'If not set, black or white, whichever contrasts more with the text',
		},
		textField('fontField', {
			default: 'font',
			description:
				'Binary field with your own font (TTF or OTF). If not set, the text uses Inter SemiBold, which covers Latin, Greek and Cyrillic.',
		}),
	],
};

const logoField: INodeProperties = {
	displayName: 'Logo',
	name: 'logo',
	type: 'collection',
	placeholder: 'Add logo',
	default: {},
	options: [
		{
			displayName: labels.logoField,
			name: 'field',
			type: 'string',
			default: 'logo',
			description: 'Name of the binary field with the logo, e.g. an SVG or a transparent PNG',
		},
		{
			displayName: labels.logoPosition,
			name: 'position',
			type: 'options',
			default: 'topRight',
			options: listOptions('logoPosition'),
		},
		{
			displayName: labels.widthPercent,
			name: 'widthPercent',
			type: 'number',
			default: 20,
			typeOptions: { minValue: 1, maxValue: 100 },
			description: "Percent of the output's width",
		},
		{
			displayName: labels.opacity,
			name: 'opacity',
			type: 'number',
			default: 100,
			typeOptions: { minValue: 0, maxValue: 100 },
		},
	],
};

const formats = exportFormats.map(({ id, name }) => ({ name, value: id as string }));

const outputFormat = (preset: 'input' | 'jpeg'): INodeProperties => ({
	displayName: labels.outputFormat,
	name: 'outputFormat',
	type: 'options',
	default: preset,
	description:
		preset === 'input'
			? 'File format. Channels that do not accept it get a format that they accept.'
			: 'File format of the sheet',
	options: preset === 'input' ? [{ name: 'As Input', value: 'input' }, ...formats] : formats,
});

const exportOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		outputFormat('input'),
		{
			displayName: labels.maxKilobytes,
			name: 'maxKilobytes',
			type: 'number',
			default: 0,
			typeOptions: { minValue: 0 },
			description:
				'Maximum file size in kB (1,000 bytes). Lowers the quality until the file fits. 0 means only the limit of the channel applies.',
		},
		textField('fileName', {
			default: '{name}-{channel}',
			description:
				'File name without extension. Placeholders: {name} (name of the input file), {channel} and {size}.',
		}),
		textField('outputField', {
			default: 'data',
			description: 'Name of the output binary field to put the file in',
		}),
		switchField(
			'allowUpscale',
			false,
			'Whether to enlarge images more than 1.5 times, which makes them blurry',
		),
		{
			displayName: labels.keyColor,
			name: 'keyColor',
			type: 'color',
			default: '#00ff00',
			description: 'Color to replace with transparency, with soft edges. Not available for JPEG.',
		},
		listField(
			'aiLabel',
			'auto',
			'Value of the IPTC property DigitalSourceType, which shops and social networks read',
		),
		listField('aiBadge', 'none', 'Small visible mark in a free corner of the image'),
	],
};

export const fields: INodeProperties[] = [
	...updateDisplayOptions({ show: { operation: ['export'] } }, [
		inputField,
		...channelFields,
		textCollection,
		logoField,
		exportOptions,
	]),
	...updateDisplayOptions({ show: { operation: ['contactSheet'] } }, [
		inputField,
		{
			displayName: labels.columns,
			name: 'columns',
			type: 'number',
			default: 3,
			typeOptions: { minValue: 1, maxValue: 12, numberPrecision: 0 },
		},
		{
			displayName: labels.cellWidth,
			name: 'cellWidth',
			type: 'number',
			default: 480,
			typeOptions: { minValue: 64, maxValue: 1024, numberPrecision: 0 },
			description: 'Width of each image on the sheet',
		},
		textField('captions', {
			placeholder: 'e.g. {{ $json.title }}',
			description:
				'Text below each image. Usually a field of the item: drag it here from the input.',
		}),
		outputFormat('jpeg'),
	]),
];
