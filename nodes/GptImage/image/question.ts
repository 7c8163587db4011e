/** What the operations that ask about an image share. */

import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type * as prepare from '../../../core/calls/inspect';
import type { QuestionDraft } from '../../../core/calls/question';
import { checkReferences } from '../../../core/rules/edit';
import type { Params } from '../../../core/rules/labels';
import { toText } from '../../../core/rules/parameters';
import { checkQuestion, type QuestionParams } from '../../../core/rules/question';
import { inputImagesField } from '../../fields/edit';
import { toolDescriptionField } from '../../fields/image';
import { limitsField } from '../../fields/limits';
import { dryRunOption, optionsField } from '../../fields/options';
import type { CalendarFor } from '../../host/calendar';
import { readImages } from '../../host/edit-parameters';
import { missingValues } from '../../host/empty-expressions';
import { readCallSettings, type CallSettings } from '../../host/parameters';
import { chatModelField } from '../conversation/fields';

/** Another image can stand in for one that is made, not for an answer. */
const allLimits = limitsField([]);
const limits: INodeProperties = {
	...allLimits,
	options: allLimits.options?.filter(({ name }) => !name.startsWith('fallback')),
};

/**
 * @param tool what an agent is told
 * @returns the fields of an operation, its own ones after the images
 */
export const questionFields = (
	tool: string,
	description: string,
	own: readonly INodeProperties[],
	options: readonly INodeProperties[],
): INodeProperties[] => [
	toolDescriptionField(tool),
	inputImagesField(description),
	...own,
	{ ...chatModelField, description: 'The model that analyzes the image' },
	optionsField([...options, dryRunOption]),
	limits,
];

/** @param texts parameters of which an expression without a value is told */
export async function readQuestion(
	context: IExecuteFunctions,
	itemIndex: number,
	calendarFor: CalendarFor,
	own: Params & Pick<QuestionParams, 'kind'>,
	texts: Parameters<typeof missingValues>[2],
): Promise<QuestionDraft & CallSettings> {
	const { inspectImages } = require('../../../core/calls/inspect') as typeof prepare;
	const chatModel: unknown = context.getNodeParameter('chatModel', itemIndex, '', {
		extractValue: true,
	});
	const images = readImages(context, itemIndex, 'images');
	checkReferences(images.length, undefined);
	const calendar = await calendarFor([toText(chatModel)]);
	const question = checkQuestion(
		{
			chatModel,
			imageLabels: images.map(({ label }) => label),
			missingValues: missingValues(context, itemIndex, texts),
			...own,
		},
		calendar,
	);
	await inspectImages(images);
	return { kind: 'question', question, images, ...readCallSettings(context, itemIndex) };
}
