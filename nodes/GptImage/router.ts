import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { inputsOfRun, type Hold } from '../../core/edit';
import type { GptImageError } from '../../core/errors';
import { isTurn, type Job } from '../../core/job';
import { parsePrices } from '../../core/money/prices';
import { run, type Made, type Outcome, type Tools } from '../../core/run';
import { checkCalls } from '../../core/rules/calls';
import { oneOf } from '../../core/rules/values';
import { readConnection } from '../shared/connection';
import { asGptImageError, toErrorItem, toNodeError } from '../shared/errors';
import { toPictureItem } from '../shared/items';
import {
	openNodeBudget,
	openNodeLedger,
	openNodeSessions,
	placesOf,
	settleAtEnd,
	unkeptItems,
} from '../shared/ledger';
import { readItemSettings, readOptions } from '../shared/parameters';
import { summarize, tellProgress } from '../shared/progress';
import * as send from './conversation/send.operation';
import * as edit from './image/edit.operation';
import * as generate from './image/generate.operation';

type Read = (context: IExecuteFunctions, itemIndex: number, hold: Hold) => Promise<Job>;

const operations: Readonly<Record<string, Read>> = {
	'image:generate': generate.read,
	'image:edit': edit.read,
	'conversation:send': send.read,
};

/** A job, or why there is none: every item is judged before the first call is paid. */
type Checked = { readonly job: Job } | { readonly error: GptImageError };

async function check(context: IExecuteFunctions, read: Read): Promise<Checked[]> {
	const checked: Checked[] = [];
	const hold = inputsOfRun();
	for (const itemIndex of context.getInputData().keys()) {
		try {
			checked.push({ job: await read(context, itemIndex, hold) });
		} catch (error) {
			checked.push({ error: asGptImageError(error) });
		}
	}
	return checked;
}

/** What holds for the whole run is taken from the first item. */
async function toolsFor(
	context: IExecuteFunctions,
	jobs: readonly Job[],
): Promise<Tools<INodeExecutionData>> {
	const options = readOptions(context, 0);
	const isPaid = jobs.some((job) => !job.dryRun);
	const connection = isPaid ? await readConnection(context) : undefined;
	const total = jobs.reduce((sum, job) => sum + job.request.count, 0);
	const tell = tellProgress(context, total);
	return {
		connection,
		calls: checkCalls(options),
		prices: parsePrices(
			options.prices,
			jobs.flatMap((job) => [job.request.model, ...(isTurn(job) ? [job.turn.chatModel] : [])]),
		),
		ledger: openNodeLedger(options),
		sessions: openNodeSessions(options),
		unkept: unkeptItems(context),
		budget: openNodeBudget(options, connection),
		onBudget: oneOf('onBudget', options.onBudget ?? 'stop', ['stop', 'skip'], 'this node'),
		placeOf: placesOf(context),
		stopOnError: !context.continueOnFail(),
		signal: context.getExecutionCancelSignal(),
		deliver: async (job, picture) => {
			const settings = readItemSettings(context, job.itemIndex);
			const item = await toPictureItem(context, picture, job.itemIndex, settings);
			tell(picture, job.itemIndex);
			return item;
		},
	};
}

/** The items that one input item became. */
interface Group {
	readonly failed: boolean;
	readonly items: readonly INodeExecutionData[];
}

/** An answer may hold failed pictures between good ones. */
function groupsOf(
	context: IExecuteFunctions,
	{ items, failures = [] }: Made<INodeExecutionData>,
	itemIndex: number,
): Group[] {
	const groups: Group[] = [];
	let next = 0;
	for (const { before, error } of failures) {
		groups.push({ failed: false, items: items.slice(next, before) });
		groups.push({ failed: true, items: [toErrorItem(context, error, itemIndex)] });
		next = before;
	}
	return [...groups, { failed: false, items: items.slice(next) }];
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

	const checked = await check(context, read);
	const stopOnError = !context.continueOnFail();
	for (const [itemIndex, entry] of checked.entries()) {
		if (stopOnError && 'error' in entry) throw toNodeError(context, entry.error, itemIndex);
	}

	const jobs = checked.flatMap((entry) => ('job' in entry ? [entry.job] : []));
	const tools = await prepare(context, jobs);
	const willSettle = settleAtEnd(context, tools.ledger);
	const outcomes = await run(jobs, tools);
	const entries = outcomes.flatMap((outcome) => ('items' in outcome ? outcome.entries : []));

	const groups: Group[] = [];
	for (const [itemIndex, entry] of checked.entries()) {
		const outcome: Checked | Outcome<INodeExecutionData> | undefined =
			'error' in entry ? entry : outcomes.find(({ job }) => job.itemIndex === itemIndex);
		if (outcome && 'items' in outcome) groups.push(...groupsOf(context, outcome, itemIndex));
		if (!outcome || !('error' in outcome)) continue;
		if (stopOnError) {
			if (!willSettle) await tools.ledger.settle(context.getExecutionId(), 'returned');
			const kept = { kept: entries.length, unkept: tools.unkept.size };
			throw toNodeError(context, outcome.error, itemIndex, kept);
		}
		groups.push({ failed: true, items: [toErrorItem(context, outcome.error, itemIndex)] });
	}
	await tools.ledger.hand(entries, willSettle ? 'handed' : 'delivered');
	const summary = summarize(outcomes, checked.length - jobs.length);
	const troubles = [...new Set(tools.ledger.warnings)];
	context.addExecutionHints(
		...(summary ? [{ ...summary, location: 'outputPane' as const }] : []),
		...troubles.map((message) => ({ message, type: 'warning' as const })),
	);
	return [ordered(context, groups)];
}

/** Settings of the whole run that cannot be used stop the node: no item could be made with them. */
async function prepare(
	context: IExecuteFunctions,
	jobs: readonly Job[],
): Promise<Tools<INodeExecutionData>> {
	try {
		return await toolsFor(context, jobs);
	} catch (error) {
		throw toNodeError(context, asGptImageError(error), 0);
	}
}
