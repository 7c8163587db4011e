/** Runs Export Images: one item per image and channel. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { exportImage, type ExportedFile } from '../../core/pixels/export/export';
import { exportName } from '../../core/pixels/file-name';
import { checkExport } from '../../core/rules/export';
import { labels } from '../../core/rules/labels';
import { fieldsOf, isRecord, listOf } from '../../core/rules/json';
import { toText } from '../../core/rules/parameters';
import { eachItem } from '../host/each-item';
import { failuresLast, toErrorItem } from '../host/errors';
import { TakenNames } from '../host/file-names';
import { userFile, withoutPrefix } from '../host/files';
import { withRoom, withRoomForFile } from '../host/input-beside';
import { isGenerated, loaded, storeFile } from './file-item';

/** Decoding is limited for the whole process; this many items wait for it with their files loaded. */
const lanes = 3;

/** @returns one item per channel; with the first failure of an error that stops the node */
async function exportItem(
	context: IExecuteFunctions,
	itemIndex: number,
	names: TakenNames,
	isNext: Promise<void>,
): Promise<INodeExecutionData[]> {
	const parameter = (name: string): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	const textParams = fieldsOf(parameter('text'));
	const logoParams = fieldsOf(parameter('logo'));
	const options = fieldsOf(parameter('options'));
	const request = checkExport({
		channels: parameter('channels'),
		width: parameter('width'),
		height: parameter('height'),
		fit: parameter('fit'),
		text: textParams,
		logo: logoParams,
		options,
	});
	const file = (field: unknown, param: 'inputField' | 'logoField' | 'fontField') =>
		userFile(context, itemIndex, field, param, `'${labels[param]}'`);
	const inputField = parameter('inputField');
	const image = file(inputField, 'inputField');
	const hasFont = request.text !== undefined && toText(textParams.fontField).trim() !== '';
	const outcomes = await exportImage(
		{
			image: await loaded(image),
			isGenerated: isGenerated(context, itemIndex),
			logo: request.logo && (await loaded(file(logoParams.field, 'logoField'))),
			font: hasFont ? await loaded(file(textParams.fontField, 'fontField')) : undefined,
		},
		request,
	);
	const outputField = toText(options.outputField).trim() || 'data';
	const template = toText(options.fileName).trim() || '{name}-{channel}';
	// An expression may give the file itself.
	const isSource =
		typeof inputField !== 'string' || withoutPrefix(inputField.trim()) === outputField;
	await isNext;
	const items: INodeExecutionData[] = [];
	for (const outcome of outcomes) {
		if ('error' in outcome) {
			if (!context.continueOnFail()) throw outcome.error;
			const failed = toErrorItem(context, outcome.error, itemIndex);
			const details = {
				...fieldsOf(failed.json.details),
				channel: outcome.channel.id,
			} as IDataObject;
			items.push({ ...failed, json: { ...failed.json, details } });
			continue;
		}
		const { file } = outcome;
		const parts = { name: image.origin.name, ...file };
		const fileName = names.take(1, (nth) => exportName(template, parts, nth));
		items.push(await toItem(context, file, itemIndex, { outputField, fileName, isSource }));
	}
	return items;
}

async function toItem(
	context: IExecuteFunctions,
	file: ExportedFile,
	itemIndex: number,
	to: { readonly outputField: string; readonly fileName: string; readonly isSource: boolean },
): Promise<INodeExecutionData> {
	const { outputField, fileName, isSource } = to;
	const beside = withRoom(context, itemIndex, 'file');
	// Code may give null.
	const others = withRoomForFile(beside.binary ?? {}, outputField, isSource);
	const warnings = [...file.warnings, ...beside.warnings, ...others.warnings];
	const { described, binary } = await storeFile(context, { ...file, warnings }, fileName);
	const json: IDataObject = { ...beside.json, file: described };
	return {
		json,
		binary: { ...others.files, [outputField]: binary },
		pairedItem: { item: itemIndex },
	};
}

const isFailed = ({ json }: INodeExecutionData): boolean =>
	json.error !== undefined && !isRecord(json.file);

/** Warnings lie in the items, where a person who looks at images does not see them. */
function tellWarnings(context: IExecuteFunctions, items: readonly INodeExecutionData[]): void {
	const messages = items.flatMap(({ json: { file } }) => {
		return listOf(fieldsOf(file).warnings).map((warning) => String(Object(warning).message));
	});
	const [first, ...others] = new Set(messages);
	if (first === undefined) return;
	const more = others.length > 0 ? ` (${others.length} more in 'file.warnings')` : '';
	context.addExecutionHints({
		message: `Warning: ${first}${more}.`,
		type: 'warning',
		location: 'outputPane',
	});
}

/** @returns one item per image and channel, in their order; with the error output failures come last */
export async function exportItems(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const names = new TakenNames();
	let last = Promise.resolve();
	const outcomes = await eachItem(context, lanes, async (itemIndex) => {
		// Files are made side by side and named in the order of the items.
		const before = last;
		const { promise, resolve } = Promise.withResolvers<void>();
		last = promise;
		try {
			return await exportItem(context, itemIndex, names, before);
		} finally {
			void before.then(resolve);
		}
	});
	const items = outcomes.flatMap((one) => ('failed' in one ? [one.failed] : one.result));
	tellWarnings(context, items);
	return failuresLast(context, items, isFailed);
}
