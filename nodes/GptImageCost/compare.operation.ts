import {
	updateDisplayOptions,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
} from 'n8n-workflow';
import { compare, type Offer } from '../../core/money/compare';
import { estimateWithTokens, type Estimate } from '../../core/money/estimate';
import { sumUsd } from '../../core/money/money';
import { parsePrices } from '../../core/money/prices';
import { promptTokens } from '../../core/money/prompt-tokens';
import { checkReferences } from '../../core/rules/edit';
import { checkPicture } from '../../core/rules/request';
import type { Size } from '../../core/rules/request-types';
import { text } from '../../core/rules/values';
import { imagesField } from '../GptImage/edit-fields';
import {
	modelField,
	numberOfImagesField,
	promptField,
	qualityField,
	sizeFields,
} from '../GptImage/fields';
import { moneyOptions } from '../GptImage/money-options';
import { optionsField } from '../GptImage/options';
import { readOptions, readPictureWish } from '../shared/parameters';
import { eachItem } from './each-item';
import { readInputs } from './inputs';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { operation: ['compare'] } },
	[
		{ ...modelField, description: 'The image model that the others are compared with' },
		{ ...promptField, required: false },
		...sizeFields({ input: false }),
		qualityField,
		numberOfImagesField,
		imagesField('images'),
		optionsField(moneyOptions.filter(({ name }) => name === 'prices')),
	],
);

const sizeText = (size: Size): string => (size === 'auto' ? size : `${size.width}x${size.height}`);

/** Flat, and without the input's fields: made for a table, and `model` or `size` would clash. */
function toItem(
	{ model, quality, size, estimate, isEnough, isCheapest, insteadOf, warnings }: Offer,
	present: Estimate,
	inputWarnings: readonly string[],
	itemIndex: number,
): INodeExecutionData {
	const { usd, exact, pricesOf } = estimate;
	const json: IDataObject = {
		model,
		quality,
		size: sizeText(size),
		usdMin: usd.min,
		usdMax: usd.max,
		savesUsd:
			usd.max === null || present.usd.max === null ? null : sumUsd([present.usd.max, -usd.max]),
		isEnough,
		isCheapest,
		insteadOf: insteadOf ? sizeText(insteadOf) : null,
		exact,
		pricesOf,
		warnings: [...warnings, ...inputWarnings, ...estimate.warnings],
	};
	return { json, pairedItem: { item: itemIndex } };
}

async function offers(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const { images, warnings, labelled } = await readInputs(context, itemIndex);
	const wish = readPictureWish(context, itemIndex, images.length > 0 ? 'edit' : 'generate');
	const prompt = text(wish.prompt);
	// Prices can be compared before the prompt is written.
	const request = checkPicture({ ...wish, prompt: prompt.trim() === '' ? '-' : prompt });
	if (images.length > 0) checkReferences(images.length, request.row);
	const prices = parsePrices(readOptions(context, itemIndex).prices, [request.model]);
	const tokens = await promptTokens(labelled(prompt));
	const present = estimateWithTokens({ ...request, images, prices }, tokens);
	const found = compare(
		{ ...request, images, prices },
		tokens,
		new Date().toISOString().slice(0, 10),
	);
	return found.map((offer) => toItem(offer, present, warnings, itemIndex));
}

/** @returns for each item one item per model, quality and size, cheapest first */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const { results, failed } = await eachItem(context, async (item) => await offers(context, item));
	return [[...results.flat(), ...failed]];
}
