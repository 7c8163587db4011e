import type { Turn } from '../rules/conversation-types';
import type { ReasoningEffort } from '../rules/model-types';
import { common } from '../rules/models';
import type { Dimensions, PictureRequest } from '../rules/request-types';
import { estimateWithTokens, type Estimate, type EstimateKind, type OpenRange } from './estimate';
import { sumUsd } from './money';
import type { PriceOverrides } from './prices';
import { promptTokens } from './prompt-tokens';
import type { TokenRange } from './tokens';

type Image = Dimensions | 'unknown';

/** What a turn brings along and goes on from, as far as its price depends on it. */
export interface TurnContext {
	/** Images of this message. */
	readonly attached: readonly Image[];
	readonly documents: number;
	/** Images that the conversation has shown or made before; undefined when it is not ours. */
	readonly earlier: readonly Image[] | undefined;
	/** What the chat model read and wrote in the turn before, tokens; undefined when not known. */
	readonly chatTokens: number | undefined;
}

export interface TurnEstimate {
	/** The turn with one picture, as it is told on the items. */
	readonly price: Estimate;
	/**
	 * @param calls image calls that the model may make
	 * @returns USD at most; null when no upper bound is known
	 */
	readonly upperUsd: (calls: number) => number | null;
}

/**
 * Images of a conversation that the image model is handed at most: what it takes. All of them may be
 * (one report of an answer billed for 7,620 image input tokens, OpenAI forum thread 1370457).
 */
const MOST_IMAGES = 16;
/** Tokens of one image to a chat model: 1,536 patches times 2.46 on the dearest, rounded up. */
const VISION_TOKENS = 4_000;
/** Tool definitions and message frames; 120 to some hundred were seen. */
const FRAME_TOKENS = 1_000;
/** Where the long-context price begins: no estimate goes beyond it. */
const MOST_CHAT_TOKENS = 272_000;
/** OpenAI bills a search's content as a block of up to 8,000 tokens. */
const SEARCH_TOKENS = 8_000;
/** Searches that a picture may take; nothing bounds them but this turn's limit of tool calls. */
export const mostSearches = 10;
/** What a model rewrites a message to before it draws: a long paragraph at most. */
const REVISED_PROMPT_TOKENS = 1_000;
const LEAST_OUTPUT = 16;
/** Output by effort, reasoning included: a cautious guess, as OpenAI publishes no bound. */
const MOST_OUTPUT: Readonly<Record<ReasoningEffort, number>> = {
	none: 2_000,
	minimal: 2_000,
	low: 4_000,
	medium: 8_000,
	high: 16_000,
	xhigh: 32_000,
	max: 64_000,
};

/** Fewest and most images that the image model is handed in one call. */
function imagesOf(
	{ action }: Turn,
	{ attached, earlier }: TurnContext,
): { readonly fewest: readonly Image[]; readonly most: readonly Image[] } {
	const before = earlier ?? Array<Image>(MOST_IMAGES).fill('unknown');
	const edited = attached[0] ?? before.at(-1);
	return {
		fewest: action === 'edit' && edited !== undefined ? [edited] : [],
		most: [...before, ...attached].slice(-MOST_IMAGES),
	};
}

function chatInput(turn: Turn, said: TokenRange, context: TurnContext): TokenRange {
	const { attached, documents, chatTokens } = context;
	const isOpen = documents > 0 || chatTokens === undefined;
	const most =
		said.max +
		FRAME_TOKENS +
		// The pictures of the turn before are new to the chat model.
		VISION_TOKENS * (attached.length + (context.earlier?.length ?? 0)) +
		(chatTokens ?? 0) +
		(turn.webSearch ? mostSearches * SEARCH_TOKENS : 0);
	return { min: said.min, max: isOpen ? MOST_CHAT_TOKENS : Math.min(most, MOST_CHAT_TOKENS) };
}

const plus = (a: number | null, b: number | null): number | null =>
	a === null || b === null ? null : sumUsd([a, b]);

/** The least of one estimate and the most of the other, kind by kind. */
function spread(least: Estimate, most: Estimate, extraUsd: number): Estimate {
	const range = (a: OpenRange | undefined, b: OpenRange | undefined): OpenRange => ({
		min: a?.min ?? null,
		max: b?.max ?? null,
	});
	const kinds = (part: 'tokens' | 'parts'): Estimate['tokens'] => {
		const merged: Record<string, OpenRange> = {};
		for (const kind of Object.keys(most[part]) as EstimateKind[]) {
			merged[kind] = range(least[part][kind], most[part][kind]);
		}
		return { ...most[part], ...merged };
	};
	const usd = range(least.usd, most.usd);
	return {
		...most,
		usd: { min: usd.min, max: plus(usd.max, extraUsd) },
		tokens: kinds('tokens'),
		parts: kinds('parts'),
		exact: false,
	};
}

const imageKinds: readonly EstimateKind[] = [
	'textInput',
	'imageInput',
	'imageOutput',
	'textOutput',
	'svgOutput',
];

/**
 * What a turn of a conversation will cost, before it is sent: a range, because nobody but OpenAI
 * knows which of the conversation's pictures go to the image model and how long the chat model
 * thinks.
 * @returns tokens and USD of the turn with one picture, and a bound for any number of them
 */
export async function estimateTurn(
	request: PictureRequest,
	turn: Turn,
	context: TurnContext,
	prices: PriceOverrides,
): Promise<TurnEstimate> {
	const message = await promptTokens(request.prompt);
	const instructions = await promptTokens(turn.instructions ?? '');
	const said = { min: message.min + instructions.min, max: message.max + instructions.max };
	const output = { min: LEAST_OUTPUT, max: MOST_OUTPUT[turn.reasoningEffort ?? 'low'] };
	const chat = { model: turn.chatModel, input: chatInput(turn, said, context), output };
	const { fewest, most } = imagesOf(turn, context);
	const revised = {
		min: Math.min(message.min, LEAST_OUTPUT),
		max: message.max + REVISED_PROMPT_TOKENS,
	};
	const of = (images: readonly Image[]) =>
		estimateWithTokens({ ...request, operation: 'send', images, prices, chat }, revised);
	const searchUsd = turn.webSearch ? mostSearches * common.webSearchUsd : 0;
	const price = spread(of(fewest), of(most), searchUsd);
	const perCall = imageKinds
		.flatMap((kind) => (price.parts[kind] ? [price.parts[kind].max] : []))
		.reduce(plus, 0);
	return {
		price,
		upperUsd: (calls) => {
			if (perCall === null) return null;
			return plus(price.usd.max, sumUsd(Array<number>(Math.max(0, calls - 1)).fill(perCall)));
		},
	};
}
