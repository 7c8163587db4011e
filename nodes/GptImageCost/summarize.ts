/** Summarize: totals of what images cost, with a chart. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { summarize, type Group, type GroupBy } from '../../core/pricing/summary';
import { drawChart, type ChartRow } from '../../core/pixels/chart';
import { checkEnum, toText } from '../../core/rules/parameters';
import { dollars } from '../../core/pricing/money';
import { eachItem } from '../host/each-item';

const countText = (count: number, what: string): string => (count > 0 ? `${count} ${what}` : '');
const joinParts = (parts: readonly string[]): string =>
	parts.filter((part) => part !== '').join('  ·  ');
const reviews = (count: number): string => `${count} reviewed or described`;
const images = (count: number): string => `${count} image${count === 1 ? '' : 's'}`;

const caption = (group: Omit<Group, 'name'>): string => {
	const { images: paid, batch, ordered, reused, dryRun, failed, questions, unknownCost } = group;
	return joinParts([
		paid > 0 ? images(paid) : '',
		questions.answers > 0 ? reviews(questions.answers) : '',
		countText(unknownCost, 'of unknown cost'),
		countText(batch.images, 'at half price'),
		countText(ordered.items, 'ordered'),
		countText(reused.images, 'reused'),
		countText(dryRun.images, 'dry run'),
		countText(failed.items, 'failed'),
	]);
};

const toRow = (group: Group): ChartRow => ({
	name: group.name,
	caption: caption(group),
	paid: group.usd,
	saved: group.reused.savedUsd + group.batch.savedUsd,
	planned: group.dryRun.usd.max + group.ordered.usd.max,
});

interface Entry {
	readonly item: number;
	readonly by: GroupBy;
	readonly json: IDataObject;
	readonly field: unknown;
}

const parameters = { day: 'date', field: 'value', model: undefined, quality: undefined } as const;

async function read(context: IExecuteFunctions, item: number): Promise<Entry> {
	const by: GroupBy = checkEnum('groupBy', context.getNodeParameter('groupBy', 0), 'model');
	const { json = {} } = context.getInputData()[item] ?? {};
	const parameter = parameters[by];
	return { item, by, json, field: parameter && context.getNodeParameter(parameter, item, '') };
}

/** @returns one item, the totals, with the chart in a binary field; then those that cannot be grouped */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outcomes = await eachItem(context, 1, async (item) => await read(context, item));
	const entries = outcomes.flatMap((one) => ('result' in one ? [one.result] : []));
	const failed = outcomes.flatMap((one) => ('failed' in one ? [one.failed] : []));
	const [first] = entries;
	if (!first) return [failed];
	return [[await summaryItem(context, entries, first.by), ...failed]];
}

async function summaryItem(
	context: IExecuteFunctions,
	entries: readonly Entry[],
	by: GroupBy,
): Promise<INodeExecutionData> {
	const summary = summarize(entries, by);
	const json: IDataObject = { summary: { by, ...summary } };
	const pairedItem = entries.map(({ item }) => ({ item }));
	if (context.getNodeParameter('chart', 0) !== true) return { json, pairedItem };
	const title = toText(context.getNodeParameter('title', 0, '')).trim() || `Image costs by ${by}`;
	const chart = await drawChart({
		title,
		subtitle: joinParts([`${dollars(summary.total.usd)} paid`, caption(summary.total)]),
		rows: summary.groups.map(toRow),
	});
	const field = toText(context.getNodeParameter('outputField', 0, '')).trim() || 'data';
	const binary = {
		[field]: await context.helpers.prepareBinaryData(chart, 'image-costs.png', 'image/png'),
	};
	return { json, binary, pairedItem };
}
