/** Parameters that only a conversation has. */

import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../../core/rules/labels';
import { chatModels, defaultChatModel } from '../../../core/rules/model-table';
import { hideFrom, promptField } from '../../fields/image';
import { listField, listOptions } from '../../fields/list';
import { numberField, switchField, textField } from '../../fields/field';

const messageField: INodeProperties = {
	...promptField,
	displayName: labels.message,
	placeholder: 'e.g. A logo for a bakery; or: make it warmer',
	description: 'The message to send, up to 32,000 characters',
};

const isFinal = { '/options.finalQuality': [{ _cnd: { exists: true as const } }] };

/**
 * The prompt under another display name: one name, so that its text survives a change of operation.
 * A final version needs no words.
 */
export const messageFields: INodeProperties[] = [
	{ ...messageField, displayOptions: { hide: isFinal } },
	{ ...messageField, required: undefined, displayOptions: { show: isFinal } },
];

export const continueFields: INodeProperties[] = [
	listField('continueFrom', 'new', 'Which conversation to continue'),
	textField('previousResponseId', {
		required: true,
		placeholder: 'e.g. resp_abc123',
		hint: "ID of the response to continue from, found in 'image.conversation.responseId' of its item",
		displayOptions: { show: { continueFrom: ['response'] } },
	}),
	textField('sessionKey', {
		required: true,
		placeholder: 'e.g. telegram-123456789',
		description:
			'Identifies the conversation, e.g. a chat or row ID. Sessions are kept for 30 days, separately for each workflow.',
		displayOptions: { show: { continueFrom: ['session'] } },
	}),
];

export const chatModelField: INodeProperties = {
	displayName: labels.chatModel,
	name: 'chatModel',
	type: 'resourceLocator',
	default: { mode: 'list', value: defaultChatModel },
	required: true,
	description: 'The model that reads the message and instructs the image model',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchChatModels', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. gpt-5.4',
		},
	],
};

/** Hides an effort from the chat models that are known to refuse it. */
function hideEffort(value: string): Pick<INodeProperties, 'displayOptions'> {
	const ids = chatModels
		.filter(({ refusedEfforts }) => refusedEfforts.some((effort) => effort === value))
		.flatMap(({ id, aliases }) => [id, ...aliases]);
	return ids.length > 0 ? { displayOptions: { hide: { '/chatModel': ids } } } : {};
}

const whereContinued = { displayOptions: { show: { '/continueFrom': ['response', 'session'] } } };

/** In the order in which people need them. */
export const conversationOptions: INodeProperties[] = [
	textField('instructions', {
		typeOptions: { rows: 4 },
		placeholder: 'e.g. Our brand is playful; never draw people.',
		description:
			'System instructions for the chat model. OpenAI does not remember them, so they are sent with every message.',
	}),
	{
		...listField(
			'finalQuality',
			'high',
			'Regenerate the last image of the conversation as the final version, at this quality and at the size above. The message can be empty or describe final changes.',
		),
		options: listOptions('finalQuality', (value) =>
			hideFrom(({ qualities }) => qualities.some((quality) => quality === value), '/model'),
		),
	},
	{
		...listField(
			'reasoningEffort',
			'low',
			'How much the chat model reasons before it responds. Reasoning is billed as output.',
		),
		options: listOptions('reasoningEffort', hideEffort),
	},
	numberField(
		'maxOutputTokens',
		'Maximum number of output tokens of the chat model, including reasoning. A response that reaches the limit ends early and is still billed.',
	),
	switchField(
		'webSearch',
		false,
		'Whether the chat model may search the web first; each search is billed',
	),
	textField('imageCallId', {
		placeholder: 'e.g. ig_abc123',
		description:
			"ID of an earlier image to continue from, found in 'image.conversation.imageCallId' of its item",
	}),
	switchField(
		'resetSession',
		false,
		'Whether to forget the earlier messages of the session first',
		{ displayOptions: { show: { '/continueFrom': ['session'] } } },
	),
	{
		...listField(
			'onLostContext',
			'fail',
			'What to do when OpenAI no longer has the conversation, e.g. after 30 days',
		),
		...whereContinued,
	},
];
