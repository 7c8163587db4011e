/** Lists in the editor, made from the rules. */

import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { choicesOf, type ListParameter, type ValueOf } from '../../core/rules/choices';
import { labels } from '../../core/rules/labels';

type More = Pick<INodePropertyOptions, 'displayOptions'>;

/** @param more what is to be added to a value, e.g. the models that cannot take it */
export const listOptions = (
	param: ListParameter,
	more: (value: string) => More = () => ({}),
): INodePropertyOptions[] =>
	choicesOf(param).map(({ value, name, description }) => ({
		name,
		value,
		...(description === undefined ? {} : { description }),
		...more(value),
	}));

/** @returns a list parameter with all values of the rules */
export const listField = <P extends ListParameter>(
	param: P,
	preset: ValueOf<P>,
	description: string,
): INodeProperties => ({
	displayName: labels[param],
	name: param,
	type: 'options',
	default: preset,
	description,
	options: listOptions(param),
});
