/** Reads what is priced: a request, and of its input images only the dimensions. */

import type { IExecuteFunctions } from 'n8n-workflow';
import type { EditImage } from '../../core/calls/prepare';
import { loadSharp } from '../../core/pixels/sharp';
import { inspect } from '../../core/pixels/source';
import { parsePrices, unusedPrices } from '../../core/pricing/prices';
import { anyCalendar } from '../../core/rules/calendar';
import { checkDelivery } from '../../core/rules/delivery';
import { checkReferences, withImageLabels } from '../../core/rules/edit';
import { isEmpty } from '../../core/rules/parameters';
import { checkImageParams } from '../../core/rules/request';
import type { Dimensions } from '../../core/rules/request-types';
import { readImages } from '../host/edit-parameters';
import { asGptImageError } from '../host/errors';
import { loadModels } from '../host/own-models';
import { readImageParams, readOptions } from '../host/parameters';

/** @param warnings gets why its dimensions are unknown. @returns them, read without decoding it */
async function measure(image: EditImage, warnings: string[]): Promise<Dimensions | 'unknown'> {
	if (image.kind !== 'file') return 'unknown';
	const bytes = await image.file.load();
	const sharp = await loadSharp();
	try {
		const { width, height } = await inspect(sharp, bytes, image.file.origin);
		return { width, height };
	} catch (error) {
		warnings.push(`${asGptImageError(error).message}: its price is a range`);
		return 'unknown';
	}
}

/**
 * @param needsPrompt false where prices are compared before there is a prompt
 * @returns the request of an item, as `estimate` and `compare` take it
 * @throws GptImageError for a request that could not be sent, a stopped model apart
 */
export async function readRequest(
	context: IExecuteFunctions,
	itemIndex: number,
	needsPrompt: boolean,
) {
	const entries = readImages(context, itemIndex, 'images');
	const warnings: string[] = [];
	const images: (Dimensions | 'unknown')[] = [];
	for (const entry of entries) images.push(await measure(entry, warnings));
	const [first] = images;
	const params = readImageParams(context, itemIndex, images.length > 0 ? 'edit' : 'generate');
	const isWithout = !needsPrompt && isEmpty(params.prompt);
	const today = loadModels();
	const request = checkImageParams(
		{
			...params,
			...(isWithout && { prompt: '-' }),
			...(first && first !== 'unknown' && { firstImage: first }),
		},
		anyCalendar(today),
	);
	if (images.length > 0) checkReferences(images.length, request.row);
	const prices = parsePrices(readOptions(context, itemIndex).prices);
	const labels = entries.map(({ label }) => label);
	const batch = checkDelivery(context.getNodeParameter('delivery', itemIndex), request) === 'batch';
	return {
		request: {
			...request,
			prompt: withImageLabels(isWithout ? '' : request.prompt, labels),
			images,
			batch,
			prices,
		},
		warnings: [...warnings, ...unusedPrices(prices, [request.model])],
		today,
	};
}
