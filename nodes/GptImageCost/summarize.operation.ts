import {
	updateDisplayOptions,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { summarize, type Group, type GroupBy, type Summary } from '../../core/money/summary';
import { invalidParameter } from '../../core/errors';
import { chartPicture, type ChartRow } from '../../core/picture/chart';
import { text } from '../../core/rules/values';
import { itemOptions } from '../GptImage/options';
import { toNodeError } from '../shared/errors';
import { dollars } from '../shared/progress';

const GROUP_BY = 'Group By';
const groups: readonly INodePropertyOptions[] = [
	{ name: 'Day', value: 'day' },
	{ name: 'Field', value: 'field' },
	{ name: 'Model', value: 'model' },
	{ name: 'Quality', value: 'quality' },
];

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { operation: ['summarize'] } },
	[
		{
			displayName: GROUP_BY,
			name: 'groupBy',
			type: 'options',
			default: 'model',
			description: 'What the totals are made for',
			options: [...groups],
		},
		{
			displayName: 'Date',
			name: 'date',
			type: 'string',
			default: '={{ $now.toISO() }}',
			description: 'Date of the item, from which its day (UTC) is taken',
			displayOptions: { show: { groupBy: ['day'] } },
		},
		{
			displayName: 'Value',
			name: 'value',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.campaign }}',
			description: 'What the item belongs to, usually a field of it: drag it here from the input',
			displayOptions: { show: { groupBy: ['field'] } },
		},
		{
			displayName: 'Draw Chart',
			name: 'chart',
			type: 'boolean',
			default: true,
			description: 'Whether to add a bar chart as a PNG',
		},
		{
			displayName: 'Title',
			name: 'title',
			type: 'string',
			default: '',
			placeholder: 'e.g. Image costs of the spring campaign',
			description: 'Headline of the chart',
			displayOptions: { show: { chart: [true] } },
		},
		...itemOptions
			.filter(({ name }) => name === 'outputField')
			.map((field) => ({
				...field,
				description: 'Name of the binary field that holds the chart',
				displayOptions: { show: { chart: [true] } },
			})),
	],
);

const counted = (count: number, what: string): string => (count > 0 ? `${count} ${what}` : '');
const joined = (parts: readonly string[]): string =>
	parts.filter((part) => part !== '').join('  ·  ');
const images = (count: number): string => `${count} image${count === 1 ? '' : 's'}`;

const caption = ({ images: paid, reused, dryRun, failed, unknownCost }: Group): string =>
	joined([
		paid > 0 ? images(paid) : '',
		counted(unknownCost, 'of unknown cost'),
		counted(reused.images, 'reused'),
		counted(dryRun.images, 'dry run'),
		counted(failed.items, 'failed'),
	]);

const toRow = (group: Group): ChartRow => ({
	name: group.name,
	caption: caption(group),
	paid: group.usd,
	saved: group.reused.savedUsd,
	planned: group.dryRun.usd.max,
});

function subtitle({ total }: Summary): string {
	const { reused, dryRun } = total;
	return joined([
		`${dollars(total.usd)} paid for ${images(total.images)}`,
		counted(total.unknownCost, 'of unknown cost'),
		reused.images > 0 ? `${dollars(reused.savedUsd)} saved by ${reused.images} reused` : '',
		dryRun.images > 0 ? `${dollars(dryRun.usd.max)} for ${dryRun.images} in dry runs` : '',
		counted(total.failed.items, 'failed'),
	]);
}

function readGroupBy(context: IExecuteFunctions): GroupBy {
	const value = context.getNodeParameter('groupBy', 0);
	if (value === 'day' || value === 'field' || value === 'model' || value === 'quality')
		return value;
	const message = `'${GROUP_BY}' is ${text(value) || 'empty'}`;
	const advice = `Use ${groups.map((group) => group.value).join(', ')}.`;
	throw toNodeError(context, invalidParameter('groupBy', message, advice), 0);
}

/** @returns one item: the totals, and the chart in a binary field */
export async function execute(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const input = context.getInputData();
	const by = readGroupBy(context);
	const parameter = { day: 'date', field: 'value', model: undefined, quality: undefined }[by];
	const summary = summarize(
		input.map(({ json }, item) => ({
			json,
			field: parameter && context.getNodeParameter(parameter, item, ''),
		})),
		by,
	);
	const json: IDataObject = { summary: { by, ...summary } };
	const pairedItem = input.map((_, item) => ({ item }));
	if (context.getNodeParameter('chart', 0) !== true) return [[{ json, pairedItem }]];
	const title = text(context.getNodeParameter('title', 0, '')).trim() || `Image costs by ${by}`;
	const chart = await chartPicture({
		title,
		subtitle: subtitle(summary),
		rows: summary.groups.map(toRow),
	});
	const field = text(context.getNodeParameter('outputField', 0, '')).trim() || 'data';
	const binary = {
		[field]: await context.helpers.prepareBinaryData(chart, 'image-costs.png', 'image/png'),
	};
	return [[{ json, binary, pairedItem }]];
}
