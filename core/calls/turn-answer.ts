import { errorFromJson, errorToJson, GptImageError } from '../errors';
import type { Answer, ImageOutput, Output, Part, Purchase } from '../job';
import { badAnswer } from '../openai/errors/bad-answer';
import type { TurnAnswer } from '../openai/responses-answer';
import { measure } from '../pixels/measure';
import { actual, chatCost, type Actual, type Billed } from '../pricing/cost';
import type { Estimate, Price } from '../pricing/estimate';
import type { TurnEstimate } from '../pricing/estimate-turn';
import type { PriceOverrides } from '../pricing/prices';
import type { Turn } from '../rules/conversation-types';
import { formatOf } from '../rules/image-format';
import { textOf } from '../rules/json';
import { labels } from '../rules/labels';
import type { Dimensions, ImageRequest } from '../rules/request-types';
import { moneyFacts, paidFacts, type PaidFacts } from './facts';
import { billedBy, finishImage, previewImage, usable } from './finish';
import type { TurnReply } from './turn-ask';
import {
	imagesAfter,
	turnIn,
	turnNumber,
	type Before,
	type Sizes,
	type TurnFacts,
} from './turn-facts';
import { requestWarnings, warningsOf } from './warnings';

/** What becomes of a turn's answer, whether somebody waits for it or it is collected later. */

/** What is known of a turn before it is sent; plain JSON, but for the request's row. */
export interface TurnSubject {
	readonly request: ImageRequest;
	readonly turn: Pick<Turn, 'chatModel' | 'action' | 'from' | 'warnings'>;
	readonly known: Pick<Before, 'previousResponseId' | 'previous'>;
	/** See `TurnFacts`. */
	readonly params: string;
	readonly attached: Sizes;
	readonly notes: readonly string[];
	readonly price: Price & Pick<Estimate, 'warnings'>;
	/** Set where a cost limit allowed no more tool calls. */
	readonly maxToolCalls: number | undefined;
}

/** What is kept of a turn. @param made sizes of its own images */
export const turnFacts = (
	{ params, known, attached }: TurnSubject,
	made: ReadonlyArray<Dimensions | undefined>,
	restartedFrom: Sizes | undefined,
	chat: Pick<TurnFacts, 'chatTokens' | 'chatModel'>,
): TurnFacts => ({
	params,
	askedFrom: known.previousResponseId ?? null,
	turn: turnNumber(known),
	images: imagesAfter(known, attached, made, restartedFrom),
	...chat,
});

/** In a message that must stay readable. */
const MOST_WORDS = 1000;

/** The model may answer with text even when the action demands an image. */
function wordsInsteadOf({ text, requestId }: TurnAnswer, usd: number | null): GptImageError {
	const words = text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text;
	return new GptImageError(`The chat model responded with text instead of an image: ${words}`, {
		code: 'words_only',
		advice: `Change the message as the text suggests, or choose another '${labels.chatModel}'. The text is billed.`,
		requestId,
		billed: 'yes',
		...(usd !== null && { usd }),
	});
}

/**
 * The chat model's tokens, the image model's, and web searches, split exactly among the images.
 * Without an image there is one share, for the text.
 */
function billTurn(
	answer: TurnAnswer,
	{ model, row }: ImageRequest,
	prices: PriceOverrides,
): Actual {
	const { usage: words, chatModel, tier, webSearch, svgUsage, imageUsage: usage } = answer;
	const chat = { usage: words, model: chatModel, tier, webSearch };
	const count = answer.images.length;
	const isTextOnly = count === 0 && (answer.failures.length === 0 || !usage);
	if (isTextOnly) return chatCost(chat, prices);
	const images = { count: Math.max(1, count), isOfImage: count > 0 };
	return actual({ usage, svgUsage, chat, ...images, model, row, prices });
}

/**
 * @throws GptImageError when every image call failed, or text came where an image was required:
 *   there is nothing to keep then
 * @param upperUsd the highest price of so many image calls, for an answer that does not tell its own
 */
