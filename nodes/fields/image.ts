/** Parameters that operations share. Every list of values is made from the model table. */

import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import type { ImageModel } from '../../core/rules/model-types';
import { defaultImageModel, imageModels } from '../../core/rules/model-table';
import { namedSizes } from '../../core/rules/models';
import { brokenSizeRules, parseSize } from '../../core/rules/size';
import { listField, listOptions } from './list';
import { textField } from './field';

const idsOf = (rows: readonly ImageModel[]): string[] =>
	rows.flatMap((row) => [row.id, ...row.snapshots]);

/**
 * Hides a parameter or a value from models that cannot take it. It hides instead of showing, so
 * that a typed ID or an expression, about which nothing is known here, keeps every choice.
 * @param can whether a model takes it
 * @param model path of the model parameter, `/model` from inside a collection
 */
export function hideFrom(
	can: (row: ImageModel) => boolean,
	model: 'model' | '/model' = 'model',
): { displayOptions?: IDisplayOptions } {
	const ids = idsOf(imageModels.filter((row) => !can(row)));
	return ids.length > 0 ? { displayOptions: { hide: { [model]: ids } } } : {};
}

export const modelField: INodeProperties = {
	displayName: labels.model,
	name: 'model',
	type: 'resourceLocator',
	default: { mode: 'list', value: defaultImageModel },
	required: true,
	description: 'The model that generates the image',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchModels', searchable: true },
		},
		{ displayName: 'By ID', name: 'id', type: 'string', placeholder: 'e.g. gpt-image-2' },
	],
};

export const promptField: INodeProperties = textField('prompt', {
	// A text area of one line, to be dragged taller: n8n makes a single-line input of 1, and with 2 the
	// last field of Generate ends below the screen of a laptop.
	typeOptions: { rows: 1.5 },
	required: true,
	placeholder: 'e.g. Studio photo of a ceramic mug on white',
	description: 'Description of the image, up to 32,000 characters',
});

function namedSizeOptions(): INodePropertyOptions[] {
	return namedSizes.map(({ size, label }) => {
		const dimensions = parseSize(size);
		return {
			name: `${size} (${label})`,
			value: size,
			...hideFrom((row) => !dimensions || brokenSizeRules(row.sizes, dimensions).length === 0),
		};
	});
}

const edgeField = (name: 'width' | 'height'): INodeProperties => ({
	displayName: labels[name],
	name,
	type: 'number',
	default: 1024,
	typeOptions: { minValue: 16, numberPrecision: 0 },
	description: 'In pixels, a multiple of 16',
	displayOptions: { show: { size: ['custom'] } },
});

const hasFreeSizes = (row: ImageModel): boolean => row.sizes.rule === 'free';

/** `size` and the parameters that belong to it; `input` is for operations that have an image. */
export function sizeFields({ input }: { input: boolean }): INodeProperties[] {
	const preset = input ? 'input' : '1024x1024';
	const kinds = listOptions('size', (value) => (value === 'custom' ? hideFrom(hasFreeSizes) : {}));
	return [
		{
			displayName: labels.size,
			name: 'size',
			type: 'options',
			default: preset,
			description: 'Width and height of the image, in pixels',
			options: [
				...kinds.filter(({ value }) => value === 'input' && input),
				...namedSizeOptions(),
				...kinds.filter(({ value }) => value !== 'input'),
			],
		},
		textField('aspectRatio', {
			default: '16:9',
			placeholder: 'e.g. 16:9',
			description: 'Ratio of width to height, between 1:3 and 3:1',
			displayOptions: { show: { size: ['ratio'] } },
		}),
		{
			displayName: labels.megapixels,
			name: 'megapixels',
			type: 'number',
			default: 1,
			typeOptions: { minValue: 0.1, maxValue: 8 },
			description: 'Approximate area of the image; 1 is about 1024x1024 pixels',
			displayOptions: { show: { size: ['ratio'] } },
		},
		edgeField('width'),
		edgeField('height'),
	];
}

/** Shown for every model: n8n drops a hidden value, and the image would be bought at full price. */
export const deliveryField: INodeProperties = {
	...listField(
		'delivery',
		'now',
		'When to generate the image. Within 24 hours, it costs half as much; get it with the Collect operation.',
	),
	options: listOptions('delivery').filter(({ value }) => value !== 'background'),
};

export const turnDeliveryField: INodeProperties = {
	...listField(
		'delivery',
		'now',
		'When to get the image. In the background, get it with the Collect operation.',
	),
	options: listOptions('delivery').filter(({ value }) => value !== 'batch'),
};

export const qualityField: INodeProperties = {
	...listField(
		'quality',
		'medium',
		'Higher quality takes longer and costs more; levels differ between models',
	),
	// The editor asks for the list with prices; this one is for n8n's AI builder and its checks.
	options: listOptions('quality', (value) =>
		hideFrom(({ qualities }) => qualities.some((quality) => quality === value)),
	),
	typeOptions: {
		loadOptionsMethod: 'pricedQualities',
		loadOptionsDependsOn: [
			'operation',
			'model.value',
			'delivery',
			'size',
			'aspectRatio',
			'megapixels',
			'width',
			'height',
			'options.outputFormat',
			'options.partialImages',
		],
	},
};

/**
 * What an AI agent is told about the node when it is its tool. Of this name, so that n8n does not add
 * its own, which says no more than the action.
 */
export const toolDescriptionField = (text: string): INodeProperties => ({
	displayName: 'Tool Description',
	name: 'toolDescription',
	type: 'string',
	typeOptions: { rows: 3 },
	default: text,
	required: true,
	description: 'Explains to the agent what this tool does',
	displayOptions: { show: { '@tool': [true] } },
});
