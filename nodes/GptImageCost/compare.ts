/** Compare: one item per model, quality and size, cheapest first, models that stop soon last. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { warningsOf } from '../../core/calls/warnings';
import { compare, type PriceOption } from '../../core/pricing/compare';
import { estimateWithTokens, type Estimate } from '../../core/pricing/estimate';
import { sumUsd } from '../../core/pricing/money';
import { promptTokens } from '../../core/pricing/prompt-tokens';
import { eachItem } from '../host/each-item';
import { failuresLast } from '../host/errors';
import type { PriceRow } from '../outputs';
import { readRequest } from './inputs';
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
	const { request, warnings, today } = await readRequest(context, itemIndex, false);
	const count = await promptTokens(request.prompt);
	const tokens = { min: count, max: count };
	const present = estimateWithTokens(request, tokens);
	const found = compare(request, tokens, today);
	return found.map((offer) => toItem(offer, present, warnings, itemIndex));
}

/** @returns for each item one item per model, quality and size, as `compare` sorts them */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outcomes = await eachItem(context, 1, async (item) => await offers(context, item));
	const sorted = failuresLast(context, outcomes, (one) => 'failed' in one);
	return [sorted.flatMap((one) => ('failed' in one ? [one.failed] : one.result))];
}
