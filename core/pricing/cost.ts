/** The bill: what an answer cost, from its usage and the prices. */

import type { ChatKind, ImageModel, TokenKind } from '../rules/model-types';
import { labels } from '../rules/labels';
import { common } from '../rules/models';
import { excerpt } from '../rules/parameters';
import { fromUsd, type Money, toUsd } from './money';
import { areOwn, chatPrices, imagePrices, type PriceOverrides } from './prices';
import {
	countsNothing,
	readChatUsage,
	readImageUsage,
	readSvgUsage,
	readWebSearches,
	type SvgKind,
} from './usage';

/** What the API says it billed, in the API's own shapes. */
export interface Answer {
	/** `usage` of an Images API answer, or `tool_usage.image_gen` of a response. */
	readonly usage: unknown;
	/** `svg_usage` of the answer, if it has one. */
	readonly svgUsage?: unknown;
	/** Conversations only. */
	readonly chat?: ChatAnswer;
	/** Images in the answer. */
	readonly count: number;
	/** Whether the usage is that of an image: then it counts output. */
	readonly isOfImage: boolean;
	readonly model: string;
	readonly row: ImageModel | undefined;
	readonly batch?: boolean;
	readonly prices?: PriceOverrides;
}

interface ChatAnswer {
	/** `usage` of the response: the mainline model alone. */
	readonly usage: unknown;
	/** The mainline model as the response names it, perhaps with a date. */
	readonly model: string;
	/** `service_tier` of the response, which the project's settings choose. */
	readonly tier?: string;
	/** `tool_usage.web_search`. */
	readonly webSearch?: unknown;
}

/** Tokens, or USD, by kind; `webSearches` counts requests. */
export type Amounts = Readonly<
	Partial<Record<TokenKind | 'webSearches', number>> & {
		chat?: Partial<Record<ChatKind, number>>;
		svg?: Partial<Record<SvgKind, number>>;
	}
>;

export interface Billed {
	/** Tokens by kind; cached ones are not also counted as plain input. Unreported kinds are absent. */
	readonly usage: Amounts;
	readonly cost: {
		/** Null when the API's numbers or a price are missing: never a guess. */
		readonly usd: number | null;
		/** USD by the keys of `usage`; a kind without a price is absent. */
		readonly parts: Amounts;
		/** Names of the price rows used. */
		readonly pricesOf: readonly string[];
	};
}

export interface Actual {
	readonly whole: Billed;
	/** One per image; tokens and USD add up exactly to the whole, remainders on the last image. */
	readonly perImage: readonly Billed[];
	/** Why `usd` is null, or what to know about it. */
	readonly warnings: readonly string[];
}

/** A number of tokens, or of searches; `price` in units each, undefined where none is known. */
type Line = { readonly count: number; readonly price: Money | undefined } & (
	| { readonly of: 'image'; readonly kind: TokenKind | 'webSearches' }
	| { readonly of: 'chat'; readonly kind: ChatKind }
	| { readonly of: 'svg'; readonly kind: SvgKind }
);

interface Bill {
	readonly lines: readonly Line[];
	readonly pricesOf: readonly string[];
	readonly warnings: readonly string[];
	/** Whether something was billed that the answer does not report. */
	readonly incomplete: boolean;
}

const unread = (problem: string): Bill => ({
	lines: [],
	pricesOf: [],
	warnings: [`The cost is unknown: ${problem}`],
	incomplete: true,
});

function bill(lines: readonly Line[], pricesOf: readonly string[], caution?: string | false): Bill {
	const unpriced = lines.filter(({ count, price }) => count > 0 && price === undefined);
	const names = unpriced.map(({ of, kind }) => `${of} ${kind}`);
	const incomplete = names.length > 0;
	const warnings = [
		caution,
		incomplete && `The cost is unknown: there is no price for ${names.join(', ')}`,
	].filter((warning) => typeof warning === 'string');
	return { lines, pricesOf, warnings, incomplete };
}

function imageBill(answer: Answer): Bill {
	const read = readImageUsage(answer.usage);
	if ('problem' in read) return unread(read.problem);
	if (answer.isOfImage && countsNothing(answer.usage, answer.svgUsage)) {
		return unread('the token usage has no tokens for the image');
	}
	const { perToken, rows } = imagePrices(answer.model, answer.row, answer);
	const lines = read.tokens.map(([kind, count]): Line => {
		return { of: 'image', kind, count, price: perToken[kind] };
	});
	const textMayHide = read.outputIsWhole && perToken.textOutput !== undefined;
	const caution =
		'The response does not separate text and image output: all of it was priced as image output';
	return bill(lines, rows, textMayHide && caution);
}

/** What the prices of a long request are multiplied by (pricing page). */
const LONG_FACTORS: Readonly<Record<ChatKind, number>> = { input: 2, inputCached: 2, output: 1.5 };

/** Any other costs a multiple of the table's prices, or half of them. The last is Groq's. */
const standardTiers = ['default', 'auto', 'standard', 'on_demand'];

