import type {
	ResponseFunctionWebSearch,
	ResponseOutputItem,
	ResponseOutputMessage,
	ResponseOutputText,
	ResponseReasoningItem,
} from 'openai/resources/responses/responses';
import { withoutMarkers } from '../faults';
import { moderationBlocked } from '../rules/errors';
import { sizeText } from '../rules/sizes';
import type { PlannedImage } from './plan';
import type { Job } from './run';
import { newId } from './store';
import type { ImageWork } from './turn';

type ImageItem = ResponseOutputItem.ImageGenerationCall;
type Written = Pick<Job, 'response' | 'log'>;

export function reasoning(): ResponseReasoningItem {
	return { id: newId('rs'), type: 'reasoning', summary: [] };
}

/** An image call at its beginning. */
export function imageItem(
	id: string,
	{ request, action }: ImageWork,
	planned: PlannedImage,
): ImageItem {
	return {
		id,
		type: 'image_generation_call',
		status: 'in_progress',
		action,
		background: request.background,
		output_format: request.format as ImageItem['output_format'],
		quality: request.quality as ImageItem['quality'],
		size: sizeText(request.size),
		revised_prompt: planned.revisedPrompt,
		result: null,
	};
}

/** A call that the safety system stopped, inside a response that goes on. */
export function failedImage(item: ImageItem, requestId: string): ImageItem {
	const { message, type, param, code, moderation_details } = moderationBlocked(
		'output',
		['violence'],
		requestId,
	).details;
	return {
		...item,
		status: 'failed',
		result: null,
		error: {
			message,
			type: type ?? '',
			param,
			code,
			...(moderation_details && { moderation_details }),
		},
	};
}

/** Adds the closing message, with its events. */
export function message({ response, log }: Written, text: string): void {
	const item_id = newId('msg');
	const part: ResponseOutputText = { type: 'output_text', text: '', annotations: [], logprobs: [] };
	const item: ResponseOutputMessage = {
		id: item_id,
		type: 'message',
		role: 'assistant',
		status: 'in_progress',
		content: [],
	};
	const output_index = response.output.push(item) - 1;
	const at = { item_id, output_index, content_index: 0 };
	log.add({ type: 'response.output_item.added', output_index, item });
	log.add({ type: 'response.content_part.added', ...at, part });
	for (const delta of text.match(/\S+\s*/g) ?? [text]) {
		log.add({ type: 'response.output_text.delta', ...at, delta, logprobs: [] });
	}
	part.text = text;
	item.status = 'completed';
	item.content = [part];
	log.add({ type: 'response.output_text.done', ...at, text, logprobs: [] });
	log.add({ type: 'response.content_part.done', ...at, part });
	log.add({ type: 'response.output_item.done', output_index, item });
}

export function webSearch({ response, log }: Written, query: string): void {
	const item: ResponseFunctionWebSearch = {
		id: newId('ws'),
		type: 'web_search_call',
		status: 'in_progress',
		action: { type: 'search', query: withoutMarkers(query) },
	};
	const output_index = response.output.push(item) - 1;
	const at = { output_index, item_id: item.id };
	log.add({ type: 'response.output_item.added', output_index, item });
	log.add({ type: 'response.web_search_call.in_progress', ...at });
	log.add({ type: 'response.web_search_call.searching', ...at });
	item.status = 'completed';
	log.add({ type: 'response.web_search_call.completed', ...at });
	log.add({ type: 'response.output_item.done', output_index, item });
}

export function functionCall(
	{ response, log }: Written,
	call: { name: string; arguments: string },
): void {
	const item_id = newId('fc');
	const begun = {
		id: item_id,
		type: 'function_call' as const,
		status: 'in_progress' as const,
		call_id: newId('call'),
		name: call.name,
		arguments: '',
	};
	const item = { ...begun, status: 'completed' as const, arguments: call.arguments };
	const output_index = response.output.push(item) - 1;
	const at = { output_index, item_id };
	log.add({ type: 'response.output_item.added', output_index, item: begun });
	log.add({ type: 'response.function_call_arguments.delta', ...at, delta: call.arguments });
	log.add({ type: 'response.function_call_arguments.done', ...at, arguments: call.arguments });
	log.add({ type: 'response.output_item.done', output_index, item });
}

/** Words of refusal instead of an answer. */
export function refusal({ response }: Written, words: string): void {
	response.output.push({
		id: newId('msg'),
		type: 'message',
		role: 'assistant',
		status: 'completed',
		content: [{ type: 'refusal', refusal: words }],
	});
}
