/** Checks the parameters of an image against the model table. */

import { invalidParameter } from '../errors';
import type { Calendar } from './calendar';
import { withImageLabels } from './edit';
import { labels } from './labels';
import { checkModel } from './model';
import type { ImageModel, OutputFormat } from './model-types';
import { common } from './models';
import type { Frames, ImageParams, ImageRequest, SvgAuthor } from './request-types';
import { resolveSize } from './request-size';
import {
	checkCompression,
	checkFormat,
	checkFrames,
	checkPartials,
	checkSvg,
	formatName,
} from './format';
import {
	checkEnum,
	checkLength,
	checkNumber,
	checkText,
	display,
	grouped,
	textOrNumber,
	visible,
} from './parameters';

/**
 * The API counts characters, JavaScript UTF-16 units: only a long text needs the slow count. Of a whole
 * file that would take gigabytes, and a character has two units at most.
 */
const lengthOf = (text: string): number =>
	text.length > common.maxPromptCharacters && text.length <= 4 * common.maxPromptCharacters
		? [...text].length
		: text.length;

/** A letter, digit, sign or emoji. */
const sign = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** @param what beginning of the message, e.g. `'Prompt' has` */
function checkCharacters(param: 'prompt' | 'styleGuide', text: string, what: string): string {
	const length = lengthOf(text);
	if (length <= common.maxPromptCharacters) return text;
	throw invalidParameter(
		param,
		`${what} ${grouped(length)} characters`,
		`OpenAI accepts up to ${grouped(common.maxPromptCharacters)}: shorten the text.`,
	);
}

function checkPrompt(value: unknown, label: string): string {
	// First: an expression may give a whole file, and the next check looks at each character.
	const prompt = checkCharacters('prompt', textOrNumber(value), `'${label}' has`);
	if (!sign.test(visible(prompt))) {
		throw invalidParameter(
			'prompt',
			`'${label}' ${prompt.trim() === '' ? `is ${display(value)}` : 'has only invisible characters'}`,
			'Describe the image. If the text comes from an expression, check that the field has a value for this item.',
		);
	}
	return prompt;
}

/** @returns the text to send: the prompt, then the style guide where there is one */
function withStyleGuide(prompt: string, value: unknown, label: string): string {
	const styleGuide = checkText('styleGuide', value).trim();
	if (styleGuide === '') return prompt;
	const text = `${prompt}\n\nStyle guide:\n${styleGuide}`;
	const what = `'${label}' and '${labels.styleGuide}' together have`;
	return checkCharacters('styleGuide', text, what);
}

function checkBackground(
	row: ImageModel | undefined,
	value: unknown,
	format: OutputFormat,
	model: string,
	warnings: string[],
): ImageRequest['background'] {
	const background = checkEnum(
		'background',
		value,
		'auto',
		row && { by: model, values: row.backgrounds },
	);
	if (background !== 'transparent') return background;
	if (!common.transparent.includes(format)) {
		throw invalidParameter(
			'background',
			`${labels.background} 'Transparent' is not possible with ${formatName(format)}`,
			`Choose ${common.transparent.map(formatName).join(' or ')} in '${labels.outputFormat}', or another background.`,
		);
	}
	if (row?.transparentCaution) warnings.push(row.transparentCaution);
	return background;
}

/** https://platform.openai.com/docs/api-reference/responses/create, 2026-11: 64 characters at most. */
const mostIdentifier = 64;

function checkSafetyIdentifier(value: unknown): string | undefined {
	const text = checkText('safetyIdentifier', value).trim();
	const advice = "send a hash of the user's name or ID";
	return checkLength('safetyIdentifier', text, mostIdentifier, advice) || undefined;
}

/** The model of a request, before the rest of it can be checked. */
export interface ChosenModel {
	/** The id as sent to the API. */
	readonly model: string;
	/** The table's row; undefined for a typed id that the table does not know. */
	readonly row: ImageModel | undefined;
	readonly format: OutputFormat;
	readonly frames: Frames | undefined;
	readonly svg: SvgAuthor | undefined;
	readonly warnings: readonly string[];
}

/** @throws invalid_parameter or model_retired */
export function chooseModel(params: ImageParams, calendar: Calendar): ChosenModel {
	const label = params.operation === 'send' ? labels.imageModel : labels.model;
	const { model, row, warnings } = checkModel(params.model, calendar, label);
	const format = checkFormat(row, params.outputFormat, model);
	const { svg, warnings: ofSvg } = checkSvg(params, format, calendar);
	const frames = checkFrames(params, format);
	return { model, row, format, frames, svg, warnings: [...warnings, ...ofSvg] };
}

/**
 * Checks an image request against the table. Nothing that this lets through is refused by a rule
 * that OpenAI has published.
 * @param params the node's parameters, untrusted
 * @throws invalid_parameter or model_retired, naming the parameter and what is allowed
 */
export const checkImageParams = (params: ImageParams, calendar: Calendar): ImageRequest =>
	checkImage(params, chooseModel(params, calendar));

/** As {@link checkImageParams}, for a model that was chosen before. */
export function checkImage(params: ImageParams, chosen: ChosenModel): ImageRequest {
	const { model, row, format, frames, svg } = chosen;
	const warnings = [...chosen.warnings, ...(params.missingValues ?? [])];
	const label = params.operation === 'send' ? labels.message : labels.prompt;
	const ownPrompt = checkPrompt(params.prompt, label);
	const withLabels = withImageLabels(ownPrompt, params.imageLabels ?? []);
	const labelled = checkCharacters('prompt', withLabels, `'${label}' has`);
	const size = resolveSize(row, frames, params, warnings);
	const of = <T>(values: readonly T[] | undefined) => values && { by: model, values };
	const most = format === 'svg' ? 1 : row?.maxImages;
	return {
		operation: params.operation,
		model,
		row,
		prompt: withStyleGuide(labelled, params.styleGuide, label),
		ownPrompt,
		size,
		quality: checkEnum('quality', params.quality, 'medium', of(row?.qualities)),
		count: checkNumber('numberOfImages', params.numberOfImages ?? 1, most),
		format,
		compression: checkCompression(params.outputCompression, format),
		frames,
		svg,
		background: checkBackground(row, params.background, format, model, warnings),
		moderation: checkEnum('moderation', params.moderation, 'auto'),
		complexity: checkEnum('complexity', params.complexity, undefined, of(row?.complexities)),
		partialImages: checkPartials(params.partialImages, format, row),
		safetyIdentifier: checkSafetyIdentifier(params.safetyIdentifier),
		inputFidelity:
			params.operation === 'generate'
				? undefined
				: checkEnum('inputFidelity', params.inputFidelity, undefined, of(row?.inputFidelities)),
		warnings,
	};
}
