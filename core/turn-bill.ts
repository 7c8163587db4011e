import type { TurnAnswer } from './api/responses-answer';
import { actual, chatCost, type Billed } from './money/cost';
import type { Estimate, OpenRange } from './money/estimate';
import { sumUsd } from './money/money';
import type { PriceOverrides } from './money/prices';
import type { PictureRequest } from './rules/request-types';

/** What a turn has cost: the chat model's tokens, the image model's, and web searches. */
export interface TurnBill {
	/** USD of the whole turn; null when OpenAI did not report all of it. */
	readonly usd: number | null;
	/** One per picture; without pictures one, for the words. */
	readonly shares: readonly Billed[];
	/** What a share's cost lies between, where it is not known. */
	readonly range: OpenRange | undefined;
	readonly warnings: readonly string[];
}

const nothingUsed = {
	input_tokens: 0,
	input_tokens_details: { text_tokens: 0, image_tokens: 0 },
	output_tokens: 0,
	total_tokens: 0,
};

const dollars = (usd: number | null): string => (usd === null ? 'unknown' : `$${usd.toFixed(4)}`);
const perShare = (usd: number | null, count: number): number | null =>
	usd === null ? null : Number((usd / count).toFixed(10));

/** The image model's part of an estimate for one picture. */
function pictureRange({ parts }: Estimate): OpenRange {
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
		fixed === null || bound === null ? null : perShare(sumUsd([fixed, bound * count]), count);
	return { min: end(range.min), max: end(range.max) };
};

/**
 * @param price the estimate of the turn with one picture, for what OpenAI does not report
 * @returns tokens and USD of the turn, split exactly among its pictures
 */
export function billTurn(
	answer: TurnAnswer,
	{ model, row }: PictureRequest,
	prices: PriceOverrides,
	price: Estimate,
): TurnBill {
	const chat = { usage: answer.usage, model: answer.chatModel, webSearch: answer.webSearch };
	const { svgUsage, imageUsage, pictures } = answer;
	const count = pictures.length;
	const isReported = imageUsage !== undefined && imageUsage !== null;
	if (count === 0 && (!isReported || answer.failures.length === 0)) {
		const { warnings, ...words } = chatCost(chat, prices);
		return { usd: words.cost.usd, shares: [words], range: undefined, warnings };
	}
	const usage = isReported ? imageUsage : nothingUsed;
	const bill = actual({ usage, svgUsage, chat, count: Math.max(1, count), model, row, prices });
	if (isReported) {
		const { whole, perImage, warnings } = bill;
		return { usd: whole.cost.usd, shares: perImage, range: undefined, warnings };
	}
	// The field may be missing (openai 7.55.0 types); both models are billed all the same.
	const range = within(bill.whole.cost.usd, pictureRange(price), count);
	return {
		usd: null,
		shares: bill.perImage.map((share) => ({ ...share, cost: { ...share.cost, usd: null } })),
		range,
		warnings: [
			...bill.warnings,
			`OpenAI did not report what the image model used: this picture has cost between ${dollars(range.min)} and ${dollars(range.max)}`,
		],
	};
}