export async function readReply(
	subject: TurnSubject,
	reply: TurnReply,
	durationMs: number,
	prices: PriceOverrides,
	upperUsd: TurnEstimate['upperUsd'],
): Promise<Answer> {
	const { request, turn: asked, maxToolCalls = Infinity } = subject;
	const { answer } = reply;
	const calls = answer.images.length + answer.failures.length;
	const images: Array<(typeof answer.images)[number] & { readonly came?: 'svg' }> = [];
	const failures = [...answer.failures];
	for (const image of answer.images) {
		const found = await usable(image.bytes, request);
		if (found) images.push({ ...image, ...found });
		else failures.push({ position: image.position, error: badAnswer('broken_image') });
	}
	if (images.length === 0 && failures[0]) throw failures[0].error;
	const bill = billTurn(answer, request, prices);
	const { usd } = bill.whole.cost;
	if (images.length === 0 && asked.action !== 'auto') throw wordsInsteadOf(answer, usd);
	const sizes = [];
	for (const { bytes } of images) sizes.push(await measure(bytes).catch(() => undefined));
	const total: unknown = Reflect.get(Object(answer.usage), 'total_tokens');
	const turn = turnFacts(subject, sizes, reply.restartedFrom, {
		chatTokens: typeof total === 'number' ? total : null,
		chatModel: answer.chatModel,
	});
	const factsOf = (index: number, share: Billed): PaidFacts => ({
		model: request.model,
		quality: images[index]?.quality ?? request.quality,
		background: images[index]?.background ?? request.background,
		index: images.length === 0 ? 0 : index + 1,
		count: images.length,
		request: { id: answer.requestId ?? null, durationMs },
		...moneyFacts(share),
	});
	const texts = { prompt: request.prompt, text: answer.text };
	const made = images.flatMap((image, index) => {
		const share = bill.perImage[index];
		if (!share) return [];
		const { bytes, came, position, imageCallId, revisedPrompt, partials: frames } = image;
		const facts = { ...factsOf(index, share), turn, imageCallId, format: formatOf(bytes), came };
		return [{ position, part: { bytes, facts, texts: { ...texts, revisedPrompt }, frames } }];
	});
	const failed = failures.map(({ position, error }) => ({
		position,
		part: { facts: { turn, error: errorToJson(error) } },
	}));
	const parts: Part[] = [...made, ...failed]
		.sort((a, b) => a.position - b.position)
		.map(({ part }) => part);
	const [words] = bill.perImage;
	if (parts.length === 0 && words) parts.push({ facts: { ...factsOf(0, words), turn }, texts });
	// The reduced turn may have fewer images than the model wanted to make.
	const reduced =
		calls >= maxToolCalls
			? [
					`A cost limit allowed only ${maxToolCalls} tool call${maxToolCalls === 1 ? '' : 's'} for this message; each image is one`,
				]
			: [];
	return {
		parts,
		// If the cost is unknown, the highest price of so many images.
		usd: usd ?? upperUsd(Math.max(1, calls)),
		responseId: textOf(answer.responseId),
		warnings: [
			...warningsOf('no_response_id', answer.responseId === '' ? [noResponseId] : []),
			...reply.warnings,
			...warningsOf('budget_reduced', reduced),
			...warningsOf('answer', answer.warnings),
			...warningsOf('cost', bill.warnings),
			...warningsOf('context_reduced', answer.forgotten === undefined ? [] : [answer.forgotten]),
			...warningsOf('cut_short', answer.cutShort === undefined ? [] : [answer.cutShort]),
		],
	};
}

const noResponseId = 'The response has no ID, so later messages cannot continue from it';

const sessionOf = ({ from }: Pick<Turn, 'from'>) =>
	from.kind === 'session' ? { sessionKey: from.sessionKey } : {};

/** @throws GptImageError when only this part failed */
export async function finishTurn(
	{ request, turn, notes, price }: TurnSubject,
	part: Part,
	purchase: Purchase,
): Promise<Output> {
	const { facts, texts } = part;
	if (facts.error !== undefined) throw errorFromJson(facts.error);
	const kept = turnIn(facts);
	const text = textOf(texts?.text);
	const conversation = {
		responseId: purchase.responseId ?? null,
		imageCallId: textOf(facts.imageCallId) ?? null,
		chatModel: kept?.chatModel ?? turn.chatModel,
		turn: kept?.turn ?? null,
		...sessionOf(turn),
		...(text === undefined ? {} : { text }),
	};
	const paid = paidFacts(facts);
	const said = [...turn.warnings, ...request.warnings];
	if (!part.bytes) {
		const message = `The model responded with text only: see 'image.conversation.text'. To always get an image, set '${labels.action}' to 'Generate'.`;
		return {
			image: {
				model: request.model,
				prompt: request.ownPrompt,
				...billedBy(paid, purchase, price.usd),
				conversation,
			},
			warnings: [
				{ code: 'text_only', message },
				...warningsOf('request', said),
				...purchase.warnings,
			],
		};
	}
	// Once the cost is known, the reasons it was uncertain no longer matter.
	const warnings = requestWarnings(said, notes, paid.cost.usd === null ? price.warnings : []);
	const output = await finishImage(request, undefined, part, purchase, price.usd, warnings);
	const revisedPrompt = textOf(texts?.revisedPrompt);
	const image = {
		...output.image,
		...(revisedPrompt === undefined ? {} : { revisedPrompt }),
		conversation,
	};
	return { ...output, image };
}

/** A dry run: the price and a placeholder, nothing sent and nothing remembered. */
export async function previewTurn({
	request,
	turn,
	notes,
	known,
	price,
}: TurnSubject): Promise<ImageOutput> {
	const said = [...turn.warnings, ...request.warnings];
	const warnings = requestWarnings(said, notes, price.warnings);
	const output = await previewImage(request, price, 0, warnings);
	const conversation = {
		responseId: null,
		imageCallId: null,
		chatModel: turn.chatModel,
		turn: turnNumber(known),
		...sessionOf(turn),
	};
	return { ...output, image: { ...output.image, conversation } };
}
