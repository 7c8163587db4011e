import { GptImageError, invalidParameter } from '../errors';
import { checkContinuation, checkImageCallId, type ContinuationWish } from './continuation';
import type { Turn, TurnAction } from './conversation-types';
import { findChatModel, findImageModel } from './find';
import { labels } from './labels';
import type { ChatModel, Quality, ReasoningEffort } from './model-types';
import { chatModels, imageModels, qualities } from './models';
import type { PictureWish } from './request';
import type { PictureRequest } from './request-types';
import { oneOf, text } from './values';

/** The parameters of a turn as the user gave them, untrusted; see the contract's table. */
export interface TurnWish extends ContinuationWish {
	readonly chatModel: unknown;
	readonly action?: unknown;
	readonly instructions?: unknown;
	readonly reasoningEffort?: unknown;
	readonly webSearch?: unknown;
	readonly imageCallId?: unknown;
	readonly onLostContext?: unknown;
	readonly runInBackground?: unknown;
	readonly finalQuality?: unknown;
	/** Attachments that the parameters name; a binary field may hold several or none. */
	readonly attachments: number;
}

/** Attachments of one message: what the image tool takes as input images. */
export const mostAttachments = 16;
/** Nothing in OpenAI's documents bounds instructions; those of more than a book page are no style guide. */
export const longestInstructions = 32_000;

export const reasoningEfforts: readonly ReasoningEffort[] = [
	'none',
	'minimal',
	'low',
	'medium',
	'high',
	'xhigh',
	'max',
];
const fixedQualities = qualities.filter((quality) => quality !== 'auto');
const actions: readonly TurnAction[] = ['auto', 'generate', 'edit'];

/** What the final turn of a draft says when the user says nothing. */
const finalWish =
	'Make the last picture once more as the final version. Keep its subject, composition, colours, ' +
	'style and every text exactly as they are; only work it out in full detail.';

/** @returns the message of a turn that makes the picture before it again */
export function finalMessage(message: unknown): string {
	const said = text(message).trim();
	return said === '' ? finalWish : `${finalWish}\n\n${said}`;
}

/** An image model in the place of a chat model is the most common mistake; it can be told. */
function refuseImageModel(id: string): void {
	if (!findImageModel(id) && !/(?:^|-)image\b|^dall-e/i.test(id)) return;
	throw invalidParameter(
		'chatModel',
		`'${labels.chatModel}' is ${id}, an image model: it draws, but it cannot hold a conversation`,
		`Choose a model that talks, e.g. ${chatModels[0]?.id ?? ''}. The model that draws belongs in '${labels.model}'.`,
	);
}

function refuseChatModel(id: string): void {
	if (!findChatModel(id)) return;
	throw invalidParameter(
		'model',
		`'${labels.model}' is ${id}, a chat model: it talks, but it cannot draw`,
		`Choose an image model, e.g. ${imageModels[0]?.id ?? ''}. The model that talks belongs in '${labels.chatModel}'.`,
	);
}

function checkChatModel(
	value: unknown,
	today: string,
): { chatModel: string; chatRow: ChatModel | undefined; warnings: string[] } {
	const chatModel = text(value).trim();
	if (chatModel === '') {
		throw invalidParameter(
			'chatModel',
			`'${labels.chatModel}' is empty`,
			`Choose a model from the list or type an ID, e.g. ${chatModels[0]?.id ?? ''}.`,
		);
	}
	refuseImageModel(chatModel);
	const chatRow = findChatModel(chatModel);
	if (!chatRow) {
		const warning = `${chatModel} is not in this node's table: whether it can draw is not known, nor its price`;
		return { chatModel, chatRow, warnings: [warning] };
	}
	const { stopsOn } = chatRow;
	if (stopsOn !== undefined && today >= stopsOn) {
		throw new GptImageError(`OpenAI shut ${chatModel} down on ${stopsOn}`, {
			code: 'model_retired',
			advice: `Choose another model in '${labels.chatModel}'.`,
			param: 'chatModel',
			retryable: false,
			billed: 'no',
		});
	}
	return {
		chatModel,
		chatRow,
		warnings: stopsOn === undefined ? [] : [`${chatModel} stops on ${stopsOn}`],
	};
}

function checkEffort(
	value: unknown,
	chatModel: string,
	row: ChatModel | undefined,
): ReasoningEffort | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	const allowed = reasoningEfforts.filter((effort) => !row?.refusedEfforts.includes(effort));
	return oneOf('reasoningEffort', value, allowed, chatModel);
}

function checkInstructions(value: unknown): string | undefined {
	const instructions = text(value ?? '').trim();
	if (instructions.length > longestInstructions) {
		throw invalidParameter(
			'instructions',
			`'${labels.instructions}' has ${instructions.length.toLocaleString('en-US')} characters`,
			`Up to ${longestInstructions.toLocaleString('en-US')} are allowed: shorten them, or attach a document.`,
		);
	}
	return instructions === '' ? undefined : instructions;
}

