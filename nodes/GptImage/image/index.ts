/** Resource Image: its operations, and the parameters of each. */

import type { INodeProperties } from 'n8n-workflow';
import * as collect from './collect.operation';
import * as checkProvenance from './check-provenance.operation';
import * as describe from './describe.operation';
import * as edit from './edit.operation';
import * as generate from './generate.operation';
import * as review from './review.operation';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	default: 'generate',
	displayOptions: { show: { resource: ['image'] } },
	// By name, as n8n's lint wants five and more.
	options: [
		{
			name: 'Check Provenance',
			value: 'checkProvenance',
			description: "Check whether an image has OpenAI's C2PA label and watermark",
			action: 'Check provenance of image',
		},
		{
			name: 'Collect',
			value: 'collect',
			description: 'Get images that were ordered earlier',
			action: 'Collect images',
		},
		{
			name: 'Describe',
			value: 'describe',
			description: 'Write alternative text, title, caption and tags for an image',
			action: 'Describe image',
		},
		{
			name: 'Edit',
			value: 'edit',
			description: 'Edit, combine or extend images',
			action: 'Edit image',
		},
		{
			name: 'Generate',
			value: 'generate',
			description: 'Create an image from a text prompt',
			action: 'Generate image',
		},
		{
			name: 'Review',
			value: 'review',
			description: 'Check whether an image meets your criteria and shows the expected text',
			action: 'Review image',
		},
	],
};

export const description: INodeProperties[] = [
	operationField,
	...generate.description,
	...edit.description,
	...describe.description,
	...review.description,
	...collect.description,
	...checkProvenance.description,
];

export const operations = { generate, edit, describe, review };
