import type { INodeProperties } from 'n8n-workflow';
import { callLabels, defaultCalls, defaultTimeoutSeconds } from '../../core/rules/calls';
import { labels } from '../../core/rules/labels';
import { formatOptions, hideFrom } from './fields';

const { maxParallel, maxRetries, retryUncertain } = defaultCalls;

/** What can be put into the Options collection, by what it is about. */

export const pictureOptions: INodeProperties[] = [
	{
		displayName: labels.background,
		name: 'background',
		type: 'options',
		default: 'auto',
		description: 'What is behind the subject',
		options: [
			{ name: 'Auto', value: 'auto', description: 'The model chooses' },
			{ name: 'Opaque', value: 'opaque' },
			{ name: 'Transparent', value: 'transparent', description: 'PNG or WebP only' },
		],
	},
	{
		displayName: labels.complexity,
		name: 'complexity',
		type: 'options',
		default: 'high',
		description: 'How much planning goes into the composition, apart from quality',
		options: [
			{ name: 'Low', value: 'low' },
			{ name: 'Medium', value: 'medium' },
			{ name: 'High', value: 'high' },
		],
		...hideFrom((row) => row.complexities.length > 0, '/model'),
	},
	{
		displayName: labels.keepPartials,
		name: 'keepPartials',
		type: 'boolean',
		default: false,
		description:
			"Whether to add the frames that 'Partial Images' asks for to the item, as extra binary fields",
	},
	{
		displayName: labels.moderation,
		name: 'moderation',
		type: 'options',
		default: 'auto',
		description: "How strict OpenAI's content filter is",
		options: [
			{ name: 'Auto', value: 'auto', description: 'The standard filter' },
			{ name: 'Low', value: 'low', description: 'A less restrictive filter' },
		],
	},
	{
		displayName: labels.outputCompression,
		name: 'outputCompression',
		type: 'number',
		default: 100,
		typeOptions: { minValue: 0, maxValue: 100, numberPrecision: 0 },
		description: 'From 0 (smallest file) to 100 (best picture); JPEG and WebP only',
	},
	{
		displayName: labels.outputFormat,
		name: 'outputFormat',
		type: 'options',
		default: 'png',
		description: 'File format of the picture; JPEG arrives faster than PNG',
		options: formatOptions,
	},
	{
		displayName: labels.partialImages,
		name: 'partialImages',
		type: 'number',
		default: 1,
		typeOptions: { minValue: 0, maxValue: 3, numberPrecision: 0 },
		description:
			'How many frames OpenAI sends while it draws, 0 to 3. They keep slow connections alive; each costs 100 output tokens.',
	},
	{
		displayName: labels.safetyIdentifier,
		name: 'safetyIdentifier',
		type: 'string',
		default: '',
		placeholder: 'e.g. a hash of the user ID',
		description:
			'Stable ID of your end user, so that OpenAI can tell misuse apart; no personal data',
	},
];

export const editOptions: INodeProperties[] = [
	{
		displayName: labels.inputFidelity,
		name: 'inputFidelity',
		type: 'options',
		default: 'low',
		description: 'How closely faces and details of the input are kept; high costs many more tokens',
		options: [
			{ name: 'Low', value: 'low' },
			{ name: 'High', value: 'high' },
		],
		...hideFrom((row) => row.inputFidelities.length > 0, '/model'),
	},
	{
		displayName: labels.markupField,
		name: 'markupField',
		type: 'string',
		default: 'markup',
		description:
			'Binary field with a transparent PNG that is drawn over the first image to show what to change',
		...hideFrom((row) => row.markup, '/model'),
	},
	{
		displayName: labels.shrinkInputs,
		name: 'shrinkInputs',
		type: 'boolean',
		default: false,
		description:
			'Whether to scale input images down to the size at which the model looks at them anyway; uploads get smaller, the price stays',
	},
];

export const itemOptions: INodeProperties[] = [
	{
		displayName: labels.fileName,
		name: 'fileName',
		type: 'string',
		default: '{prompt}-{index}',
		placeholder: 'e.g. {prompt}-{index}',
		description:
			'Name of the file without its ending, which follows the format. {prompt}, {index}, {model}, {size} and {date} are filled in.',
	},
	{
		displayName: labels.keepInput,
		name: 'keepInput',
		type: 'boolean',
		default: true,
		description: "Whether the output items keep the input item's fields",
	},
	{
		displayName: labels.outputField,
		name: 'outputField',
		type: 'string',
		default: 'data',
		description: 'Name of the binary field that holds the picture',
	},
];

export const callOptions: INodeProperties[] = [
	{
		displayName: labels.fallback,
		name: 'fallback',
		type: 'string',
		default: '',
		placeholder: 'e.g. gpt-image-2.5-flare, gpt-image-2.6-flare',
		description:
			'Models to try in this order when the chosen one blocks the request or is not available; separate them with commas',
	},
	{
		displayName: labels.fallbackField,
		name: 'fallbackField',
		type: 'string',
		default: '',
		placeholder: 'e.g. placeholder',
		description:
			'Input binary field with a picture to deliver when the request stays blocked on every model',
	},
	{
		displayName: labels.moderationCheck,
		name: 'moderationCheck',
		type: 'boolean',
		default: false,
		description:
			"Whether OpenAI's free moderation endpoint judges prompt and images first, so that flagged items fail before anything is paid",
	},
	{
		displayName: callLabels.imagesPerMinute,
		name: 'imagesPerMinute',
		type: 'number',
		default: 5,
		typeOptions: { minValue: 1, numberPrecision: 0 },
		description:
			"How many pictures may be started per minute; your account's limit is at platform.openai.com under Limits",
	},
	{
		displayName: callLabels.maxParallel,
		name: 'maxParallel',
		type: 'number',
		default: maxParallel,
		typeOptions: { minValue: 1, maxValue: 32, numberPrecision: 0 },
		description: 'How many items are worked on at the same time',
	},
	{
		displayName: callLabels.maxRetries,
		name: 'maxRetries',
		type: 'number',
		default: maxRetries,
		typeOptions: { minValue: 0, maxValue: 20, numberPrecision: 0 },
		description:
			'How often a call is sent again that cost nothing: rate limit, overload or no connection. Needs no Retry On Fail.',
	},
	{
		displayName: callLabels.retryUncertain,
		name: 'retryUncertain',
		type: 'number',
		default: retryUncertain,
		typeOptions: { minValue: 0, maxValue: 3, numberPrecision: 0 },
		description:
			'How often a call is sent again whose answer was lost on the way; OpenAI may bill each of them',
	},
	{
		displayName: labels.timeoutSeconds,
		name: 'timeoutSeconds',
		type: 'number',
		default: defaultTimeoutSeconds,
		typeOptions: { minValue: 1, numberPrecision: 0 },
		description: 'How long to wait for one call; large pictures of high quality can take minutes',
	},
];

/** @returns the Options collection with the given members, sorted as the editor shows them */
export function optionsField(members: readonly INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: members.toSorted((a, b) => a.displayName.localeCompare(b.displayName)),
	};
}
