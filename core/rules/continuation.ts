/** What identifies a conversation: response IDs, image IDs, session keys. */

import { invalidParameter } from '../errors';
import type { Continuation } from './conversation-types';
import { labels, type Parameter, type Params } from './labels';
import {
	excerpt,
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

/** @param other the prefix of IDs that people enter here by mistake, and where those belong */
function checkId(
	param: 'previousResponseId' | 'imageCallId',
	value: unknown,
	other: { readonly beginning: string; readonly param: Parameter },
): string {
	const id = toText(value).trim();
	const source = "Every item of a conversation has it in 'image.conversation'.";
	if (id === '') throw invalidParameter(param, `'${labels[param]}' is ${display(value)}`, source);
	if (id.startsWith(other.beginning)) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${excerpt(id)}", which is a different kind of ID`,
			`IDs that start with ${other.beginning} belong in '${labels[other.param]}'.`,
		);
	}
	if (!/^[\w-]{1,200}$/.test(id)) {
		throw invalidParameter(
			param,
			`'${labels[param]}' is "${excerpt(id)}", which is not a valid ID`,
			`IDs have only letters, digits, hyphens and underscores. ${source}`,
		);
	}
	return id;
}

/** An option that is left empty is one that is not used. */
export const checkImageCallId = (value: unknown): string | undefined =>
	checkText('imageCallId', value).trim() === ''
		? undefined
		: checkId('imageCallId', value, { beginning: 'resp_', param: 'previousResponseId' });

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
			return {
				kind,
				responseId: checkId('previousResponseId', params.previousResponseId, {
					beginning: 'ig_',
					param: 'imageCallId',
				}),
			};
		case 'session':
			return {
				kind,
				sessionKey: checkSessionKey(params.sessionKey),
				reset: checkBoolean('resetSession', params.resetSession, false),
			};
	}
}
