/** Totals over images that were made, ordered, reused, only planned, or that failed. */

import { fieldsOf, isRecord, type Fields } from '../rules/json';
import type { TokenKind } from '../rules/model-types';
import { toNumber, toText } from '../rules/parameters';
import { sumUsd } from './money';
import { TOKEN_KINDS } from './prices';

export interface Group {
	readonly name: string;
	/** Images that were paid for. */
	readonly images: number;
	/** What they and the answers about them cost, USD. */
	readonly usd: number;
	/** How many of them, and of the answers, have an unknown cost, which is not in `usd`. */
	readonly unknownCost: number;
	/** Tokens of the paid images by kind. */
	readonly tokens: Readonly<Record<string, number>>;
	/** How many of the paid images came from batches, and what the half price saved, USD. */
	readonly batch: { readonly images: number; readonly savedUsd: number };
	/** Orders that are not collected yet, and what they will cost, USD. */
	readonly ordered: {
		readonly items: number;
		readonly usd: { readonly min: number; readonly max: number };
	};
	/** Images reused, and what that saved, USD. */
	readonly reused: { readonly images: number; readonly savedUsd: number };
	/** Images of dry runs, and what they would cost, USD. */
	readonly dryRun: {
		readonly images: number;
		readonly usd: { readonly min: number; readonly max: number };
	};
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

/** Questions that the item's image was asked about; one that was reused or dry cost nothing. */
const questionsIn = (json: Fields): Entry[] =>
	[json.review, json.description].flatMap((answer) => {
		const { chatModel, cost, request } = fieldsOf(answer);
		const isPaid = fieldsOf(request).reused === false && fieldsOf(request).dryRun === false;
		if (typeof chatModel !== 'string' || typeof cost !== 'object' || !isPaid) return [];
		return [{ kind: 'question', image: { model: chatModel, cost }, details: {} } as const];
	});

function failureIn({ error, details }: Fields): Entry | undefined {
	const fields = fieldsOf(details);
	if (typeof error !== 'string' || typeof fields.code !== 'string') return undefined;
	return { kind: 'failed', image: {}, details: fields };
}

/** @returns undefined for an item without an image of this package */
function imageIn(json: Fields): Entry | undefined {
	const image = fieldsOf(json.image);
	const details = {};
	if (typeof image.model !== 'string' || typeof image.cost !== 'object') return undefined;
	const { dryRun, reused } = fieldsOf(image.request);
	if (dryRun === true) return { kind: 'dryRun', image, details };
	if (image.status === 'ordered') return { kind: 'ordered', image, details };
	return { kind: reused === true ? 'reused' : 'paid', image, details };
}

/** The sum of estimates, which are ranges. */
function plannedUsd(entries: readonly Entry[]): { readonly min: number; readonly max: number } {
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
	const billed = failed.filter(({ details }) => /^(?:possibly|yes)$/.test(String(details.billed)));
	const spent = knownUsd([...paid, ...questions], 'usd');
	const kinds = paid.length > 0 ? TOKEN_KINDS : [];
	return {
		name,
		images: paid.length,
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

export type GroupBy = 'model' | 'quality' | 'day' | 'field';

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
 * of the user's field (for `day`: a date)
 * @param by what makes a group
 */
export function summarize(
	items: Iterable<{ readonly json: Fields; readonly field?: unknown }>,
	by: GroupBy,
): Summary {
	const all: Entry[] = [];
	const groups = new Map<string, Entry[]>();
	let ignored = 0;
	for (const { json, field } of items) {
		// A failed item may have the image that an earlier node was paid for.
		const found = [failureIn(json), imageIn(json)].filter((entry) => entry !== undefined);
		const entries = [...found, ...questionsIn(json)];
		if (entries.length === 0) ignored += 1;
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
