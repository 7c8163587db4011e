import type { Call } from '../http/call';
import { resolveImageRef } from '../http/imageRefs';
import { checkMask, type InputImage } from '../image/inputs';
import { ApiError, invalidRequest, invalidValue } from '../rules/errors';
import { readImageRequest, type ImageRequest } from '../rules/imageRequest';
import { isRecord, Params, wrongType } from '../rules/params';

export interface FunctionTool {
	name: string;
	parameters: unknown;
}

/** What the model may do in a turn. */
export interface Tools {
	image?: { raw: Record<string, unknown>; param: string };
	webSearch: boolean;
	functions: FunctionTool[];
	/** The image tool must be used. */
	forced: boolean;
	/** No tool may be used. */
	forbidden: boolean;
}

const known = [
	'image_generation',
	'web_search',
	'web_search_preview',
	'function',
	'file_search',
	'code_interpreter',
	'mcp',
	'custom',
];
const imageToolParameters = [
	'type',
	'action',
	'background',
	'complexity',
	'frame_count',
	'frame_duration_ms',
	'input_fidelity',
	'input_image_mask',
	'model',
	'moderation',
	'output_compression',
	'output_format',
	'partial_images',
	'quality',
	'size',
	'svg',
];

export function readTools(params: Params, choice: unknown): Tools {
	const tools: Tools = { webSearch: false, functions: [], forced: false, forbidden: false };
	for (const [i, tool] of (params.list('tools') ?? []).entries()) {
		const param = `tools[${i}]`;
		if (!isRecord(tool)) throw wrongType(param, 'an object', tool);
		const type = String(tool.type);
		if (!known.includes(type)) throw invalidValue(`${param}.type`, type, known);
		if (type === 'image_generation') tools.image = { raw: tool, param };
		if (type.startsWith('web_search')) tools.webSearch = true;
		if (type === 'function') {
			tools.functions.push({ name: String(tool.name), parameters: tool.parameters });
		}
	}
	readChoice(choice, tools);
	return tools;
}

function readChoice(choice: unknown, tools: Tools): void {
	if (choice === undefined || choice === null) return;
	if (typeof choice === 'string') {
		if (!['none', 'auto', 'required'].includes(choice)) {
			throw invalidValue('tool_choice', choice, ['none', 'auto', 'required']);
		}
		tools.forbidden = choice === 'none';
		tools.forced = choice === 'required' && tools.functions.length === 0;
		return;
	}
	if (!isRecord(choice)) throw wrongType('tool_choice', 'a string or an object', choice);
	const allowed = choice.type === 'allowed_tools';
	const wanted: unknown[] = Array.isArray(choice.tools) ? choice.tools : [choice];
	const image = wanted.some((tool) => isRecord(tool) && tool.type === 'image_generation');
	if (image && !tools.image) {
		throw invalidRequest(
			"Tool choice 'image_generation' not found in 'tools' parameter.",
			'tool_choice',
			'invalid_value',
		);
	}
	tools.forced = image && (!allowed || choice.mode === 'required');
	if (allowed && !image) tools.image = undefined;
}

/** The image tool's settings, checked like a request for one image. */
export function readImageTool(
	call: Call,
	tool: NonNullable<Tools['image']>,
	options: { prompt: string; stream: boolean; ratioHint: number },
): { request: ImageRequest; action: 'auto' | 'generate' | 'edit' } {
	const { raw, param } = tool;
	try {
		const params = new Params(raw);
		params.allowOnly(imageToolParameters);
		const action = params.choice('action', ['auto', 'generate', 'edit']) ?? 'auto';
		const { input_image_mask, partial_images, action: _action, type: _type, ...shared } = raw;
		const moving = raw.output_format === 'gif' || raw.output_format === 'svg';
		const streamed = options.stream && !moving;
		if (moving && partial_images !== undefined && partial_images !== 0) {
			throw invalidRequest(
				`Partial images are not supported for output format '${String(raw.output_format)}'.`,
				'partial_images',
				'invalid_value',
			);
		}
		params.integer('partial_images', 0, 3);
		if (raw.output_format === 'gif' && input_image_mask !== undefined) {
			throw invalidRequest(
				'GIF output does not support masks.',
				'input_image_mask',
				'invalid_value',
			);
		}
		const request = readImageRequest(
			new Params({
				...shared,
				prompt: options.prompt || ' ',
				model: raw.model ?? 'gpt-image-2',
				stream: streamed,
				...(streamed && { partial_images }),
			}),
			{
				ratioHint: options.ratioHint,
				modelOf: (asked) => call.modelOf(asked),
				unavailable: call.state.options.unavailableModels,
			},
		);
		return { request, action: action === 'generate' || action === 'edit' ? action : 'auto' };
	} catch (error) {
		throw error instanceof ApiError ? within(param, error) : error;
	}
}

/** The tool's mask, which is for the first attached image. */
export async function readToolMask(
	call: Call,
	tool: NonNullable<Tools['image']>,
	first: InputImage | undefined,
): Promise<Buffer | undefined> {
	if (tool.raw.input_image_mask === undefined) return undefined;
	const param = `${tool.param}.input_image_mask`;
	if (!first) {
		throw invalidRequest("'input_image_mask' needs an input image.", param, 'invalid_value');
	}
	const { bytes } = await resolveImageRef(call.state, tool.raw.input_image_mask, param);
	return await checkMask(bytes, first);
}

function within(param: string, error: ApiError): ApiError {
	const inner = error.details.param;
	return new ApiError(
		error.status,
		{ ...error.details, param: inner === null ? param : `${param}.${inner}` },
		error.headers,
	);
}
