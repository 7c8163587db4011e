/** The settings of calls: timeout, retries, parallel calls, pace. */

import { checkBoolean, wholeNumber } from './parameters';

/** What the options of Limits and Retries are where they are not added. */
export const defaultLimits = {
	/** No limit. */
	maxCostPerRun: 0,
	maxParallel: 4,
	/** The OpenAI SDK's own limit for one call. */
	timeoutSeconds: 600,
	maxRetries: 4,
	retryLost: true,
	reuseHours: 24,
	/** About 285 edits fill the queue of a model (facts of 2026-10); smaller files are read sooner. */
	maxImagesPerBatch: 200,
} as const;

export const longestTimeoutSeconds = 7200;

/**
 * 32 lanes of the slowest kind (12 MB PNG, some four copies while it is read) take about 1.5 GB,
 * and at 40 seconds per image they make 48 a minute, a tier 3 account's whole limit of 50.
 */
const mostParallel = 32;
/** More helps only when calls fail within seconds; the time limit of the retries ends it anyway. */
const mostRetries = 20;

/** Ten years: every image is kept for as long as it may be used again. */
export const longestReuseHours = 87_600;

export interface Calls {
	readonly maxParallel: number;
	readonly maxRetries: number;
	/** Whether a call whose answer was lost is sent once more; OpenAI may bill both. */
	readonly retryLost: boolean;
}

/**
 * @param options as the user gave them; a missing one takes its default, an empty one is refused
 * @throws invalid_parameter
 */
export function checkCalls(options: Readonly<Record<string, unknown>>): Calls {
	const given = { ...defaultLimits, ...options };
	return {
		maxParallel: wholeNumber('maxParallel', given.maxParallel, 1, mostParallel),
		maxRetries: wholeNumber('maxRetries', given.maxRetries, 0, mostRetries),
		retryLost: checkBoolean('retryLost', given.retryLost, defaultLimits.retryLost),
	};
}

/**
 * @param value of the credential; undefined in one that was saved before there was the field
 * @returns undefined for 0, which means no limit but OpenAI's own
 * @throws invalid_parameter
 */
export function checkPace(value: unknown): number | undefined {
	const pace = wholeNumber(
		'imagesPerMinute',
		value === undefined ? 0 : value,
		0,
		Number.MAX_SAFE_INTEGER,
	);
	return pace === 0 ? undefined : pace;
}
