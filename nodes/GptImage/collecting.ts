/** Runs Collect: images, failed rows, and orders that are not ready. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { BatchService } from '../../core/calls/batch-service';
import type { CallContext } from '../../core/calls/context';
import { TurnService } from '../../core/calls/turn-order';
import { systemClock } from '../../core/clock';
import type { Facts } from '../../core/job';
import { Client } from '../../core/openai/client';
import { fileName, type FileNameParts } from '../../core/pixels/file-name';
import { parsePrices } from '../../core/pricing/prices';
import type { RetryPolicy } from '../../core/purchase/retry';
import { defaultLimits } from '../../core/rules/calls';
import { collect } from '../../core/run/collect';
import type { Collected, Collector } from '../../core/run/outcomes';
import { orderFacts } from '../../core/run/desk';
import { readAccount } from '../host/connection';
import { asGptImageError, failedFields, toErrorItem, toNodeError } from '../host/errors';
import { TakenNames } from '../host/file-names';
import { inputBeside } from '../host/input-beside';
import { toImageItem } from '../host/items';
import { readItemSettings, workflowIdOf } from '../host/parameters';
import { hintSummary, hintWarnings, tellProgress, type Said } from '../host/progress';
import { beginRun, limitsOf, openNodeStore } from '../host/storage';
import { readSelection } from './image/collect.operation';

/** One place in the outputs; they are sorted by it, whatever came first. */
interface Entry {
	readonly rank: readonly [order: number, row: number, image: number];
	readonly item: INodeExecutionData;
}
const byRank = ({ rank: a }: Entry, { rank: b }: Entry): number =>
	a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

const jsonOf = (fields: Facts): IDataObject => ({ ...fields }) as IDataObject;

/** Past a short trouble; a longer one is for the next Collect. */
const RETRIES = 2;

class Outputs {
	readonly images: Entry[] = [];
	readonly failed: Entry[] = [];
	readonly open: Entry[] = [];
	readonly said: Said[] = [];
	private readonly names = new TakenNames();
	private readonly orders = new Map<string, number>();
	private readonly tell: ReturnType<typeof tellProgress>;

	constructor(private readonly context: IExecuteFunctions) {
		this.tell = tellProgress(context, 0);
	}

	/** Their order: as they came. */
	private rankOf(order: string): number {
		const rank = this.orders.get(order) ?? this.orders.size;
		this.orders.set(order, rank);
		return rank;
	}

	/** @throws GptImageError `not_stored` */
	async add(one: Collected, itemIndex: number): Promise<void> {
		const { context } = this;
		const pairedItem = { item: itemIndex };
		if (one.kind === 'open') {
			const { id, kind, status, orderedAt, expiresAt } = orderFacts(one.order, undefined);
			const { code, message } = one.error ?? {};
			const order: IDataObject = {
				...{ id, kind, status, requests: { ...one.order.requests }, orderedAt, expiresAt },
				...(one.error ? { error: { code, message } } : {}),
			};
			const rank = [this.rankOf(id ?? one.order.id), 0, 0] as const;
			this.open.push({ rank, item: { json: { order }, pairedItem } });
			return;
		}
		if (one.kind === 'failed') {
			const { error, order, row } = one;
			const { id, customId } = order;
			const rank = [this.rankOf(id ?? ''), row?.itemIndex ?? 0, 0] as const;
			const { fields = {}, prompt = '', itemIndex: index = itemIndex } = row ?? {};
			const own = jsonOf(fields);
			// The fourth key leaves it on this output: n8n takes three for a failure of its own.
			const failure = failedFields(error, own, true, prompt, index);
			const json = {
				...own,
				...failure,
				order: { id, ...(customId === undefined ? {} : { customId }) },
			};
			this.failed.push({ rank, item: { json, pairedItem } });
			return;
		}
		const { output, row } = one;
		// The order remembers how its items are made; what is set here wins.
		const settings = readItemSettings(context, itemIndex, row.settings);
		const { image } = output;
		const nameOf = (parts: FileNameParts): string =>
			this.names.take(1, (nth) => fileName(settings.fileNameTemplate, parts, nth));
		const beside = inputBeside({ json: jsonOf(row.fields) }, settings, false);
		const { item, warnings } = await toImageItem(
			context,
			output,
			itemIndex,
			settings,
			nameOf,
			beside,
		);
		const rank = [this.rankOf(image.order?.id ?? ''), row.itemIndex, image.index] as const;
		this.images.push({ rank, item });
		this.said.push({ image, warnings });
		this.tell(output);
	}

