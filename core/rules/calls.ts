/** The settings of calls: timeout, retries, parallel calls, pace. */

import { checkBoolean, checkNumber } from './parameters';
import { ranges } from './ranges';

/** What the options of Limits and Retries are where they are not added. */
export const defaultLimits = {
	/** No limit. */
	maxCostPerRun: 0,
	maxParallel: ranges.maxParallel.preset,
	timeoutSeconds: ranges.timeoutSeconds.preset,
	maxRetries: ranges.maxRetries.preset,
	retryLost: true,
	reuseHours: ranges.reuseHours.preset,
	maxImagesPerBatch: ranges.maxImagesPerBatch.preset,
} as const;

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
		maxParallel: checkNumber('maxParallel', given.maxParallel),
		maxRetries: checkNumber('maxRetries', given.maxRetries),
		retryLost: checkBoolean('retryLost', given.retryLost, defaultLimits.retryLost),
	};
}

/**
 * @param value of the credential; undefined in one that was saved before there was the field
 * @returns undefined for 0, which means no limit but OpenAI's own
 * @throws invalid_parameter
 */
export function checkPace(value: unknown): number | undefined {
	const pace = checkNumber('imagesPerMinute', value === undefined ? 0 : value);
	return pace === 0 ? undefined : pace;
}
