import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import type * as edits from '../../../core/edit';
import { withFallbackModels } from '../../../core/fallback';
import type { Job } from '../../../core/job';
import { withImageLabels } from '../../../core/rules/edit';
import { text } from '../../../core/rules/values';
import { readEditWish } from '../../shared/edit-parameters';
import { readFallbackFile } from '../../shared/files';
import { readCallSettings, readFallbackModels, readPictureWish } from '../../shared/parameters';
import { imagesField, maskFields } from '../edit-fields';
import { dryRunField, numberOfImagesField, promptField, qualityField, sizeFields } from '../fields';
import { moneyOptions } from '../money-options';
import { callOptions, editOptions, itemOptions, optionsField, pictureOptions } from '../options';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['edit'] } },
	[
		{ ...imagesField('images'), default: { values: [{ source: 'field', field: 'data' }] } },
		{
			...promptField,
			placeholder: 'e.g. Put the mug on a wooden table by a window, keep its glaze as it is',
			description: 'What the picture shows after the edit, in up to 32,000 characters',
		},
		...maskFields,
		...updateDisplayOptions(
			// The canvas of an extended picture decides its size.
			{ hide: { maskSource: ['extend'] } },
			sizeFields({ input: true }),
		),
		qualityField,
		numberOfImagesField,
		dryRunField,
		optionsField([
			...pictureOptions,
			...editOptions,
			...itemOptions,
			...callOptions,
			...moneyOptions,
		]),
	],
);

/** @throws GptImageError naming the parameter or the picture that no edit can be made from */
export async function read(
	context: IExecuteFunctions,
	itemIndex: number,
	hold: edits.Hold,
): Promise<Job> {
	const { checkKeptShape, prepareEdit } = require('../../../core/edit') as typeof edits;
	const read = readPictureWish(context, itemIndex, 'edit');
	// An extended picture has no size parameter: its canvas decides.
	const wish = { ...read, size: read.size ?? 'input' };
	// What costs no pixels is judged first.
	const models = readFallbackModels(context, itemIndex);
	const { row, format } = withFallbackModels(wish, models).request;
	const edit = readEditWish(context, itemIndex, row, format);
	const inputs = await prepareEdit(edit);
	const { canvas, first } = inputs;
	const checked = {
		...wish,
		prompt: withImageLabels(
			text(wish.prompt),
			edit.images.map(({ label }) => label),
		),
		size: canvas ? `${canvas.width}x${canvas.height}` : wish.size,
		firstImage: first,
	};
	const { request, others } = withFallbackModels(checked, models);
	if (wish.size !== 'input') checkKeptShape(inputs, request.size);
	return {
		itemIndex,
		request,
		inputs: hold(inputs, async () => await prepareEdit(edit)),
		fallback: { requests: others, file: readFallbackFile(context, itemIndex) },
		...readCallSettings(context, itemIndex),
	};
}
