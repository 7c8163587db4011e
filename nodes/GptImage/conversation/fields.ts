import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../../core/rules/labels';
import { chatModels, qualities } from '../../../core/rules/models';
import { reasoningEfforts } from '../../../core/rules/conversation';
import type { ReasoningEffort } from '../../../core/rules/model-types';
import { hideFrom, qualityNames } from '../fields';

/** Parameters that only a conversation has. */

export const messageField: INodeProperties = {
	displayName: labels.message,
	name: 'message',
	type: 'string',
	typeOptions: { rows: 4 },
	default: '',
	placeholder: 'e.g. A logo for a bakery; or: make it warmer',
	description: 'What is said in this turn, in up to 32,000 characters',
};

export const continueFields: INodeProperties[] = [
	{
		displayName: labels.continueFrom,
		name: 'continueFrom',
		type: 'options',
		default: 'new',
		description: 'What the message goes on from',
		options: [
			{ name: 'New Conversation', value: 'new', description: 'Nothing was said before' },
			{
				name: 'Response',
				value: 'response',
				description: 'A turn that you know by its response ID',
			},
			{
				name: 'Session',
				value: 'session',
				description: 'The last turn under a key of your own, e.g. a chat ID',
			},
		],
	},
	{
		displayName: labels.previousResponseId,
		name: 'previousResponseId',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. resp_abc123',
		hint: "Every item of a conversation has it, at 'image.conversation.responseId'",
		displayOptions: { show: { continueFrom: ['response'] } },
	},
	{
		displayName: labels.sessionKey,
		name: 'sessionKey',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. telegram-123456789',
		description:
			'What names the conversation, e.g. a chat or row ID. Sessions are kept on this machine for 30 days, apart for each workflow.',
		displayOptions: { show: { continueFrom: ['session'] } },
	},
];

export const chatModelField: INodeProperties = {
	displayName: labels.chatModel,
	name: 'chatModel',
	type: 'resourceLocator',
	default: { mode: 'list', value: chatModels[0]?.id ?? '' },
	required: true,
	description: 'The model that reads the message and tells the image model what to draw',
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

export const actionField: INodeProperties = {
	displayName: labels.action,
	name: 'action',
	type: 'options',
	default: 'auto',
	description: 'What the turn does with the picture',
	options: [
		{
			name: 'Auto',
			value: 'auto',
			description: 'The chat model decides; to a question it may answer in words alone',
			action: 'Let the chat model decide',
		},
		{
			name: 'Edit',
			value: 'edit',
			description: 'Change the last picture, or one that is attached',
			action: 'Change a picture',
		},
		{
			name: 'Generate',
			value: 'generate',
			description: 'Draw a new picture',
			action: 'Draw a new picture',
		},
	],
};

const effortNames: Readonly<Record<ReasoningEffort, string>> = {
	none: 'None',
	minimal: 'Minimal',
	low: 'Low',
	medium: 'Medium',
	high: 'High',
	xhigh: 'Extra High',
	max: 'Max',
};

/** Hides an effort from the chat models that are known to refuse it. */
function hideEffort(effort: ReasoningEffort): Pick<INodeProperties, 'displayOptions'> {
	const ids = chatModels
		.filter(({ refusedEfforts }) => refusedEfforts.includes(effort))
		.flatMap(({ id, aliases }) => [id, ...aliases]);
	return ids.length > 0 ? { displayOptions: { hide: { '/chatModel': ids } } } : {};
}

export const conversationOptions: INodeProperties[] = [
	{
		displayName: labels.finalQuality,
		name: 'finalQuality',
		type: 'options',
		default: 'high',
		description:
			"Makes the conversation's last picture again as the final version, at this quality and at the size above. The message may be empty, or say what is still to change.",
		options: qualities
			.filter((quality) => quality !== 'auto')
			.map((quality) => ({
				name: qualityNames[quality],
				value: quality,
				...hideFrom((row) => row.qualities.includes(quality), '/model'),
			})),
	},
	{
		displayName: labels.imageCallId,
		name: 'imageCallId',
		type: 'string',
		default: '',
		placeholder: 'e.g. ig_abc123',
		description:
			"An earlier picture of OpenAI's to go on from; every item has its ID at 'image.conversation.imageCallId'",
	},
	{
		displayName: labels.instructions,
		name: 'instructions',
		type: 'string',
		typeOptions: { rows: 4 },
		default: '',
		placeholder: 'e.g. Our brand is playful; never draw people.',
		description:
			'What the chat model shall keep to. OpenAI does not carry it over: give it with every turn.',
	},
	{
		displayName: labels.onLostContext,
		name: 'onLostContext',
		type: 'options',
		default: 'fail',
		description:
			'What to do when OpenAI does not have the conversation any more, e.g. after 30 days',
		options: [
			{ name: 'Fail', value: 'fail', description: 'The item fails' },
			{
				name: 'Restart',
				value: 'restart',
				description: 'Begin anew with the last picture, and say so in the warnings',
			},
		],
	},
	{
		displayName: labels.reasoningEffort,
		name: 'reasoningEffort',
		type: 'options',
		default: 'low',
		description: 'How long the chat model thinks before it draws; it is billed as output',
		options: reasoningEfforts.map((effort) => ({
			name: effortNames[effort],
			value: effort,
			...hideEffort(effort),
		})),
	},
	{
		displayName: labels.resetSession,
		name: 'resetSession',
		type: 'boolean',
		default: false,
		description: 'Whether to forget the earlier turns of the session first',
		displayOptions: { show: { '/continueFrom': ['session'] } },
	},
	{
		displayName: labels.runInBackground,
		name: 'runInBackground',
		type: 'boolean',
		default: false,
		description:
			'Whether OpenAI works on its own and is asked for the answer now and then: for pictures that take minutes, and connections that do not last',
	},
	{
		displayName: labels.webSearch,
		name: 'webSearch',
		type: 'boolean',
		default: false,
		description: 'Whether the chat model may search the web first; each search is billed',
	},
];
