/** What an AI agent is told about the node when it is its tool. */

import type { INodeProperties } from 'n8n-workflow';

/** Of this name, so that n8n does not add its own, which says no more than the action. */
export const toolDescriptionField = (text: string): INodeProperties => ({
	displayName: 'Tool Description',
	name: 'toolDescription',
	type: 'string',
	typeOptions: { rows: 2 },
	default: text,
	required: true,
	description: 'Explains to the agent what this tool does',
	displayOptions: { show: { '@tool': [true] } },
});
