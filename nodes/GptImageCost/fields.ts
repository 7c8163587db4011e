/** Parameters of GPT Image Cost; lists are made from core/rules. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import { imagesField } from '../fields/edit';
import {
	deliveryField,
	modelField,
	promptField,
	qualityField,
	sizeFields,
	toolDescriptionField,
} from '../fields/image';
import { listField } from '../fields/list';
import {
	frameCountOption,
	numberOfImagesOption,
	optionsField,
	outputFieldOption,
	outputFormatOption,
	partialImagesOption,
	pricesOption,
} from '../fields/options';
import { usdField } from '../fields/field';

export const fields: INodeProperties[] = [
	...updateDisplayOptions({ show: { operation: ['estimate'] } }, [
		toolDescriptionField(
			'Estimates the cost of an image in USD before it is generated, by model, size and quality. Generates nothing.',
		),
		modelField,
		promptField,
		...sizeFields({ input: false }),
		qualityField,
		deliveryField,
		imagesField('images'),
		usdField(
			'budgetUsd',
			0,
			'Maximum cost of all items together; 0 means no limit. Items that would exceed it go to the Over Budget output.',
		),
		optionsField([
			numberOfImagesOption,
			outputFormatOption,
			frameCountOption,
			partialImagesOption,
			pricesOption,
		]),
	]),
	...updateDisplayOptions({ show: { operation: ['compare'] } }, [
		toolDescriptionField(
			'Compares the cost of an image in USD across models, qualities and sizes. Generates nothing.',
		),
		{ ...modelField, description: 'The image model to compare the others with' },
		{ ...promptField, required: false },
		...sizeFields({ input: false }),
		qualityField,
		deliveryField,
		imagesField('images'),
		optionsField([numberOfImagesOption, pricesOption]),
	]),
	...updateDisplayOptions({ show: { operation: ['summarize'] } }, [
		toolDescriptionField('Adds up the costs of images that were generated before this step.'),
		listField('groupBy', 'model', 'How to group the totals'),
		{
			displayName: 'Date',
			name: 'date',
			type: 'string',
			default: '={{ $now.toISO() }}',
			description: 'Date that assigns the item to a day (UTC)',
			displayOptions: { show: { groupBy: ['day'] } },
		},
		{
			displayName: 'Value',
			name: 'value',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.campaign }}',
			description:
				'Value to group the item by. Usually a field of the item: drag it here from the input.',
			displayOptions: { show: { groupBy: ['field'] } },
		},
		{
			displayName: 'Draw Chart',
			name: 'chart',
			type: 'boolean',
			default: true,
			description: 'Whether to add a bar chart as a PNG',
		},
		{
			displayName: 'Title',
			name: 'title',
			type: 'string',
			default: '',
			placeholder: 'e.g. Image costs of the spring campaign',
			description: 'Title of the chart',
			displayOptions: { show: { chart: [true] } },
		},
		{
			...outputFieldOption,
			description: 'Name of the output binary field to put the chart in',
			displayOptions: { show: { chart: [true] } },
		},
	]),
];
