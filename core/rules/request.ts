import { invalidParameter } from '../errors';
import { assumedRow } from './find';
import { labels, type Parameter } from './labels';
import { checkModel } from './model';
import type { ImageModel, OutputFormat, Quality } from './model-types';
import { common, qualities } from './models';
import type { Dimensions, Operation, PictureRequest, Size } from './request-types';
import {
	checkSize,
	nearestSize,
	parseRatio,
	parseSize,
	pixelsPerMegapixel,
	sizeRule,
} from './size';
import { oneOf, text, wholeNumber } from './values';

/**
 * A picture wish as the node's parameters give it. Expressions may put anything anywhere, so
 * nothing is trusted; an absent optional value means that the user did not set it.
 */
export interface PictureWish {
	readonly operation: Operation;
	readonly model: unknown;
	readonly prompt: unknown;
	/** `auto`, `input`, `ratio`, `custom` or `WIDTHxHEIGHT`. */
	readonly size: unknown;
	readonly aspectRatio?: unknown;
	readonly megapixels?: unknown;
	readonly width?: unknown;
	readonly height?: unknown;
	readonly quality?: unknown;
	readonly numberOfImages?: unknown;
	readonly outputFormat?: unknown;
	readonly outputCompression?: unknown;
	readonly background?: unknown;
	readonly moderation?: unknown;
	readonly complexity?: unknown;
	readonly partialImages?: unknown;
	readonly safetyIdentifier?: unknown;
	readonly inputFidelity?: unknown;
	/** The first input image, for `size: input`. */
	readonly firstImage?: Dimensions;
	/** Which parameter holds the prompt: the conversation calls it Message. */
	readonly promptParameter?: 'prompt' | 'message';
}

function checkPrompt(value: unknown, param: 'prompt' | 'message'): string {
	const prompt = text(value);
	if (prompt.trim() === '') {
		throw invalidParameter(
			param,
			`'${labels[param]}' is empty`,
			'Describe the picture in words. If the text comes from an expression, check that the field has a value for this item.',
		);
	}
	// The API counts characters, JavaScript counts UTF-16 units: only a long text needs the slow count.
	const length = prompt.length > common.maxPromptCharacters ? [...prompt].length : prompt.length;
	if (length > common.maxPromptCharacters) {
		throw invalidParameter(
			param,
			`'${labels[param]}' has ${length.toLocaleString('en-US')} characters`,
			`OpenAI takes up to ${common.maxPromptCharacters.toLocaleString('en-US')}: shorten the text.`,
		);
	}
	return prompt;
}

function sizeOfRatio(row: ImageModel | undefined, format: OutputFormat, wish: PictureWish): Size {
	const ratio = parseRatio(text(wish.aspectRatio));
	const megapixels = Number(wish.megapixels ?? 1);
	if (!Number.isFinite(megapixels) || megapixels <= 0) {
		throw invalidParameter(
			'megapixels',
			`'${labels.megapixels}' is ${text(wish.megapixels) || 'empty'}`,
			'Give a number above 0; 1 is about 1024x1024 pixels.',
		);
	}
	const rule = sizeRule(assumedRow(row), format);
	if (rule.rule === 'free' && Math.max(ratio, 1 / ratio) > rule.longestRatio * (1 + 1e-9)) {
		throw invalidParameter(
			'aspectRatio',
			`'${labels.aspectRatio}' ${text(wish.aspectRatio)} is longer than ${rule.longestRatio}:1`,
			`Use a ratio between 1:${rule.longestRatio} and ${rule.longestRatio}:1.`,
		);
	}
	return nearestSize(rule, ratio, megapixels * pixelsPerMegapixel);
}

function checkedSize(
	row: ImageModel | undefined,
	format: OutputFormat,
	size: Dimensions,
	param: Parameter,
	warnings: string[],
): Size {
	if (row) {
		const warning = checkSize(sizeRule(row, format), size, param);
		if (warning) warnings.push(warning);
	}
	return size;
}

function resolveSize(
	row: ImageModel | undefined,
	format: OutputFormat,
	wish: PictureWish,
	warnings: string[],
): Size {
	const size = text(wish.size).trim();
	if (size === 'auto') return 'auto';
	if (size === 'ratio') return sizeOfRatio(row, format, wish);
	if (size === 'input' && wish.operation !== 'generate') {
		const first = wish.firstImage;
		if (!first) return 'auto';
		return nearestSize(
			sizeRule(assumedRow(row), format),
			first.width / first.height,
			first.width * first.height,
		);
	}
	if (size === 'custom') {
		const width = wholeNumber('width', wish.width, 1, Number.MAX_SAFE_INTEGER);
		const height = wholeNumber('height', wish.height, 1, Number.MAX_SAFE_INTEGER);
		return checkedSize(row, format, { width, height }, 'size', warnings);
	}
	const named = parseSize(size);
	if (!named || named.width === 0 || named.height === 0) {
		throw invalidParameter(
			'size',
			`'${labels.size}' is "${size}"`,
			'Use WIDTHxHEIGHT (e.g. 1024x1024), auto, ratio or custom.',
		);
	}
	return checkedSize(row, format, named, 'size', warnings);
}

