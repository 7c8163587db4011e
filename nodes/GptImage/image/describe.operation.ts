/** Image > Describe: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import type { QuestionDraft } from '../../../core/calls/question';
import { labels } from '../../../core/rules/labels';
import { readOptions, type ReadDraft } from '../../host/parameters';
import { questionFields, readQuestion } from './question';
import { numberField, textField } from '../../fields/field';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['describe'] } },
	questionFields(
		'Describes an image: writes its alternative text, title, caption and tags, and reads the text in it.',
		'The first image is described; the others are context',
		[],
		[
			numberField(
				'altTextLength',
				'Maximum length of the alternative text in characters. Longer text is cut at a word boundary.',
			),
			textField('context', {
				typeOptions: { rows: 3 },
				placeholder: 'e.g. {{ $json.productName }}',
				description:
					'Information that is not visible in the image, e.g. names of products or people',
			}),
			textField('language', {
				placeholder: 'e.g. German',
				description:
					'Language of the generated text. If empty, the language of the context, or English.',
			}),
		],
	),
);

export const read: ReadDraft<QuestionDraft> = async (context, itemIndex, calendarFor) => {
	const options = readOptions(context, itemIndex);
	const own = {
		kind: 'describe',
		language: options.language,
		altTextLength: options.altTextLength,
		context: options.context,
	} as const;
	return await readQuestion(context, itemIndex, calendarFor, own, [
		['options.context', labels.context, own.context],
	]);
};
