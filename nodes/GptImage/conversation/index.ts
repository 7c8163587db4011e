/** Resource Conversation: its operation, and the parameters of it. */

import type { INodeProperties } from 'n8n-workflow';
import * as send from './send.operation';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'send',
	displayOptions: { show: { resource: ['conversation'] } },
	options: [
		{
			name: 'Send',
			value: 'send',
			description: 'Send a message to create or refine an image in a conversation',
			action: 'Send message',
		},
	],
};

export const description: INodeProperties[] = [operationField, ...send.description];

export const operations = { send };
