/** Orders rows for later. */

import type { IExecuteFunctions } from 'n8n-workflow';
import { lineCall } from '../../core/calls/batch';
import { BatchService } from '../../core/calls/batch-service';
import type { CallContext } from '../../core/calls/context';
import type { ImageDraft } from '../../core/calls/jobs';
import type { OrderedRow } from '../../core/job-orders';
import { checkEnum, checkNumber } from '../../core/rules/parameters';
import { order, type OrderedJob } from '../../core/run/order';
import type { Result, RunContext } from '../../core/run/run';
import { asGptImageError } from '../host/errors';
import type { ItemSettings } from '../host/items';
import { readLimitOptions, type CallSettings } from '../host/parameters';
import type { NodeRun } from '../host/storage';

type Later = ImageDraft & CallSettings & { readonly settings: ItemSettings };

/** What is kept of an item until it is collected. */
export function rowOf(
	context: IExecuteFunctions,
	itemIndex: number,
	{ requests: [{ ownPrompt: prompt }], settings }: Pick<Later, 'requests' | 'settings'>,
): OrderedRow {
	const { outputField, fileNameTemplate: fileName, keepInput } = settings;
	const fields = context.getInputData()[itemIndex]?.json ?? {};
	return { itemIndex, fields, settings: { outputField, fileName, keepInput }, prompt };
}

/** @throws invalid_parameter */
function runSettings(context: IExecuteFunctions) {
	const { onBudget, maxImagesPerBatch: most } = readLimitOptions(context, 0);
	return {
		stopOnLimit: checkEnum('onBudget', onBudget, 'stop') === 'stop',
		maxImagesPerBatch: checkNumber('maxImagesPerBatch', most),
	};
}

/** @param deliver gets the results of each row, in order; must not reject */
export async function orderRows<D extends Later>(
	context: IExecuteFunctions,
	drafted: ReadonlyArray<{ readonly draft: D; readonly itemIndex: number }>,
	{ refOf }: Pick<NodeRun, 'refOf'>,
	runContext: RunContext,
	callContext: (draft: D) => CallContext,
	deliver: (result: Result) => Promise<void>,
): Promise<void> {
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
	let done = 0;
	try {
		for await (const result of order(jobs, { ...runContext, service, ...runSettings(context) })) {
			done = result.job + 1;
			await deliver(result);
		}
	} catch (error) {
		// What fails as a whole, as the store or settings of the run, fails every row that has nothing yet.
		for (let job = done; job < jobs.length; job += 1) {
			await deliver({ job, error: asGptImageError(error) });
		}
	}
}
