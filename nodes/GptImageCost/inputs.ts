import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { loadSharp } from '../../core/picture/sharp';
import { inspect } from '../../core/picture/source';
import { labels } from '../../core/rules/labels';
import type { Dimensions } from '../../core/rules/request-types';
import { text } from '../../core/rules/values';
import { asGptImageError } from '../shared/errors';

/** The input images of an edit, of which only the dimensions matter here. */
export interface InputImages {
	readonly images: readonly (Dimensions | 'unknown')[];
	/** Why some of them are unknown. */
	readonly warnings: readonly string[];
}

export const imagesField: INodeProperties = {
	displayName: labels.images,
	name: 'images',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true, sortable: true },
	placeholder: 'Add Image',
	default: {},
	description:
		'Input images of an edit, as they will be given to GPT Image; none for a new picture',
	options: [
		{
			displayName: 'Image',
			name: 'values',
			values: [
				{
					displayName: 'Source',
					name: 'source',
					type: 'options',
					default: 'field',
					options: [
						{ name: 'All Binary Fields', value: 'allFields' },
						{ name: 'Binary Field', value: 'field' },
						{ name: 'File ID', value: 'fileId' },
						{ name: 'URL', value: 'url' },
					],
				},
				{
					displayName: 'Field Name',
					name: 'field',
					type: 'string',
					default: 'data',
					placeholder: 'e.g. data',
					displayOptions: { show: { source: ['field'] } },
				},
				{
					displayName: 'URL',
					name: 'url',
					type: 'string',
					default: '',
					placeholder: 'e.g. https://example.com/photo.jpg',
					description: 'It is not fetched here, so that its price is a range',
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
			],
		},
	],
};

async function measured(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
): Promise<{ readonly size: Dimensions | 'unknown'; readonly warning?: string }> {
	const { fileName } = context.helpers.assertBinaryData(itemIndex, field);
	const bytes = await context.helpers.getBinaryDataBuffer(itemIndex, field);
	const label = `'${labels.images}' (field "${field}")`;
	try {
		const origin = { param: 'images', label, name: fileName ?? field };
		const { width, height } = await inspect(await loadSharp(), bytes, origin);
		return { size: { width, height } };
	} catch (error) {
		const known = asGptImageError(error);
		if (known.facts.code !== 'invalid_parameter') throw asGptImageError(known);
		return { size: 'unknown', warning: `${known.message}: its price is a range` };
	}
}

/**
 * Measures the input images of an item without decoding them.
 * @throws NodeOperationError when a named binary field is not there
 */
export async function readImages(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<InputImages> {
	const { values } = context.getNodeParameter('images', itemIndex, {}) as {
		values?: IDataObject[];
	};
	const images: (Dimensions | 'unknown')[] = [];
	const warnings: string[] = [];
	for (const { source, field } of values ?? []) {
		const names =
			source === 'field'
				? [text(field).trim()]
				: source === 'allFields'
					? Object.keys(context.getInputData()[itemIndex]?.binary ?? {})
					: [];
		if (source === 'url' || source === 'fileId') images.push('unknown');
		for (const name of names) {
			const { size, warning } = await measured(context, itemIndex, name);
			images.push(size);
			if (warning) warnings.push(warning);
		}
	}
	return { images, warnings };
}
