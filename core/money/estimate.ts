import type { PictureRequest, Dimensions } from '../rules/request-types';
import { inputImageTokens, textOverhead } from './input-tokens';
import { type Money, toUsd } from './money';
import { chatPrices, imagePrices, type PriceOverrides } from './prices';
import { promptTokens } from './prompt-tokens';
import { outputTokens, textOutputTokens, type TokenRange } from './tokens';

/** A smallest and a largest amount; null where there is no way to know. */
export interface OpenRange {
	readonly min: number | null;
	readonly max: number | null;
}

/** What an estimate counts apart; only the first three are there in every estimate. */
export type EstimateKind =
	| 'textInput'
	| 'imageInput'
	| 'imageOutput'
	| 'textOutput'
	| 'svgOutput'
	| 'chatInput'
	| 'chatOutput';
type Kinds = Record<'textInput' | 'imageInput' | 'imageOutput', OpenRange> &
	Partial<Record<EstimateKind, OpenRange>>;

/** The mainline model's share of a conversation's turn, as far as the caller can bound it. */
export interface ChatWish {
	readonly model: string;
	readonly input: OpenRange;
	readonly output: OpenRange;
}

export interface EstimateWish extends Pick<
	PictureRequest,
	| 'operation'
	| 'model'
	| 'row'
	| 'prompt'
	| 'size'
	| 'quality'
	| 'count'
	| 'format'
	| 'partialImages'
	| 'inputFidelity'
> {
	/** Pixels of every input image after EXIF orientation; `unknown` for URLs and file IDs. */
	readonly images: readonly (Dimensions | 'unknown')[];
	readonly batch?: boolean;
	readonly prices?: PriceOverrides;
	/** Conversations only; without it the mainline model's share is unknown. */
	readonly chat?: ChatWish;
}

/** What a request will cost, for all its images together. Tokens, and USD. */
export interface Estimate {
	/** `max` is null when no upper bound is known, both when nothing is known. */
	readonly usd: OpenRange;
	readonly tokens: Readonly<Kinds>;
	readonly parts: Readonly<Kinds>;
	/** Names of the price rows used. */
	readonly pricesOf: readonly string[];
	/** True only where OpenAI publishes how the tokens of this very request are counted. */
	readonly exact: boolean;
	readonly warnings: readonly string[];
}

const UNKNOWN: OpenRange = { min: null, max: null };
const UNBOUNDED: OpenRange = { min: 0, max: null };
const NONE: TokenRange = { min: 0, max: 0 };

const times = (range: TokenRange | undefined, factor: number): OpenRange =>
	range ? { min: range.min * factor, max: range.max * factor } : UNKNOWN;
const plus = (a: TokenRange, b: TokenRange): TokenRange => ({
	min: a.min + b.min,
	max: a.max + b.max,
});

type Wish = Omit<EstimateWish, 'prompt'>;

function inputTokens({ row, images, inputFidelity }: Wish): TokenRange | undefined {
	if (images.length === 0) return NONE;
	return (
		row &&
		images
			.map((image) => inputImageTokens(row.inputTokens, image, inputFidelity))
			.reduce(plus, NONE)
	);
}

function countTokens(wish: Wish, prompt: TokenRange, output: TokenRange | undefined): Kinds {
	const { operation, images, count, format, row, chat } = wish;
	const tokens: Kinds = {
		textInput: times(plus(prompt, textOverhead(operation, images.length)), count),
		imageInput: times(inputTokens(wish), count),
		imageOutput: times(output, count),
	};
	const textOutput = textOutputTokens(row);
	if (textOutput) tokens.textOutput = times(textOutput, count);
	if (format === 'svg') tokens.svgOutput = UNBOUNDED;
	if (operation === 'send') {
		tokens.chatInput = chat?.input ?? UNBOUNDED;
		tokens.chatOutput = chat?.output ?? UNBOUNDED;
	}
	return tokens;
}

