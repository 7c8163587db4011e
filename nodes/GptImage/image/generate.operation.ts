/** Image > Generate: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import type { ImageDraft } from '../../../core/calls/jobs';
import { checkImages, chooseModels } from '../../../core/rules/fallback';
import { readFallbackFile } from '../../host/files';
import type { CalendarFor } from '../../host/calendar';
import {
	readCallSettings,
	readFallbackModels,
	readDelivery,
	readImageParams,
	type CallSettings,
} from '../../host/parameters';
import {
	deliveryField,
	modelField,
	promptField,
	qualityField,
	sizeFields,
} from '../../fields/image';
import { limitsField, maxImagesPerBatchOption } from '../../fields/limits';
import { toolDescriptionField } from '../../fields/tool';
import {
	detailOptions,
	formatOptions,
	itemOptions,
	numberOfImagesOption,
	optionsField,
	styleGuideOption,
} from '../../fields/options';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['generate'] } },
	[
		toolDescriptionField(
			'Creates an image from a text prompt. Returns the URL of the image, its size and its cost in USD. To change it later, give that URL to a tool that edits images.',
		),
		modelField,
		promptField,
		...sizeFields({ input: false }),
		qualityField,
		deliveryField,
		optionsField([
			numberOfImagesOption,
			...formatOptions,
			styleGuideOption,
			...itemOptions,
			...detailOptions,
		]),
		limitsField([maxImagesPerBatchOption]),
	],
);

/** @throws GptImageError naming the wrong parameter */
export async function read(
	context: IExecuteFunctions,
	itemIndex: number,
	calendarFor: CalendarFor,
): Promise<ImageDraft & CallSettings> {
	const params = readImageParams(context, itemIndex, 'generate');
	const others = readFallbackModels(context, itemIndex);
	const calendar = await calendarFor([params.model, params.svgModel, ...others]);
	const checked = checkImages(params, chooseModels(params, others, calendar));
	const standIn = readFallbackFile(context, itemIndex);
	const options = { fallback: others.length > 0, fallbackField: standIn !== undefined };
	return {
		kind: 'image',
		...checked,
		delivery: readDelivery(context, itemIndex, checked.requests[0], options),
		edit: undefined,
		standIn,
		...readCallSettings(context, itemIndex),
	};
}
