/** Image > Review: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type INodeProperties } from 'n8n-workflow';
import type { QuestionDraft } from '../../../core/calls/question';
import { labels } from '../../../core/rules/labels';
import { mostCriteria } from '../../../core/rules/question';
import type { ReadDraft } from '../../host/parameters';
import { questionFields, readQuestion } from './question';
import { textField } from '../../fields/field';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['image'], operation: ['review'] } },
	questionFields(
		'Checks whether an image meets the criteria. Returns whether it passes, with a reason for each criterion, and an edit prompt that would fix what failed.',
		'The first image is reviewed; the others are references to compare it with',
		[
			textField('criteria', {
				typeOptions: { rows: 4 },
				placeholder: 'e.g. The mug is the same as in the reference, with its blue glaze',
				description: `Requirements for the image, one per line, up to ${mostCriteria}. The image passes if it meets all of them.`,
			}),
			textField('expectedText', {
				placeholder: 'e.g. Fresh bread, every day',
				description:
					'Text that must be readable in the image, exactly as written here. The model reads the image without knowing it, and the node compares.',
			}),
		],
		[],
	),
);

export const read: ReadDraft<QuestionDraft> = async (context, itemIndex, calendarFor) => {
	const parameter = (name: string): unknown => context.getNodeParameter(name, itemIndex, null);
	const criteria = parameter('criteria');
	const expectedText = parameter('expectedText');
	const own = { kind: 'review', criteria, expectedText } as const;
	return await readQuestion(context, itemIndex, calendarFor, own, [
		['criteria', labels.criteria, criteria],
		['expectedText', labels.expectedText, expectedText],
	]);
};