/** Why the estimate is not exact, beyond what the output tokens say themselves. */
function doubts(wish: Wish, chatIsPriced: boolean): string[] {
	const { operation, model, row, images, format, batch } = wish;
	const warnings: string[] = [];
	if (textOutputTokens(row)) {
		warnings.push(`${model} also bills text output, of which OpenAI publishes no count`);
	}
	if (format === 'svg') {
		warnings.push('SVG: the model that writes it is billed on top, without a known upper bound');
	}
	if (operation === 'send') {
		warnings.push(
			chatIsPriced
				? 'The tokens of the chat model depend on the conversation so far'
				: 'The price of the chat model is unknown',
		);
	}
	if (images.includes('unknown')) {
		warnings.push('Input images given by URL or file ID are not measured: their price is a range');
	} else if (images.length > 0) {
		warnings.push('Input images are counted by measured rules: OpenAI publishes none');
	}
	if (batch === true && row?.batch === 'no') {
		warnings.push(`${model} cannot be used in a batch: the standard price was taken`);
	}
	if (batch === true && row?.batch === 'unsure') {
		warnings.push(`It is not certain that ${model} can be used in a batch`);
	}
	return warnings;
}

const KINDS: readonly EstimateKind[] = [
	'textInput',
	'imageInput',
	'imageOutput',
	'textOutput',
	'svgOutput',
	'chatInput',
	'chatOutput',
];

function priced(tokens: number | null, perToken: Money | undefined): Money | null {
	if (tokens === 0) return 0;
	return tokens === null || perToken === undefined ? null : tokens * perToken;
}
const add = (a: Money | null, b: Money | null): Money | null =>
	a === null || b === null ? null : a + b;
const inUsd = ({ min, max }: OpenRange): OpenRange => ({
	min: min === null ? null : toUsd(min),
	max: max === null ? null : toUsd(max),
});

/**
 * What a request will cost, when the tokens of its prompt are known. Waits for nothing.
 * @param wish a checked request with the pixels of its input images
 * @param prompt tokens of the prompt text, without the API's overhead
 * @returns tokens and USD for all `count` images; n images are billed as n calls, input included
 * (two sources that measured bills)
 */
export function estimateWithTokens(wish: Wish, prompt: TokenRange): Estimate {
	const output = outputTokens(wish);
	const tokens = countTokens(wish, prompt, output.tokens);
	const image = imagePrices(wish.model, wish.row, wish);
	const chat = wish.chat && chatPrices(wish.chat.model, wish.prices);
	const perToken: Partial<Record<EstimateKind, Money>> = {
		...image.perToken,
		chatInput: chat?.perToken.input,
		chatOutput: chat?.perToken.output,
	};
	const parts: Kinds = { ...tokens };
	let total: OpenRange = NONE;
	for (const kind of KINDS) {
		const range = tokens[kind];
		if (!range) continue;
		const price = perToken[kind];
		const money = { min: priced(range.min, price), max: priced(range.max, price) };
		parts[kind] = inUsd(money);
		total = { min: add(total.min, money.min), max: add(total.max, money.max) };
	}
	const warnings = [...output.warnings, ...doubts(wish, chat !== undefined)];
	if (wish.row && image.rows.length === 0) warnings.push(`No price is known for ${wish.model}`);
	return {
		usd: inUsd(total),
		tokens,
		parts,
		pricesOf: [...image.rows, ...(chat?.rows ?? [])],
		exact: output.exact && prompt.min === prompt.max && warnings.length === 0,
		warnings,
	};
}

/**
 * What a request will cost, before it is sent.
 * @param wish a checked request with the pixels of its input images
 * @returns tokens and USD for all `count` images, `exact` only where OpenAI publishes the count;
 * an unknown model or a retired one has `usd: { min: null, max: null }` and a warning
 */
export async function estimate(wish: EstimateWish): Promise<Estimate> {
	return estimateWithTokens(wish, await promptTokens(wish.prompt));
}
