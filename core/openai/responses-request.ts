/** Builds the body of POST /responses. Field names and shapes: the types of openai 7.59.0. */

import type { ResponseCreateParamsBase } from 'openai/resources/responses/responses' with {
	'resolution-mode': 'import',
};
import type { InputDocument, Turn, TurnInputs } from '../rules/conversation-types';
import { common } from '../rules/models';
import type { InputImage, ImageRequest } from '../rules/request-types';
import { reference } from './edits';
import { dataUrl, imageParameters } from './images';

/** A turn that is ready to be sent: what it goes on from is settled, large files are uploaded. */
export interface TurnCall {
	readonly request: ImageRequest;
	readonly turn: Turn;
	readonly inputs: TurnInputs | undefined;
	readonly previousResponseId: string | undefined;
	/** Tool calls that the model may make: what the turn can cost depends on it. */
	readonly maxToolCalls: number;
}

type Body = ResponseCreateParamsBase;
type InputItem = Exclude<NonNullable<Body['input']>, string>[number];
type Tool = NonNullable<Body['tools']>[number];
type ImageTool = Extract<Tool, { type: 'image_generation' }>;

export const imagePart = (image: InputImage, detail: 'auto' | 'high') =>
	({ type: 'input_image', detail, ...reference(image) }) as const;

const documentPart = (document: InputDocument) => {
	const part = { type: 'input_file' } as const;
	switch (document.kind) {
		case 'bytes':
			return {
				...part,
				filename: document.fileName,
				file_data: dataUrl(document.bytes, document.mimeType),
			};
		case 'url':
			return { ...part, file_url: document.url };
		case 'fileId':
			return { ...part, file_id: document.fileId };
	}
};

function inputOf({ request, turn, inputs }: TurnCall): InputItem[] {
	const message: InputItem = {
		role: 'user',
		content: [
			...(inputs?.documents ?? []).map(documentPart),
			...(inputs?.images ?? []).map((image) => imagePart(image, 'auto')),
			{ type: 'input_text', text: request.prompt },
		],
	};
	if (turn.imageCallId === undefined) return [message];
	return [
		message,
		// The types want status and result as well; the guide's own example and the API do without
		// (openai/openai-openapi issue 575).
		{ type: 'image_generation_call', id: turn.imageCallId } as InputItem,
	];
}

function imageTool({ request, turn }: TurnCall): ImageTool {
	const {
		prompt: _prompt,
		n: _n,
		safety_identifier: _identifier,
		...parameters
	} = imageParameters(request);
	const isStreamed = common.streamable.includes(request.format);
	return {
		type: 'image_generation',
		...parameters,
		action: turn.action,
		input_fidelity: request.inputFidelity,
		partial_images: isStreamed && request.partialImages > 0 ? request.partialImages : undefined,
	};
}

/**
 * With the action `auto` the model may answer in words alone: to a "thank you" an image would be a
 * paid mistake. Whoever asks for `generate` or `edit` gets an image. With web search the first call
 * has to be free for the search, so then only some tool is demanded.
 */
function toolChoice({ action, webSearch }: Turn): Body['tool_choice'] {
	if (action === 'auto') return 'auto';
	return webSearch ? 'required' : { type: 'image_generation' };
}

/** @returns the body without `stream` and `background`, which are the sender's business */
export function turnBody(call: TurnCall): Body {
	const { request, turn, previousResponseId, maxToolCalls } = call;
	return {
		model: turn.chatModel,
		input: inputOf(call),
		instructions: turn.instructions,
		previous_response_id: previousResponseId,
		tools: [imageTool(call), ...(turn.webSearch ? [{ type: 'web_search' } as const] : [])],
		tool_choice: toolChoice(turn),
		max_tool_calls: maxToolCalls,
		max_output_tokens: turn.maxOutputTokens,
		reasoning: turn.reasoningEffort && { effort: turn.reasoningEffort },
		safety_identifier: request.safetyIdentifier,
		// Said although it is the default: only a stored response can be continued, or fetched again
		// after its connection broke.
		store: true,
	};
}