function checkFormat(row: ImageModel | undefined, wish: PictureWish, model: string): OutputFormat {
	const format = oneOf<OutputFormat>(
		'outputFormat',
		wish.outputFormat ?? 'png',
		row?.formats ?? ['png', 'jpeg', 'webp', 'gif', 'svg'],
		model,
	);
	if (format === 'svg' && wish.operation === 'edit') {
		throw invalidParameter(
			'outputFormat',
			`'${labels.outputFormat}' svg cannot be used for edits`,
			'Choose png, jpeg or webp, or use the operation Generate.',
		);
	}
	return format;
}

function checkCompression(value: unknown, format: OutputFormat): number | undefined {
	if (value === undefined || value === null || value === '') return undefined;
	if (!common.compressible.includes(format)) {
		throw invalidParameter(
			'outputCompression',
			`'${labels.outputCompression}' is set, but ${format} is not compressed that way`,
			`Remove the option, or choose ${common.compressible.join(' or ')} in '${labels.outputFormat}'.`,
		);
	}
	return wholeNumber('outputCompression', value, 0, 100);
}

function checkPartials(value: unknown, format: OutputFormat, row: ImageModel | undefined): number {
	const partials = wholeNumber('partialImages', value ?? 0, 0, row?.maxPartialImages ?? 3);
	if (partials > 0 && common.unstreamable.includes(format)) {
		throw invalidParameter(
			'partialImages',
			`'${labels.partialImages}' is ${partials}, but ${format} cannot be sent in parts`,
			`Set it to 0, or choose png, jpeg or webp in '${labels.outputFormat}'.`,
		);
	}
	return partials;
}

function checkBackground(
	row: ImageModel | undefined,
	value: unknown,
	format: OutputFormat,
	model: string,
	warnings: string[],
): PictureRequest['background'] {
	const background = oneOf(
		'background',
		value ?? 'auto',
		row?.backgrounds ?? (['auto', 'opaque', 'transparent'] as const),
		model,
	);
	if (background !== 'transparent') return background;
	if (!common.transparent.includes(format)) {
		throw invalidParameter(
			'background',
			`'${labels.background}' is transparent, but ${format} has no transparency`,
			`Choose ${common.transparent.join(' or ')} in '${labels.outputFormat}', or another background.`,
		);
	}
	if (row?.transparentCaution) warnings.push(row.transparentCaution);
	return background;
}

/**
 * Checks a picture wish against the table. Nothing that this lets through is refused by a rule
 * that OpenAI has published.
 * @param wish the node's parameters, untrusted
 * @param today day in UTC, `YYYY-MM-DD`
 * @returns the request, plain data with nothing left to guess
 * @throws GptImageError invalid_parameter or model_retired, naming the parameter and what is allowed
 */
export function checkPicture(wish: PictureWish, today?: string): PictureRequest {
	const { model, row, warnings } = checkModel(wish.model, today);
	const prompt = checkPrompt(wish.prompt, wish.promptParameter ?? 'prompt');
	const format = checkFormat(row, wish, model);
	const size = resolveSize(row, format, wish, warnings);
	const quality = oneOf<Quality>(
		'quality',
		wish.quality ?? 'medium',
		row?.qualities ?? qualities,
		model,
	);
	const most = common.singleImage.includes(format) ? 1 : (row?.maxImages ?? 10);
	const count = wholeNumber('numberOfImages', wish.numberOfImages ?? 1, 1, most);
	const complexity =
		wish.complexity === undefined
			? undefined
			: oneOf('complexity', wish.complexity, row?.complexities ?? ['low', 'medium', 'high'], model);
	const inputFidelity =
		wish.inputFidelity === undefined
			? undefined
			: oneOf('inputFidelity', wish.inputFidelity, row?.inputFidelities ?? ['low', 'high'], model);
	const safetyIdentifier = text(wish.safetyIdentifier ?? '').trim();
	return {
		operation: wish.operation,
		model,
		row,
		prompt,
		size,
		quality,
		count,
		format,
		compression: checkCompression(wish.outputCompression, format),
		background: checkBackground(row, wish.background, format, model, warnings),
		moderation: oneOf('moderation', wish.moderation ?? 'auto', ['auto', 'low'], model),
		complexity,
		partialImages: checkPartials(wish.partialImages, format, row),
		safetyIdentifier: safetyIdentifier === '' ? undefined : safetyIdentifier,
		inputFidelity: wish.operation === 'generate' ? undefined : inputFidelity,
		warnings,
	};
}
