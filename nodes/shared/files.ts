import {
	BINARY_IN_JSON_PROPERTY,
	isBinaryValue,
	type IBinaryData,
	type IExecuteFunctions,
} from 'n8n-workflow';
import type { UserFile } from '../../core/edit';
import { invalidParameter } from '../../core/errors';
import { labels } from '../../core/rules/labels';
import { text } from '../../core/rules/values';
import { readOptions } from './parameters';
import { isRecord } from '../../core/rules/unknown';

/** Binary fields of input items as files that core/ reads when it needs them. */

/**
 * The item's binary fields by name. A workflow whose setting puts binaries into the JSON has them
 * there instead.
 */
export function binaryFields(
	context: IExecuteFunctions,
	itemIndex: number,
): Map<string, IBinaryData> {
	const item = context.getInputData()[itemIndex];
	const inJson = item?.json[BINARY_IN_JSON_PROPERTY];
	const fields = new Map<string, IBinaryData>(Object.entries(item?.binary ?? {}));
	for (const [name, value] of Object.entries(isRecord(inJson) ? inJson : {})) {
		if (isBinaryValue(value)) fields.set(name, value);
	}
	return fields;
}

function find(
	context: IExecuteFunctions,
	itemIndex: number,
	field: unknown,
): IBinaryData | undefined {
	if (isBinaryValue(field)) return field;
	const name = text(field).trim();
	return binaryFields(context, itemIndex).get(name.replace(`${BINARY_IN_JSON_PROPERTY}.`, ''));
}

/**
 * @param field name of a binary field, or a binary that an expression gave
 * @param place how messages call the parameter, its display name in quotes
 * @throws invalid_parameter naming the fields that the item has
 */
export function userFile(
	context: IExecuteFunctions,
	itemIndex: number,
	field: unknown,
	param: string,
	place: string,
): UserFile {
	const binary = find(context, itemIndex, field);
	const name = isBinaryValue(field) ? 'from expression' : text(field).trim();
	if (!binary) {
		const names = [...binaryFields(context, itemIndex).keys()];
		throw invalidParameter(
			param,
			`${place}: the item has no binary field "${name}"`,
			names.length > 0
				? `Its binary fields are: ${names.join(', ')}.`
				: 'It has no binary fields at all: load the picture in a step before this node.',
		);
	}
	return {
		origin: { param, label: `${place} (field "${name}")`, name: binary.fileName ?? name },
		mimeType: binary.mimeType,
		load: async () => await context.helpers.getBinaryDataBuffer(itemIndex, binary),
	};
}

/** The picture that stands in when none could be made, if the option names one. */
export function readFallbackFile(
	context: IExecuteFunctions,
	itemIndex: number,
): UserFile | undefined {
	const { fallbackField } = readOptions(context, itemIndex);
	if (fallbackField === undefined || fallbackField === '') return undefined;
	const place = `'${labels.fallbackField}'`;
	return userFile(context, itemIndex, fallbackField, 'fallbackField', place);
}
