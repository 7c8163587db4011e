import type { PreparedTurn } from './attachments';
import type { PreparedEdit } from './edit';
import type { Fallback } from './fallback';
import type { Amounts } from './money/cost';
import type { Estimate } from './money/estimate';
import type { OutputFormat } from './rules/model-types';
import type { MaskReport } from './picture/compose';
import type { Provenance } from './picture/provenance';
import type { Turn } from './rules/conversation-types';
import type { PictureRequest } from './rules/request-types';

/** One input item's wish on its way: what run.ts takes in, and the picture it gives out. */

/** How the call of one item is made. */
export interface CallSettings {
	/** Every check, the price and a placeholder; nothing is sent. */
	readonly dryRun: boolean;
	/** Limit of one call, in milliseconds. */
	readonly timeoutMs: number;
	/** Whether OpenAI's free moderation endpoint judges the request before it is paid. */
	readonly moderationCheck: boolean;
}

export interface Job extends CallSettings {
	/** Index of the input item. */
	readonly itemIndex: number;
	readonly request: PictureRequest;
	/**
	 * Loads what an edit sends beside the request; called when its turn comes, so that no more
	 * inputs are in memory than calls are running.
	 */
	readonly inputs?: () => Promise<PreparedEdit>;
	readonly fallback?: Fallback;
}

/** A job that is a turn of a conversation. */
export interface TurnJob extends Job {
	readonly turn: Turn;
	readonly inputs?: () => Promise<PreparedTurn>;
}

export const isTurn = (job: Job): job is TurnJob => 'turn' in job;

/** The contract's `image.conversation`. */
export interface ConversationFacts {
	/** Null in a dry run. */
	readonly responseId: string | null;
	/** Null when there is no picture. */
	readonly imageCallId: string | null;
	readonly chatModel: string;
	/** Counted from 1; null when the turn went on from a response that this node does not know. */
	readonly turn: number | null;
	readonly sessionKey?: string;
	/** What the model said beside the picture. */
	readonly text?: string;
}

/** The contract's `image.cost`. */
export interface PictureCost {
	/** 0 when reused or dry; null when the API's report cannot be priced. */
	readonly usd: number | null;
	readonly estimatedUsd: Estimate['usd'];
	/** USD by token kind. */
	readonly parts: Readonly<Record<string, unknown>>;
	readonly pricesOf: readonly string[];
	/** What a reused picture cost when it was made. */
	readonly originalUsd?: number | null;
}

/** A finished picture with all that the contract's `image` says of it. */
export interface Picture {
	readonly bytes: Buffer;
	/** Frames sent before it was finished. */
	readonly partials: readonly Buffer[];
	readonly model: string;
	readonly prompt: string;
	readonly revisedPrompt?: string;
	readonly width: number;
	readonly height: number;
	readonly quality: string;
	readonly background: string;
	readonly format: OutputFormat;
	readonly sha256: string;
	/** Counted from 1. */
	readonly index: number;
	readonly count: number;
	readonly usage: Amounts | null;
	readonly cost: PictureCost;
	readonly request: {
		readonly id: string | null;
		readonly attempts: number;
		readonly durationMs: number;
		readonly reused: boolean;
		readonly dryRun: boolean;
	};
	readonly provenance: Provenance;
	/** What `keepOutsideMask` did. */
	readonly maskReport?: MaskReport;
	/** Only of a conversation. */
	readonly conversation?: ConversationFacts;
	readonly warnings: readonly string[];
}

/** A turn that was answered in words alone: what is said of a picture, as far as it holds. */
export type Reply = Pick<
	Picture,
	'model' | 'prompt' | 'index' | 'count' | 'usage' | 'cost' | 'request' | 'warnings'
> & { readonly bytes?: undefined; readonly conversation: ConversationFacts };
