/** Prices where the choice is made: what one image costs, in the lists of Quality and Model. */

import {
	isResourceLocatorValue,
	type ILoadOptionsFunctions,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { imagePrice, type ImagePrice } from '../../core/pricing/image-price';
import type { Calendar } from '../../core/rules/calendar';
import { choiceName, choicesOf } from '../../core/rules/choices';
import { isRecord } from '../../core/rules/json';
import { findImageModel } from '../../core/rules/model';
import { toText } from '../../core/rules/parameters';
import type { ImageParams } from '../../core/rules/request-types';
import { sizeText } from '../../core/rules/size';
import { readCalendar } from './connection';

/** `isListed`: taken from the list, neither typed nor computed. */
type Params = ImageParams & { readonly delivery?: unknown; readonly isListed: boolean };

/** The parameters in the editor, with expressions as the editor resolved them. */
function currentParams(context: ILoadOptionsFunctions): Params {
	const { model, options, operation, ...params } = context.getCurrentNodeParameters() ?? {};
	return {
		size: undefined,
		...params,
		...(isRecord(options) ? options : {}),
		operation: operation === 'edit' || operation === 'send' ? operation : 'generate',
		model: isResourceLocatorValue(model) ? model.value : model,
		isListed: isResourceLocatorValue(model) && model.mode === 'list',
		prompt: '',
	};
}

const priceOf = (params: Params, calendar: Calendar): ImagePrice | undefined =>
	imagePrice(params, params.delivery === 'batch', calendar);

const extras = {
	generate: 'Per image',
	edit: 'Per image, plus the input images',
	send: 'Per image, plus the chat model',
} as const;

/** Choices for the quality, each with the price of one image of the chosen model and size. */
export async function pricedQualities(
	this: ILoadOptionsFunctions,
): Promise<INodePropertyOptions[]> {
	const params = currentParams(this);
	const calendar = await readCalendar(this);
	const model = toText(params.model);
	// A typed ID, or an expression that the next item may answer otherwise, keeps every choice.
	const row = params.isListed
		? findImageModel(calendar.deployments?.get(model) ?? model)
		: undefined;
	return choicesOf('quality')
		.filter(({ value }) => !row || row.qualities.some((quality) => quality === value))
		.map(({ value, name }) => {
			const price = priceOf({ ...params, quality: value }, calendar);
			if (!price) return { name, value };
			const description = price.isExact
				? 'Per image, known before the run'
				: extras[params.operation];
			return { name: `${name} (${price.text})`, value, description };
		});
}

/**
 * @returns of a model: what an image of the chosen size and quality costs. Both are named, as the
 *   editor goes on to show the line when they have changed.
 */
export function modelPrice(
	context: ILoadOptionsFunctions,
	model: string,
	calendar: Calendar,
): string | undefined {
	const price = priceOf({ ...currentParams(context), model }, calendar);
	if (!price) return undefined;
	const { size, quality } = price.request;
	const sizeName = size === 'auto' ? 'auto size' : sizeText(size);
	return `${price.text} for ${sizeName} ${choiceName('quality', quality)}`;
}
