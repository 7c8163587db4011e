/** Checks the parameters of a conversation turn. */

import { GptImageError, invalidParameter } from '../errors';
import type { Calendar } from './calendar';
import { checkContinuation, checkImageCallId } from './continuation';
import type { Turn } from './conversation-types';
import { checkTurnDelivery } from './delivery';
import { checkDates, checkId, findChatModel, findImageModel, readId } from './model';
import { labels, type Params } from './labels';
import type { ChatModel, Quality, ReasoningEffort } from './model-types';
import { valuesOf } from './choices';
import { defaultChatModel } from './model-table';
import type { ImageParams, ImageRequest } from './request-types';
import {
	checkBoolean,
	checkEnum,
	checkLength,
	checkNumber,
	checkText,
	excerpt,
	isEmpty,
	toText,
} from './parameters';

/** The parameters of a turn. */
export interface TurnParams extends Params {
	/** Attachments that the parameters name; a binary field may hold several or none. */
	readonly attachments: number;
}

/** Attachments of one message: what the image tool takes as input images. */
const mostAttachments = 16;
/** OpenAI documents no limit for instructions; more than a book page is not a style guide. */
const longestInstructions = 32_000;

/** The message of a draft's final turn when the user gives none. */
const finalPrompt =
	'Make the last image once more as the final version. Keep its subject, composition, colours, ' +
	'style and every text exactly as they are; only work it out in full detail.';

/** @returns the message of a turn that makes the image before it again */
export function finalMessage(message: unknown): string {
	const finalMessage = toText(message).trim();
	return finalMessage === '' ? finalPrompt : `${finalPrompt}\n\n${finalMessage}`;
}

/** The most common mistake, an image model as chat model, gets advice of its own. */
function refuseImageModel(id: string): void {
	if (!findImageModel(id) && !/(?:^|-)image\b|^dall-e/i.test(id)) return;
	throw invalidParameter(
		'chatModel',
		`'${labels.chatModel}' is ${excerpt(id)}, an image model, which cannot hold a conversation`,
		`Choose a chat model, e.g. ${defaultChatModel}. The image model belongs in '${labels.imageModel}'.`,
	);
}

/**
 * @param use what it is chosen for, for the warning about a model that the table does not know
 * @throws invalid_parameter for an image model, model_retired
 */
export function checkChatModel(
	value: unknown,
	calendar: Calendar,
	use: 'generate images' | 'see images',
): { chatModel: string; chatRow: ChatModel | undefined; warnings: string[] } {
	const chatModel = readId('chatModel', value, defaultChatModel);
	refuseImageModel(chatModel);
	const chatRow = findChatModel(chatModel);
	if (!chatRow) {
		checkId('chatModel', chatModel);
		const warning = `${chatModel} is not in this node's table: its price and whether it can ${use} are unknown`;
		return { chatModel, chatRow, warnings: [warning] };
	}
	const warnings = checkDates(chatModel, chatRow, calendar, 'chatModel');
	return { chatModel, chatRow, warnings };
}

function checkEffort(
	value: unknown,
	chatModel: string,
	row: ChatModel | undefined,
): ReasoningEffort | undefined {
	const values = valuesOf('reasoningEffort').filter(
		(effort) => !row?.refusedEfforts.includes(effort),
	);
	return checkEnum('reasoningEffort', value, undefined, { by: chatModel, values });
}

function checkInstructions(value: unknown): string | undefined {
	const instructions = checkText('instructions', value).trim();
	const advice = 'shorten them, or attach a document';
	return checkLength('instructions', instructions, longestInstructions, advice) || undefined;
}

/** The quality of a final turn; undefined for a usual turn. */
function checkFinalQuality(params: Params, model: unknown): Quality | undefined {
	const id = toText(model).trim();
	const row = findImageModel(id);
	const quality = checkEnum(
		'finalQuality',
		params.finalQuality,
		undefined,
		row && {
			by: id,
			values: valuesOf('finalQuality').filter((one) => row.qualities.includes(one)),
		},
	);
	if (quality === undefined) return undefined;
	if (checkEnum('action', params.action, 'auto') === 'generate') {
		throw invalidParameter(
			'finalQuality',
			`'${labels.finalQuality}' regenerates the last image, but '${labels.action}' is 'Generate'`,
			`Set '${labels.action}' to 'Auto' or 'Edit', or remove the option.`,
		);
	}
	return quality;
}

/** @throws invalid_parameter when a message has more images and documents than the API accepts */
export function checkAttachmentCount(count: number): void {
	if (count <= mostAttachments) return;
	throw invalidParameter(
		'attachments',
		`'${labels.attachments}' has ${count} files`,
		`A message can have up to ${mostAttachments} images and documents: remove some.`,
	);
}

/** An edit or a final version in a conversation that is known to have no image. */
export function nothingToEdit({ finalQuality }: Pick<Turn, 'finalQuality'>): GptImageError {
	return finalQuality === undefined
		? invalidParameter(
				'action',
				`'${labels.action}' is 'Edit', but the conversation has no image yet`,
				`Set '${labels.action}' to 'Auto' or 'Generate', add an image in '${labels.attachments}', or continue a conversation that has one.`,
			)
		: invalidParameter(
				'finalQuality',
				`'${labels.finalQuality}' regenerates the last image, but the conversation has none yet`,
				`Continue the draft's conversation: set '${labels.continueFrom}' to its session or response.`,
			);
}

/**
 * @param imageParams the image's parameters, with the message as prompt
 * @returns them, in a final turn as those of the last image at the final quality
 * @throws invalid_parameter for a final quality that the model does not have
 */
export function imageOfTurn(imageParams: ImageParams, turn: Params): ImageParams {
	const finalQuality = checkFinalQuality(turn, imageParams.model);
	if (finalQuality === undefined) return imageParams;
	return { ...imageParams, prompt: finalMessage(imageParams.prompt), quality: finalQuality };
}

/**
 * Checks the conversation's side of a turn, by the types of openai 7.59.0 for the Responses API.
 * @param request its image request, checked; made from {@link imageOfTurn}
 * @throws invalid_parameter or model_retired, naming the parameter and what is allowed
 */
export function checkTurn(request: ImageRequest, params: TurnParams, calendar: Calendar): Turn {
	const finalQuality = checkFinalQuality(params, request.model);
	const { chatModel, chatRow, warnings } = checkChatModel(
		params.chatModel,
		calendar,
		'generate images',
	);
	const from = checkContinuation(params);
	const asked = checkEnum('action', params.action, 'auto');
	const action = finalQuality === undefined ? asked : 'edit';
	checkAttachmentCount(params.attachments);
	const turn: Turn = {
		chatModel,
		from,
		action,
		instructions: checkInstructions(params.instructions),
		reasoningEffort: checkEffort(params.reasoningEffort, chatModel, chatRow),
		maxOutputTokens: isEmpty(params.maxOutputTokens)
			? undefined
			: checkNumber('maxOutputTokens', params.maxOutputTokens),
		webSearch: checkBoolean('webSearch', params.webSearch, false),
		imageCallId: checkImageCallId(params.imageCallId),
		restartWhenLost: checkEnum('onLostContext', params.onLostContext, 'fail') === 'restart',
		background: checkTurnDelivery(params.delivery) === 'background',
		finalQuality,
		warnings,
	};
	const isFirst = from.kind === 'new' || (from.kind === 'session' && from.reset);
	const hasImage = turn.imageCallId !== undefined || params.attachments > 0;
	if (action === 'edit' && isFirst && !hasImage) throw nothingToEdit(turn);
	return turn;
}
