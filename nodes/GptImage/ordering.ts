/** Orders rows for later, and makes the items that say so. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { lineCall } from '../../core/calls/batch';
import { BatchService } from '../../core/calls/batch-service';
import type { CallContext } from '../../core/calls/context';
import type { ImageDraft } from '../../core/calls/jobs';
import type { GptImageError } from '../../core/errors';
import type { ItemRef, OrderOutput } from '../../core/job';
import type { OrderedRow } from '../../core/job-orders';
import type { FileNameParts } from '../../core/pixels/file-name';
import { checkEnum, checkNumber } from '../../core/rules/parameters';
import { order, type OrderedJob, type OrderResult } from '../../core/run/order';
import type { RunContext } from '../../core/run/run';
import { asGptImageError } from '../host/errors';
import { inputBeside } from '../host/input-beside';
import { toImageItem, type ItemSettings } from '../host/items';
import { readLimitOptions, type CallSettings } from '../host/parameters';
import type { Ordered, Said } from '../host/progress';

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

/** @throws invalid_parameter */
function runSettings(context: IExecuteFunctions) {
	const { onBudget, maxImagesPerBatch: most } = readLimitOptions(context, 0);
	return {
		stopOnLimit: checkEnum('onBudget', onBudget, 'stop') === 'stop',
		maxImagesPerBatch: checkNumber('maxImagesPerBatch', most),
	};
}

/** What came of a row, and what is to be said of it. */
interface RowEntry {
	readonly entry: INodeExecutionData | GptImageError;
	/** Of a dry run. */
	readonly said?: Said;
	readonly ordered?: Ordered;
}

/** @returns the items and errors of each row, in order */
export async function* orderRows<D extends Later>(
	context: IExecuteFunctions,
	drafted: ReadonlyArray<{ readonly draft: D; readonly itemIndex: number }>,
	refOf: (itemIndex: number) => ItemRef,
	runContext: RunContext & { readonly account: string },
	callContext: (draft: D) => CallContext,
	nameOf: (itemIndex: number, parts: FileNameParts) => string,
): AsyncGenerator<RowEntry & { itemIndex: number }, void, void> {
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
	): Promise<RowEntry> => {
		if ('error' in result) return { entry: result.error };
		if ('output' in result) return orderItem(context, result.output, itemIndex, settings);
		const name = (parts: FileNameParts): string => nameOf(itemIndex, parts);
		const { preview } = result;
		const { item, warnings } = await toImageItem(context, preview, itemIndex, settings, name);
		return { entry: item, said: { image: preview.image, warnings } };
	};
	let done = 0;
	try {
		const orders = order(jobs, { ...runContext, service, ...runSettings(context) });
		for await (const result of orders) {
			const { itemIndex, draft } = drafted[result.job] ?? first;
			done = result.job + 1;
			const failed = (error: unknown): RowEntry => ({ entry: asGptImageError(error) });
			yield { itemIndex, ...(await entryOf(result, itemIndex, draft).catch(failed)) };
		}
	} catch (error) {
		// What fails as a whole, as the store or settings of the run, fails every row that has nothing yet.
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
): { readonly entry: INodeExecutionData; readonly ordered: Ordered } {
	const { json, warnings: renamed } = inputBeside(
		{ json: context.getInputData()[itemIndex]?.json ?? {} },
		new Set(),
		settings,
		false,
	);
	const { image } = output;
	const warnings = [...output.warnings, ...renamed];
	const said = warnings.map(({ code, message }) => ({ code, message }));
	const facts: IDataObject = { ...image, warnings: said };
	return {
		entry: { json: { ...json, image: facts }, pairedItem: { item: itemIndex } },
		ordered: { image, warnings },
	};
}
