import {
	updateDisplayOptions,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
} from 'n8n-workflow';
import { readLimit } from '../../core/money/budget';
import { estimate, type Estimate } from '../../core/money/estimate';
import { fromUsd, type Money } from '../../core/money/money';
import { parsePrices } from '../../core/money/prices';
import { checkReferences } from '../../core/rules/edit';
import { checkPicture } from '../../core/rules/request';
import { imagesField } from '../GptImage/edit-fields';
import {
	modelField,
	numberOfImagesField,
	promptField,
	qualityField,
	sizeFields,
} from '../GptImage/fields';
import { moneyOptions } from '../GptImage/money-options';
import { optionsField, pictureOptions } from '../GptImage/options';
import { readOptions, readPictureWish } from '../shared/parameters';
import { eachItem } from './each-item';
import { readInputs } from './inputs';

const BUDGET = 'Budget (USD)';
const priced = ['outputFormat', 'partialImages', 'prices'];

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { operation: ['estimate'] } },
	[
		modelField,
		promptField,
		...sizeFields({ input: false }),
		qualityField,
		numberOfImagesField,
		imagesField('images'),
		{
			displayName: 'Batch API',
			name: 'batch',
			type: 'boolean',
			default: false,
			description:
				"Whether the pictures will be made through OpenAI's Batch API, at half the price where the model allows it",
		},
		{
			displayName: BUDGET,
			name: 'budgetUsd',
			type: 'number',
			default: 0,
			typeOptions: { minValue: 0, numberPrecision: 2 },
			description:
				'What all items together may cost at most; items that would pass it go to the Over Budget output. 0 means no limit.',
		},
		optionsField([...pictureOptions, ...moneyOptions].filter(({ name }) => priced.includes(name))),
	],
);

interface Priced {
	readonly itemIndex: number;
	readonly price: Estimate;
}

async function price(context: IExecuteFunctions, itemIndex: number): Promise<Priced> {
	const { images, warnings, labelled } = await readInputs(context, itemIndex);
	const [first] = images;
	const request = checkPicture({
		...readPictureWish(context, itemIndex, images.length > 0 ? 'edit' : 'generate'),
		...(first && first !== 'unknown' && { firstImage: first }),
	});
	if (images.length > 0) checkReferences(images.length, request.row);
	const found = await estimate({
		...request,
		prompt: labelled(request.prompt),
		images,
		batch: context.getNodeParameter('batch', itemIndex, false) === true,
		prices: parsePrices(readOptions(context, itemIndex).prices, [request.model]),
	});
	return {
		itemIndex,
		price: { ...found, warnings: [...request.warnings, ...warnings, ...found.warnings] },
	};
}

function toItem(context: IExecuteFunctions, { itemIndex, price }: Priced): INodeExecutionData {
	const input = context.getInputData()[itemIndex];
	const estimated: IDataObject = { ...price };
	return {
		json: { ...input?.json, estimate: estimated },
		...(input?.binary && { binary: input.binary }),
		pairedItem: { item: itemIndex },
	};
}

/** @returns the items within the budget, and those that would pass it or have no price */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const limit = readLimit(context.getNodeParameter('budgetUsd', 0, 0), 'budgetUsd', BUDGET);
	const { results, failed } = await eachItem(context, async (item) => await price(context, item));
	const within: INodeExecutionData[] = [];
	const over: INodeExecutionData[] = [];
	let total: Money = 0;
	for (const result of results) {
		const { max } = result.price.usd;
		const sum = max === null ? Infinity : total + fromUsd(max);
		if (limit !== undefined && sum > fromUsd(limit)) over.push(toItem(context, result));
		else {
			within.push(toItem(context, result));
			if (max !== null) total = sum;
		}
	}
	// What cannot be priced must not go on to be bought.
	return [within, [...over, ...failed]];
}