function chatBill(
	{ usage, model, tier = 'default' }: ChatAnswer,
	own: PriceOverrides | undefined,
): Bill {
	const read = readChatUsage(usage);
	if ('problem' in read) return unread(read.problem);
	const known = chatPrices(model, own);
	const isPriced = standardTiers.includes(tier) || (known !== undefined && areOwn(known));
	const prices = isPriced ? known : undefined;
	const isLong = read.inputTotal > common.longContextTokens;
	const lines = read.tokens.map(([kind, count]): Line => {
		const usual = prices?.perToken[kind];
		const price = isLong && usual !== undefined ? Math.round(usual * LONG_FACTORS[kind]) : usual;
		return { of: 'chat', kind, count, price };
	});
	const caution = `Tokens that ${model} wrote to its cache were priced as regular input and may cost more`;
	const other = `${model} answered in the service tier ${excerpt(tier)}, which has prices of its own: enter them in '${labels.prices}' of the credential`;
	return bill(lines, prices?.rows ?? [], isPriced ? read.wroteCache && caution : other);
}

function svgBill(usage: unknown, own: PriceOverrides | undefined): Bill {
	const read = readSvgUsage(usage);
	if ('problem' in read) return unread(read.problem);
	const prices = chatPrices(read.model, own);
	const lines = read.tokens.map(([kind, count]): Line => {
		return { of: 'svg', kind, count, price: prices?.perToken[kind] };
	});
	return bill(lines, prices?.rows ?? []);
}

function searchBill(webSearch: unknown): Bill {
	const count = readWebSearches(webSearch);
	if (count === undefined) return unread('the number of web searches is not a count');
	if (count === 0) return bill([], []);
	const price = fromUsd(common.webSearchUsd);
	return bill([{ of: 'image', kind: 'webSearches', count, price }], []);
}

const join = (bills: readonly Bill[]): Bill => ({
	lines: bills.flatMap(({ lines }) => lines),
	pricesOf: [...new Set(bills.flatMap(({ pricesOf }) => pricesOf))],
	warnings: bills.flatMap(({ warnings }) => warnings),
	incomplete: bills.some(({ incomplete }) => incomplete),
});

function amounts(lines: readonly Line[], value: (line: Line) => number | undefined): Amounts {
	const image: Partial<Record<TokenKind | 'webSearches', number>> = {};
	const chat: Partial<Record<ChatKind, number>> = {};
	const svg: Partial<Record<SvgKind, number>> = {};
	for (const line of lines) {
		const amount = value(line);
		if (amount === undefined) continue;
		if (line.of === 'image') image[line.kind] = amount;
		else if (line.of === 'chat') chat[line.kind] = amount;
		else svg[line.kind] = amount;
	}
	const has = (group: 'chat' | 'svg') => lines.some((line) => line.of === group);
	return { ...image, ...(has('chat') && { chat }), ...(has('svg') && { svg }) };
}

const moneyOf = ({ count, price }: Line): Money | undefined =>
	count === 0 ? 0 : price === undefined ? undefined : count * price;

function billOf(whole: Bill, lines: readonly Line[]): Billed {
	const money = lines.reduce((sum, line) => sum + (moneyOf(line) ?? 0), 0);
	return {
		usage: amounts(lines, ({ count }) => count),
		cost: {
			usd: whole.incomplete ? null : toUsd(money),
			parts: amounts(lines, (line) => {
				const part = moneyOf(line);
				return part === undefined ? undefined : toUsd(part);
			}),
			pricesOf: whole.pricesOf,
		},
	};
}

/** The share of one image: equal parts, the last image takes the remainder. */
const shareOf = (count: number, index: number, images: number): number => {
	const part = Math.floor(count / images);
	return index < images - 1 ? part : count - part * (images - 1);
};

const split = (bill: Bill, images: number): Actual => ({
	whole: billOf(bill, bill.lines),
	perImage: Array.from({ length: images }, (_, index) =>
		billOf(
			bill,
			bill.lines.map((line) => ({ ...line, count: shareOf(line.count, index, images) })),
		),
	),
	warnings: bill.warnings,
});

/**
 * The cost of a request and of each image, from the tokens that the API reports, untrusted. `usd` is
 * null, with a warning, when a number is missing, negative, does not add up, or has no known price.
 */
export function actual(answer: Answer): Actual {
	const { chat, svgUsage, prices } = answer;
	const whole = join([
		imageBill(answer),
		...(svgUsage === undefined || svgUsage === null ? [] : [svgBill(svgUsage, prices)]),
		...(chat ? [chatBill(chat, prices), searchBill(chat.webSearch)] : []),
	]);
	return split(whole, answer.count);
}

/** The cost of the mainline model's part of a response, for answers without an image. */
export const chatCost = (chat: ChatAnswer, prices?: PriceOverrides): Actual =>
	split(join([chatBill(chat, prices), searchBill(chat.webSearch)]), 1);
