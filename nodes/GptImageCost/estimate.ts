/** Estimate: the price of each item, and whether it fits the budget. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { warningsOf } from '../../core/calls/warnings';
import { estimate } from '../../core/pricing/estimate';
import { dollars, fromUsd, sumUsd, type Money } from '../../core/pricing/money';
import { checkLimit } from '../../core/rules/limits';
import { eachItem } from '../host/each-item';
import { failuresLast } from '../host/errors';
import { withRoom } from '../host/input-beside';
import { isToolRun } from '../host/tool-answer';
import type { ItemEstimate } from '../outputs';
import { readRequest } from './inputs';

interface Priced {
	readonly itemIndex: number;
	readonly price: ItemEstimate;
	/** The budget of all items, which is the first one's. */
	readonly limit: number | undefined;
}

async function price(context: IExecuteFunctions, itemIndex: number): Promise<Priced> {
	const limit = checkLimit(context.getNodeParameter('budgetUsd', 0), 'budgetUsd');
	const { request, warnings } = await readRequest(context, itemIndex, true);
	const found = await estimate(request);
	return {
		itemIndex,
		limit,
		price: {
			...found,
			warnings: [
				...warningsOf('request', request.warnings),
				...warningsOf('estimate', [...warnings, ...found.warnings]),
			],
		},
	};
}

const rangeText = (min: number, max: number): string =>
	min === max ? dollars(min) : `${dollars(min)} to ${dollars(max)}`;

/** For an agent: flat, and in words first. */
function toToolItem({ itemIndex, price }: Priced, withinBudget: boolean): INodeExecutionData {
	const { usd, exact, pricesOf, warnings } = price;
	const { min, max } = usd;
	const json: IDataObject = {
		description:
			min === null || max === null
				? 'The cost is not known before the run.'
				: `The cost is ${exact ? '' : 'about '}${rangeText(min, max)}.`,
		minUsd: min,
		maxUsd: max,
		exact,
		withinBudget,
		pricesOf: pricesOf.join(', '),
		...(warnings.length > 0 ? { warnings: warnings.map(({ message }) => message).join('. ') } : {}),
	};
	return { json, pairedItem: { item: itemIndex } };
}

/** The line under the output. */
function summarize(results: readonly Priced[], limit: number | undefined, over: number): string {
	const priced = results.flatMap(({ price: { usd, exact } }) =>
		usd.min === null || usd.max === null ? [] : [{ min: usd.min, max: usd.max, exact }],
	);
	const [min, max] = [sumUsd(priced.map((usd) => usd.min)), sumUsd(priced.map((usd) => usd.max))];
	const unknown = results.length - priced.length;
	const isExact = unknown === 0 && priced.every(({ exact }) => exact);
	const count = `${results.length} item${results.length === 1 ? '' : 's'}`;
	const cost = `${isExact ? '' : 'about '}${rangeText(min, max)}${isExact ? ', known before the run' : ''}`;
	const parts = [
		`${count}: ${priced.length > 0 ? cost : 'cost unknown'}`,
		...(unknown > 0 && priced.length > 0 ? [`${unknown} of unknown cost`] : []),
		...(limit === undefined ? [] : [`${over} over the budget of ${dollars(limit)}`]),
	];
	return `${parts.join(', ')}.`;
}

function toItem(context: IExecuteFunctions, { itemIndex, price }: Priced): INodeExecutionData {
	const { json, binary, warnings: renamed } = withRoom(context, itemIndex, 'estimate');
	const warnings = [...price.warnings, ...renamed].map(({ code, message }) => ({ code, message }));
	const estimated: IDataObject = { ...price, warnings };
	return {
		json: { ...json, estimate: estimated },
		...(binary && { binary }),
		pairedItem: { item: itemIndex },
	};
}

/** @returns the items within the budget, and those that would exceed it or have no price */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outcomes = await eachItem(context, 1, async (item) => await price(context, item));
	const isTool = isToolRun(context);
	const within: INodeExecutionData[] = [];
	const over: INodeExecutionData[] = [];
	let total: Money = 0;
	const results: Priced[] = [];
	let overBudget = 0;
	for (const outcome of failuresLast(context, outcomes, (one) => 'failed' in one)) {
		if ('failed' in outcome) {
			// What cannot be priced must not go on to be bought.
			over.push(outcome.failed);
			continue;
		}
		const { result } = outcome;
		results.push(result);
		const { limit, price } = result;
		const { max } = price.usd;
		const sum = max === null ? Infinity : total + fromUsd(max);
		const isWithin = limit === undefined || sum <= fromUsd(limit);
		const item = isTool ? toToolItem(result, isWithin) : toItem(context, result);
		// An agent reads only the first output.
		(isWithin || isTool ? within : over).push(item);
		if (!isWithin) overBudget += 1;
		if (isWithin && max !== null) total = sum;
	}
	const [first] = results;
	if (first) {
		context.addExecutionHints({
			message: summarize(results, first.limit, overBudget),
			type: 'info',
			location: 'outputPane',
		});
	}
	return [within, over];
}
