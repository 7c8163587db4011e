/**
 * Reads a response of the Responses API: the images of its image calls in order, what the model
 * said, and what was billed. Shapes: the types of openai 7.59.0; nothing in it is trusted.
 */

import { GptImageError } from '../errors';
import { labels } from '../rules/labels';
import { common } from '../rules/models';
import { entryOf, fieldsOf, isRecord, listOf, textOf, type Fields } from '../rules/json';
import { told } from './redact';
import { badAnswer, imageAsUrl } from './errors/bad-answer';
import { imageOf, nameIn, settingIn, urlsIn } from './received';
import type { CallContext } from './errors/readings';
import { answerError } from './errors/responses';
import { isBilled, sumOf } from './usage';

/** Image calls of one turn: so many tool calls are allowed at most, and all may be image calls. */
export const mostImageCalls = 20;

/** So much of what a model says is delivered with each image, and kept: some 15,000 words. */
const mostWords = 100_000;

interface TurnImage {
	/** Which of the answer's image calls, from 0. */
	readonly position: number;
	readonly imageCallId: string;
	readonly bytes: Buffer;
	/** Frames sent while it was being made; empty unless streamed. */
	readonly partials: readonly Buffer[];
	readonly revisedPrompt: string | undefined;
	/** Values that `auto` was resolved to, where the API tells. */
	readonly quality: string | undefined;
	readonly background: string | undefined;
}

/** An image call that came to nothing, inside a response that went on. */
interface FailedImage {
	readonly position: number;
	readonly error: GptImageError;
}

export interface TurnAnswer {
	/** Empty when a gateway gave none: then nothing can go on from it. */
	readonly responseId: string;
	/** The mainline model as the response names it. */
	readonly chatModel: string;
	/** How fast it was asked to be, which decides its prices; undefined where none is told. */
	readonly tier: string | undefined;
	readonly images: readonly TurnImage[];
	readonly failures: readonly FailedImage[];
	/** What the model said beside the images; empty when nothing. */
	readonly text: string;
	/** As the API said it; pricing/ reads them. */
	readonly usage: unknown;
	readonly imageUsage: unknown;
	readonly svgUsage: unknown;
	readonly webSearch: unknown;
	/** What the chat model was not given of the turns before, in a sentence. */
	readonly forgotten: string | undefined;
	/** Why the answer ends early, in a sentence. */
	readonly cutShort: string | undefined;
	readonly requestId: string | undefined;
	/** What came otherwise than it was asked for. */
	readonly warnings: readonly string[];
}

/** A response as it came, and what came around it. */
export interface RawTurn {
	readonly response: Fields;
	/** Frames by image call, in order. */
	readonly partials: ReadonlyMap<string, readonly Buffer[]>;
	readonly requestId: string | undefined;
}

export const isImageCall = (item: unknown): item is Fields =>
	isRecord(item) && item.type === 'image_generation_call';

/** A gateway may put the image into the text; it is read by itself. Only what is delivered is looked through. */
function withoutImages(text: string): string {
	const start = /data:image\//g;
	let plain = '';
	let at = 0;
	for (let found = start.exec(text); found && plain.length <= mostWords; found = start.exec(text)) {
		const ending = /[\s)"']/g;
		ending.lastIndex = found.index;
		const end = ending.exec(text)?.index ?? text.length;
		const isImage = end - found.index > 1000;
		plain += isImage ? `${text.slice(at, found.index)}(image)` : text.slice(at, end);
		at = end;
		start.lastIndex = end;
	}
	return plain + text.slice(at);
}

const messageText = (item: Fields): string[] =>
	listOf(item.content).flatMap((part) =>
		isRecord(part) ? [textOf(part.text) ?? textOf(part.refusal) ?? ''] : [],
	);

const noImage = { message: 'The image call ended without an image.' };

function readCalls(
	output: readonly unknown[],
	raw: RawTurn,
	context: CallContext,
): Pick<TurnAnswer, 'images' | 'failures' | 'svgUsage' | 'warnings'> {
	const images: TurnImage[] = [];
	const failures: FailedImage[] = [];
	let svgUsage: unknown;
	const calls = output.filter(isImageCall);
	const surplus = calls.slice(mostImageCalls).filter(({ result }) => imageOf(result));
	for (const { svg_usage } of calls) svgUsage = sumOf(svgUsage, svg_usage);
	for (const [position, call] of calls.slice(0, mostImageCalls).entries()) {
		const imageCallId = nameIn(call.id) ?? '';
		const hasResult = call.result instanceof Buffer || textOf(call.result) !== undefined;
		const bytes = imageOf(call.result);
		const [url] = urlsIn([call.result], '');
		if (call.status === 'failed' || !bytes) {
			const error =
				call.status === 'failed' || !hasResult
					? answerError(call.error ?? noImage, context, raw)
					: url === undefined
						? badAnswer('broken_image')
						: imageAsUrl([url], undefined);
			failures.push({ position, error });
			continue;
		}
		images.push({
			position,
			imageCallId,
			bytes,
			partials: raw.partials.get(imageCallId) ?? [],
			revisedPrompt: textOf(call.revised_prompt)?.slice(0, common.maxPromptCharacters),
			quality: settingIn(call.quality),
			background: settingIn(call.background),
		});
	}
	const warnings =
		surplus.length > 0 ? [`${surplus.length} more images arrived than were requested`] : [];
	return { images, failures, svgUsage, warnings };
}

