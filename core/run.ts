import { buy, type Shop, type Wanted } from './buy';
import { createClient, type Connection } from './api/client';
import { checkContent } from './api/moderation';
import { paceOf } from './api/pace';
import { schedule } from './api/scheduler';
import type { Sessions } from './api/sessions';
import type { PreparedEdit } from './edit';
import { asFailure, type GptImageError } from './errors';
import { tryInOrder } from './fallback';
import { dryPicture, finishPicture, perImage, standInPicture, type RawPicture } from './finish';
import { isTurn, type Job, type Picture, type Reply, type TurnJob } from './job';
import { estimate, type Estimate } from './money/estimate';
import { imageFingerprint, requestDigest } from './money/fingerprint';
import { stopAtLimit, type Budget } from './money/budget';
import {
	wishAt,
	type KeptPicture,
	type Ledger,
	type LedgerEntry,
	type Place,
} from './money/ledger';
import type { PriceOverrides } from './money/prices';
import { readRecord, warningsOf } from './record';
import type { Calls } from './rules/calls';
import type { PictureRequest } from './rules/request-types';
import { orStopped } from './stop';
import { takeTurn } from './turn';
import { sessionOf } from './turn-state';

/** What a run needs from the world around it. */
export interface Tools<Item> {
	/** Absent when every job is a dry run. */
	readonly connection: Connection | undefined;
	readonly calls: Calls;
	readonly budget: Budget;
	/** Whether the first call that would pass a limit ends the spending of this run. */
	readonly onBudget: 'stop' | 'skip';
	readonly prices: PriceOverrides;
	readonly ledger: Ledger;
	readonly sessions: Sessions;
	/**
	 * Items of this execution whose pictures could not be kept, by wish: should the host run the node
	 * once more, they are still in hand. The host forgets them when the execution is over.
	 */
	readonly unkept: Map<string, Item>;
	/** Where in the host's workflow a job's pictures are wanted. */
	readonly placeOf: (job: Job) => Place;
	/** Whether one failure ends the run: nothing more is started then. */
	readonly stopOnError: boolean;
	readonly signal: AbortSignal | undefined;
	/** Hands a finished picture on, or a turn's words; called as soon as it is complete. */
	readonly deliver: (job: Job, picture: Picture | Reply) => Promise<Item>;
}

export interface Made<Item> {
	readonly items: readonly Item[];
	/** Pictures of the same answer that came to nothing; `before` counts the items before each. */
	readonly failures?: ReadonlyArray<{ readonly before: number; readonly error: GptImageError }>;
	/** The pictures' places in the ledger, to be handed when the node's run ends well. */
	readonly entries: readonly LedgerEntry[];
}
export type Outcome<Item> = { readonly job: Job } & (
	Made<Item> | { readonly error: GptImageError }
);

/**
 * The way of a list of requests:
 * request -> price -> ledger -> scheduler -> OpenAI -> picture -> cost -> items.
 * @param jobs checked requests, in the order of their items
 * @returns one outcome per job that was started, in the same order
 */
export async function run<Item>(
	jobs: readonly Job[],
	tools: Tools<Item>,
): Promise<Array<Outcome<Item>>> {
	const guarded =
		tools.onBudget === 'stop' ? { ...tools, budget: stopAtLimit(tools.budget) } : tools;
	const results = await schedule(jobs, async (job) => await inOrder(job, guarded), {
		maxParallel: tools.calls.maxParallel,
		signal: tools.signal,
		stopOnError: tools.stopOnError,
	});
	return jobs.flatMap((job, index): Array<Outcome<Item>> => {
		const result = results[index];
		if (result?.status === 'done') return [{ job, ...result.value }];
		if (result?.status === 'failed') return [{ job, error: asFailure(result.error) }];
		return [];
	});
}

/** Messages of one session are answered one after the other. */
async function inOrder<Item>(job: Job, tools: Tools<Item>): Promise<Made<Item>> {
	const session = isTurn(job) ? sessionOf(job.turn.from, tools.placeOf(job)) : undefined;
	const work = async () => await fulfil(job, tools);
	const made =
		session && !job.dryRun
			? await tools.sessions.inTurn(session, work, tools.signal)
			: await work();
	const [failure] = made.failures ?? [];
	if (failure && tools.stopOnError) throw failure.error;
	return made;
}

async function fulfil<Item>(job: Job, tools: Tools<Item>): Promise<Made<Item>> {
	const make = isTurn(job) ? await turnMaker(job, tools) : await pictureMaker(job, tools);
	return await tryInOrder(job.request, job.fallback, make, async (file, said) => {
		const picture = await standInPicture(job, await file.load(), said);
		return { items: [await tools.deliver(job, picture)], entries: [] };
	});
}

type Make<Item> = (request: PictureRequest) => Promise<Made<Item>>;

async function pictureMaker<Item>(job: Job, tools: Tools<Item>): Promise<Make<Item>> {
	const inputs = await job.inputs?.();
	return async (request) => await makePictures({ ...job, request }, inputs, tools);
}

