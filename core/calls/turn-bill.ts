import type { TurnAnswer } from '../openai/responses-answer';
import { actual, chatCost } from '../pricing/cost';
import type { Estimate, OpenRange } from '../pricing/estimate';
import { sumUsd, dollars, divideUsd } from '../pricing/money';
import { countsNothing } from '../pricing/usage';
import type { PriceOverrides } from '../pricing/prices';
import type { ImageRequest } from '../rules/request-types';
import type { Share } from './facts';

/** The cost of a turn: the chat model's tokens, the image model's, and web searches. */
interface TurnBill {
	/** USD of the whole turn; null when OpenAI did not report all of it. */
	readonly usd: number | null;
	/** One per image; without images, one for the text. */
	readonly shares: readonly Share[];
	readonly warnings: readonly string[];
}

const nothingUsed = {
	input_tokens: 0,
	input_tokens_details: { text_tokens: 0, image_tokens: 0 },
	output_tokens: 0,
	total_tokens: 0,
};

const bound = (usd: number | null): string => (usd === null ? 'unknown' : dollars(usd));

/** The image model's part of an estimate for one image. */
function imageRange({ parts }: Estimate): OpenRange {
	const kinds = [parts.textInput, parts.imageInput, parts.imageOutput, parts.textOutput];
	const sum = (bound: 'min' | 'max'): number | null => {
		const amounts = kinds.flatMap((range) => (range ? [range[bound]] : []));
		const known = amounts.filter((usd): usd is number => usd !== null);
		return known.length === amounts.length ? sumUsd(known) : null;
	};
	return { min: sum('min'), max: sum('max') };
}

const within = (fixed: number | null, range: OpenRange, count: number): OpenRange => {
	const end = (bound: number | null): number | null =>
		fixed === null || bound === null ? null : divideUsd(sumUsd([fixed, bound * count]), count);
	return { min: end(range.min), max: end(range.max) };
};

/**
 * @param price the estimate of the turn with one image, for what OpenAI does not report
 * @returns tokens and USD of the turn, split exactly among its images
 */
export function billTurn(
	answer: TurnAnswer,
	{ model, row }: ImageRequest,
	prices: PriceOverrides,
	price: Estimate,
): TurnBill {
	const { usage: words, chatModel, tier, webSearch } = answer;
	const chat = { usage: words, model: chatModel, tier, webSearch };
	const { svgUsage, imageUsage, images } = answer;
	const count = images.length;
	const isEmpty = count > 0 && countsNothing(imageUsage, svgUsage);
	const isReported = imageUsage !== undefined && imageUsage !== null && !isEmpty;
	if (count === 0 && (!isReported || answer.failures.length === 0)) {
		const { warnings, ...words } = chatCost(chat, prices);
		return { usd: words.cost.usd, shares: [words], warnings };
	}
	const usage = isReported ? imageUsage : nothingUsed;
	const isOfImage = isReported && count > 0;
	const shares = Math.max(1, count);
	const bill = actual({ usage, svgUsage, chat, count: shares, isOfImage, model, row, prices });
	if (isReported) {
		const { whole, perImage, warnings } = bill;
		return { usd: whole.cost.usd, shares: perImage, warnings };
	}
	// The field may be missing (openai 7.55.0 types); both models are billed anyway.
	const range = within(bill.whole.cost.usd, imageRange(price), count);
	return {
		usd: null,
		shares: bill.perImage.map((share) => ({
			...share,
			cost: { ...share.cost, usd: null, estimatedUsd: range },
		})),
		warnings: [
			...bill.warnings,
			`OpenAI did not report the image model's usage: this image cost between ${bound(range.min)} and ${bound(range.max)}`,
		],
	};
}
