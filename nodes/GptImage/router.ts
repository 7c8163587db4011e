/** Runs GPT Image: reads all items, runs the jobs, returns items in order. */

import { setImmediate as immediate } from 'node:timers/promises';
import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { CallContext } from '../../core/calls/context';
import { imageJob, type ImageDraft } from '../../core/calls/jobs';
import { questionJob, type QuestionDraft } from '../../core/calls/question';
import { turnJob, type TurnDraft } from '../../core/calls/turn';
import { systemClock } from '../../core/clock';
import type { GptImageError } from '../../core/errors';
import { isOrdered, type ItemRef, type Job } from '../../core/job';
import { Client } from '../../core/openai/client';
import { isOpenAI } from '../../core/openai/connection';
import type { FileNameParts } from '../../core/pixels/file-name';
import { parsePrices, unusedPrices } from '../../core/pricing/prices';
import { Spending } from '../../core/purchase/limits';
import { checkCalls } from '../../core/rules/calls';
import { entryOf } from '../../core/rules/json';
import { checkLimit } from '../../core/rules/limits';
import { checkEnum } from '../../core/rules/parameters';
import { turnDesk } from '../../core/run/desk';
import { run, type Result, type RunContext } from '../../core/run/run';
import { schedule } from '../../core/run/schedule';
import { calendarOf } from '../host/calendar';
import { readAccount } from '../host/connection';
import { asGptImageError, toNodeError, toRefusal } from '../host/errors';
import { fileNamesOf } from '../host/file-names';
import { toImageItem } from '../host/items';
import {
	readItemSettings,
	readLimitOptions,
	type CallSettings,
	type ReadDraft,
} from '../host/parameters';
import type { ItemSettings } from '../host/items';
import { hintSummary, hintWarnings, tellProgress, type Ordered, type Said } from '../host/progress';
import { isToolRun } from '../host/tool-answer';
import { checkItems } from './checking-provenance';
import { collectItems } from './collecting';
import { isError, outputsOf, sortGroups, type Entry } from './entries';
import { orderRows, rowOf } from './ordering';
import { beginRun, limitsOf, openNodeStore, readReuse, storeHints } from '../host/storage';
import { operations as ofConversation } from './conversation';
import { operations as ofImage } from './image';

type Request = ImageDraft | TurnDraft | QuestionDraft;
type Draft = Request & CallSettings & { readonly settings: ItemSettings };

const operations: Readonly<Record<string, { readonly read: ReadDraft<Request> }>> = {
	...ofImage,
	...ofConversation,
};

/** Files that are looked at together: a binary storage far away takes long for each. */
const CHECKS = 4;

/** Checks every item before anything is paid. */
async function check(
	context: IExecuteFunctions,
	read: ReadDraft<Request>,
): Promise<Array<Draft | GptImageError>> {
	const checked: Array<Draft | GptImageError> = [];
	const calendarFor = calendarOf(context);
	const checkItem = async (itemIndex: number): Promise<void> => {
		// n8n takes its time to read parameters: those of a thousand items would block its event loop.
		await immediate();
		try {
			const settings = readItemSettings(context, itemIndex);
			checked[itemIndex] = { ...(await read(context, itemIndex, calendarFor)), settings };
		} catch (error) {
			checked[itemIndex] = asGptImageError(error);
		}
	};
	const settings = { maxParallel: CHECKS, isStopped: () => false };
	await schedule(context.getInputData().keys(), checkItem, settings);
	return checked;
}

interface World {
	readonly runContext: RunContext;
	readonly warnings: readonly string[];
	readonly callContext: (draft: Draft) => CallContext;
}

/** Settings of the whole run come from the first item. */
async function worldOf(context: IExecuteFunctions, drafts: readonly Draft[]): Promise<World> {
	const options = readLimitOptions(context, 0);
	const isPaid = drafts.some((draft) => !draft.dryRun);
	const account = isPaid ? await readAccount(context) : undefined;
	const connection = account?.connection;
	const { maxParallel, maxRetries, retryLost } = checkCalls(options);
	const limits = limitsOf(checkLimit(options.maxCostPerRun, 'maxCostPerRun'), account);
	const onLimit = checkEnum('onBudget', options.onBudget, 'stop');
	const store = openNodeStore();
	const clock = systemClock;
	const signal = context.getExecutionCancelSignal();
	const prices = parsePrices(account?.prices);
	// Other services have names of their own, and a credential is for all of them.
	const hasKnownNames = connection && isOpenAI(connection.baseUrl);
	return {
		warnings: hasKnownNames ? unusedPrices(prices, drafts.flatMap(modelsOf)) : [],
		runContext: {
			store,
			account: limits.account,
			spending: new Spending(store, limits, onLimit, clock),
			reuse: readReuse(options, limits),
			retry: {
				maxRetries,
				retryLost,
				clock,
				pause: async (milliseconds) => {
					if (!(await store.pause(limits.account, milliseconds)))
						await clock.sleep(milliseconds, signal);
				},
			},
			signal,
			maxParallel,
			stopOnError: !context.continueOnFail(),
		},
		callContext: ({ timeoutMs, moderationCheck }) => ({
			client: () => {
				// A dry run has none, and no call of it asks for the client.
				if (!connection) throw new RangeError('A run that is not dry needs a connection');
				return new Client(connection);
			},
			baseUrl: connection?.baseUrl,
			prices,
			timeoutMs,
			moderationCheck,
			signal,
		}),
	};
}

