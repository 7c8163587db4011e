/** Image > Check Provenance: its fields. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { imagesField } from '../../fields/edit';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['checkProvenance'] } },
	[
		{
			...imagesField('images'),
			default: { values: [{ source: 'field', field: 'data' }] },
			description: 'The image to check: one binary field per item',
		},
	],
);
