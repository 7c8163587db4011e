import type { Call } from '../http/call';
import type { InputImage } from '../image/inputs';
import { invalidRequest, invalidValue, modelNotFound } from '../rules/errors';
import type { ImageRequest } from '../rules/imageRequest';
import { chatModels, findImageModel } from '../rules/models';
import { isRecord, Params } from '../rules/params';
import { ratioHint } from '../rules/sizes';
import { readFormat } from './format';
import { readInput, type TurnInput } from './input';
import { emptyContext, type Context, type ContextImage } from './store';
import { readImageTool, readToolMask, readTools, type Tools } from './tools';

/** One request to /v1/responses, checked, with the conversation that it continues. */
export interface Turn {
	chatModel: string;
	input: TurnInput;
	instructions: string;
	/** The conversation before this turn. */
	context: Context;
	previousId: string | null;
	tools: Tools;
	/** Set when the turn may make images. */
	image?: ImageWork;
	effort: string | null;
	/** Of the answer in JSON. */
	schema?: Record<string, unknown>;
	mostToolCalls: number;
	store: boolean;
	background: boolean;
	stream: boolean;
}

export interface ImageWork {
	request: ImageRequest;
	action: 'generate' | 'edit';
	/** What an edit paints on and from, the image to be changed first. */
	bases: readonly InputImage[];
	/** Every image that the image model is handed. */
	seen: readonly InputImage[];
	mask?: Buffer;
	lineage: readonly string[];
}

const parameters = (
	'access_programs background context_management conversation image include input instructions ' +
	'max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls ' +
	'previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention ' +
	'reasoning safety_identifier service_tier store stream stream_options temperature text ' +
	'tool_choice tools top_logprobs top_p truncation user'
).split(' ');
const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];
const mostImages = 16;

export async function readTurn(call: Call, body: Record<string, unknown>): Promise<Turn> {
	const params = new Params(body);
	params.allowOnly(parameters);
	const chatModel = checkChatModel(params.requiredText('model'), call);
	const previousId = params.text('previous_response_id') ?? null;
	const context = previousId
		? call.state.responses.previous(previousId, call.entry.project).context
		: emptyContext;
	const store = params.has('store') ? params.flag('store') : true;
	const background = params.flag('background');
	if (background && !store) {
		throw invalidRequest("Background mode requires 'store' to be true.", 'store', 'invalid_value');
	}
	const tools = readTools(params, body.tool_choice);
	const input = await readInput(call, body.input);
	const stream = params.flag('stream');
	if (input.attachments.length > 0 && call.state.options.blindModels.includes(chatModel)) {
		throw invalidRequest(
			'Invalid content type. image_url is only supported by certain models.',
			'input[0].content[0].image_url',
			'invalid_value',
		);
	}
	return {
		chatModel,
		input,
		instructions: params.text('instructions') ?? '',
		context,
		previousId,
		tools,
		image: await readImageWork(call, tools, input, context, stream),
		effort: readEffort(params, chatModel),
		schema: readFormat(params),
		mostToolCalls: params.integer('max_tool_calls', 1, 1000) ?? Infinity,
		store,
		background,
		stream,
	};
}

export function checkChatModel(id: string, call: Call): string {
	if (findImageModel(id)) {
		throw invalidRequest(
			`The model '${id}' is an image model and cannot be used with the Responses API. Use a ` +
				"mainline model and name the image model in the 'image_generation' tool.",
			'model',
			'unsupported_model',
		);
	}
	if (!chatModels.includes(id) || call.state.options.unavailableModels.includes(id)) {
		throw modelNotFound(id);
	}
	return id;
}

function readEffort(params: Params, model: string): string | null {
	const reasoning = params.object('reasoning');
	if (!reasoning) return null;
	const effort = new Params(reasoning).text('effort') ?? null;
	if (effort !== null && !efforts.includes(effort)) {
		throw invalidValue('reasoning.effort', effort, efforts);
	}
	if (effort === 'none' && model === 'gpt-6.1-sol') {
		throw invalidRequest(
			`Unsupported value: 'reasoning.effort' does not support 'none' with the '${model}' model.`,
			'reasoning.effort',
			'unsupported_value',
		);
	}
	return effort;
}

async function readImageWork(
	call: Call,
	tools: Tools,
	input: TurnInput,
	context: Context,
	stream: boolean,
): Promise<ImageWork | undefined> {
	const { image: tool, forbidden } = tools;
	if (!tool || forbidden) return undefined;
	const bases = basesOf(input, context, tool.raw.input_image_mask !== undefined);
	const [first] = bases;
	if (tool.raw.action === 'edit' && !first) {
		throw invalidRequest(
			"The image generation action 'edit' requires an image in the context.",
			`${tool.param}.action`,
			'invalid_value',
		);
	}
	const editing =
		tool.raw.action === 'edit' || (first !== undefined && tool.raw.action !== 'generate');
	const { request } = readImageTool(call, tool, {
		prompt: input.message,
		stream,
		ratioHint: editing && first ? first.size.width / first.size.height : ratioHint(input.message),
	});
	const parent = input.references.at(-1)?.lineage ?? context.lineage;
	const seen: InputImage[] = [...context.images, ...input.references, ...input.attachments];
	return {
		request,
		action: editing ? 'edit' : 'generate',
		bases: editing ? bases : [],
		seen: editing ? [...new Set(seen)].slice(-mostImages) : [],
		mask: await readToolMask(call, tool, input.attachments[0] ?? first),
		lineage: [...parent, input.message],
	};
}

/**
 * The image to be changed, then the others: a named image call goes before the last image of
 * the conversation; with a mask the first attachment comes first, because the mask is for it.
 */
function basesOf(input: TurnInput, context: Context, masked: boolean): InputImage[] {
	const made = (images: readonly ContextImage[]) =>
		images.findLast(({ callId }) => callId !== undefined) ?? images.at(-1);
	const last = input.references.length > 0 ? undefined : made(context.images);
	const earlier = [...input.references].reverse();
	const known: InputImage[] = last ? [last] : earlier;
	return masked ? [...input.attachments, ...known] : [...known, ...input.attachments];
}

/** The settings of the request that the response object repeats. */
export function echo(body: Record<string, unknown>) {
	const object = (name: string) => (isRecord(body[name]) ? body[name] : null);
	return {
		instructions: typeof body.instructions === 'string' ? body.instructions : null,
		metadata: (object('metadata') ?? {}) as Record<string, string>,
		max_output_tokens: typeof body.max_output_tokens === 'number' ? body.max_output_tokens : null,
		max_tool_calls: typeof body.max_tool_calls === 'number' ? body.max_tool_calls : null,
		parallel_tool_calls: body.parallel_tool_calls !== false,
		temperature: typeof body.temperature === 'number' ? body.temperature : 1,
		top_p: typeof body.top_p === 'number' ? body.top_p : 1,
		safety_identifier: typeof body.safety_identifier === 'string' ? body.safety_identifier : null,
	};
}
