import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import type { ImageModel, OutputFormat, Quality } from '../../core/rules/model-types';
import { imageModels, namedSizes, qualities } from '../../core/rules/models';
import { brokenSizeRules, parseSize } from '../../core/rules/size';

/** Parameters that operations share. Every list of values is made from the model table. */

const usable = imageModels.filter((row) => row.status !== 'retired');
const idsOf = (rows: readonly ImageModel[]): string[] =>
	rows.flatMap((row) => [row.id, ...row.snapshots]);

/**
 * Hides a parameter or a value from models that cannot take it. It hides instead of showing, so
 * that a typed id or an expression, of which nothing is known here, keeps every choice.
 * @param can whether a model takes it
 * @param model path of the model parameter, `/model` from inside a collection
 */
export function hideFrom(
	can: (row: ImageModel) => boolean,
	model: 'model' | '/model' = 'model',
): { displayOptions?: IDisplayOptions } {
	const ids = idsOf(usable.filter((row) => !can(row)));
	return ids.length > 0 ? { displayOptions: { hide: { [model]: ids } } } : {};
}

export const modelField: INodeProperties = {
	displayName: labels.model,
	name: 'model',
	type: 'resourceLocator',
	default: { mode: 'list', value: imageModels[0]?.id ?? '' },
	required: true,
	description: 'The image model that draws',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchModels', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. gpt-image-2',
		},
	],
};

export const promptField: INodeProperties = {
	displayName: labels.prompt,
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	required: true,
	placeholder: 'e.g. Studio photo of a ceramic mug on a linen cloth, soft morning light',
	description: 'What the picture shows, in up to 32,000 characters',
};

function sizeOptions(): INodePropertyOptions[] {
	return namedSizes.map(({ size, label }) => {
		const dimensions = parseSize(size);
		return {
			name: `${size} (${label})`,
			value: size,
			...hideFrom((row) => !dimensions || brokenSizeRules(row.sizes, dimensions).length === 0),
		};
	});
}

const hasFreeSizes = (row: ImageModel): boolean => row.sizes.rule === 'free';

/** `size` and the parameters that belong to it; `input` is for operations that have an image. */
export function sizeFields({ input }: { input: boolean }): INodeProperties[] {
	const preset = input ? 'input' : '1024x1024';
	return [
		{
			displayName: labels.size,
			name: 'size',
			type: 'options',
			default: preset,
			description: 'Width and height of the picture in pixels',
			// eslint sorts lists by name; sizes are read from small to large.
			options: [
				{ name: 'Auto', value: 'auto', description: 'The model chooses' },
				...(input
					? [
							{
								name: 'Like the First Image',
								value: 'input',
								description: 'The size nearest to the first image that the model can draw',
							},
						]
					: []),
				{
					name: 'By Aspect Ratio',
					value: 'ratio',
					description: 'The nearest size that the model can draw',
				},
				{
					name: 'Custom',
					value: 'custom',
					description: 'Any width and height that the model can draw',
					...hideFrom(hasFreeSizes),
				},
				...sizeOptions(),
			],
		},
		{
			displayName: labels.aspectRatio,
			name: 'aspectRatio',
			type: 'string',
			default: '16:9',
			placeholder: 'e.g. 16:9',
			description: 'Width to height, between 1:3 and 3:1',
			displayOptions: { show: { size: ['ratio'] } },
		},
		{
			displayName: labels.megapixels,
			name: 'megapixels',
			type: 'number',
			default: 1,
			typeOptions: { minValue: 0.1, maxValue: 8, numberPrecision: 2 },
			description: 'How large the picture should be; 1 is about 1024x1024 pixels',
			displayOptions: { show: { size: ['ratio'] } },
		},
		{
			displayName: labels.width,
			name: 'width',
			type: 'number',
			default: 1024,
			typeOptions: { minValue: 16, numberPrecision: 0 },
			description: 'In pixels, divisible by 16',
			displayOptions: { show: { size: ['custom'] } },
		},
		{
			displayName: labels.height,
			name: 'height',
			type: 'number',
			default: 1024,
			typeOptions: { minValue: 16, numberPrecision: 0 },
			description: 'In pixels, divisible by 16',
			displayOptions: { show: { size: ['custom'] } },
		},
	];
}

export const qualityNames: Readonly<Record<Quality, string>> = {
	auto: 'Auto',
	low: 'Low',
	medium: 'Medium',
	high: 'High',
	xhigh: 'Extra High',
	max: 'Max',
};

export const qualityField: INodeProperties = {
	displayName: labels.quality,
	name: 'quality',
	type: 'options',
	default: 'medium',
	description:
		'How much work goes into the picture, and with it the price. The same name costs differently on different models.',
	options: qualities.map((quality) => ({
		name: qualityNames[quality],
		value: quality,
		...hideFrom((row) => row.qualities.includes(quality)),
	})),
};

export const numberOfImagesField: INodeProperties = {
	displayName: labels.numberOfImages,
	name: 'numberOfImages',
	type: 'number',
	default: 1,
	typeOptions: { minValue: 1, maxValue: 10, numberPrecision: 0 },
	description: 'How many variants to make of each item; each costs as much as one',
};

export const formatOptions: INodePropertyOptions[] = (
	[
		['PNG', 'png'],
		['JPEG', 'jpeg'],
		['WebP', 'webp'],
		['GIF (Animated)', 'gif'],
		['SVG', 'svg'],
	] as const satisfies ReadonlyArray<readonly [string, OutputFormat]>
).map(([name, value]) => ({
	name,
	value,
	...hideFrom((row) => row.formats.includes(value), '/model'),
}));

export const dryRunField: INodeProperties = {
	displayName: labels.dryRun,
	name: 'dryRun',
	type: 'boolean',
	default: false,
	description:
		'Whether to check everything, give the price and make a placeholder picture instead of calling OpenAI. Needs no credential.',
};
