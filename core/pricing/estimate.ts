/** What a request will cost, before it is sent. */

import type { ImageRequest, Dimensions } from '../rules/request-types';
import { inputImageTokens, textOverhead } from './input-tokens';
import { type Money, toUsd } from './money';
import { chatPrices, imagePrices, type PriceOverrides } from './prices';
import { promptTokens } from './prompt-tokens';
import { outputTokens, textOutputTokens, type TokenRange } from './output-tokens';

/** A smallest and a largest amount; null where they are unknown. */
interface OpenRange {
	readonly min: number | null;
	readonly max: number | null;
}

const KINDS = [
	'textInput',
	'imageInput',
	'imageOutput',
	'textOutput',
	'svgOutput',
	'chatInput',
	'chatOutput',
] as const;
/** The kinds of tokens in an estimate; only the first three are in every estimate. */
type EstimateKind = (typeof KINDS)[number];
type Kinds = Record<'textInput' | 'imageInput' | 'imageOutput', OpenRange> &
	Partial<Record<EstimateKind, OpenRange>>;

export interface EstimateInput extends Pick<
	ImageRequest,
	| 'operation'
	| 'model'
	| 'row'
	| 'prompt'
	| 'size'
	| 'quality'
	| 'count'
	| 'format'
	| 'frames'
	| 'partialImages'
	| 'inputFidelity'
> {
	/** Pixels of every input image after EXIF orientation; `unknown` for URLs and file IDs. */
	readonly images: readonly (Dimensions | 'unknown')[];
	/** Where only OpenAI knows which of them it looks at: at least these. */
	readonly fewestImages?: readonly (Dimensions | 'unknown')[];
	readonly batch?: boolean;
	readonly prices?: PriceOverrides;
	/** Conversations only: the mainline model's share, which is unknown without it. */
	readonly chat?: {
		readonly model: string;
		readonly input: OpenRange;
		readonly output: OpenRange;
	};
}

/** What a request will cost, for all its images together. Tokens, and USD. */
export interface Estimate {
	/** `max` is null when there is no known upper limit, both are null when nothing is known. */
	readonly usd: OpenRange;
	readonly tokens: Readonly<Kinds>;
	readonly parts: Readonly<Kinds>;
	/** Names of the price rows used. */
	readonly pricesOf: readonly string[];
	/** True only where OpenAI publishes how to count the tokens of this kind of request. */
	readonly exact: boolean;
	readonly warnings: readonly string[];
}

/** What is reported of an estimate on the items. */
export type Price = Pick<Estimate, 'usd' | 'pricesOf'>;

const UNKNOWN: OpenRange = { min: null, max: null };
const UNBOUNDED: OpenRange = { min: 0, max: null };
const NONE: TokenRange = { min: 0, max: 0 };

const times = (range: TokenRange | undefined, factor: number): OpenRange =>
	range ? { min: range.min * factor, max: range.max * factor } : UNKNOWN;
const plus = (a: TokenRange, b: TokenRange): TokenRange => ({
	min: a.min + b.min,
	max: a.max + b.max,
});

type InputWithoutPrompt = Omit<EstimateInput, 'prompt'>;

function inputTokens(
	{ row, inputFidelity }: InputWithoutPrompt,
	images: EstimateInput['images'],
): TokenRange | undefined {
	if (images.length === 0) return NONE;
	return (
		row &&
		images
			.map((image) => inputImageTokens(row.inputTokens, image, inputFidelity))
			.reduce(plus, NONE)
	);
}

function countTokens(
	input: InputWithoutPrompt,
	prompt: TokenRange,
	output: TokenRange | undefined,
): Kinds {
	const { operation, images, fewestImages = images, count, format, row, chat } = input;
	const tokens: Kinds = {
		textInput: times(plus(prompt, textOverhead(operation, images.length)), count),
		imageInput: {
			min: times(inputTokens(input, fewestImages), count).min,
			max: times(inputTokens(input, images), count).max,
		},
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

/** Why the estimate is not exact, apart from the output tokens. */
function uncertainties(input: InputWithoutPrompt, chatIsPriced: boolean): string[] {
	const { operation, model, row, images, format, batch } = input;
	return [
		textOutputTokens(row) &&
			`${model} also bills text output; OpenAI publishes no token count for it`,
		format === 'svg' &&
			'SVG: the model that writes it is billed in addition, with no known upper limit',
		operation === 'send' &&
			(chatIsPriced
				? 'The tokens of the chat model depend on the conversation so far'
				: 'The price of the chat model is unknown'),
		images.length > 0 &&
			(images.includes('unknown')
				? 'Input images by URL or file ID cannot be measured, so their price is a range'
				: 'Input image tokens are estimated from measurements, as OpenAI publishes no rule'),
		batch === true && row?.batchCaution,
	].filter((warning) => typeof warning === 'string');
}

function usdOf(tokens: number | null, perToken: Money | undefined): Money | null {
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
 * What a request will cost, when the tokens of its prompt are known, without the API's overhead.
 * @returns tokens and USD for all `count` images; n images are billed as n calls, input included
 *   (two sources that measured bills)
 */
export function estimateWithTokens(input: InputWithoutPrompt, prompt: TokenRange): Estimate {
	const output = outputTokens(input);
	const tokens = countTokens(input, prompt, output.tokens);
	const image = imagePrices(input.model, input.row, input);
	const chat = input.chat && chatPrices(input.chat.model, input.prices);
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
		const money = { min: usdOf(range.min, price), max: usdOf(range.max, price) };
		parts[kind] = inUsd(money);
		total = { min: add(total.min, money.min), max: add(total.max, money.max) };
	}
	const warnings = [...output.warnings, ...uncertainties(input, chat !== undefined)];
	if (input.row && image.rows.length === 0) warnings.push(`No price is known for ${input.model}`);
	return {
		usd: inUsd(total),
		tokens,
		parts,
		pricesOf: [...image.rows, ...(chat?.rows ?? [])],
		exact: output.exact && warnings.length === 0,
		warnings,
	};
}

/**
 * What a checked request will cost, before it is sent.
 * @returns tokens and USD for all `count` images, `exact` only where OpenAI publishes the count;
 *   an unknown model or a retired one has `usd: { min: null, max: null }` and a warning
 */
export async function estimate(input: EstimateInput): Promise<Estimate> {
	const tokens = await promptTokens(input.prompt);
	return estimateWithTokens(input, { min: tokens, max: tokens });
}
