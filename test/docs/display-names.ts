/** What pages may call a field: parameters and options of both nodes, fields of the credential. */

import type { INodeProperties } from 'n8n-workflow';
import { GptImageApi } from '../../credentials/GptImageApi.credentials';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { GptImageCost } from '../../nodes/GptImageCost/GptImageCost.node';
import { GptImageExport } from '../../nodes/GptImageExport/GptImageExport.node';
import { GptImageTrigger } from '../../nodes/GptImageTrigger/GptImageTrigger.node';

const isField = (one: object): one is INodeProperties => 'displayName' in one && 'type' in one;

/** A field and those inside it. */
const withOptions = (property: INodeProperties): INodeProperties[] => [
	property,
	...(property.options ?? []).flatMap((one) => {
		if ('values' in one) return one.values;
		return isField(one) ? [one] : [];
	}),
];

const fieldsOf = (properties: readonly INodeProperties[]): Map<string, string> =>
	new Map(properties.flatMap(withOptions).map(({ displayName, name }) => [displayName, name]));

/** Names of the GPT Image node's parameters by display name. */
export const imageFields = fieldsOf(new GptImage().description.properties);

/** A page may leave the unit out: `Max Cost per Day (USD)`. */
const withoutUnit = (name: string): string => name.replace(/ \([^)]*\)$/, '');

const valuesOf = ({ options = [] }: INodeProperties): string[] =>
	options.flatMap((option) => ('value' in option ? [option.name] : []));

const all = [
	...new GptImage().description.properties,
	...new GptImageCost().description.properties,
	...new GptImageExport().description.properties,
	...new GptImageTrigger().description.properties,
	...new GptImageApi().properties,
].flatMap(withOptions);

export const displayNames: ReadonlySet<string> = new Set(
	all.flatMap((property) => [
		property.displayName,
		withoutUnit(property.displayName),
		...valuesOf(property),
	]),
);
