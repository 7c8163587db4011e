import { fieldsOf, type Fields } from '../rules/unknown';
import { sumUsd } from './money';
import { TOKEN_KINDS } from './prices';

/** Totals over pictures that were made, reused, only planned, or that failed. */

export interface Group {
	readonly name: string;
	/** Pictures that were paid for. */
	readonly images: number;
	/** What they cost, USD. */
	readonly usd: number;
	/** How many of them have no known cost; they are not in `usd`. */
	readonly unknownCost: number;
	/** Tokens of the paid pictures by kind. */
	readonly tokens: Readonly<Record<string, number>>;
	/** Pictures handed out again, and what that saved, USD. */
	readonly reused: { readonly images: number; readonly savedUsd: number };
	/** Pictures of dry runs, and what they would cost, USD. */
	readonly dryRun: {
		readonly images: number;
		readonly usd: { readonly min: number; readonly max: number };
	};
	/** Items without a picture, and how many of them may be on the bill all the same. */
	readonly failed: { readonly items: number; readonly possiblyBilled: number };
}

export interface Summary {
	readonly total: Group;
	/** Dearest first, or days in their order. */
	readonly groups: readonly Group[];
	/** Items that are neither a picture of this package nor a failed one. */
	readonly ignored: number;
}

const amount = (value: unknown): number | undefined =>
	typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;

interface Entry {
	readonly kind: 'paid' | 'reused' | 'dryRun' | 'failed';
	readonly image: Fields;
	readonly details: Fields;
}

/** @returns undefined for an item that this package did not make */
function readEntry(json: Fields): Entry | undefined {
	const image = fieldsOf(json.image);
	const details = fieldsOf(json.details);
	if (typeof json.error === 'string' && typeof details.code === 'string') {
		return { kind: 'failed', image: {}, details };
	}
	if (typeof image.model !== 'string' || typeof image.cost !== 'object') return undefined;
	const { dryRun, reused } = fieldsOf(image.request);
	const kind = dryRun === true ? 'dryRun' : reused === true ? 'reused' : 'paid';
	return { kind, image, details };
}

class Totals {
	private images = 0;
	private unknownCost = 0;
	private readonly usd: number[] = [];
	private readonly tokens = new Map<string, number>();
	private readonly reused: number[] = [];
	private reusedImages = 0;
	private readonly planned = { min: [] as number[], max: [] as number[] };
	private dryImages = 0;
	private failed = 0;
	private possiblyBilled = 0;

	add({ kind, image, details }: Entry): void {
		const cost = fieldsOf(image.cost);
		if (kind === 'failed') {
			this.failed += 1;
			if (details.billed === 'possibly' || details.billed === 'yes') this.possiblyBilled += 1;
		} else if (kind === 'dryRun') {
			const { min, max } = fieldsOf(cost.estimatedUsd);
			this.dryImages += 1;
			this.planned.min.push(amount(min) ?? 0);
			this.planned.max.push(amount(max) ?? amount(min) ?? 0);
		} else if (kind === 'reused') {
			this.reusedImages += 1;
			this.reused.push(amount(cost.originalUsd) ?? 0);
		} else {
			this.addPaid(amount(cost.usd), fieldsOf(image.usage));
		}
	}

	private addPaid(usd: number | undefined, usage: Fields): void {
		this.images += 1;
		if (usd === undefined) this.unknownCost += 1;
		else this.usd.push(usd);
		for (const kind of TOKEN_KINDS) {
			const tokens = amount(usage[kind]) ?? 0;
			this.tokens.set(kind, (this.tokens.get(kind) ?? 0) + tokens);
		}
	}

	toGroup(name: string): Group {
		return {
			name,
			images: this.images,
			usd: sumUsd(this.usd),
			unknownCost: this.unknownCost,
			tokens: Object.fromEntries(this.tokens),
			reused: { images: this.reusedImages, savedUsd: sumUsd(this.reused) },
			dryRun: {
				images: this.dryImages,
				usd: { min: sumUsd(this.planned.min), max: sumUsd(this.planned.max) },
			},
			failed: { items: this.failed, possiblyBilled: this.possiblyBilled },
		};
	}
}

/** The day in a value that is a date, UTC; undefined when it is none. */
function dayIn(value: unknown): string | undefined {
	if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Date)) {
		return undefined;
	}
	const date = new Date(value);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10);
}

const weight = ({ usd, reused, dryRun }: Group): number =>
	usd * 1e6 + reused.savedUsd + dryRun.usd.max;

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
	const total = new Totals();
	const groups = new Map<string, Totals>();
	let ignored = 0;
	for (const { json, field } of items) {
		const entry = readEntry(json);
		if (!entry) {
			ignored += 1;
			continue;
		}
		const name = nameOf(entry, by, field);
		const group = groups.get(name) ?? new Totals();
		groups.set(name, group);
		group.add(entry);
		total.add(entry);
	}
	const made = [...groups].map(([name, group]) => group.toGroup(name));
	const sorted =
		by === 'day'
			? made.toSorted((a, b) => a.name.localeCompare(b.name))
			: made.toSorted((a, b) => weight(b) - weight(a));
	return { total: total.toGroup('total'), groups: sorted, ignored };
}
