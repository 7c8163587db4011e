/** Tokens of output images, by the rule of each model. */

import type { FixedQuality, ImageModel, OutputTokens } from '../rules/model-types';
import { common } from '../rules/models';
import type { Dimensions, ImageRequest } from '../rules/request-types';
import { gifSheet, sizeText } from '../rules/size';

/** A smallest and a largest number of tokens; the same number twice when it is known. */
export interface TokenRange {
	readonly min: number;
	readonly max: number;
}

interface OutputCount {
	/** Image output tokens of one image; undefined when unknown. */
	readonly tokens: TokenRange | undefined;
	/** True only where OpenAI publishes the formula or the table. */
	readonly exact: boolean;
	/** Why it is a range, or why it is unknown. */
	readonly warnings: readonly string[];
}

type OutputTokensInput = Pick<
	ImageRequest,
	'model' | 'row' | 'size' | 'quality' | 'format' | 'frames' | 'partialImages'
>;

/**
 * Output tokens of gpt-image-2 and 2.5 by the calculator on OpenAI's image generation guide, in the
 * script's own floating-point steps: `base / (long / short)` first, halves to the even neighbour.
 * (`base * short / long` differs for ten legal sizes, rounding half up for 368.)
 * Source: GptImageTokenCalculator in the guide's page script; agrees with 45 published or measured
 * points. Sure.
 */
export function formulaTokens(base: number, width: number, height: number): number {
	const scaled = base / (Math.max(width, height) / Math.min(width, height));
	const floor = Math.floor(scaled);
	const isHalf = scaled - floor === 0.5;
	const unit = isHalf ? floor + (floor % 2) : Math.round(scaled);
	return Math.ceil((base * unit * (2_000_000 + width * height)) / 4_000_000);
}

/**
 * What `size: auto` may turn out to be where sizes are free. All measured answers had 1.57
 * megapixels (1254x1254, 1312x1199, 1145x1374, 1122x1402, provider references of 2026); OpenAI
 * publishes no bound. The range goes from the cheapest legal size to a square of 1.6 megapixels.
 */
const AUTO_SIZES: readonly Dimensions[] = [
	{ width: 1440, height: 480 },
	{ width: 1264, height: 1264 },
];

const spread = (values: readonly number[]): TokenRange => ({
	min: Math.min(...values),
	max: Math.max(...values),
});

const entries = <T>(record: Readonly<Partial<Record<FixedQuality, T>>>): [FixedQuality, T][] =>
	Object.entries(record) as [FixedQuality, T][];

function byFormula(
	rule: Extract<OutputTokens, { rule: 'formula' | 'range' }>,
	{ size, quality, frames }: OutputTokensInput,
): TokenRange | undefined {
	const sizes = size === 'auto' ? AUTO_SIZES : [size];
	const sheet = frames ? Math.sqrt(gifSheet(frames).places) : 1;
	const values: number[] = [];
	for (const [name, base] of entries(rule.bases)) {
		if (quality !== 'auto' && quality !== name) continue;
		const [least, most] = (rule.rule === 'range' ? rule.factors[name] : undefined) ?? [1, 1];
		for (const { width, height } of sizes) {
			values.push(Math.floor(formulaTokens(base, width, height) * least));
			values.push(Math.ceil(formulaTokens(base, width * sheet, height * sheet) * most));
		}
	}
	return values.length > 0 ? spread(values) : undefined;
}

/**
 * gpt-image-1.5, chatgpt-image-latest and 1-mini: the fixed table of the image generation guide
 * (read as copies by several). Fairly sure.
 */
function byTable(
	rule: Extract<OutputTokens, { rule: 'table' }>,
	{ size, quality }: OutputTokensInput,
): TokenRange | undefined {
	const values: number[] = [];
	for (const [name, bySize] of entries(rule.tokens)) {
		if (quality !== 'auto' && quality !== name) continue;
		for (const [text, tokens] of Object.entries(bySize)) {
			if (size === 'auto' || text === sizeText(size)) values.push(tokens);
		}
	}
	return values.length > 0 ? spread(values) : undefined;
}

/**
 * Image output tokens of one image, before the call, partial images included. A range, with its
 * reasons, for quality or size `auto`, gpt-image-2.6 (no formula published; one reseller's
 * measurements), GIF (its frames share one sheet) and partial images (fewer than asked for may come).
 */
export function outputTokens(input: OutputTokensInput): OutputCount {
	const { row, model, quality, size, format, partialImages } = input;
	const rule = row?.outputTokens;
	const base = rule && (rule.rule === 'table' ? byTable(rule, input) : byFormula(rule, input));
	if (!base) {
		const why = rule ? ' for this quality and size' : ": it is not in this node's table";
		const warnings = [`The price of ${model} is unknown${why}`];
		return { tokens: undefined, exact: false, warnings };
	}
	const warnings = [
		quality === 'auto' &&
			'Quality auto: the model chooses, so the price is a range over all its qualities',
		size === 'auto' &&
			'Size auto: the model chooses, so the price is a range over all observed sizes',
		rule.rule === 'range' &&
			`OpenAI publishes no token formula for ${model}: the range comes from measurements`,
		format === 'gif' && 'GIF: the price is between one frame and the sheet of all frames',
		partialImages > 0 &&
			'Partial images: each costs 100 tokens, and OpenAI may send fewer than requested',
	].filter((warning) => warning !== false);
	return {
		// Image generation guide: 100 output tokens for each partial image that is sent.
		tokens: { min: base.min, max: base.max + common.partialImageTokens * partialImages },
		exact: warnings.length === 0 && format !== 'svg',
		warnings,
	};
}

/**
 * Text output tokens (reasoning) of gpt-image-1.5 and chatgpt-image-latest. OpenAI publishes no
 * count, so this is an allowance of at most a cent, not a measurement. Unsure.
 */
export const textOutputTokens = (row: ImageModel | undefined): TokenRange | undefined =>
	row?.prices.usdPerMillion.textOutput === undefined ? undefined : { min: 0, max: 1000 };
