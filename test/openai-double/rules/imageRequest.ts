import { invalidRequest, invalidValue, missingParameter } from './errors';
import { imageModel, type ImageModel } from './models';
import { isRecord, Params, wrongType } from './params';
import { autoSize, explicitSize, type Size } from './sizes';

/** A checked request for images, with everything that was left to 'auto' resolved. */
export interface ImageRequest {
	model: ImageModel;
	prompt: string;
	n: number;
	size: Size;
	quality: string;
	autoQuality: boolean;
	background: 'opaque' | 'transparent';
	format: string;
	compression: number;
	inputFidelity: string;
	stream: boolean;
	partials: number;
	gif?: { frames: number; frameMs: number };
	svgAuthor?: string;
	safetyIdentifier?: string;
}

const shared = [
	'model',
	'prompt',
	'n',
	'size',
	'quality',
	'background',
	'output_format',
	'output_compression',
	'complexity',
	'frame_count',
	'frame_duration_ms',
	'svg',
	'partial_images',
	'stream',
	'safety_identifier',
	'user',
];
export const generationParameters = [...shared, 'moderation'];
export const formEditParameters = [...shared, 'image', 'mask', 'markup', 'input_fidelity'];
export const jsonEditParameters = [...shared, 'images', 'mask', 'input_fidelity', 'moderation'];

const longestPrompt = 32_000;
const allFormats = ['png', 'jpeg', 'webp', 'gif', 'svg'];
const allQualities = ['low', 'medium', 'high', 'xhigh', 'max', 'auto'];

/**
 * Checks the parameters that generations and edits share. `ratioHint` is the shape that 'auto'
 * should have.
 */
export function readImageRequest(
	params: Params,
	options: {
		ratioHint: number;
		unavailable: readonly string[];
		/** The model behind a name, where names stand for models. */
		modelOf?: (asked: string) => string;
	},
): ImageRequest {
	const prompt = params.requiredText('prompt', { min: 1, max: longestPrompt });
	const asked = params.requiredText('model');
	const model = imageModel(options.modelOf?.(asked) ?? asked, options.unavailable);
	const format = readFormat(params, model);
	const gif = readGif(params, format);
	const n = params.integer('n', 1, 10) ?? 1;
	if (format === 'svg' && n !== 1) {
		throw invalidRequest("SVG output supports only 'n' of 1.", 'n', 'invalid_value');
	}
	const sizeSent = params.text('size');
	const auto = sizeSent === undefined || sizeSent === 'auto';
	const size = auto
		? autoSize(model, options.ratioHint, gif?.frames)
		: explicitSize(model, sizeSent, gif?.frames);
	const qualitySent = readQuality(params, model);
	checkComplexity(params, model);
	params.choice('moderation', ['auto', 'low']);
	const safetyIdentifier = params.text('safety_identifier') || params.text('user');
	return {
		model,
		prompt,
		n,
		size,
		quality: qualitySent === 'auto' ? autoQuality(model, prompt) : qualitySent,
		autoQuality: qualitySent === 'auto',
		background: readBackground(params, format),
		format,
		compression: readCompression(params, format),
		inputFidelity: readFidelity(params, model),
		...readStream(params, format),
		...(gif && { gif }),
		...readSvg(params, format),
		...(safetyIdentifier && { safetyIdentifier }),
	};
}

function readFormat(params: Params, model: ImageModel): string {
	const format = params.choice('output_format', allFormats) ?? 'png';
	if (!model.formats.includes(format)) {
		throw invalidRequest(
			`The model '${model.id}' does not support output format '${format}'.`,
			'output_format',
			'invalid_value',
		);
	}
	return format;
}

function readQuality(params: Params, model: ImageModel): string {
	const quality = params.choice('quality', allQualities) ?? 'auto';
	if (!model.qualities.includes(quality)) {
		throw invalidRequest(
			`The model '${model.id}' does not support quality '${quality}'.`,
			'quality',
			'invalid_value',
		);
	}
	return quality;
}

function autoQuality(model: ImageModel, prompt: string): string {
	if (model.family === '2') return 'low';
	if (model.id === 'gpt-image-2.6-sunburst') return 'high';
	if (model.id === 'gpt-image-2.6-flare') return prompt.length > 200 ? 'max' : 'medium';
	return 'medium';
}

