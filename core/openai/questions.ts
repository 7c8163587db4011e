/** POST /responses for a question about images: an answer by a JSON schema, nothing stored. */

import type { ResponseCreateParamsNonStreaming } from 'openai/resources/responses/responses' with {
	'resolution-mode': 'import',
};
import { GptImageError } from '../errors';
import { fieldsOf, isRecord, listOf, textOf, type Fields } from '../rules/json';
import { labels } from '../rules/labels';
import type { Question } from '../rules/question';
import type { InputImage } from '../rules/request-types';
import type { Client } from './client';
import { answerError, toTurnError } from './errors/responses';
import { maxErrorBytes } from './guard';
import { underLimits, type CallOptions } from './images';
import { told } from './redact';
import { nameIn } from './received';
import { whyIncomplete } from './responses-answer';
import { readTurnBody } from './responses-body';
import { imagePart } from './responses-request';

interface RawQuestionAnswer {
	/** The JSON that the model wrote, unread. */
	readonly json: string;
	/** As the API said it; pricing/ reads it. */
	readonly usage: unknown;
	/** The model as the response names it; empty where a gateway gives none. */
	readonly chatModel: string;
	readonly tier: string | undefined;
	readonly requestId: string | undefined;
}

const bodyOf = (
	{ kind, chatModel, chatRow, instructions, text, schema, maxOutputTokens }: Question,
	images: readonly InputImage[],
): ResponseCreateParamsNonStreaming => ({
	model: chatModel,
	instructions,
	input: [
		{
			role: 'user',
			content: [
				// By the detail `auto` later models look at, and bill, up to twelve times as much.
				...images.map((image) => imagePart(image, 'high')),
				{ type: 'input_text', text },
			],
		},
	],
	text: { format: { type: 'json_schema', name: kind, strict: true, schema } },
	max_output_tokens: maxOutputTokens,
	// What a model of the table thinks by itself may be more than the answer has room for.
	reasoning: chatRow && { effort: 'low' },
	store: false,
});

const incomplete = (reason: string, requestId: string | undefined): GptImageError =>
	new GptImageError(`The chat model stopped before its answer was complete: ${reason}`, {
		code: 'incomplete_response',
		advice: `It is billed, and there is no verdict. Use fewer criteria, or another model in '${labels.chatModel}'.`,
		requestId,
		billed: 'yes',
	});

const refused = (words: string, requestId: string | undefined): GptImageError =>
	new GptImageError(`The chat model refused to answer about the image: "${told(words, 300)}"`, {
		code: 'model_refused',
		advice: `There is no verdict. Check the image yourself, or choose another model in '${labels.chatModel}'.`,
		requestId,
		billed: 'yes',
	});

/** What came in place of an answer is told as where an image was asked for. */
function unanswered(failure: unknown): unknown {
	if (!(failure instanceof GptImageError && failure.is('empty_answer'))) return failure;
	const kind = failure.received?.kind;
	return failure.with({
		message: `OpenAI responded without a result${kind === undefined ? '' : ` but ${kind}`}`,
		advice: `The call was not sent again, as it may have been billed. Choose another model in '${labels.chatModel}', or check that the service behind the 'Base URL' in the credential has a Responses API.`,
	});
}

function readResponse(response: Fields, model: string, requestId: string | undefined): string {
	if (response.status === 'failed') {
		throw answerError(response.error, { model, inputs: 'images' }, { requestId });
	}
	const parts = listOf(response.output).flatMap((item) =>
		isRecord(item) && item.type === 'message' ? listOf(item.content) : [],
	);
	const texts = (name: 'text' | 'refusal'): string =>
		parts.flatMap((part) => textOf(fieldsOf(part)[name]) ?? []).join('');
	const words = texts('refusal');
	if (words !== '') throw refused(words, requestId);
	const why = whyIncomplete(response, 'it');
	if (why !== undefined) throw incomplete(why, requestId);
	return texts('text');
}

/**
 * @param images the one that is looked at, then its references
 * @throws GptImageError; `model_refused`, `incomplete_response`, `model_cannot_see`
 */
export async function askQuestion(
	client: Client,
	question: Question,
	images: readonly InputImage[],
	options: CallOptions,
): Promise<RawQuestionAnswer> {
	const { chatModel: model } = question;
	return await underLimits(model, options, async (signal) => {
		const context = { model, inputs: 'images' } as const;
		const body = bodyOf(question, images);
		const answer = await client.post('/responses', body, signal).catch((error: unknown) => {
			throw toTurnError(error, context, model);
		});
		const hooks = { limit: maxErrorBytes };
		const { raw, isEnded, failure } = await readTurnBody(answer, client, context, signal, hooks);
		if (!isEnded) throw unanswered(failure());
		const { response, requestId } = raw;
		return {
			json: readResponse(response, model, requestId),
			usage: response.usage,
			chatModel: nameIn(response.model) ?? '',
			tier: nameIn(response.service_tier),
			requestId,
		};
	});
}
