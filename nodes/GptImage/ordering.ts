/** Orders rows for later, and makes the items that say so. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { lineCall } from '../../core/calls/batch';
import { BatchService } from '../../core/calls/batch-service';
import type { CallContext } from '../../core/calls/context';
import type { ImageDraft } from '../../core/calls/jobs';
import type { GptImageError } from '../../core/errors';
import type { ItemRef, OrderedRow, OrderOutput } from '../../core/job';
import type { FileNameParts } from '../../core/pixels/file-name';
import { checkEnum, wholeNumber } from '../../core/rules/parameters';
import { order, type OrderedJob, type OrderResult } from '../../core/run/order';
import type { RunContext } from '../../core/run/run';
import { asGptImageError, toNodeError } from '../host/errors';
import { inputBeside } from '../host/input-beside';
import { toImageItem, type ItemSettings } from '../host/items';
import { readLimitOptions, type CallSettings } from '../host/parameters';

type Later = ImageDraft & CallSettings & { readonly settings: ItemSettings };

/** What is kept of an item until it is collected. */
export function rowOf(
	context: IExecuteFunctions,
	itemIndex: number,
	{ requests: [{ ownPrompt: prompt }], settings }: Pick<Later, 'requests' | 'settings'>,
): OrderedRow {
	const { outputField, fileNameTemplate, keepInput } = settings;
	const fields = context.getInputData()[itemIndex]?.json ?? {};
	return { itemIndex, fields, settings: { outputField, fileNameTemplate, keepInput }, prompt };
}

/** Wrong settings of the whole run stop the node, as they affect every item. */
function runSettings(context: IExecuteFunctions) {
	const { onBudget, maxImagesPerBatch: most } = readLimitOptions(context, 0);
	try {
		return {
			stopOnLimit: checkEnum('onBudget', onBudget, 'stop') === 'stop',
			maxImagesPerBatch: wholeNumber('maxImagesPerBatch', most, 1, Number.MAX_SAFE_INTEGER),
		};
	} catch (error) {
		throw toNodeError(context, asGptImageError(error), 0);
	}
}

/** @returns the items and errors of each row, in order */
export async function* orderRows<D extends Later>(
	context: IExecuteFunctions,
	drafted: ReadonlyArray<{ readonly draft: D; readonly itemIndex: number }>,
	refOf: (itemIndex: number) => ItemRef,
	runContext: RunContext & { readonly account: string },
	callContext: (draft: D) => CallContext,
	nameOf: (itemIndex: number, parts: FileNameParts) => string,
): AsyncGenerator<{ itemIndex: number; entry: INodeExecutionData | GptImageError }, void, void> {
	const [first] = drafted;
	if (!first) return;
	const jobs = drafted.map(({ draft, itemIndex }): OrderedJob => ({
		item: refOf(itemIndex),
		dryRun: draft.dryRun,
		open: async (desk) =>
			await lineCall(
				draft.requests[0],
				draft.edit,
				rowOf(context, itemIndex, draft),
				callContext(draft),
				desk,
			),
	}));
	const service = new BatchService(callContext(first.draft));
	const entryOf = async (
		result: OrderResult,
		itemIndex: number,
		{ settings }: D,
	): Promise<INodeExecutionData | GptImageError> => {
		if ('error' in result) return result.error;
		if ('output' in result) return orderItem(context, result.output, itemIndex, settings);
		const name = (parts: FileNameParts): string => nameOf(itemIndex, parts);
		return (await toImageItem(context, result.preview, itemIndex, settings, name)).item;
	};
	const orders = order(jobs, { ...runContext, service, ...runSettings(context) });
	let done = 0;
	try {
		for await (const result of orders) {
			const { itemIndex, draft } = drafted[result.job] ?? first;
			done = result.job + 1;
			yield { itemIndex, entry: await entryOf(result, itemIndex, draft).catch(asGptImageError) };
		}
	} catch (error) {
		// What fails as a whole, as the store, fails every row that has nothing yet.
		for (const { itemIndex } of drafted.slice(done)) {
			yield { itemIndex, entry: asGptImageError(error) };
		}
	}
}

export function orderItem(
	context: IExecuteFunctions,
	output: OrderOutput,
	itemIndex: number,
	settings: ItemSettings,
): INodeExecutionData {
	const { json, warnings } = inputBeside(
		{ json: context.getInputData()[itemIndex]?.json ?? {} },
		new Set(),
		settings,
		false,
	);
	const said = [...output.warnings, ...warnings].map(({ code, message }) => ({ code, message }));
	const image: IDataObject = { ...output.image, warnings: said };
	return { json: { ...json, image }, pairedItem: { item: itemIndex } };
}