function modelsOf(draft: Draft): string[] {
	if (draft.kind === 'question') return [draft.question.chatModel];
	const models = draft.requests.flatMap(({ model, svg }) => (svg ? [model, svg.model] : [model]));
	return draft.kind === 'turn' ? [...models, draft.turn.chatModel] : models;
}

function jobOf(context: IExecuteFunctions, draft: Draft, item: ItemRef, world: World): Job {
	const callContext = world.callContext(draft);
	if (draft.kind === 'question') return questionJob(draft, item, callContext);
	if (draft.kind === 'image') return imageJob(draft, item, callContext);
	const { account, store, retry } = world.runContext;
	const desk = turnDesk(item, account, { store, clock: retry.clock });
	const later = draft.turn.background && { row: rowOf(context, item.itemIndex, draft), desk };
	return turnJob(draft, item, later || undefined, callContext);
}

interface Drafted<D> {
	readonly draft: D;
	readonly itemIndex: number;
}

const isLater = (one: Drafted<Draft>): one is Drafted<Draft & ImageDraft> =>
	one.draft.kind === 'image' && one.draft.delivery === 'batch';

export async function route(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const outputs = await runOperation(context);
	// An agent reads only the first output.
	return isToolRun(context) ? [outputs.flat()] : outputs;
}

async function runOperation(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const operation = context.getNodeParameter('operation', 0);
	if (operation === 'collect') return await collectItems(context);
	// Nothing of it is bought, so there is no job to run.
	if (operation === 'checkProvenance') return await checkItems(context);
	const chosen = entryOf(operations, operation);
	if (!chosen) throw new RangeError(`There is no operation ${operation}`);

	const checked = await check(context, chosen.read);
	const stopOnError = !context.continueOnFail();
	const entries = checked.map((one): Entry[] => (one instanceof Error ? [one] : []));
	const refusal = stopOnError ? toRefusal(context, checked) : undefined;
	if (refusal) throw refusal;
	const drafts = checked.flatMap((one, itemIndex) =>
		one instanceof Error ? [] : [{ draft: one, itemIndex }],
	);
	const prepared = await worldOf(
		context,
		drafts.map(({ draft }) => draft),
	).catch(asGptImageError);
	if (prepared instanceof Error) {
		if (stopOnError) throw toNodeError(context, prepared, 0);
		// n8n answers a thrown error with the untouched input, on the first output: a review would pass it.
		const failed = checked.map((one): Entry[] => [one instanceof Error ? one : prepared]);
		return outputsOf(operation, sortGroups(context, failed));
	}
	const world: World = prepared;
	const { runContext } = world;
	const leftOut = new Set(
		drafts.flatMap(({ draft }) => (draft.kind === 'question' ? [] : draft.leftOut)),
	);
	hintWarnings(context, [...leftOut, ...world.warnings, ...storeHints(context)]);
	const nameOf = fileNamesOf(
		new Map(
			drafts.flatMap(({ draft, itemIndex }) => {
				if (draft.kind === 'question') return [];
				const [{ ownPrompt: prompt, model }] = draft.requests;
				return [[itemIndex, { template: draft.settings.fileNameTemplate, prompt, model }] as const];
			}),
		),
	);
	const nodeRun = beginRun(context, runContext.store);
	const total = drafts.reduce(
		(sum, { draft }) => sum + (draft.kind === 'question' ? 1 : draft.requests[0].count),
		0,
	);
	const tell = tellProgress(context, total);
	const said: Said[] = [];
	const ordered: Ordered[] = [];
	let kept = 0;
	const deliver = (of: readonly Drafted<Draft>[]) => async (result: Result) => {
		const { itemIndex, draft } = of[result.job] ?? {};
		if (itemIndex === undefined || !draft) throw new RangeError(`There is no job ${result.job}`);
		const own = entries[itemIndex];
		if ('error' in result) {
			own?.push(result.error);
			return;
		}
		const { output, purchaseId } = result;
		try {
			const name = (parts: FileNameParts): string => nameOf(itemIndex, parts);
			const { item, warnings } = await toImageItem(
				context,
				output,
				itemIndex,
				draft.settings,
				name,
			);
			own?.push(item);
			if (isOrdered(output)) {
				ordered.push({ image: output.image, warnings });
				return;
			}
			said.push({ image: output.image, answer: output.answer, warnings });
			const isKept = !output.warnings.some(({ code }) => code === 'not_kept');
			if (purchaseId !== undefined && isKept) kept += 1;
			tell(output);
		} catch (error) {
			own?.push(asGptImageError(error));
			if (purchaseId !== undefined) nodeRun.owe(purchaseId);
		}
	};

	const now = drafts.filter((one) => !isLater(one));
	const later = drafts.filter(isLater);
	/** Lazily, as a job holds its inputs. */
	function* jobs(): Generator<Job, void, void> {
		for (const { draft, itemIndex } of now) {
			yield jobOf(context, draft, nodeRun.refOf(itemIndex), world);
		}
	}
	await orderRows(context, later, nodeRun, runContext, world.callContext, deliver(later));
	const isOver = stopOnError && entries.flat().some(isError);
	await run(isOver ? [] : jobs(), runContext, deliver(now));
	const failedAt = entries.findIndex((group) => group.some(isError));
	const failure = entries[failedAt]?.find(isError);
	if (failure && stopOnError) {
		await nodeRun.end('returned');
		throw toNodeError(context, failure, failedAt, kept);
	}
	await nodeRun.end('delivered');
	hintSummary(context, said, ordered, entries.flat().filter(isError).length);
	return outputsOf(operation, sortGroups(context, entries));
}
