import type { Warning, WarningCode } from '../job';

/** @returns the messages as warnings with one code */
export const warningsOf = (code: WarningCode, messages: readonly string[]): Warning[] =>
	messages.map((message) => ({ code, message }));

/**
 * What is said of a request whatever comes of it.
 * @param changes what was done to its inputs
 */
export const requestWarnings = (
	request: readonly string[],
	changes: readonly string[],
	estimate: readonly string[],
): Warning[] => [
	...warningsOf('request', request),
	...warningsOf('input_changed', changes),
	...warningsOf('estimate', estimate),
];
