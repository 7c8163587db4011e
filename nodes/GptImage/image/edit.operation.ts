/** Image > Edit: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import type * as inspect from '../../../core/calls/inspect';
import type { ImageDraft } from '../../../core/calls/jobs';
import { checkImages, chooseModels } from '../../../core/rules/fallback';
import { findChoice, toText } from '../../../core/rules/parameters';
import { readEditParams } from '../../host/edit-parameters';
import { readFallbackModels, readImageParams, type ReadDraft } from '../../host/parameters';
import { inputImagesField, maskFields } from '../../fields/edit';
import { modelField, promptField, sizeFields, toolDescriptionField } from '../../fields/image';
import { editOptions } from '../../fields/options';
import { sizeText } from '../../../core/rules/size';
import { draftOf, makingFields } from './making';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['edit'] } },
	[
		toolDescriptionField(
			'Edits or combines images based on a text prompt. Returns the URL of the image, its size and its cost in USD. To change it later, give that URL to a tool that edits images.',
		),
		modelField,
		{
			...promptField,
			placeholder: 'e.g. Put the mug on a wooden table',
			description: 'Description of the edited image, up to 32,000 characters',
		},
		inputImagesField(),
		...maskFields,
		...updateDisplayOptions(
			// The canvas of an extended image decides its size.
			{ hide: { maskSource: ['extend'] } },
			sizeFields({ input: true }),
		),
		...makingFields(editOptions),
	],
);

export const read: ReadDraft<ImageDraft> = async (context, itemIndex, calendarFor) => {
	const { checkSizeFits, inspectEdit } = require('../../../core/calls/inspect') as typeof inspect;
	const params = readImageParams(context, itemIndex, 'edit');
	// An extended image has no size parameter: its canvas decides.
	const size = params.size ?? 'input';
	const isLikeFirst = findChoice('size', toText(size) || 'input') === 'input';
	const others = readFallbackModels(context, itemIndex);
	const calendar = await calendarFor([params.model, params.svgModel, ...others]);
	const models = chooseModels(params, others, calendar);
	const edit = readEditParams(context, itemIndex, models.models[0]);
	const inspected = await inspectEdit(edit);
	const { canvas, first } = inspected;
	const checked = checkImages(
		{
			...params,
			imageLabels: edit.images.map(({ label }) => label),
			size: canvas ? sizeText(canvas) : size,
			firstImage: first,
		},
		models,
	);
	if (!isLikeFirst) checkSizeFits(edit, inspected, checked.requests[0].size);
	return draftOf(context, itemIndex, checked, edit);
};
