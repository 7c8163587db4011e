/** What identifies a conversation: response IDs, image IDs, session keys. */

import { invalidParameter } from '../errors';
import type { Continuation } from './conversation-types';
import { labels, type Params } from './labels';
import {
	checkBoolean,
	checkEnum,
	checkLength,
	checkText,
	display,
	textOrNumber,
	toText,
} from './parameters';

/** Long enough for every chat or row ID; a longer text is the wrong field. */
const longestSessionKey = 1_000;

/** Where an item has the ID, and how IDs begin that people enter here by mistake. */
const ids = {
	previousResponseId: { field: 'responseId', other: 'ig_' },
	imageCallId: { field: 'imageCallId', other: 'resp_' },
} as const;

function checkId(param: keyof typeof ids, value: unknown): string {
	const id = toText(value).trim();
	const { field, other } = ids[param];
	if (/^[\w-]{1,200}$/.test(id) && !id.startsWith(other)) return id;
	throw invalidParameter(
		param,
		`'${labels[param]}' is ${display(value)}`,
		`Every item of a conversation has it in 'image.conversation.${field}'.`,
	);
}

/** An option that is left empty is one that is not used. */
export const checkImageCallId = (value: unknown): string | undefined =>
	checkText('imageCallId', value).trim() === '' ? undefined : checkId('imageCallId', value);

function checkSessionKey(value: unknown): string {
	const key = textOrNumber(value);
	if (key.trim() === '') {
		throw invalidParameter(
			'sessionKey',
			`'${labels.sessionKey}' is ${display(value)}`,
			'Enter what identifies the conversation, e.g. a chat ID or a row ID. If it comes from an expression, check that the field has a value for this item.',
		);
	}
	const advice = 'use the ID of the chat or the row, not its content';
	return checkLength('sessionKey', key, longestSessionKey, advice);
}

/** @throws invalid_parameter naming the parameter */
export function checkContinuation(params: Params): Continuation {
	const kind = checkEnum('continueFrom', params.continueFrom, 'new');
	switch (kind) {
		case 'new':
			return { kind };
		case 'response':
			return { kind, responseId: checkId('previousResponseId', params.previousResponseId) };
		case 'session':
			return {
				kind,
				sessionKey: checkSessionKey(params.sessionKey),
				reset: checkBoolean('resetSession', params.resetSession, false),
			};
	}
}