/** The quality of a final turn; undefined for a usual turn. */
function checkFinalQuality(wish: TurnWish, model: unknown): Quality | undefined {
	const { finalQuality } = wish;
	if (finalQuality === undefined || finalQuality === null || finalQuality === '') return undefined;
	const id = text(model).trim();
	const row = findImageModel(id);
	const allowed = fixedQualities.filter((quality) => !row || row.qualities.includes(quality));
	const quality = oneOf('finalQuality', finalQuality, allowed, id || 'this model');
	if (wish.action === 'generate') {
		throw invalidParameter(
			'finalQuality',
			`'${labels.finalQuality}' makes the last picture again, but '${labels.action}' is generate`,
			`Set '${labels.action}' to auto or edit, or remove the option.`,
		);
	}
	return quality;
}

/**
 * @param count images and documents that a message brings along
 * @throws invalid_parameter when there are more than the API takes
 */
function checkAttachmentCount(count: number): void {
	if (count <= mostAttachments) return;
	throw invalidParameter(
		'attachments',
		`'${labels.attachments}' has ${count} files`,
		`Up to ${mostAttachments} images and documents go with one message: leave some out.`,
	);
}

/** An edit, or a final version, of which it is known that there is no picture to begin with. */
export function nothingToEdit({ finalQuality }: Pick<Turn, 'finalQuality'>): GptImageError {
	return finalQuality === undefined
		? invalidParameter(
				'action',
				`'${labels.action}' is edit, but the conversation has no picture yet`,
				`Set '${labels.action}' to auto or generate, add a picture in '${labels.attachments}', or continue a conversation that has one.`,
			)
		: invalidParameter(
				'finalQuality',
				`'${labels.finalQuality}' makes the last picture again, but the conversation has none yet`,
				`Continue the draft's conversation: set '${labels.continueFrom}' to its session or response.`,
			);
}

/** @throws invalid_parameter for what the image tool cannot do, although the model could */
function checkTool(request: PictureRequest, action: TurnAction): void {
	if (request.format === 'svg' && action === 'edit') {
		throw invalidParameter(
			'outputFormat',
			`'${labels.outputFormat}' svg cannot be used for edits`,
			`Choose png, jpeg or webp, or set '${labels.action}' to generate.`,
		);
	}
}

/**
 * @param picture the picture's parameters, with the message as prompt
 * @returns what the turn shall draw: in a final turn the picture before it, at the final quality
 * @throws invalid_parameter for a final quality that the model does not have
 */
export function pictureOfTurn(picture: PictureWish, turn: TurnWish): PictureWish {
	refuseChatModel(text(picture.model).trim());
	const finalQuality = checkFinalQuality(turn, picture.model);
	if (finalQuality === undefined) return picture;
	return { ...picture, prompt: finalMessage(picture.prompt), quality: finalQuality };
}

/**
 * Checks the conversation's side of a turn, by the types of openai 7.55.0 for the Responses API.
 * @param request what it draws, checked; made from {@link pictureOfTurn}
 * @param wish the conversation's parameters
 * @param today day in UTC, `YYYY-MM-DD`
 * @returns the turn, nothing left to guess
 * @throws invalid_parameter or model_retired, naming the parameter and what is allowed
 */
export function checkTurn(
	request: PictureRequest,
	wish: TurnWish,
	today = new Date().toISOString().slice(0, 10),
): Turn {
	const finalQuality = checkFinalQuality(wish, request.model);
	const { chatModel, chatRow, warnings } = checkChatModel(wish.chatModel, today);
	const from = checkContinuation(wish);
	const asked = oneOf('action', wish.action ?? 'auto', actions, 'a conversation');
	const action = finalQuality === undefined ? asked : 'edit';
	checkTool(request, action);
	checkAttachmentCount(wish.attachments);
	const background = wish.runInBackground === true;
	const turn: Turn = {
		chatModel,
		chatRow,
		from,
		action,
		instructions: checkInstructions(wish.instructions),
		reasoningEffort: checkEffort(wish.reasoningEffort, chatModel, chatRow),
		webSearch: wish.webSearch === true,
		imageCallId: checkImageCallId(wish.imageCallId),
		restartWhenLost:
			oneOf('onLostContext', wish.onLostContext ?? 'fail', ['fail', 'restart'], 'this node') ===
			'restart',
		background,
		finalQuality,
		warnings:
			background && request.partialImages > 0
				? [
						...warnings,
						`'${labels.partialImages}' was left out: in the background there are no frames to be had`,
					]
				: warnings,
	};
	const isFirst = from.kind === 'new' || (from.kind === 'session' && from.reset);
	const hasPicture = turn.imageCallId !== undefined || wish.attachments > 0;
	if (action === 'edit' && isFirst && !hasPicture) throw nothingToEdit(turn);
	return turn;
}