async function turnMaker<Item>(job: TurnJob, tools: Tools<Item>): Promise<Make<Item>> {
	const inputs = await job.inputs?.();
	return async (request) =>
		await takeTurn({ ...job, request }, inputs, tools, async () => {
			const shop = await openShop(job, tools);
			if (job.moderationCheck) await judge({ ...job, request }, inputs, shop);
			return shop;
		});
}

async function makePictures<Item>(
	job: Job,
	inputs: PreparedEdit | undefined,
	tools: Tools<Item>,
): Promise<Made<Item>> {
	const price = await priceOf(job, inputs, tools.prices);
	if (job.dryRun) return await rehearse(job, inputs, price, tools);

	const made: Array<{ index: number; item: Item }> = [];
	const entries: LedgerEntry[] = [];
	const deliver = async (index: number, raw: RawPicture, entry: LedgerEntry | undefined) => {
		const picture = await finishPicture(job, inputs, raw, price, index);
		const item = await tools.deliver(job, picture);
		made.push({ index, item });
		if (entry) entries.push(entry);
		return item;
	};

	const place = tools.placeOf(job);
	const missing: Wanted[] = [];
	for (const wanted of wantedImages(job, inputs, tools.connection)) {
		const unkept = tools.unkept.get(wishAt(place, wanted.fingerprint));
		if (unkept !== undefined) {
			made.push({ index: wanted.index, item: unkept });
			continue;
		}
		const { picture, warnings, lostCalls } = await tools.ledger.take(wanted.fingerprint, place);
		if (picture) await deliver(wanted.index, keptPicture(job, picture, warnings), picture.entry);
		else missing.push({ ...wanted, warnings, lostCalls });
	}
	if (missing.length > 0) {
		const shop = await openShop(job, tools);
		if (job.moderationCheck) await judge(job, inputs, shop);
		const each = perImage(price.usd.max, job.request.count);
		for (const wanted of callsFor(job, missing)) {
			const upperUsd = each === null ? null : each * wanted.length;
			const buying = buy(shop, { job, inputs, wanted, place, upperUsd });
			const bought = await orStopped(buying, tools.signal);
			for (const { fingerprint, index, raw, entry } of bought) {
				const item = await deliver(index, raw, entry);
				if (!entry) tools.unkept.set(wishAt(place, fingerprint), item);
			}
		}
	}
	made.sort((a, b) => a.index - b.index);
	return { items: made.map(({ item }) => item), entries };
}

const judge = async (job: Job, inputs: PreparedEdit | undefined, { client, signal }: Shop) =>
	await checkContent(client, job.request.prompt, inputs?.images ?? [], {
		timeoutMs: job.timeoutMs,
		signal,
	});

/** A dry run: the price and placeholders, nothing sent. */
async function rehearse<Item>(
	job: Job,
	inputs: PreparedEdit | undefined,
	price: Estimate,
	tools: Tools<Item>,
): Promise<Made<Item>> {
	const items: Item[] = [];
	for (let index = 0; index < job.request.count; index++) {
		items.push(await tools.deliver(job, await dryPicture(job, inputs, price, index)));
	}
	return { items, entries: [] };
}

const priceOf = async (
	job: Job,
	inputs: PreparedEdit | undefined,
	prices: PriceOverrides,
): Promise<Estimate> =>
	await estimate({
		...job.request,
		prices,
		images: (inputs?.images ?? []).map((image) => (image.kind === 'bytes' ? image : 'unknown')),
	});

function wantedImages(
	job: Job,
	inputs: PreparedEdit | undefined,
	connection: Connection | undefined,
): Array<Pick<Wanted, 'index' | 'fingerprint'>> {
	const digest = requestDigest(job.request, inputs, { baseUrl: connection?.baseUrl });
	return Array.from({ length: job.request.count }, (_, index) => ({
		index,
		fingerprint: imageFingerprint(digest, index),
	}));
}

/** Frames of several pictures in one stream cannot be told apart, so streams are single. */
const callsFor = (job: Job, missing: readonly Wanted[]): Array<readonly Wanted[]> =>
	job.request.partialImages > 0 ? missing.map((wanted) => [wanted]) : [missing];

const keptPicture = (job: Job, kept: KeptPicture, warnings: readonly string[]): RawPicture => ({
	...readRecord(kept.record, job.request),
	bytes: kept.bytes,
	sha256: kept.sha256,
	partials: [],
	reused: true,
	// A copy's own call was told of when it was made.
	warnings: [...(kept.entry ? warningsOf(kept.record) : []), ...warnings],
});

async function openShop<Item>(job: Job, tools: Tools<Item>): Promise<Shop> {
	const { connection } = tools;
	if (!connection) throw new RangeError('A run that is not dry needs a connection');
	const client = await createClient(connection, job.timeoutMs);
	return { ...tools, client, pace: paceOf(connection) };
}
