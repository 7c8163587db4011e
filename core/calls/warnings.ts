import type { Warning, WarningCode } from '../job';

/** @returns the messages as warnings with one code */
export const warningsOf = (code: WarningCode, messages: readonly string[]): Warning[] =>
	messages.map((message) => ({ code, message }));
