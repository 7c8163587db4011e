/** Prices per token: the table's rows, overridden by the user's own. */

import { invalidParameter } from '../errors';
import { findChatModel, findImageModel } from '../rules/model';
import {
	chatKinds,
	tokenKinds,
	type ChatKind,
	type ChatModel,
	type ImageModel,
	type PriceRow,
	type TokenKind,
} from '../rules/model-types';
import { isRecord } from '../rules/json';
import { schemaProblem } from '../rules/json-schema';
import { labels } from '../rules/labels';
import { isExactPrice, type Money, PRICE_DECIMALS, pricePerToken } from './money';
import { excerpt } from '../rules/parameters';

const BATCH = ' batch';
const OWN = ' (own prices)';

/** The user's own prices, USD per million tokens: by model ID, or by model ID and ` batch`. */
export type PriceOverrides = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Prices in units per token and the names of the rows they come from. */
export interface Prices<Kind extends string> {
	readonly perToken: Readonly<Partial<Record<Kind, Money>>>;
	readonly rows: readonly string[];
}

const refusal = (happened: string, advice: string) =>
	invalidParameter('prices', `'${labels.prices}' ${happened}`, advice);

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw refusal(
			`is not JSON (${error instanceof Error ? error.message : 'it cannot be read'})`,
			'Enter prices in USD per million tokens, e.g. {"gpt-image-2": {"imageOutput": 30}}.',
		);
	}
}

const withoutBatch = (model: string): string =>
	model.endsWith(BATCH) ? model.slice(0, -BATCH.length) : model;

/** Dated snapshots of mainline models (`gpt-5.4-2026-03-05`) cost what their model costs. */
const withoutDate = (id: string): string => id.replace(/-\d{4}-\d{2}-\d{2}$/, '');

const chatRow = (id: string): ChatModel | undefined =>
	findChatModel(id) ?? findChatModel(withoutDate(id));

/** A service may have models that the table does not know, of either kind. */
function kindsOf(model: string): readonly string[] {
	if (findImageModel(withoutBatch(model))) return tokenKinds;
	return chatRow(model) ? chatKinds : [...tokenKinds, ...chatKinds];
}

/** @returns a warning for each name that is neither in use nor known, which may be misspelt */
export const unusedPrices = (prices: PriceOverrides, inUse: readonly string[]): string[] =>
	Object.keys(prices)
		.filter((name) => {
			const id = withoutBatch(name);
			return !findImageModel(id) && !chatRow(name) && !inUse.includes(id);
		})
		.map(
			(name) =>
				`'${labels.prices}' names ${excerpt(name)}, which is neither a known model nor used here: check the spelling`,
		);

/** @throws invalid_parameter */
function checkPrices(model: string, prices: unknown): Readonly<Record<string, number>> {
	const kinds = kindsOf(model);
	const price = { type: 'number', minimum: 0 } as const;
	const properties = Object.fromEntries(kinds.map((kind) => [kind, price]));
	const schema = { type: 'object', properties, required: [], additionalProperties: false } as const;
	const problem = schemaProblem(schema, prices, 'the value');
	const checked = problem === undefined ? (prices as Record<string, number>) : {};
	const inexact = Object.values(checked).find((one) => !isExactPrice(one));
	if (problem === undefined && inexact === undefined) return checked;
	throw refusal(
		`for ${excerpt(model)}: ${problem ?? `${inexact} has more than ${PRICE_DECIMALS} decimals`}`,
		`Enter one or more of ${kinds.join(', ')}, in USD per million tokens.`,
	);
}

/**
 * Checks the option `prices`, with which users correct a price before a release of this node.
 * @param value JSON text or an object: model ID (or model ID and ` batch`) to prices in USD per
 *   million tokens by kind; kinds that are absent keep the table's price
 * @throws invalid_parameter for text that is not JSON, unknown kinds, negative prices and prices of
 *   more than four decimals
 */
export function parsePrices(value: unknown): PriceOverrides {
	const isText = typeof value === 'string';
	if (value === undefined || value === null || (isText && value.trim() === '')) return {};
	const parsed = isText ? parseJson(value) : value;
	if (!isRecord(parsed)) {
		throw refusal(
			'is not a JSON object',
			'Enter prices by model ID, e.g. {"gpt-image-2": {"imageOutput": 30}}.',
		);
	}
	return Object.fromEntries(
		Object.entries(parsed).map(([model, prices]) => [model, checkPrices(model, prices)]),
	);
}

type TableRow<Kind extends string> = Pick<PriceRow<Kind>, 'name' | 'usdPerMillion'>;

function merge<Kind extends string>(
	kinds: readonly Kind[],
	table: TableRow<Kind> | undefined,
	own: Readonly<Record<string, number>> | undefined,
	ownName: string,
): Prices<Kind> {
	const perToken: Partial<Record<Kind, Money>> = {};
	const rows = new Set<string>();
	for (const kind of kinds) {
		const override = own?.[kind];
		const price = override ?? table?.usdPerMillion[kind];
		if (price === undefined) continue;
		perToken[kind] = pricePerToken(price);
		rows.add(override === undefined && table ? table.name : `${ownName}${OWN}`);
	}
	return { perToken, rows: [...rows] };
}

/** Whether the user has said all of them. */
export const areOwn = ({ rows }: Pick<Prices<string>, 'rows'>): boolean =>
	rows.every((row) => row.endsWith(OWN));

/** A batch costs half of the standard prices, of every kind (OpenAI pricing page, 2026-10-01). */
function batchRow({ id, prices }: ImageModel): TableRow<TokenKind> {
	const usdPerMillion: Partial<Record<TokenKind, number>> = {};
	for (const kind of tokenKinds) {
		const price = prices.usdPerMillion[kind];
		if (price !== undefined) usdPerMillion[kind] = price / 2;
	}
	return { name: `${id}${BATCH} (${prices.checked})`, usdPerMillion };
}

/**
 * @param options own prices; `batch` for the batch prices
 * @returns units per token by kind, and the rows they come from; no kinds when nothing is known
 */
export function imagePrices(
	model: string,
	row: ImageModel | undefined,
	options: { readonly prices?: PriceOverrides; readonly batch?: boolean } = {},
): Prices<TokenKind> {
	const { prices = {}, batch = false } = options;
	const suffix = batch ? BATCH : '';
	const id = row?.id ?? model;
	const own = prices[`${model}${suffix}`] ?? prices[`${id}${suffix}`];
	const table = row && (batch ? batchRow(row) : row.prices);
	return merge(tokenKinds, table, own, `${id}${suffix}`);
}

/**
 * @param id as the API or the user writes it, also with a date
 * @returns undefined for a model that is neither in the table nor in `prices`
 */
export function chatPrices(id: string, prices: PriceOverrides = {}): Prices<ChatKind> | undefined {
	const row = chatRow(id);
	const own = prices[id] ?? prices[row?.id ?? withoutDate(id)];
	const found = merge(chatKinds, row?.prices, own, row?.id ?? id);
	return found.rows.length > 0 ? found : undefined;
}
