/** What the whole numbers among the parameters may be. The editor's fields and the checks are made from these rows. */

import type { Parameter } from './labels';

interface Range {
	readonly least: number;
	readonly most: number;
	/** What a field has when it is added. */
	readonly preset: number;
}

/** Where only the other end has a limit. */
export const unlimited = Number.MAX_SAFE_INTEGER;

export const ranges = {
	altTextLength: { least: 20, most: 1_000, preset: 125 },
	/** Wider, it would be wider than most objects that are edited. */
	feather: { least: 0, most: 80, preset: 8 },
	/** Frames of an animated GIF, and how long each is shown (openai 7.59.0 types). */
	frameCount: { least: 2, most: 16, preset: 9 },
	frameDurationMs: { least: 10, most: 655_350, preset: 200 },
	imagesPerMinute: { least: 0, most: unlimited, preset: 0 },
	/** About 285 edits fill the queue of a model (facts of 2026-10); smaller files are read sooner. */
	maxImagesPerBatch: { least: 1, most: unlimited, preset: 200 },
	/** The API takes no smaller limit; the largest is longer than any answer. */
	maxOutputTokens: { least: 16, most: 1_000_000, preset: 4_000 },
	/**
	 * 32 lanes of the slowest kind (12 MB PNG, some four copies while it is read) take about 1.5 GB,
	 * and at 40 seconds per image they make 48 a minute, a tier 3 account's whole limit of 50.
	 */
	maxParallel: { least: 1, most: 32, preset: 4 },
	/** More helps only when calls fail within seconds; the time limit of the retries ends it anyway. */
	maxRetries: { least: 0, most: 20, preset: 4 },
	/** Some models take fewer. */
	numberOfImages: { least: 1, most: 10, preset: 1 },
	outputCompression: { least: 0, most: 100, preset: 100 },
	/** Some models send fewer. Without the option, none. */
	partialImages: { least: 0, most: 3, preset: 1 },
	/** Ten years: every image is kept for as long as it may be used again. */
	reuseHours: { least: 0, most: 87_600, preset: 24 },
	/** The OpenAI SDK's own limit for one call. */
	timeoutSeconds: { least: 1, most: 7_200, preset: 600 },
} as const satisfies Partial<Record<Parameter, Range>>;

export type NumberParameter = keyof typeof ranges;
