import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { GptImageError } from '../../core/errors';
import type { Job } from '../../core/job';
import { run } from '../../core/run';
import { parsePrices } from '../../core/money/prices';
import { readConnection } from '../shared/connection';
import { asGptImageError, toErrorItem, toNodeError } from '../shared/errors';
import { toPictureItem } from '../shared/items';
import { openNodeLedger, placesOf, settleAtEnd } from '../shared/ledger';
import { readItemSettings, readOptions } from '../shared/parameters';
import * as generate from './image/generate.operation';

type Read = (context: IExecuteFunctions, itemIndex: number) => Promise<Job>;

const operations: Readonly<Record<string, Read>> = {
	'image:generate': generate.read,
};

/** A job, or why there is none: every item is judged before the first call is paid. */
type Checked = { readonly job: Job } | { readonly error: GptImageError };

async function check(context: IExecuteFunctions, read: Read): Promise<Checked[]> {
	const checked: Checked[] = [];
	for (const itemIndex of context.getInputData().keys()) {
		try {
			checked.push({ job: await read(context, itemIndex) });
		} catch (error) {
			checked.push({ error: asGptImageError(error) });
		}
	}
	return checked;
}

/** The items that one input item became. */
interface Group {
	readonly failed: boolean;
	readonly items: readonly INodeExecutionData[];
}

/** Items in the order of the input; with the error output the successes come first. */
function ordered(context: IExecuteFunctions, groups: readonly Group[]): INodeExecutionData[] {
	// n8n runs the whole node again, when Retry On Fail is on and the first item is a failed one.
	const successesFirst = context.getNode().onError === 'continueErrorOutput';
	const sorted = successesFirst
		? [...groups.filter((group) => !group.failed), ...groups.filter((group) => group.failed)]
		: groups;
	return sorted.flatMap((group) => group.items);
}

/** Reads the parameters of all items, runs them, and gives n8n what came of it. */
export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const resource = context.getNodeParameter('resource', 0);
	const operation = context.getNodeParameter('operation', 0);
	const read = operations[`${resource}:${operation}`];
	if (!read) throw new RangeError(`There is no operation ${operation} for ${resource}`);
	const stopOnError = !context.continueOnFail();

	const checked = await check(context, read);
	const jobs = checked.flatMap((entry) => ('job' in entry ? [entry.job] : []));
	for (const [itemIndex, entry] of checked.entries()) {
		if (stopOnError && 'error' in entry) throw toNodeError(context, entry.error, itemIndex);
	}

	const options = readOptions(context, 0);
	const ledger = openNodeLedger(options);
	const willSettle = settleAtEnd(context, ledger);
	const outcomes = await run<INodeExecutionData>(jobs, {
		maxParallel: Number(options.maxParallel ?? 4),
		prices: parsePrices(options.prices),
		ledger,
		placeOf: placesOf(context),
		connection: jobs.some((job) => !job.dryRun) ? await readConnection(context) : undefined,
		stopOnError,
		signal: context.getExecutionCancelSignal(),
		deliver: async (job, picture) =>
			await toPictureItem(
				context,
				picture,
				job.itemIndex,
				readItemSettings(context, job.itemIndex),
			),
	});
	const groups: Group[] = [];
	for (const [itemIndex, entry] of checked.entries()) {
		const outcome =
			'error' in entry ? entry : outcomes.find((one) => one.job.itemIndex === itemIndex);
		if (!outcome) continue;
		if ('items' in outcome) {
			groups.push({ failed: false, items: outcome.items });
			continue;
		}
		if (stopOnError) throw toNodeError(context, outcome.error, itemIndex);
		groups.push({ failed: true, items: [toErrorItem(context, outcome.error, itemIndex)] });
	}
	const entries = outcomes.flatMap((outcome) => ('items' in outcome ? outcome.entries : []));
	await ledger.hand(entries, willSettle ? 'handed' : 'delivered');
	return [ordered(context, groups)];
}
