/** What of the input stands beside an image: nothing that the image would overwrite gets lost. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Warning } from '../../core/job';
import { isRecord } from '../../core/rules/json';
import { filesInJson } from './files';
import type { ItemSettings } from './items';

export type Binaries = NonNullable<INodeExecutionData['binary']>;

export interface InputBeside {
	readonly json: IDataObject;
	readonly binary: Binaries;
	readonly warnings: readonly Warning[];
}

/** @returns `imageInput`, or `imageInput2` where that is taken, and so on */
function freeName(name: string, taken: object): string {
	for (let nth = 1; ; nth++) {
		const free = nth === 1 ? name : `${name}${nth}`;
		if (!Object.hasOwn(taken, free)) return free;
	}
}

function renamed<T extends object>(fields: T, from: string, to: string): T {
	const entries = Object.entries(fields).map(([name, value]) => [name === from ? to : name, value]);
	return Object.fromEntries(entries) as T;
}

/** Keys by which an earlier answer of this package is known: the steps before it are known, too. */
const ownKeys = ['cost request', 'usd pricesOf', 'sha256 label', 'c2pa synthid'];
const isOwnAnswer = (answer: unknown): boolean =>
	isRecord(answer) &&
	ownKeys.some((keys) => keys.split(' ').every((key) => Object.hasOwn(answer, key)));

/** @returns the fields with room for another: what stands there has a name of its own, which is told */
function withRoomIn<T extends object>(
	fields: T,
	field: string,
	what: 'field' | 'binary field',
): { readonly fields: T; readonly warnings: readonly Warning[] } {
	const own = Object.entries(fields).find(([name]) => name === field);
	if (!own) return { fields, warnings: [] };
	const name = freeName(`${field}${what === 'field' ? 'Input' : '_input'}`, fields);
	const message = `The input already has a ${what} '${field}': it is now '${name}'`;
	return {
		fields: renamed(fields, field, name),
		warnings: isOwnAnswer(own[1]) ? [] : [{ code: 'input_renamed', message }],
	};
}

/**
 * @param field that an answer is to stand in; what the input has there becomes 'reviewInput' and so
 *   on. A warning says so, except for an earlier answer of this package
 * @returns the input, untouched beside that
 */
export function withRoom(
	context: IExecuteFunctions,
	itemIndex: number,
	field: string,
): Pick<INodeExecutionData, 'json' | 'binary'> & Pick<InputBeside, 'warnings'> {
	const { json: given = {}, binary } = context.getInputData()[itemIndex] ?? {};
	const { fields: json, warnings } = withRoomIn(given, field, 'field');
	return { json, binary, warnings };
}

/**
 * @param files by field
 * @param field that a file is to be put into; what the input has there becomes 'data_input' and so on
 * @param isSource whether the file is made of the one that is there, and takes its place
 */
export function withRoomForFile<T extends object>(
	files: T,
	field: string,
	isSource: boolean,
): { readonly files: T; readonly warnings: readonly Warning[] } {
	if (isSource) return { files, warnings: [] };
	const { fields, warnings } = withRoomIn(files, field, 'binary field');
	return { files: fields, warnings };
}

/** Whether GPT Image put it there. */
export const isOwnImage = (image: unknown): image is IDataObject =>
	isRecord(image) && isRecord(image.cost) && isRecord(image.request);

/**
 * A field 'image' of the input becomes 'imageInput', and a binary in the output's place 'data_input'.
 * A warning says so, except for what an earlier node of this package made.
 * @param isSource whether the binary there was edited: it gives way to its edited version
 */
export function inputBeside(
	input: INodeExecutionData | undefined,
	{ outputField, keepInput }: ItemSettings,
	isSource: boolean,
): InputBeside {
	const given = input?.json ?? {};
	const { image } = given;

	// Code may give null.
	const file = input?.binary?.[outputField];
	const moved = withRoomForFile(input?.binary ?? {}, outputField, isSource);
	const isKnown = isOwnImage(image) && image.fileName === file?.fileName;
	const warnings = isKnown ? [] : moved.warnings;
	const binary = moved.files;
	if (!keepInput) return { json: {}, binary, warnings };

	const { fields: json, warnings: ofImage } = withRoomIn(given, 'image', 'field');
	// With n8n's setting for it, binaries stand in the JSON.
	const inJson = json[filesInJson];
	if (!isRecord(inJson)) return { json, binary, warnings: [...warnings, ...ofImage] };
	const { files, warnings: ofFiles } = withRoomForFile(inJson, outputField, isSource);
	return {
		json: { ...json, [filesInJson]: { ...files } as IDataObject },
		binary,
		warnings: [...warnings, ...ofFiles, ...ofImage],
	};
}
