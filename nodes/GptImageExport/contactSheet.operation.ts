/** Make Contact Sheet: its fields. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { inputField, outputFormat } from './fields';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { operation: ['contactSheet'] } },
	[
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
		{
			displayName: labels.captions,
			name: 'captions',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.title }}',
			description:
				'Text below each image. Usually a field of the item: drag it here from the input.',
		},
		outputFormat('jpeg'),
	],
);
