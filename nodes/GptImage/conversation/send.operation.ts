import { updateDisplayOptions, type IExecuteFunctions, type INodeProperties } from 'n8n-workflow';
import type * as attachments from '../../../core/attachments';
import type { Hold } from '../../../core/edit';
import { withFallbackModels } from '../../../core/fallback';
import type { TurnJob } from '../../../core/job';
import { checkTurn, pictureOfTurn, type TurnWish } from '../../../core/rules/conversation';
import { text } from '../../../core/rules/values';
import { readEditWish } from '../../shared/edit-parameters';
import { readFallbackFile } from '../../shared/files';
import {
	readCallSettings,
	readFallbackModels,
	readOptions,
	readPictureWish,
} from '../../shared/parameters';
import { isToolRun } from '../../shared/tool-answer';
import { imagesField, maskFields } from '../edit-fields';
import { dryRunField, qualityField, sizeFields } from '../fields';
import { moneyOptions } from '../money-options';
import { callOptions, editOptions, itemOptions, optionsField, pictureOptions } from '../options';
import {
	actionField,
	chatModelField,
	continueFields,
	conversationOptions,
	messageField,
} from './fields';

/** The image tool has no markup, and no canvas of its own: neither is offered in a conversation. */
const isForTurns = ({ name }: INodeProperties): boolean =>
	!['markupField', 'extendRatio', 'extendAnchor'].includes(name);
const withoutExtend = (field: INodeProperties): INodeProperties =>
	field.name === 'maskSource'
		? {
				...field,
				options: field.options?.filter(
					(option) => !('value' in option) || option.value !== 'extend',
				),
			}
		: field;

export const description: INodeProperties[] = updateDisplayOptions(
	{ show: { resource: ['conversation'], operation: ['send'] } },
	[
		messageField,
		...continueFields,
		imagesField('attachments'),
		...maskFields.filter(isForTurns).map(withoutExtend),
		actionField,
		chatModelField,
		...sizeFields({ input: false }),
		qualityField,
		dryRunField,
		optionsField([
			...pictureOptions,
			...editOptions.filter(isForTurns),
			...conversationOptions,
			...itemOptions,
			...callOptions,
			...moneyOptions,
		]),
	],
);

function readTurnWish(
	context: IExecuteFunctions,
	itemIndex: number,
	attachments: number,
): TurnWish {
	const parameter = (name: string): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	const options = readOptions(context, itemIndex);
	const continueFrom = parameter('continueFrom');
	const previousResponseId = parameter('previousResponseId');
	// An agent that wants a new picture has no handle to give.
	const isFirstOfAgent =
		isToolRun(context) && continueFrom === 'response' && text(previousResponseId).trim() === '';
	return {
		chatModel: context.getNodeParameter('chatModel', itemIndex, '', { extractValue: true }),
		continueFrom: isFirstOfAgent ? 'new' : continueFrom,
		previousResponseId,
		sessionKey: parameter('sessionKey'),
		action: parameter('action'),
		attachments,
		instructions: options.instructions,
		reasoningEffort: options.reasoningEffort,
		webSearch: options.webSearch,
		imageCallId: options.imageCallId,
		resetSession: options.resetSession,
		onLostContext: options.onLostContext,
		runInBackground: options.runInBackground,
		finalQuality: options.finalQuality,
	};
}

/** @throws GptImageError naming the parameter or the attachment that no turn can be made from */
export async function read(
	context: IExecuteFunctions,
	itemIndex: number,
	hold: Hold,
): Promise<TurnJob> {
	const said = readPictureWish(context, itemIndex, 'send');
	const models = readFallbackModels(context, itemIndex);
	// What costs no pixels is judged first.
	const picture = pictureOfTurn(said, readTurnWish(context, itemIndex, 0));
	const bare = withFallbackModels(picture, models).request;
	const attached = readEditWish(context, itemIndex, bare.row, bare.format, 'attachments');
	const turn = checkTurn(bare, readTurnWish(context, itemIndex, attached.images.length));
	const settings = {
		itemIndex,
		turn,
		...readCallSettings(context, itemIndex),
	};
	const file = readFallbackFile(context, itemIndex);
	if (attached.images.length === 0 && attached.mask.source === 'none') {
		const { request, others } = withFallbackModels(picture, models);
		return { ...settings, request, fallback: { requests: others, file } };
	}
	const { prepareAttachments, withLabels } =
		require('../../../core/attachments') as typeof attachments;
	const inputs = await prepareAttachments(attached);
	const prompt = withLabels(text(picture.prompt), inputs);
	const { request, others } = withFallbackModels({ ...picture, prompt }, models);
	return {
		...settings,
		request,
		fallback: { requests: others, file },
		inputs: hold(inputs, async () => await prepareAttachments(attached)),
	};
}
