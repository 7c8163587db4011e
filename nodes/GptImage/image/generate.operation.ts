/** Image > Generate: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import type { ImageDraft } from '../../../core/calls/jobs';
import { checkImages, chooseModels } from '../../../core/rules/fallback';
import { readFallbackModels, readImageParams, type ReadDraft } from '../../host/parameters';
import { modelField, promptField, sizeFields, toolDescriptionField } from '../../fields/image';
import { draftOf, makingFields } from './making';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['generate'] } },
	[
		toolDescriptionField(
			'Creates an image from a text prompt. Returns the URL of the image, its size and its cost in USD. To change it later, give that URL to a tool that edits images.',
		),
		modelField,
		promptField,
		...sizeFields({ input: false }),
		...makingFields([]),
	],
);

export const read: ReadDraft<ImageDraft> = async (context, itemIndex, calendarFor) => {
	const params = readImageParams(context, itemIndex, 'generate');
	const others = readFallbackModels(context, itemIndex);
	const calendar = await calendarFor([params.model, params.svgModel, ...others]);
	const checked = checkImages(params, chooseModels(params, others, calendar));
	return draftOf(context, itemIndex, checked, undefined);
};
