/** The shape of the table in models.ts: what can be said about one model. */

export type Quality = 'auto' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';
/** A quality that has a token count of its own: everything but `auto`. */
export type FixedQuality = Exclude<Quality, 'auto'>;
export type Background = 'auto' | 'opaque' | 'transparent';
export type OutputFormat = 'png' | 'jpeg' | 'webp' | 'gif' | 'svg';
export type Complexity = 'low' | 'medium' | 'high';
export type InputFidelity = 'low' | 'high';
export type Moderation = 'auto' | 'low';
/** How far a fact can be trusted: read at the source, copied by two, said by one. */
export type Confidence = 'high' | 'medium' | 'low';

/** The kinds of tokens that OpenAI prices apart. */
export type TokenKind =
	| 'textInput'
	| 'textInputCached'
	| 'imageInput'
	| 'imageInputCached'
	| 'textOutput'
	| 'imageOutput';

/** USD per million tokens, by kind. A kind that is absent has no published price. */
export type TokenPrices = Partial<Record<TokenKind, number>>;

export interface PriceRow {
	/** Names the row in `cost.pricesOf`, e.g. `gpt-image-2 (2026-10-01)`. */
	readonly name: string;
	readonly usdPerMillion: TokenPrices;
	/** Day the price was read at its source. */
	readonly date: string;
	readonly source: string;
	readonly confidence: Confidence;
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

/** How many output tokens an image costs. */
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

/** How many tokens an input image costs. */
export type InputTokens =
	| { readonly rule: 'patches'; readonly patch: number; readonly budget: number }
	| {
			readonly rule: 'tiles';
			readonly base: number;
			readonly perTile: number;
			readonly highFidelity?: { readonly square: number; readonly other: number };
	  };

export interface ImageModel {
	readonly id: string;
	/** Dated ids that mean the same model. */
	readonly snapshots: readonly string[];
	/** A few words for the editor's list, which cuts a line off after about 46 characters. */
	readonly summary: string;
	/** `stopping`: usable until `stopsOn`, with a warning; `retired`: refused. */
	readonly status: 'live' | 'stopping' | 'retired';
	/** First day (UTC, `YYYY-MM-DD`) on which the API no longer answers for it. */
	readonly stopsOn?: string;
	readonly successor?: string;
	readonly sizes: FreeSizes | FixedSizes;
	readonly qualities: readonly Quality[];
	readonly backgrounds: readonly Background[];
	/** Said when a transparent background is asked for and OpenAI does not promise it. */
	readonly transparentCaution?: string;
	/** The model to take when this one refuses a transparent background. */
	readonly transparentFallback?: string;
	readonly formats: readonly OutputFormat[];
	readonly complexities: readonly Complexity[];
	readonly inputFidelities: readonly InputFidelity[];
	readonly markup: boolean;
	readonly maxImages: number;
	readonly maxReferences: number;
	readonly maxPartialImages: number;
	readonly batch: 'yes' | 'no' | 'unsure';
	readonly outputTokens: OutputTokens;
	readonly inputTokens: InputTokens;
	readonly prices: PriceRow;
	readonly batchPrices?: PriceRow;
	/** Where the abilities above were read, and how sure they are. */
	readonly source: string;
	readonly confidence: Confidence;
}

export type ReasoningEffort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** A mainline model that can call the image tool in the Responses API. USD per million tokens. */
export interface ChatModel {
	readonly id: string;
	readonly aliases: readonly string[];
	readonly input: number;
	readonly inputCached: number;
	readonly output: number;
	/** First day on which the API no longer answers for it. */
	readonly stopsOn?: string;
	/** Reasoning efforts the model is known to refuse. */
	readonly refusedEfforts: readonly ReasoningEffort[];
	readonly date: string;
	readonly source: string;
	readonly confidence: Confidence;
}
