/** Binary fields of input items as files that core/ reads when it needs them. */

import type { IBinaryData, IExecuteFunctions } from 'n8n-workflow';
import type { UserFile } from '../../core/calls/prepare';
import { GptImageError, invalidParameter, messageOf } from '../../core/errors';
import { convertToFile, encodedFile } from '../../core/rules/encoded';
import { labels } from '../../core/rules/labels';
import { fieldsOf, isRecord, textOf, type Fields } from '../../core/rules/json';
import { display, excerpt, toText } from '../../core/rules/parameters';
import { readLimitOptions } from './parameters';

/** Where a workflow's setting puts binaries; n8n-workflow names it in later versions only. */
export const filesInJson = '_files';

const isBinary = (value: unknown): value is IBinaryData =>
	isRecord(value) && 'mimeType' in value && ('data' in value || 'id' in value);

/** By name; a workflow's setting may put binaries into the JSON instead. */
export function binaryFields(
	context: IExecuteFunctions,
	itemIndex: number,
): Map<string, IBinaryData> {
	const item = context.getInputData()[itemIndex];
	// A node may give a file without JSON.
	const inJson = fieldsOf(item?.json)[filesInJson];
	const binaries = Object.entries(item?.binary ?? {}).filter(([, value]) => isRecord(value));
	const fields = new Map<string, IBinaryData>(binaries);
	for (const [name, value] of Object.entries(isRecord(inJson) ? inJson : {})) {
		if (isBinary(value)) fields.set(name, value);
	}
	return fields;
}

const inJsonPrefix = `${filesInJson}.`;

export const withoutPrefix = (name: string): string =>
	name.startsWith(inJsonPrefix) ? name.slice(inJsonPrefix.length) : name;

function existing(names: readonly string[]): string {
	if (names.length === 0) {
		return 'It has no binary fields: load the image in a step before this node.';
	}
	const listed = names.slice(0, 20).map((name) => excerpt(name));
	return `Its binary fields are: ${listed.join(', ')}${names.length > listed.length ? ', …' : ''}.`;
}

/** The step that makes a file of what was given in its place. */
function stepFor(value: unknown): string {
	if (typeof value !== 'string') return '';
	if (encodedFile(value) !== undefined) return `${convertToFile} `;
	return /^https?:\/\//i.test(value)
		? "Load the URL with n8n's 'HTTP Request' (Response Format: File). "
		: '';
}

function notFound(
	context: IExecuteFunctions,
	itemIndex: number,
	field: unknown,
	param: string,
	fieldLabel: string,
): GptImageError {
	const name = toText(field).trim();
	const json = context.getInputData()[itemIndex]?.json ?? {};
	const isJson = Object.hasOwn(json, name);
	const other = name === '' ? display(field) : encodedFile(name);
	const missing = `${fieldLabel}: the item has no binary field "${excerpt(name)}"`;
	const inPlace = isJson ? `${missing}, only a JSON field with that name` : missing;
	return invalidParameter(
		param,
		other === undefined
			? inPlace
			: `${fieldLabel}: ${other} was given where the name of a binary field is expected`,
		stepFor(isJson ? json[name] : name) + existing([...binaryFields(context, itemIndex).keys()]),
	);
}

/** @param called the place and the file, as messages name them */
function unreadable(error: unknown, param: string, called: string): GptImageError {
	const reason = messageOf(error);
	const isGone = /ENOENT|not ?found|no such/i.test(`${reason} ${fieldsOf(error).code}`);
	// n8n replaces a message that contains an errno by a stock text, but not an advice.
	return new GptImageError(
		isGone
			? `${called} no longer exists in n8n's binary data storage`
			: `${called} could not be read from n8n's binary data storage`,
		{
			code: 'invalid_parameter',
			advice: isGone
				? 'Run the workflow again from the step that loads the file: n8n deletes files with the execution that created them.'
				: `Check the storage: ${excerpt(reason, 300)}`,
			param,
			retryable: !isGone,
			billed: 'no',
			cause: error,
		},
	);
}

/**
 * @param field name of a binary field, or a binary that an expression gave
 * @param fieldLabel how messages call the parameter, its display name in quotes
 * @throws invalid_parameter naming the fields that the item has; `load` when n8n has no such file
 */
export function userFile(
	context: IExecuteFunctions,
	itemIndex: number,
	field: unknown,
	param: string,
	fieldLabel: string,
): UserFile {
	const isGiven = isBinary(field);
	const name = isGiven ? 'from expression' : toText(field).trim();
	const binary = isGiven ? field : binaryFields(context, itemIndex).get(withoutPrefix(name));
	if (!binary) throw notFound(context, itemIndex, field, param, fieldLabel);
	const label = `${fieldLabel} (field "${excerpt(name)}")`;
	// Code that fills a binary by hand may put anything there.
	const { id, data, ...about }: Fields = { ...binary };
	if (id === undefined && (typeof data !== 'string' || data.startsWith('data:'))) {
		throw invalidParameter(
			param,
			`${label}: its data is not base64`,
			'Make it with n8n\'s \'Convert to File\', or in a Code node with `await this.helpers.prepareBinaryData(bytes, "photo.png", "image/png")`.',
		);
	}
	const fileName = textOf(about.fileName) ?? name;
	return {
		origin: { param, label, name: fileName },
		mimeType: textOf(about.mimeType),
		load: async () => {
			try {
				return await context.helpers.getBinaryDataBuffer(itemIndex, binary);
			} catch (error) {
				throw unreadable(error, param, `${label}: "${excerpt(fileName)}"`);
			}
		},
	};
}

export function readFallbackFile(
	context: IExecuteFunctions,
	itemIndex: number,
): UserFile | undefined {
	const { fallbackField } = readLimitOptions(context, itemIndex);
	if (fallbackField === undefined || fallbackField === '') return undefined;
	const fieldLabel = `'${labels.fallbackField}'`;
	return userFile(context, itemIndex, fallbackField, 'fallbackField', fieldLabel);
}
