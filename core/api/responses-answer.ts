import { GptImageError } from '../errors';
import { labels } from '../rules/labels';
import { isRecord, textOf, type Fields } from '../rules/unknown';
import { badAnswer } from './bad-answer';
import { answerError } from './responses-failures';

/**
 * Reads a response of the Responses API: the pictures of its image calls in order, what the model
 * said, and what was billed. Shapes: the types of openai 7.55.0; nothing in it is trusted.
 */

export interface TurnPicture {
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
export interface FailedPicture {
	readonly position: number;
	readonly imageCallId: string;
	readonly error: GptImageError;
}

export interface TurnAnswer {
	readonly responseId: string;
	/** The mainline model as the response names it. */
	readonly chatModel: string;
	readonly pictures: readonly TurnPicture[];
	readonly failures: readonly FailedPicture[];
	/** What the model said beside the pictures; empty when nothing. */
	readonly text: string;
	/** As the API said it; money/ reads them. */
	readonly usage: unknown;
	readonly imageUsage: unknown;
	readonly svgUsage: unknown;
	readonly webSearch: unknown;
	/** Why the answer ends early, in a sentence. */
	readonly cutShort: string | undefined;
	readonly requestId: string | undefined;
	readonly headers: Headers;
}

/** A response as it came, and what came around it. */
export interface RawTurn {
	readonly response: unknown;
	/** Frames by image call, in order. */
	readonly partials: ReadonlyMap<string, readonly Buffer[]>;
	readonly requestId: string | undefined;
	readonly headers: Headers;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** @returns undefined when a character is not base64: Node's decoder skips those silently */
function decodeBase64(text: string): Buffer | undefined {
	const bytes = Buffer.from(text, 'base64');
	const characters = text.replace(/=+$/, '').length;
	return bytes.length === Math.floor((characters * 3) / 4) ? bytes : undefined;
}

/** Of several SVG calls the counts are added up, as `tool_usage` does for the image tokens. */
function sumOf(usages: readonly Fields[]): Fields | undefined {
	const [first, ...others] = usages;
	if (!first) return undefined;
	const sum: Record<string, unknown> = { ...first };
	for (const usage of others) {
		for (const [key, value] of Object.entries(usage)) {
			const before = sum[key];
			if (typeof value === 'number' && typeof before === 'number') sum[key] = before + value;
		}
	}
	return sum;
}

const messageText = (item: Fields): string[] =>
	list(item.content).flatMap((part) =>
		isRecord(part) ? [textOf(part.text) ?? textOf(part.refusal) ?? ''] : [],
	);

const noPicture = { message: 'The image call ended without a picture.' };

function readCalls(
	output: readonly unknown[],
	raw: RawTurn,
	model: string,
): Pick<TurnAnswer, 'pictures' | 'failures' | 'svgUsage'> {
	const pictures: TurnPicture[] = [];
	const failures: FailedPicture[] = [];
	const svgUsages: Fields[] = [];
	const calls = output.filter(
		(item): item is Fields => isRecord(item) && item.type === 'image_generation_call',
	);
	for (const [position, call] of calls.entries()) {
		const imageCallId = textOf(call.id) ?? '';
		const result = textOf(call.result);
		if (isRecord(call.svg_usage)) svgUsages.push(call.svg_usage);
		const bytes = result === undefined ? undefined : decodeBase64(result);
		if (call.status === 'failed' || !bytes) {
			const error =
				result === undefined
					? answerError(call.error ?? noPicture, model, raw.requestId)
					: badAnswer('broken_image');
			failures.push({ position, imageCallId, error });
			continue;
		}
		pictures.push({
			position,
			imageCallId,
			bytes,
			partials: raw.partials.get(imageCallId) ?? [],
			revisedPrompt: textOf(call.revised_prompt),
			quality: textOf(call.quality),
			background: textOf(call.background),
		});
	}
	return { pictures, failures, svgUsage: sumOf(svgUsages) };
}

const reasons: Readonly<Record<string, string>> = {
	max_output_tokens: 'the chat model reached its output limit',
	content_filter: "OpenAI's content filter stopped it",
};

function incomplete(reason: string): GptImageError {
	return new GptImageError(`The answer ended before a picture was made: ${reason}`, {
		code: 'incomplete_response',
		advice: `Shorten the message, or choose a lower '${labels.reasoningEffort}'. What was used up to then is billed.`,
		retryable: false,
		billed: 'yes',
	});
}

/**
 * @param raw a response that has ended, in any status
 * @param model the image model, for messages
 * @returns its pictures, failed image calls, text and token counts
 * @throws GptImageError when the whole response failed, was cancelled, or is none; `empty_answer`
 * when it holds neither an image call nor a word
 */
export function readTurnAnswer(raw: RawTurn, model: string): TurnAnswer {
	const { response } = raw;
	const responseId = isRecord(response) ? textOf(response.id) : undefined;
	if (!isRecord(response) || responseId === undefined) throw badAnswer('answer_not_json');
	const { status } = response;
	if (status === 'failed') throw answerError(response.error, model, raw.requestId);
	if (status === 'cancelled') {
		throw new GptImageError('The response was cancelled at OpenAI', {
			code: 'response_cancelled',
			advice: 'Run again to make the picture.',
			requestId: raw.requestId,
			retryable: false,
			billed: 'possibly',
		});
	}
	const output = list(response.output);
	const calls = readCalls(output, raw, model);
	const text = output
		.filter((item): item is Fields => isRecord(item) && item.type === 'message')
		.flatMap(messageText)
		.join('\n')
		.trim();
	const details = isRecord(response.incomplete_details) ? response.incomplete_details : {};
	const reason = textOf(details.reason) ?? 'unknown';
	const why = status === 'incomplete' ? (reasons[reason] ?? reason) : undefined;
	if (calls.pictures.length + calls.failures.length === 0) {
		if (why !== undefined) throw incomplete(why);
		if (text === '') throw badAnswer('empty_answer');
	}
	const toolUsage = isRecord(response.tool_usage) ? response.tool_usage : {};
	return {
		...calls,
		responseId,
		chatModel: textOf(response.model) ?? '',
		text,
		usage: response.usage,
		imageUsage: toolUsage.image_gen,
		webSearch: toolUsage.web_search,
		cutShort: why === undefined ? undefined : `The answer ended early: ${why}`,
		requestId: raw.requestId,
		headers: raw.headers,
	};
}
