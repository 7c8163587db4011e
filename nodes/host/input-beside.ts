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

const warning = (what: string, from: string, to: string): Warning => ({
	code: 'input_renamed',
	message: `The input already has a ${what} '${from}': it is now '${to}'`,
});

function withRoomIn(json: IDataObject, field: string): Pick<InputBeside, 'json' | 'warnings'> {
	if (!Object.hasOwn(json, field)) return { json, warnings: [] };
	const name = freeName(`${field}Input`, json);
	const isOwn = isOwnAnswer(field, json[field]);
	const warnings = isOwn ? [] : [warning('field', field, name)];
	return { json: renamed(json, field, name), warnings };
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
	const { json = {}, binary } = context.getInputData()[itemIndex] ?? {};
	return { ...withRoomIn(json, field), binary };
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
	if (isSource || !Object.hasOwn(files, field)) return { files, warnings: [] };
	const name = freeName(`${field}_input`, files);
	return { files: renamed(files, field, name), warnings: [warning('binary field', field, name)] };
}

/** Whether an earlier node of this package put it there: then the steps before are known. */
export const isOwnImage = (image: unknown): image is IDataObject =>
	isRecord(image) && isRecord(image.cost) && isRecord(image.request);

/** Keys by which an earlier answer of this package is known. */
const answerKeys: Readonly<Record<string, readonly string[]>> = {
	estimate: ['usd', 'pricesOf'],
	file: ['sha256', 'label'],
	provenance: ['c2pa', 'synthid'],
};

const isOwnAnswer = (field: string, answer: unknown): boolean => {
	const keys = answerKeys[field];
	if (!keys) return isOwnImage(answer);
	return isRecord(answer) && keys.every((key) => Object.hasOwn(answer, key));
};

/**
 * A field 'image' of the input becomes 'imageInput', and a binary in the output's place 'data_input'.
 * A warning says so, except for what an earlier node of this package made.
 * @param sources binary fields that were edited: they give way to their edited version
 * @param hasImage false when nothing takes the place of the binary
 */
export function inputBeside(
	input: INodeExecutionData | undefined,
	sources: ReadonlySet<string>,
	{ outputField, keepInput }: ItemSettings,
	hasImage: boolean,
): InputBeside {
	const given = input?.json ?? {};
	const { image } = given;
	const isSource = hasImage && sources.has(outputField);

	// Code may give null.
	const file = input?.binary?.[outputField];
	const moved = withRoomForFile(input?.binary ?? {}, outputField, isSource);
	const isKnown = isOwnImage(image) && image.fileName === file?.fileName;
	const warnings = isKnown ? [] : moved.warnings;
	const binary = moved.files;
	if (!keepInput) return { json: {}, binary, warnings };

	const { json, warnings: ofImage } = withRoomIn(given, 'image');
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