/**
 * Why the chat model does not get its earlier reasoning (`input_transformations`, openai 7.59.0
 * types). What was left out because the turn is over is left out of every turn.
 */
const removals: Readonly<Record<string, string>> = {
	model_mismatch: `another '${labels.chatModel}' was used before`,
	end_user_mismatch: `another '${labels.safetyIdentifier}' was used before`,
	organization_mismatch: 'the conversation began in another organization',
	prefix_mismatch: 'the content before it has changed',
};

function forgotten(transformations: unknown): string | undefined {
	const why = listOf(transformations).flatMap((one) => {
		const reason = isRecord(one) ? (textOf(one.reason) ?? '') : '';
		return entryOf(removals, reason) ?? [];
	});
	return why.length === 0
		? undefined
		: `The chat model did not receive its reasoning from earlier messages, so it may have forgotten details: ${[...new Set(why)].join(', ')}`;
}

/** @returns why the response ends early, `who` having reached its limit; undefined when it does not */
export function whyIncomplete(response: Fields, who: string): string | undefined {
	if (response.status !== 'incomplete') return undefined;
	const reason = told(fieldsOf(response.incomplete_details).reason) ?? 'unknown';
	if (reason === 'max_output_tokens') return `${who} reached its output limit`;
	if (reason === 'content_filter') return "OpenAI's content filter stopped it";
	return reason;
}

function incomplete(reason: string): GptImageError {
	return new GptImageError(`The response ended before an image was generated: ${reason}`, {
		code: 'incomplete_response',
		advice: `Shorten the message, choose a lower '${labels.reasoningEffort}', or raise '${labels.maxOutputTokens}' if it is set. The tokens used until then are billed.`,
		billed: 'yes',
	});
}

function emptyAnswer(usage: unknown, requestId: string | undefined): GptImageError {
	const error = badAnswer('empty_answer');
	return error.with({ billed: isBilled(usage) ? 'yes' : error.billed, requestId });
}

/**
 * @param raw a response that has ended, in any status
 * @throws GptImageError when it failed, was cancelled, or is none; `empty_answer` when it holds neither
 *   an image call nor a word
 */
export function readTurnAnswer(raw: RawTurn, model: string): TurnAnswer {
	const { response } = raw;
	const { status } = response;
	const context = { model, inputs: 'attachments' } as const;
	if (status === 'failed') throw answerError(response.error, context, raw);
	if (status === 'cancelled') {
		throw new GptImageError('The response was cancelled at OpenAI', {
			code: 'response_cancelled',
			advice: 'Run again to generate the image.',
			requestId: raw.requestId,
			billed: 'possibly',
		});
	}
	const output = listOf(response.output);
	const calls = readCalls(output, raw, context);
	const words = output
		.filter((item): item is Fields => isRecord(item) && item.type === 'message')
		.flatMap(messageText)
		.join('\n');
	const text = withoutImages(words).trim();
	const why = whyIncomplete(response, 'the chat model');
	if (calls.images.length + calls.failures.length === 0) {
		if (why !== undefined) throw incomplete(why);
		if (text === '') throw emptyAnswer(response.usage, raw.requestId);
	}
	const toolUsage = fieldsOf(response.tool_usage);
	return {
		...calls,
		responseId: nameIn(response.id) ?? '',
		chatModel: nameIn(response.model) ?? '',
		tier: nameIn(response.service_tier),
		text: text.slice(0, mostWords).toWellFormed(),
		usage: response.usage,
		imageUsage: toolUsage.image_gen,
		webSearch: toolUsage.web_search,
		forgotten: forgotten(response.input_transformations),
		cutShort: why === undefined ? undefined : `The response ended early: ${why}`,
		requestId: raw.requestId,
		warnings: [
			...calls.warnings,
			...(text.length > mostWords
				? [
						`The chat model's text has ${text.length} characters; only the first ${mostWords} are included`,
					]
				: []),
		],
	};
}