	fail(item: INodeExecutionData): void {
		this.failed.push({ rank: [this.orders.size, 0, 0], item });
	}

	all(): INodeExecutionData[][] {
		return [this.images, this.failed, this.open].map((entries) =>
			entries.sort(byRank).map(({ item }) => item),
		);
	}
}

async function prepare(context: IExecuteFunctions) {
	const signal = context.getExecutionCancelSignal();
	const account = await readAccount(context);
	const { account: digest, keepPrompts } = limitsOf(undefined, account);
	const callContext: CallContext = {
		client: () => new Client(account.connection),
		baseUrl: account.connection.baseUrl,
		prices: parsePrices(account.prices),
		timeoutMs: defaultLimits.timeoutSeconds * 1000,
		moderationCheck: false,
		signal,
	};
	const retry: RetryPolicy = {
		maxRetries: RETRIES,
		retryLost: true,
		clock: systemClock,
		pause: async (milliseconds) => await systemClock.sleep(milliseconds, signal),
	};
	return {
		collector: { store: openNodeStore(), account: digest, keepPrompts, retry, signal },
		services: { batch: new BatchService(callContext), turn: new TurnService(callContext) },
	};
}

/** Named in one hint. */
const mostNamed = 10;

/** Nothing to collect is no error: without a word, orders which another key has would be missed. */
async function hintNothing(
	context: IExecuteFunctions,
	{ store, account }: Pick<Collector, 'store' | 'account'>,
): Promise<void> {
	const workflowId = workflowIdOf(context);
	const others = await store.orders.ofOtherKeys(account, workflowId).catch(() => []);
	if (others.length === 0) {
		const message = 'No orders to collect: none was placed, or all are collected.';
		context.addExecutionHints({ message, type: 'info', location: 'outputPane' });
		return;
	}
	const ids = others.flatMap(({ remote }) => remote ?? []).slice(0, mostNamed);
	const byId = ids.length > 0 ? `, or by ID: ${ids.join(', ')}` : '';
	hintWarnings(context, [
		`Orders of this workflow that were placed with another API key or Base URL: ${others.length}. Collect them with that credential${byId}`,
	]);
}

/** Selects by every item's parameters, each selection once. */
export async function collectItems(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const prepared = await prepare(context).catch(asGptImageError);
	// A thrown error would give the input to Images.
	if (prepared instanceof Error) {
		if (!context.continueOnFail()) throw toNodeError(context, prepared, 0);
		return [[], [toErrorItem(context, prepared, 0)], []];
	}
	const { collector, services } = prepared;
	const nodeRun = beginRun(context, collector.store);
	const outputs = new Outputs(context);
	const done = new Set<string>();
	for (const itemIndex of context.getInputData().keys()) {
		try {
			const selection = readSelection(context, itemIndex);
			const name = JSON.stringify(selection);
			if (done.has(name)) continue;
			done.add(name);
			const item = nodeRun.refOf(itemIndex);
			for await (const one of collect(selection, services, { ...collector, item })) {
				await outputs.add(one, itemIndex).catch((error: unknown) => {
					if (one.kind === 'image') nodeRun.owe(one.purchaseId);
					throw asGptImageError(error);
				});
			}
		} catch (error) {
			if (context.continueOnFail()) {
				outputs.fail(toErrorItem(context, asGptImageError(error), itemIndex));
				continue;
			}
			await nodeRun.end('returned');
			throw toNodeError(context, asGptImageError(error), itemIndex);
		}
	}
	await nodeRun.end('delivered');
	hintSummary(context, outputs.said, [], outputs.failed.length);
	const all = outputs.all();
	if (all.every((items) => items.length === 0)) await hintNothing(context, collector);
	return all;
}
