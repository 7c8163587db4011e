/** Totals over images that were made, ordered, reused, only planned, or that failed. */

import type { ValueOf } from '../rules/choices';
import { fieldsOf, isRecord, textOf, type Fields } from '../rules/json';
import { tokenKinds, type TokenKind } from '../rules/model-types';
import { toNumber, toText } from '../rules/parameters';
import { sumUsd } from './money';

interface UsdRange {
	readonly min: number;
	readonly max: number;
}

export interface Group {
	readonly name: string;
	readonly images: number;
	/** What they, turns of text and the answers about images cost, USD. */
	readonly usd: number;
	/** How many of them, and of the answers, have an unknown cost, which is not in `usd`. */
	readonly unknownCost: number;
	readonly tokens: Readonly<Record<string, number>>;
	/** How many of the paid images came from batches, and what the half price saved, USD. */
	readonly batch: { readonly images: number; readonly savedUsd: number };
	/** Orders that are not collected yet, and what they will cost, USD. */
	readonly ordered: { readonly items: number; readonly usd: UsdRange };
	/** Images reused, and what that saved, USD. */
	readonly reused: { readonly images: number; readonly savedUsd: number };
	/** Images of dry runs, and what they would cost, USD. */
	readonly dryRun: { readonly images: number; readonly usd: UsdRange };
	/** Answers to questions about images that were paid for; what they cost is in `usd`. */
	readonly questions: { readonly answers: number; readonly usd: number };
	/** Items that failed, and how many of them may be billed anyway. */
	readonly failed: { readonly items: number; readonly possiblyBilled: number };
}

export interface Summary {
	readonly total: Group;
	/** Most expensive first, or days in order. */
	readonly groups: readonly Group[];
	/** Items that are neither an image of this package nor a failed one. */
	readonly ignored: number;
}

const amount = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

interface Entry {
	readonly kind: 'paid' | 'ordered' | 'reused' | 'dryRun' | 'failed' | 'question';
	/** The contract's `image`; of a question `review` or `description`. */
	readonly image: Fields;
	readonly details: Fields;
}

/** @returns what a field holds, and what it held before later nodes: `imageInput`, `imageInput2` */
const allOf = (json: Fields, field: string): Fields[] =>
	Object.keys(json)
		.filter((name) => name.replace(/Input\d*$/, '') === field)
		.map((name) => fieldsOf(json[name]));

/** Questions that the item's image was asked about; one that was reused or dry cost nothing. */
const questionsIn = (json: Fields): Entry[] =>
	[...allOf(json, 'review'), ...allOf(json, 'description')].flatMap((answer) => {
		const { chatModel, cost, request } = answer;
		const isPaid = fieldsOf(request).reused === false && fieldsOf(request).dryRun === false;
		if (typeof chatModel !== 'string' || typeof cost !== 'object' || !isPaid) return [];
		return [{ kind: 'question', image: { ...answer, model: chatModel }, details: {} } as const];
	});

/** An item that failed may fail at the next node too, which keeps the first failure in `input`. */
function failuresIn({ error, details }: Fields): Entry[] {
	const fields = fieldsOf(details);
	if (typeof error !== 'string' || typeof fields.code !== 'string') return [];
	const [before] = failuresIn(fieldsOf(fields.input));
	const { billed } = isBilled(fields) ? fields : { ...before?.details };
	return [{ kind: 'failed', image: {}, details: { ...fields, billed } }];
}

const isBilled = ({ billed }: Fields): boolean => billed === 'possibly' || billed === 'yes';

/** Images of this package; a failed item may have one that an earlier node was paid for. */
const imagesIn = (json: Fields): Entry[] =>
	allOf(json, 'image').flatMap((image) => {
		if (typeof image.model !== 'string' || typeof image.cost !== 'object') return [];
		const { dryRun, reused } = fieldsOf(image.request);
		const paid = reused === true ? 'reused' : 'paid';
		const bought = image.status === 'ordered' ? 'ordered' : paid;
		const kind = dryRun === true ? 'dryRun' : bought;
		// Of what came before, only what was paid counts.
		return image === json.image || kind === 'paid' ? [{ kind, image, details: {} }] : [];
	});

/**
 * Several items may come from one, and each has its image and its answers. What was paid says by its
 * request whether it is the same; of anything else, GPT Image Export gives one item for each channel.
 */
function isCopy({ kind, image }: Entry, channel: string, seen: Map<string, number>): boolean {
	if (kind === 'failed') return false;
	const isPaid = kind === 'paid' || kind === 'question';
	const hasId = isPaid && textOf(fieldsOf(image.request).id) !== undefined;
	const name = JSON.stringify(image);
	const count = (key: string): number => {
		const counted = (seen.get(key) ?? 0) + 1;
		seen.set(key, counted);
		return counted;
	};
	const nth = hasId ? 1 : count(`${channel}\n${name}`);
	return count(`${nth} ${name}`) > 1;
}

