/** Export Images: its fields. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { channelFields, exportOptions, inputField, logoField, textField } from './fields';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { operation: ['export'] } },
	[inputField, ...channelFields, textField, logoField, exportOptions],
);
