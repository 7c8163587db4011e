/** Image > Check Provenance: its fields. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { inputImagesField } from '../../fields/edit';
import { toolDescriptionField } from '../../fields/image';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['checkProvenance'] } },
	[
		toolDescriptionField(
			"Checks whether an image has OpenAI's C2PA label and its invisible watermark, SynthID.",
		),
		inputImagesField('The image to check, one per item'),
	],
);
