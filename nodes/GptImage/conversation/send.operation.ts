/** Conversation > Send: its fields, and how an item becomes a job. */

import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import type * as attachments from '../../../core/calls/attachments';
import type { EditParams } from '../../../core/calls/prepare';
import type { TurnDraft } from '../../../core/calls/turn';
import { checkAttachmentCount, checkTurn, imageOfTurn } from '../../../core/rules/conversation';
import { checkOrder } from '../../../core/rules/delivery';
import { checkImages, chooseModels } from '../../../core/rules/fallback';
import { labels, type Params } from '../../../core/rules/labels';
import { checkEnum, isEmpty, textOrNumber } from '../../../core/rules/parameters';
import { readEditParams } from '../../host/edit-parameters';
import { readFallbackFile } from '../../host/files';
import {
	paramsIn,
	readCallSettings,
	readFallbackModels,
	readOptions,
	readImageParams,
	type ReadDraft,
} from '../../host/parameters';
import { isToolRun } from '../../host/tool-answer';
import { imagesField } from '../../fields/edit';
import {
	modelField,
	qualityField,
	sizeFields,
	toolDescriptionField,
	turnDeliveryField,
} from '../../fields/image';
import { listField } from '../../fields/list';
import { limitsField } from '../../fields/limits';
import { editOptions } from '../../fields/options';
import { imageOptions } from '../image/making';
import { chatModelField, continueFields, conversationOptions, messageFields } from './fields';

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['conversation'], operation: ['send'] } },
	[
		toolDescriptionField(
			'Creates an image from a message, or changes one that this tool created earlier. Returns its URL, its cost in USD and a handle. To change that image, pass the responseId of the handle.',
		),
		...messageFields,
		...continueFields,
		{ ...modelField, displayName: labels.imageModel },
		chatModelField,
		...sizeFields({ input: false }),
		qualityField,
		turnDeliveryField,
		listField('action', 'auto', 'What to do with the message'),
		imagesField('attachments'),
		imageOptions(
			conversationOptions,
			// The image tool takes no markup.
			editOptions.filter(({ name }) => name !== 'markupField'),
		),
		limitsField([]),
	],
);

function readTurnParams(context: IExecuteFunctions, itemIndex: number): Params {
	const parameter = (name: string): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	const continueFrom = parameter('continueFrom');
	const previousResponseId = parameter('previousResponseId');
	// For a new image, an agent has no handle.
	const isFirstOfAgent =
		isToolRun(context) &&
		checkEnum('continueFrom', continueFrom, 'new') === 'response' &&
		isEmpty(previousResponseId);
	return {
		...paramsIn(readOptions(context, itemIndex)),
		chatModel: context.getNodeParameter('chatModel', itemIndex, '', { extractValue: true }),
		continueFrom: isFirstOfAgent ? 'new' : continueFrom,
		previousResponseId,
		sessionKey: parameter('sessionKey'),
		action: parameter('action'),
		delivery: parameter('delivery'),
	};
}

export const read: ReadDraft<TurnDraft> = async (context, itemIndex, calendarFor) => {
	const turnParams = readTurnParams(context, itemIndex);
	const params = imageOfTurn(readImageParams(context, itemIndex, 'send'), turnParams);
	const others = readFallbackModels(context, itemIndex);
	const { svgModel } = params;
	const calendar = await calendarFor([params.model, turnParams.chatModel, svgModel, ...others]);
	const models = chooseModels(params, others, calendar);
	const attached = readEditParams(context, itemIndex, models.models[0], 'attachments');
	const { length: count } = attached.images;
	// Before they are loaded.
	checkAttachmentCount(count);
	const attachments = count > 0 ? attached : undefined;
	const prompt = attachments
		? await labelled(textOrNumber(params.prompt), attachments)
		: params.prompt;
	const checked = checkImages({ ...params, prompt }, models);
	const [request] = checked.requests;
	const turn = checkTurn(request, { ...turnParams, attachments: count }, calendar);
	const standIn = readFallbackFile(context, itemIndex);
	const options = { fallback: others.length > 0, fallbackField: standIn !== undefined };
	if (turn.background) checkOrder(request, options);
	return {
		kind: 'turn',
		...checked,
		turn,
		attachments,
		standIn,
		...readCallSettings(context, itemIndex),
	};
};

/** @returns the message after what the user says of its attachments, which are looked at for that */
async function labelled(message: string, params: EditParams): Promise<string> {
	const { inspectAttachments } = require('../../../core/calls/attachments') as typeof attachments;
	return await inspectAttachments(params, message);
}