function checkComplexity(params: Params, model: ImageModel): void {
	if (!params.choice('complexity', ['low', 'medium', 'high']) || model.complexity) return;
	throw invalidRequest(
		`The model '${model.id}' does not support the 'complexity' parameter.`,
		'complexity',
		'unsupported_parameter',
	);
}

function readBackground(params: Params, format: string): 'opaque' | 'transparent' {
	const background = params.choice('background', ['transparent', 'opaque', 'auto']);
	if (background !== 'transparent') return 'opaque';
	if (format === 'png' || format === 'webp') return 'transparent';
	throw invalidRequest(
		`Transparent background is not supported for output format '${format}'. Use 'png' or 'webp'.`,
		'background',
		'invalid_value',
	);
}

function readCompression(params: Params, format: string): number {
	const compression = params.integer('output_compression', 0, 100);
	if (compression === undefined) return 100;
	if (format === 'jpeg' || format === 'webp') return compression;
	throw invalidRequest(
		`'output_compression' is not supported for output format '${format}'.`,
		'output_compression',
		'invalid_value',
	);
}

function readFidelity(params: Params, model: ImageModel): string {
	const fidelity = params.choice('input_fidelity', ['low', 'high']);
	if (fidelity === undefined) return 'low';
	if (model.inputFidelity.length === 0) {
		throw invalidRequestOfUser(`The model '${model.id}' does not support 'input_fidelity'.`);
	}
	if (!model.inputFidelity.includes(fidelity)) {
		throw invalidValue('input_fidelity', fidelity, model.inputFidelity);
	}
	return fidelity;
}

function invalidRequestOfUser(message: string) {
	const error = invalidRequest(message, 'input_fidelity', 'invalid_input_fidelity_model');
	error.details.type = 'image_generation_user_error';
	return error;
}

function readStream(params: Params, format: string): { stream: boolean; partials: number } {
	const stream = params.flag('stream');
	const partials = params.integer('partial_images', 0, 3);
	if (stream && (format === 'gif' || format === 'svg')) {
		throw invalidRequest(
			`Streaming is not supported for output format '${format}'.`,
			'stream',
			'invalid_value',
		);
	}
	if (partials !== undefined && (format === 'gif' || format === 'svg')) {
		throw invalidRequest(
			`Partial images are not supported for output format '${format}'.`,
			'partial_images',
			'invalid_value',
		);
	}
	if (partials !== undefined && !stream) {
		throw invalidRequest(
			"'partial_images' is only supported when 'stream' is true.",
			'partial_images',
			'invalid_value',
		);
	}
	return { stream, partials: partials ?? 0 };
}

function readGif(params: Params, format: string): ImageRequest['gif'] {
	const frames = params.integer('frame_count', 2, 16);
	const frameMs = params.integer('frame_duration_ms', 1, Number.MAX_SAFE_INTEGER);
	if (format === 'gif') {
		const delay = Math.min(655_350, Math.round((frameMs ?? 200) / 10) * 10);
		return { frames: frames ?? 9, frameMs: delay };
	}
	const sent = frames !== undefined ? 'frame_count' : 'frame_duration_ms';
	if (frames === undefined && frameMs === undefined) return undefined;
	throw invalidRequest(
		`'${sent}' is only supported with output format 'gif'.`,
		sent,
		'invalid_value',
	);
}

function readSvg(params: Params, format: string): { svgAuthor?: string } {
	const svg = params.object('svg');
	if (format !== 'svg') {
		if (!svg) return {};
		throw invalidRequest(
			"'svg' is only supported with output format 'svg'.",
			'svg',
			'invalid_value',
		);
	}
	if (!svg) return { svgAuthor: 'gpt-6-luna' };
	if (typeof svg.model !== 'string') throw missingParameter('svg.model');
	if (svg.reasoning !== undefined && svg.reasoning !== null && !isRecord(svg.reasoning)) {
		throw wrongType('svg.reasoning', 'an object', svg.reasoning);
	}
	return { svgAuthor: svg.model };
}
