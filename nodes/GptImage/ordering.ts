/** Orders rows for later, and makes the items that say so. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { lineCall } from '../../core/calls/batch';
import { BatchService } from '../../core/calls/batch-service';
import type { CallContext } from '../../core/calls/context';
import type { ImageDraft } from '../../core/calls/jobs';
import type { GptImageError } from '../../core/errors';
import type { ItemRef, OrderedRow, OrderOutput } from '../../core/job';
import type { FileNameParts } from '../../core/pixels/file-name';
import { defaultImagesPerBatch } from '../../core/rules/calls';
import { checkEnum, wholeNumber } from '../../core/rules/parameters';
import { order, type OrderedJob } from '../../core/run/order';
import type { RunContext } from '../../core/run/run';
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
	const limits = readLimitOptions(context, 0);
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
	const orders = order(jobs, {
		...runContext,
		service: new BatchService(callContext(first.draft)),
		stopOnLimit: checkEnum('onBudget', limits.onBudget, 'stop') === 'stop',
		maxImagesPerBatch: wholeNumber(
			'maxImagesPerBatch',
			limits.maxImagesPerBatch ?? defaultImagesPerBatch,
			1,
			Number.MAX_SAFE_INTEGER,
		),
	});
	for await (const result of orders) {
		const { itemIndex, draft } = drafted[result.job] ?? first;
		if ('error' in result) yield { itemIndex, entry: result.error };
		else if ('output' in result) {
			yield { itemIndex, entry: orderItem(context, result.output, itemIndex, draft.settings) };
		} else {
			const name = (parts: FileNameParts): string => nameOf(itemIndex, parts);
			const { preview } = result;
			const { item } = await toImageItem(context, preview, itemIndex, draft.settings, name);
			yield { itemIndex, entry: item };
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
