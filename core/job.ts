/** The shapes that travel: from a node's item to a call, through a purchase, to what comes out. */

import type { GptImageError } from './errors';
import type { ChatKind, OutputFormat, TokenKind } from './rules/model-types';

/** For workflows to branch on; docs/troubleshooting.md explains each. */
export const warningCodes = [
	'format_differs',
	'size_differs',
	'answer',
	'budget_reduced',
	'cost',
	'context_reduced',
	'cut_short',
	'estimate',
	'fallback',
	'fallback_image',
	'fetched',
	'file_left',
	'image_damaged',
	'image_incomplete',
	'images_missing',
	'input_changed',
	'input_renamed',
	'kept_locally',
	'may_have_been_billed',
	'no_response_id',
	'order_collected',
	'order_unknown',
	'not_fetched',
	'not_kept',
	'not_measured',
	'preserve',
	'request',
	'restarted',
	'store_network',
	'store_replaced',
	'store_rights',
	'svg_active',
	'text_only',
] as const;
export type WarningCode = (typeof warningCodes)[number];

/** Something worth knowing although nothing failed. */
export interface Warning {
	readonly code: WarningCode;
	readonly message: string;
}

/** An item of n8n, by which a second try of the same execution finds its own purchases. */
export interface ItemRef {
	readonly workflowId: string;
	readonly nodeId: string;
	readonly executionId: string;
	readonly runIndex: number;
	readonly itemIndex: number;
}

/** What a call may cost, in USD; null where it is unknown. */
export interface Cost {
	readonly min: number | null;
	readonly max: number | null;
}

export type Facts = Readonly<Record<string, unknown>>;

/** One image of an answer, or one text: its bytes, where it has some, and plain JSON. */
export interface Part {
	readonly bytes?: Buffer;
	/** Hex digest of the bytes; set by the store. */
	readonly sha256?: string;
	readonly facts: Facts;
	/** Facts that people or models wrote; not kept where the account's owner wants none kept. */
	readonly texts?: Facts;
	/** What the API sent of the image before it was finished; never kept. */
	readonly frames?: readonly Buffer[];
}

/** What OpenAI gave for a call. */
export interface Answer {
	readonly parts: readonly Part[];
	/** USD by which limits count it; null counts as much as was reserved. */
	readonly usd: number | null;
	/** By which a conversation goes on from it. */
	readonly responseId?: string;
	readonly warnings: readonly Warning[];
	/** Calls that were sent for it, this one included; set by the purchase. */
	readonly attempts?: number;
}

/** A paid call as the store has it. */
export interface Purchase {
	readonly id: string;
	readonly parts: readonly Part[];
	readonly responseId?: string;
	/** What it cost when it was bought, in USD; null = not known. */
	readonly usd: number | null;
	/** Whether it was paid before, by this execution or another. */
	readonly reused: boolean;
	/** Calls that were sent for it. */
	readonly attempts: number;
	readonly warnings: readonly Warning[];
	/**
	 * In a history: a turn that was paid for and not delivered. The conversation does not continue from
	 * it, but an item that asks the same gets it.
	 */
	readonly isOwed?: boolean;
}

/** Something OpenAI is paid for. It does not know the store: only `purchase` makes it safe. */
export interface Call<Out = Output | OrderOutput> {
	/** Hex digest of all that decides the answer. */
	readonly key: string;
	readonly estimate: { readonly usd: Cost };
	/** How much it counts towards limits per minute. */
	readonly weight: { readonly images: number; readonly inputImages: number };
	/** A cheaper form of the same purchase, for when a limit does not allow the whole. */
	readonly reduced?: Call<Out>;
	/**
	 * Sends it.
	 * @param began receives the ID by which an interrupted answer can be fetched, and `undefined` once
	 *   there is nothing left to fetch
	 * @param purchaseId names the line where it becomes one of a batch
	 * @throws GptImageError
	 */
	ask(
		began: (responseId: string | undefined) => Promise<void>,
		purchaseId: string,
	): Promise<Answer>;
	/**
	 * Fetches what an earlier process began.
	 * @returns undefined when it is gone: it must then be asked again, and that answer warns about it
	 * @throws GptImageError when OpenAI may still be working on it
	 */
	resume?(responseId: string, purchaseId: string): Promise<Answer | undefined>;
	/**
	 * @param part one of the purchase's
	 * @throws GptImageError when only this part failed
	 */
	finish(part: Part, purchase: Purchase): Promise<Out>;
	/** The output of a dry run: one for each image, nothing sent. */
	preview(): Promise<readonly Output[]>;
}

/** One way to get the result of a job. */
export interface Choice {
	/** For the warning if it fails. */
	readonly name: string;
	/** Whether this may help after the choice before has failed; the first is never asked. */
	follows(error: GptImageError): boolean;
	/**
	 * Called when the job starts, and again when the conversation has changed in the meantime. Several
	 * calls if one cannot return all images.
	 * @param history what the job continues from, oldest first
	 */
	open(history: readonly Purchase[]): Promise<readonly Call[]>;
}

