import type { PreparedEdit } from './edit';
import type { Fallback } from './fallback';
import type { Estimate } from './money/estimate';
import type { OutputFormat } from './rules/model-types';
import type { MaskReport } from './picture/compose';
import type { Provenance } from './picture/provenance';
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
	readonly usage: object | null;
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
	readonly warnings: readonly string[];
}
