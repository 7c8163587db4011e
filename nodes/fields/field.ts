/** Fields of the editor by their kind; what the rules know of a parameter is taken from there. */

import type { INodeProperties } from 'n8n-workflow';
import { labels, type Parameter } from '../../core/rules/labels';
import { ranges, unlimited, type NumberParameter } from '../../core/rules/ranges';

type More = Partial<INodeProperties>;

export const textField = (name: Parameter, more: More): INodeProperties => ({
	displayName: labels[name],
	name,
	type: 'string',
	default: '',
	...more,
});

export const numberField = (
	name: NumberParameter,
	description: string,
	more: More = {},
): INodeProperties => {
	const { least, most, preset }: (typeof ranges)[NumberParameter] = ranges[name];
	return {
		displayName: labels[name],
		name,
		type: 'number',
		default: preset,
		typeOptions: {
			minValue: least,
			...(most === unlimited ? {} : { maxValue: most }),
			numberPrecision: 0,
		},
		description,
		...more,
	};
};

/** An amount of money, with as many decimals as people type. */
export const usdField = (
	name: 'budgetUsd' | 'maxCostPerRun',
	preset: number,
	description: string,
): INodeProperties => ({
	displayName: labels[name],
	name,
	type: 'number',
	default: preset,
	typeOptions: { minValue: 0 },
	description,
});

export const switchField = (
	name: Parameter,
	preset: boolean,
	description: string,
	more: More = {},
): INodeProperties => ({
	displayName: labels[name],
	name,
	type: 'boolean' as const,
	default: preset,
	description,
	...more,
});
