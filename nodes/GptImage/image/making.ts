/** What the operations that make images from one request share. */

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { ImageDraft } from '../../../core/calls/jobs';
import type { EditParams } from '../../../core/calls/prepare';
import { checkDelivery, checkOrder } from '../../../core/rules/delivery';
import type { checkImages } from '../../../core/rules/fallback';
import { deliveryField, qualityField } from '../../fields/image';
import { limitsField, maxImagesPerBatchOption } from '../../fields/limits';
import {
	detailOptions,
	formatOptions,
	itemOptions,
	numberOfImagesOption,
	optionsField,
	styleGuideOption,
} from '../../fields/options';
import { readFallbackFile } from '../../host/files';
import { readCallSettings, readFallbackModels, type CallSettings } from '../../host/parameters';

/** @returns the options of an operation that makes images: `first` and `own` are only its own */
export const imageOptions = (
	first: readonly INodeProperties[],
	own: readonly INodeProperties[],
): INodeProperties =>
	optionsField([
		...first,
		...formatOptions,
		...own,
		styleGuideOption,
		...itemOptions,
		...detailOptions,
	]);

/** @returns the fields below the size. @param own options of the operation */
export const makingFields = (own: readonly INodeProperties[]): INodeProperties[] => [
	qualityField,
	deliveryField,
	imageOptions([numberOfImagesOption], own),
	limitsField([maxImagesPerBatchOption]),
];

/** @throws GptImageError naming the wrong parameter */
export function draftOf(
	context: IExecuteFunctions,
	itemIndex: number,
	checked: ReturnType<typeof checkImages>,
	edit: EditParams | undefined,
): ImageDraft & CallSettings {
	const [request] = checked.requests;
	const standIn = readFallbackFile(context, itemIndex);
	const delivery = checkDelivery(context.getNodeParameter('delivery', itemIndex, null), request);
	if (delivery === 'batch') {
		checkOrder(request, {
			markupField: edit?.markup !== undefined,
			fallback: readFallbackModels(context, itemIndex).length > 0,
			fallbackField: standIn !== undefined,
		});
	}
	const settings = readCallSettings(context, itemIndex);
	return { kind: 'image', ...checked, delivery, edit, standIn, ...settings };
}
