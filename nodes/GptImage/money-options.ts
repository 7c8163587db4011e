import type { INodeProperties } from 'n8n-workflow';
import { limitNames } from '../../core/money/budget';
import { labels } from '../../core/rules/labels';

/** Options about money: limits, prices, and pictures that are already paid. */
export const moneyOptions: INodeProperties[] = [
	{
		displayName: labels.keepPrompts,
		name: 'keepPrompts',
		type: 'boolean',
		default: true,
		description: 'Whether prompts are kept beside the paid pictures on this machine',
	},
	{
		displayName: labels.ledgerFolder,
		name: 'ledgerFolder',
		type: 'string',
		default: '',
		placeholder: 'e.g. /data/gpt-image',
		description:
			"Where paid pictures are kept; empty means beside n8n's own data. Several workers may share one folder.",
	},
	{
		displayName: limitNames.maxCostPerDay,
		name: 'maxCostPerDay',
		type: 'number',
		default: 10,
		typeOptions: { minValue: 0, numberPrecision: 2 },
		description:
			'The most that all runs with this credential may spend in one day (UTC); 0 means no limit',
	},
	{
		displayName: limitNames.maxCostPerRun,
		name: 'maxCostPerRun',
		type: 'number',
		default: 1,
		typeOptions: { minValue: 0, numberPrecision: 2 },
		description: 'The most that one run of this node may spend; 0 means no limit',
	},
	{
		displayName: labels.onBudget,
		name: 'onBudget',
		type: 'options',
		default: 'stop',
		description: 'What to do once a call would pass a limit',
		options: [
			{ name: 'Stop', value: 'stop', description: 'Make no further calls in this run' },
			{ name: 'Skip', value: 'skip', description: 'Go on with the items that still fit' },
		],
	},
	{
		displayName: labels.prices,
		name: 'prices',
		type: 'json',
		default: '{\n  "gpt-image-2": { "imageOutput": 30 }\n}',
		description:
			'Your own prices in USD per million tokens, by model; what is not named here keeps its price from the table',
	},
	{
		displayName: labels.reuse,
		name: 'reuse',
		type: 'options',
		default: 'undelivered',
		description: 'Which pictures that are already paid are used instead of buying them again',
		options: [
			{
				name: 'Undelivered',
				value: 'undelivered',
				description: 'Pictures that a failed or stopped run has paid and not delivered',
			},
			{
				name: 'Always',
				value: 'always',
				description: 'Also pictures of the same request from other executions',
			},
			{
				name: 'Never',
				value: 'never',
				description: 'Only within one execution, e.g. with Retry On Fail',
			},
		],
	},
	{
		displayName: labels.reuseHours,
		name: 'reuseHours',
		type: 'number',
		default: 24,
		typeOptions: { minValue: 0 },
		description: "How old a picture may be that 'Reuse Paid Pictures' set to Always takes",
	},
];
