/** What a conversation turn will cost, before it is sent. */

import type { Turn } from '../rules/conversation-types';
import type { ReasoningEffort } from '../rules/model-types';
import { common } from '../rules/models';
import type { Dimensions, ImageRequest } from '../rules/request-types';
import { estimateWithTokens, type Estimate } from './estimate';
import { sumUsd } from './money';
import type { PriceOverrides } from './prices';
import { promptTokens } from './prompt-tokens';
import type { TokenRange } from './output-tokens';

type Image = Dimensions | 'unknown';

export interface TurnContext {
	readonly attached: readonly Image[];
	readonly documents: number;
	/** Images of the conversation so far; undefined when it is not in this store. */
	readonly earlier: readonly Image[] | undefined;
	/** The chat model's tokens in the turn before, input and output; undefined when unknown. */
	readonly chatTokens: number | undefined;
}

export interface TurnEstimate {
	/** The turn with one image, as reported on the items. */
	readonly price: Estimate;
	/** @returns the highest price of so many image calls in USD; null when no limit is known */
	readonly upperUsd: (calls: number) => number | null;
}

/**
 * The most images of a conversation that the image model may get: as many as it accepts (one report
 * of an answer billed for 7,620 image input tokens, OpenAI forum thread 1370457).
 */
const MOST_IMAGES = 16;
/** Tokens of one image to a chat model: 1,536 patches times 2.46 on the most expensive, rounded up. */
const VISION_TOKENS = 4_000;
/** Tool definitions and message frames; from 120 to some hundred were observed. */
const FRAME_TOKENS = 1_000;
/** OpenAI bills a search's content as a block of up to 8,000 tokens. */
const SEARCH_TOKENS = 8_000;
/** Searches per image; only this turn's limit of tool calls bounds them. */
export const mostSearches = 10;
/** The prompt that the chat model writes for the image model: a long paragraph at most. */
const REVISED_PROMPT_TOKENS = 1_000;
const LEAST_OUTPUT = 16;
/** Output by effort, reasoning included: a generous guess, as OpenAI publishes no limit. */
const MOST_OUTPUT: Readonly<Record<ReasoningEffort, number>> = {
	none: 2_000,
	minimal: 2_000,
	low: 4_000,
	medium: 8_000,
	high: 16_000,
	xhigh: 32_000,
	max: 64_000,
};

/** Fewest and most images that the image model gets in one call. */
function imagesOf(
	{ action }: Turn,
	{ attached, earlier }: TurnContext,
): { readonly fewestImages: readonly Image[]; readonly images: readonly Image[] } {
	const before = earlier ?? Array<Image>(MOST_IMAGES).fill('unknown');
	const edited = attached[0] ?? before.at(-1);
	return {
		fewestImages: action === 'edit' && edited !== undefined ? [edited] : [],
		images: [...before, ...attached].slice(-MOST_IMAGES),
	};
}

function chatInput(turn: Turn, messageTokens: number, context: TurnContext): TokenRange {
	const { attached, documents, chatTokens } = context;
	const isOpen = documents > 0 || chatTokens === undefined;
	const most =
		messageTokens +
		FRAME_TOKENS +
		// The images of the turn before are new to the chat model.
		VISION_TOKENS * (attached.length + (context.earlier?.length ?? 0)) +
		(chatTokens ?? 0) +
		(turn.webSearch ? mostSearches * SEARCH_TOKENS : 0);
	return {
		min: messageTokens,
		// No estimate goes beyond where the price for long requests begins.
		max: isOpen ? common.longContextTokens : Math.min(most, common.longContextTokens),
	};
}

const plus = (a: number | null, b: number | null): number | null =>
	a === null || b === null ? null : sumUsd([a, b]);

/**
 * What a turn of a conversation will cost: a range, because only OpenAI knows which of the
 * conversation's images are sent to the image model and how long the chat model reasons.
 * @returns tokens and USD of the turn with one image, and an upper limit for any number of images
 */
export async function estimateTurn(
	request: ImageRequest,
	turn: Turn,
	context: TurnContext,
	prices: PriceOverrides,
): Promise<TurnEstimate> {
	const message = await promptTokens(request.prompt);
	const instructions = await promptTokens(turn.instructions ?? '');
	const { reasoningEffort = 'low', maxOutputTokens = Infinity } = turn;
	const output = {
		min: LEAST_OUTPUT,
		max: Math.min(MOST_OUTPUT[reasoningEffort], maxOutputTokens),
	};
	const chat = {
		model: turn.chatModel,
		input: chatInput(turn, message + instructions, context),
		output,
	};
	const revised = {
		min: Math.min(message, LEAST_OUTPUT),
		max: message + REVISED_PROMPT_TOKENS,
	};
	const input = {
		...request,
		...imagesOf(turn, context),
		operation: 'send',
		prices,
		chat,
	} as const;
	const estimate = estimateWithTokens(input, revised);
	const { min, max } = estimate.usd;
	const searchUsd = turn.webSearch ? mostSearches * common.webSearchUsd : 0;
	const price: Estimate = { ...estimate, usd: { min, max: plus(max, searchUsd) } };
	const perCall = Object.entries(price.parts)
		.flatMap(([kind, usd]) => (kind.startsWith('chat') ? [] : [usd.max]))
		.reduce(plus, 0);
	return {
		price,
		upperUsd: (calls) => {
			if (perCall === null) return null;
			return plus(price.usd.max, sumUsd(Array<number>(Math.max(0, calls - 1)).fill(perCall)));
		},
	};
}
