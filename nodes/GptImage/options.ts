import type { INodeProperties } from 'n8n-workflow';
import { labels } from '../../core/rules/labels';
import { formatOptions, hideFrom } from './fields';

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
		displayName: labels.timeoutSeconds,
		name: 'timeoutSeconds',
		type: 'number',
		default: 600,
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
