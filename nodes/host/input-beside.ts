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
	return Object.assign({}, Object.fromEntries(entries));
}

const warning = (what: string, from: string, to: string): Warning => ({
	code: 'input_renamed',
	message: `The input already has a ${what} '${from}': it is now '${to}'`,
});

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
	if (!Object.hasOwn(json, field)) return { json, binary, warnings: [] };
	const name = freeName(`${field}Input`, json);
	const isOwn = isOwnAnswer(field, json[field]);
	const warnings = isOwn ? [] : [warning('field', field, name)];
	return { json: renamed(json, field, name), binary, warnings };
}

/**
 * @param field that a file is to be put into; what the input has there becomes 'data_input' and so on
 * @param isSource whether the file is made of the one that is there, and takes its place
 */
export function withRoomForFile(
	binary: Binaries = {},
	field: string,
	isSource: boolean,
): Pick<InputBeside, 'binary' | 'warnings'> {
	if (isSource || !Object.hasOwn(binary, field)) return { binary, warnings: [] };
	const name = freeName(`${field}_input`, binary);
	const warnings = [warning('binary field', field, name)];
	return { binary: renamed(binary, field, name), warnings };
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
	const warnings: Warning[] = [];
	const { image } = input?.json ?? {};
	const isOwn = isOwnImage(image);
	const isSource = hasImage && sources.has(outputField);

	const file = input?.binary?.[outputField];
	const { binary, warnings: moved } = withRoomForFile(input?.binary, outputField, isSource);
	if (!isOwn || image.fileName !== file?.fileName) warnings.push(...moved);
	if (!keepInput) return { json: {}, binary, warnings };

	let json: IDataObject = input?.json ?? {};
	// With n8n's setting for it, binaries stand in the JSON.
	const files = json[filesInJson];
	if (isRecord(files) && Object.hasOwn(files, outputField) && !isSource) {
		const name = freeName(`${outputField}_input`, files);
		json = { ...json, [filesInJson]: renamed(files, outputField, name) };
		warnings.push(warning('binary field', outputField, name));
	}
	if (Object.hasOwn(json, 'image')) {
		const name = freeName('imageInput', json);
		json = renamed(json, 'image', name);
		if (!isOwn) warnings.push(warning('field', 'image', name));
	}
	return { json, binary, warnings };
}
