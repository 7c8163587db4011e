/** Compare: one item per model, quality and size, cheapest first, models that stop soon last. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { warningsOf } from '../../core/calls/warnings';
import { compare, type PriceOption } from '../../core/pricing/compare';
import { estimateWithTokens, type Estimate } from '../../core/pricing/estimate';
import { sumUsd } from '../../core/pricing/money';
import { parsePrices, unusedPrices } from '../../core/pricing/prices';
import { promptTokens } from '../../core/pricing/prompt-tokens';
import { checkDelivery } from '../../core/rules/delivery';
import { checkReferences } from '../../core/rules/edit';
import { anyCalendar } from '../../core/rules/calendar';
import { checkImageParams } from '../../core/rules/request';
import { toText } from '../../core/rules/parameters';
import { eachItem } from '../host/each-item';
import { failuresLast } from '../host/errors';
import { loadModels } from '../host/own-models';
import { readOptions, readImageParams } from '../host/parameters';
import type { PriceRow } from '../outputs';
import { readInputs } from './inputs';
import { sizeText } from '../../core/rules/size';

function toItem(
	{ model, quality, size, estimate, meetsRequest, isCheapest, replaces, warnings }: PriceOption,
	present: Estimate,
	inputWarnings: readonly string[],
	itemIndex: number,
): INodeExecutionData {
	const { usd, exact, pricesOf } = estimate;
	const row: PriceRow = {
		model,
		quality,
		size: sizeText(size),
		usdMin: usd.min,
		usdMax: usd.max,
		savesUsd:
			usd.max === null || present.usd.max === null ? null : sumUsd([present.usd.max, -usd.max]),
		meetsRequest,
		isCheapest,
		replaces: replaces ? sizeText(replaces) : null,
		exact,
		pricesOf,
		warnings: [
			...warningsOf('request', warnings),
			...warningsOf('estimate', [...inputWarnings, ...estimate.warnings]),
		].map(({ code, message }) => ({ code, message })),
	};
	return { json: { ...row }, pairedItem: { item: itemIndex } };
}

async function offers(
	context: IExecuteFunctions,
	itemIndex: number,
): Promise<INodeExecutionData[]> {
	const { images, warnings: unmeasured, labelled } = await readInputs(context, itemIndex);
	const params = readImageParams(context, itemIndex, images.length > 0 ? 'edit' : 'generate');
	const prompt = toText(params.prompt);
	// Prices can be compared before the prompt is written.
	const today = loadModels();
	const request = checkImageParams(
		{ ...params, prompt: prompt.trim() === '' ? '-' : prompt },
		anyCalendar(today),
	);
	if (images.length > 0) checkReferences(images.length, request.row);
	const prices = parsePrices(readOptions(context, itemIndex).prices);
	const batch = checkDelivery(context.getNodeParameter('delivery', itemIndex), request) === 'batch';
	const count = await promptTokens(labelled(prompt));
	const tokens = { min: count, max: count };
	const present = estimateWithTokens({ ...request, images, batch, prices }, tokens);
	const found = compare({ ...request, images, batch, prices }, tokens, today);
	const warnings = [...unmeasured, ...unusedPrices(prices, [request.model])];
	return found.map((offer) => toItem(offer, present, warnings, itemIndex));
}

/** @returns for each item one item per model, quality and size, as `compare` sorts them */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outcomes = await eachItem(context, 1, async (item) => await offers(context, item));
	const sorted = failuresLast(context, outcomes, (one) => 'failed' in one);
	return [sorted.flatMap((one) => ('failed' in one ? [one.failed] : one.result))];
}
