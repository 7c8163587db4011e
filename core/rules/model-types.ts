/** The shape of the table in models.ts: what can be said about one model. */

import type { ModelDates } from './calendar';
import type { ValueOf } from './choices';

export type Quality = ValueOf<'quality'>;
/** A quality that has a token count of its own: everything but `auto`. */
export type FixedQuality = Exclude<Quality, 'auto'>;
export type OutputFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'svg';
export type InputFidelity = ValueOf<'inputFidelity'>;

/** The kinds of tokens that OpenAI prices apart. */
export const tokenKinds = [
	'textInput',
	'textInputCached',
	'imageInput',
	'imageInputCached',
	'textOutput',
	'imageOutput',
] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** USD per million tokens, by kind. A kind that is absent has no published price. */
export type TokenPrices = Partial<Record<TokenKind, number>>;

/** The kinds of tokens of a mainline model. */
export const chatKinds = ['input', 'inputCached', 'output'] as const;
export type ChatKind = (typeof chatKinds)[number];

export interface PriceRow<Kind extends string = TokenKind> {
	/** Names the row in `cost.pricesOf`, e.g. `gpt-image-2 (2026-10-01)`. */
	readonly name: string;
	/** Empty where no price is known. */
	readonly usdPerMillion: Readonly<Partial<Record<Kind, number>>>;
	/** First day, in UTC; undefined for a price that was found in force. */
	readonly from?: string;
	/** Last day, in UTC; after it the price is unknown, unless another row follows. */
	readonly until?: string;
	/** Day the price was read at its source. */
	readonly checked: string;
	readonly source: string;
}

/** The four rules of a model whose width and height are free, in pixels. */
export interface FreeSizes {
	readonly rule: 'free';
	readonly multipleOf: number;
	readonly longestEdge: number;
	readonly longestRatio: number;
	readonly minPixels: number;
	readonly maxPixels: number;
	/** Above this area OpenAI calls the result experimental. */
	readonly experimentalAbove: number;
}

export interface FixedSizes {
	readonly rule: 'fixed';
	/** `WIDTHxHEIGHT` */
	readonly sizes: readonly string[];
}

export type OutputTokens =
	/** OpenAI's published formula with one base per quality. */
	| { readonly rule: 'formula'; readonly bases: Readonly<Partial<Record<FixedQuality, number>>> }
	/** A fixed count per quality and `WIDTHxHEIGHT`. */
	| {
			readonly rule: 'table';
			readonly tokens: Readonly<Partial<Record<FixedQuality, Readonly<Record<string, number>>>>>;
	  }
	/** Measured only: the formula's value times a smallest and a largest factor. */
	| {
			readonly rule: 'range';
			readonly bases: Readonly<Partial<Record<FixedQuality, number>>>;
			readonly factors: Readonly<Partial<Record<FixedQuality, readonly [number, number]>>>;
	  };

export type InputTokens =
	| {
			readonly rule: 'patches';
			readonly patch: number;
			readonly budget: number;
			/** Pixels of the longest edge that is looked at; undefined where none is known. */
			readonly longestEdge?: number;
	  }
	| {
			readonly rule: 'tiles';
			readonly base: number;
			readonly perTile: number;
			readonly highFidelity?: { readonly square: number; readonly other: number };
	  };

export interface ImageModel extends ModelDates {
	readonly id: string;
	/** Dated ids that mean the same model. */
	readonly snapshots: readonly string[];
	/** A few words for the editor's list, which cuts a line off after about 46 characters. */
	readonly summary: string;
	readonly datesSource: string;
	/** Its API takes other parameters than a GPT Image model's: this package can ask no service for it. */
	readonly otherApi?: true;
	/** The model to move to before the last day. */
	readonly successor?: string;
	/** The same for batches, where the successor takes none. */
	readonly batchSuccessor?: string;
	readonly sizes: FreeSizes | FixedSizes;
	readonly qualities: readonly Quality[];
	readonly backgrounds: readonly ValueOf<'background'>[];
	/** Said when a transparent background is asked for and OpenAI does not promise it. */
	readonly transparentCaution?: string;
	/** The model to take when this one refuses a transparent background. */
	readonly transparentFallback?: string;
	readonly formats: readonly OutputFormat[];
	readonly complexities: readonly ValueOf<'complexity'>[];
	readonly inputFidelities: readonly InputFidelity[];
	readonly markup: boolean;
	readonly maxImages: number;
	readonly maxReferences: number;
	readonly maxPartialImages: number;
	/** Whether OpenAI's Batch API takes it, at half of `prices`. */
	readonly batches: boolean;
	readonly batchesSource: string;
	/** Said when a batch is asked for and no own proof says that the model takes one. */
	readonly batchCaution?: string;
	readonly outputTokens: OutputTokens;
	readonly inputTokens: InputTokens;
	readonly prices: PriceRow;
	/** Where the abilities above were read. */
	readonly source: string;
}

export type ReasoningEffort = ValueOf<'reasoningEffort'>;

/** How a mainline model looks at an image with the detail `high`, and what it bills for that. */
export interface ChatVision {
	readonly patches: Extract<InputTokens, { rule: 'patches' }>;
	/** Tokens per patch, the least and the most of what is said of the model. */
	readonly tokensPerPatch: readonly [number, number];
}

/** A mainline model that can call the image tool in the Responses API. */
export interface ChatModel extends ModelDates {
	readonly id: string;
	readonly aliases: readonly string[];
	/** The model to move to before the last day. */
	readonly successor?: string;
	readonly prices: PriceRow<ChatKind>;
	/** Reasoning efforts the model is known to refuse. */
	readonly refusedEfforts: readonly ReasoningEffort[];
	readonly vision: ChatVision;
}

/** A model as the table has it: with all its prices, oldest first. */
export type Row<Model extends ImageModel | ChatModel> = Omit<Model, 'prices'> & {
	readonly prices: readonly Model['prices'][];
};
