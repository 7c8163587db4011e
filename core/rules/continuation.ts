import { invalidParameter } from '../errors';
import type { Continuation } from './conversation-types';
import { labels, type Parameter } from './labels';
import { oneOf, text } from './values';

/** By what a conversation is found again: response IDs, picture IDs, session keys. */

/** As the user gave it, untrusted. */
export interface ContinuationWish {
	readonly continueFrom?: unknown;
	readonly previousResponseId?: unknown;
	readonly sessionKey?: unknown;
	readonly resetSession?: unknown;
}

/** Long enough for every chat or row id; a text of that length is a field put in by mistake. */
export const longestSessionKey = 1_000;
/**
 * The characters that the API lets through (its own refusal names them).
 * @param other the beginning of ids that people put here by mistake, and where those belong
 */
function checkId(
	param: 'previousResponseId' | 'imageCallId',
	value: unknown,
	other: { readonly beginning: string; readonly param: Parameter },
): string {
	const id = text(value).trim();
	const source = "It is in the item of the turn before, at 'image.conversation'.";
	if (id === '') throw invalidParameter(param, `'${labels[param]}' is empty`, source);
	if (id.startsWith(other.beginning)) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${id}", which is an ID of another kind`,
			`IDs that begin with ${other.beginning} belong in '${labels[other.param]}'.`,
		);
	}
	if (!/^[\w-]{1,200}$/.test(id)) {
		const seen = id.length > 60 ? `${id.slice(0, 60)}…` : id;
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${seen}", which cannot be such an ID`,
			`It has only letters, digits, hyphens and underscores. ${source}`,
		);
	}
	return id;
}

/** An option that is left empty is one that is not used. */
export const checkImageCallId = (value: unknown): string | undefined =>
	text(value ?? '').trim() === ''
		? undefined
		: checkId('imageCallId', value, { beginning: 'resp_', param: 'previousResponseId' });

function checkSessionKey(value: unknown): string {
	const key = text(value);
	if (key.trim() === '') {
		throw invalidParameter(
			'sessionKey',
			`'${labels.sessionKey}' is empty`,
			'Give what names the conversation, e.g. a chat ID or a row ID. If it comes from an expression, check that the field has a value for this item.',
		);
	}
	if (key.length > longestSessionKey) {
		throw invalidParameter(
			'sessionKey',
			`'${labels.sessionKey}' has ${key.length.toLocaleString('en-US')} characters`,
			`Up to ${longestSessionKey.toLocaleString('en-US')} are allowed: use the ID of the chat or the row, not its content.`,
		);
	}
	return key;
}

/**
 * @returns what the turn goes on from, checked
 * @throws invalid_parameter naming the parameter that says it
 */
export function checkContinuation(wish: ContinuationWish): Continuation {
	const kind = oneOf(
		'continueFrom',
		wish.continueFrom ?? 'new',
		['new', 'response', 'session'],
		'a conversation',
	);
	switch (kind) {
		case 'new':
			return { kind };
		case 'response':
			return {
				kind,
				responseId: checkId('previousResponseId', wish.previousResponseId, {
					beginning: 'ig_',
					param: 'imageCallId',
				}),
			};
		case 'session':
			return {
				kind,
				sessionKey: checkSessionKey(wish.sessionKey),
				reset: wish.resetSession === true,
			};
	}
}