/** The sum of estimates, which are ranges. */
function plannedUsd(entries: readonly Entry[]): UsdRange {
	const ranges = entries.map(({ image }) => fieldsOf(fieldsOf(image.cost).estimatedUsd));
	return {
		min: sumUsd(ranges.map(({ min }) => amount(min) ?? 0)),
		max: sumUsd(ranges.map(({ min, max }) => amount(max) ?? amount(min) ?? 0)),
	};
}

/** What entries cost, without those whose cost is unknown. */
const knownUsd = (entries: readonly Entry[], name: 'usd' | 'originalUsd'): number[] =>
	entries.flatMap(({ image }) => amount(fieldsOf(image.cost)[name]) ?? []);

const tokensOf = (paid: readonly Entry[], kind: TokenKind): number =>
	paid.reduce((sum, { image }) => sum + (amount(fieldsOf(image.usage)[kind]) ?? 0), 0);

function groupOf(name: string, entries: readonly Entry[]): Group {
	const of = (kind: Entry['kind']) => entries.filter((entry) => entry.kind === kind);
	const [paid, ordered, reused, dryRun] = [of('paid'), of('ordered'), of('reused'), of('dryRun')];
	const [questions, failed] = [of('question'), of('failed')];
	const batch = paid.filter(({ image }) => fieldsOf(image.order).kind === 'batch');
	const billed = failed.filter(({ details }) => isBilled(details));
	const spent = knownUsd([...paid, ...questions], 'usd');
	const kinds = paid.length > 0 ? tokenKinds : [];
	return {
		name,
		// A turn may be answered with text only.
		images: paid.filter(({ image }) => image.count !== 0).length,
		usd: sumUsd(spent),
		unknownCost: paid.length + questions.length - spent.length,
		tokens: Object.fromEntries(kinds.map((kind) => [kind, tokensOf(paid, kind)])),
		// A batch costs half: what it saved is what it cost.
		batch: { images: batch.length, savedUsd: sumUsd(knownUsd(batch, 'usd')) },
		ordered: { items: ordered.length, usd: plannedUsd(ordered) },
		reused: { images: reused.length, savedUsd: sumUsd(knownUsd(reused, 'originalUsd')) },
		dryRun: { images: dryRun.length, usd: plannedUsd(dryRun) },
		questions: { answers: questions.length, usd: sumUsd(knownUsd(questions, 'usd')) },
		failed: { items: failed.length, possiblyBilled: billed.length },
	};
}

/** Milliseconds, seconds, or the days of a spreadsheet, which counts from 1899-12-30. */
function millisecondsOf(number: number): number {
	if (number >= 1e11) return number;
	if (number >= 1e9) return number * 1_000;
	return number >= 30_000 && number < 100_000 ? (number - 25_569) * 86_400_000 : NaN;
}

/** The UTC day of a value that is a date; undefined if it is not. */
function dayIn(value: unknown): string | undefined {
	const text = toText(value);
	const number = toNumber(value);
	// JavaScript takes any word and number for a date, and one without a time for a local midnight.
	const date = isRecord(value)
		? new Date(Number(value))
		: Number.isNaN(number)
			? new Date(/\b\d{4}\b/.test(text) ? `${text}${text.includes(':') ? '' : ' UTC'}` : NaN)
			: new Date(millisecondsOf(number));
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10);
}

const weight = ({ usd, reused, ordered, dryRun }: Group): number =>
	usd * 1e6 + reused.savedUsd + ordered.usd.max + dryRun.usd.max;

export type GroupBy = ValueOf<'groupBy'>;

function nameOf({ image, details }: Entry, by: GroupBy, field: unknown): string {
	if (by === 'day') return dayIn(field) ?? 'unknown';
	const value =
		by === 'field' ? field : by === 'model' ? (image.model ?? details.model) : image.quality;
	const isName =
		typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
	return isName && String(value).trim() !== '' ? String(value) : 'unknown';
}

/**
 * @param items the `json` of items as the GPT Image node gives them, untrusted, each with the value
 *   of the user's field (for `day`: a date)
 */
export function summarize(
	items: Iterable<{ readonly json: Fields; readonly field?: unknown }>,
	by: GroupBy,
): Summary {
	const all: Entry[] = [];
	const groups = new Map<string, Entry[]>();
	const seen = new Map<string, number>();
	let ignored = 0;
	for (const { json, field } of items) {
		const found = [...failuresIn(json), ...imagesIn(json), ...questionsIn(json)];
		if (found.length === 0) ignored += 1;
		const { channel } = { ...fieldsOf(json.details), ...fieldsOf(json.file) };
		const entries = found.filter((entry) => !isCopy(entry, textOf(channel) ?? '', seen));
		all.push(...entries);
		for (const one of entries) {
			const name = nameOf(one, by, field);
			const group = groups.get(name) ?? [];
			group.push(one);
			groups.set(name, group);
		}
	}
	const made = [...groups].map(([name, entries]) => groupOf(name, entries));
	const sorted =
		by === 'day'
			? made.toSorted((a, b) => a.name.localeCompare(b.name))
			: made.toSorted((a, b) => weight(b) - weight(a));
	return { total: groupOf('total', all), groups: sorted, ignored };
}
