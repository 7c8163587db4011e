/** What a question about images will cost, before it is sent. */

import { unknownVision } from '../rules/models';
import type { Question } from '../rules/question';
import type { Dimensions } from '../rules/request-types';
import type { Price } from './estimate';
import { visionTokens } from './input-tokens';
import { toUsd } from './money';
import { chatPrices, type PriceOverrides } from './prices';
import { promptTokens } from './prompt-tokens';

/** Message frames, and how the service words the schema for the model. */
const FRAME_TOKENS = 300;
/** A review without criteria of an image without text. */
const LEAST_OUTPUT = 10;

/**
 * @param images pixels of each image after EXIF orientation; `unknown` for URLs and file IDs
 * @returns null where the price is unknown. The most is what the request allows the model to write
 */
export async function estimateQuestion(
	{ chatModel, chatRow, instructions, text, schema, maxOutputTokens }: Question,
	images: readonly (Dimensions | 'unknown')[],
	prices: PriceOverrides,
): Promise<Price> {
	const words = await promptTokens(`${instructions}\n${text}`);
	const format = await promptTokens(JSON.stringify(schema));
	const seen = images.map((image) => visionTokens(chatRow?.vision ?? unknownVision, image));
	const sum = (bound: 'min' | 'max') => seen.reduce((total, range) => total + range[bound], 0);
	const input = { min: words + sum('min'), max: words + format + FRAME_TOKENS + sum('max') };
	const output = { min: LEAST_OUTPUT, max: maxOutputTokens };
	const known = chatPrices(chatModel, prices);
	const usd = (bound: 'min' | 'max'): number | null => {
		const { input: read, output: written } = known?.perToken ?? {};
		if (read === undefined || written === undefined) return null;
		return toUsd(input[bound] * read + output[bound] * written);
	};
	return {
		usd: { min: usd('min'), max: usd('max') },
		pricesOf: known?.rows ?? [],
	};
}