/** The fallback when all choices have failed; it sends nothing. */
export interface StandIn {
	follows(error: GptImageError): boolean;
	output(failed: readonly Warning[]): Promise<Output>;
}

/** The work for one item. */
export interface Job {
	readonly item: ItemRef;
	/** Only previews. */
	readonly dryRun: boolean;
	/** Turns of one session come one after the other, on every machine. */
	readonly session?: string;
	/** A response that it continues from, outside a session. */
	readonly previousResponseId?: string;
	readonly choices: readonly Choice[];
	readonly standIn?: StandIn;
	/** Adds to the failure what else could not be tried. */
	explain(error: GptImageError): GptImageError;
}

export type Tokens = Readonly<Partial<Record<TokenKind | 'webSearches', number>>> & {
	readonly chat?: Readonly<Partial<Record<ChatKind, number>>>;
};

/** The part of the contract's `image` that a text-only answer has, too. */
export interface AnswerFacts {
	readonly model: string;
	readonly prompt: string;
	/** Counted from 1; 0 of 0 for a text-only answer. */
	readonly index: number;
	readonly count: number;
	readonly usage: Tokens | null;
	readonly cost: {
		/** 0 when reused or dry; null when the API's report cannot be priced. */
		readonly usd: number | null;
		readonly estimatedUsd: Cost;
		/** USD by the keys of `usage`. */
		readonly parts: Facts;
		readonly pricesOf: readonly string[];
		/** What a reused image cost when it was bought. */
		readonly originalUsd?: number | null;
	};
	readonly request: {
		readonly id: string | null;
		readonly attempts: number;
		readonly durationMs: number;
		readonly reused: boolean;
		readonly dryRun: boolean;
	};
	readonly conversation?: {
		/** Null in a dry run. */
		readonly responseId: string | null;
		/** Null when there is no image. */
		readonly imageCallId: string | null;
		readonly chatModel: string;
		/** Counted from 1; null after a response that this store does not know. */
		readonly turn: number | null;
		readonly sessionKey?: string;
		/** What the model said. */
		readonly text?: string;
	};
	/** Of what was ordered for later and collected. */
	readonly order?: OrderName;
}

/** The contract's `image` of an image. */
export interface ImageFacts extends AnswerFacts {
	readonly revisedPrompt?: string;
	/** Pixels; null for an image that cannot be measured. */
	readonly width: number | null;
	readonly height: number | null;
	readonly quality: string;
	readonly background: string;
	readonly format: OutputFormat;
	readonly sha256: string;
	readonly provenance: { readonly c2pa: 'kept' | 'lost' | 'none' };
	/** What preserving the pixels outside the mask did. */
	readonly maskReport?: object;
}

/** What comes out of a job: the contract's item without the input's fields. */
export type Output = ImageOutput | TextOutput | AnswerOutput;

/** What was ordered for later. */
export interface OrderOutput {
	readonly image: {
		readonly status: 'ordered';
		readonly model: string;
		readonly prompt: string;
		readonly cost: { readonly usd: null; readonly estimatedUsd: Cost };
		readonly order: OrderFacts;
	};
	readonly bytes?: undefined;
	readonly warnings: readonly Warning[];
}

export const isOrdered = (output: Output | OrderOutput): output is OrderOutput =>
	'status' in output.image;

export interface OrderFacts {
	/** The service's; null while it waits for room. */
	readonly id: string | null;
	readonly kind: 'batch' | 'turn';
	readonly customId?: string;
	readonly status: string;
	/** ISO 8601; null where only the service knows. */
	readonly orderedAt: string | null;
	readonly expiresAt: string | null;
}

export type OrderName = Pick<OrderFacts, 'id' | 'kind' | 'customId'>;

export interface ImageOutput {
	readonly image: ImageFacts;
	readonly answer?: undefined;
	readonly bytes: Buffer;
	/** Frames sent before it was finished. */
	readonly frames: readonly Buffer[];
	readonly warnings: readonly Warning[];
}

/** A turn of a conversation that was answered with text only. */
export interface TextOutput {
	readonly image: AnswerFacts;
	readonly bytes?: undefined;
	readonly answer?: undefined;
	readonly warnings: readonly Warning[];
}

/** The answer to a question about an image. */
export interface AnswerOutput {
	/** What it cost. */
	readonly image: AnswerFacts;
	readonly bytes?: undefined;
	readonly answer: {
		readonly kind: 'describe' | 'review';
		readonly pass: boolean;
		/** The contract's `description` or `review`, without the money. */
		readonly facts: Facts;
	};
	readonly warnings: readonly Warning[];
}
