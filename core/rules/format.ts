/** Checks what depends on the output format. */

import { invalidParameter } from '../errors';
import type { Calendar } from './calendar';
import { choiceName } from './choices';
import { labels, type Parameter, type Params } from './labels';
import { checkDates, findChatModel } from './model';
import type { ImageModel, OutputFormat } from './model-types';
import { imageModels } from './model-table';
import { common } from './models';
import { checkEnum, checkNumber, checkText, isEmpty } from './parameters';
import { ranges } from './ranges';
import type { Frames, SvgAuthor } from './request-types';

const anyFormat = [...new Set(imageModels.flatMap(({ formats }) => formats))];

/** As the editor shows it. */
export const formatName = (format: OutputFormat): string => choiceName('outputFormat', format);

export const checkFormat = (
	row: ImageModel | undefined,
	value: unknown,
	model: string,
): OutputFormat =>
	checkEnum('outputFormat', value, 'png', { by: model, values: row?.formats ?? anyFormat });

/** @throws invalid_parameter for an option that only other formats have */
function refuseFor(param: Parameter, format: OutputFormat, others: readonly OutputFormat[]): void {
	if (others.includes(format)) return;
	throw invalidParameter(
		param,
		`'${labels[param]}' is set, but '${labels.outputFormat}' is ${formatName(format)}`,
		`Remove the option, or choose ${others.map(formatName).join(' or ')} in '${labels.outputFormat}'.`,
	);
}

/** @returns 0 to 100; undefined when it is not set */
export function checkCompression(value: unknown, format: OutputFormat): number | undefined {
	if (isEmpty(value)) return undefined;
	refuseFor('outputCompression', format, common.compressible);
	return checkNumber('outputCompression', value);
}

/** @returns how many partial images are wanted */
export function checkPartials(
	value: unknown,
	format: OutputFormat,
	row: ImageModel | undefined,
): number {
	const partials = checkNumber('partialImages', value ?? 0, row?.maxPartialImages);
	if (partials > 0) refuseFor('partialImages', format, common.streamable);
	return partials;
}

const numberOrPreset = (param: 'frameCount' | 'frameDurationMs', value: unknown): number =>
	checkNumber(param, isEmpty(value) ? ranges[param].preset : value);

/** @returns the frames of an animated GIF; undefined for other formats */
export function checkFrames(
	{ frameCount, frameDurationMs }: Params,
	format: OutputFormat,
): Frames | undefined {
	if (!isEmpty(frameCount)) refuseFor('frameCount', format, ['gif']);
	if (!isEmpty(frameDurationMs)) refuseFor('frameDurationMs', format, ['gif']);
	if (format !== 'gif') return undefined;
	return {
		count: numberOrPreset('frameCount', frameCount),
		durationMs: numberOrPreset('frameDurationMs', frameDurationMs),
	};
}

/**
 * @returns who writes the SVG, undefined when OpenAI chooses; and a warning for one that stops
 * @throws invalid_parameter or model_retired
 */
export function checkSvg(
	params: Params,
	format: OutputFormat,
	calendar: Calendar,
): { readonly svg: SvgAuthor | undefined; readonly warnings: readonly string[] } {
	const model = checkText('svgModel', params.svgModel).trim();
	if (model !== '') refuseFor('svgModel', format, ['svg']);
	if (!isEmpty(params.svgReasoningEffort)) refuseFor('svgReasoningEffort', format, ['svg']);
	const effort = checkEnum('svgReasoningEffort', params.svgReasoningEffort, undefined);
	if (model === '' && effort !== undefined) {
		throw invalidParameter(
			'svgReasoningEffort',
			`'${labels.svgReasoningEffort}' is set, but '${labels.svgModel}' is not`,
			`OpenAI accepts a reasoning effort only with a model: set '${labels.svgModel}', or remove the option.`,
		);
	}
	if (model === '') return { svg: undefined, warnings: [] };
	const row = findChatModel(model);
	const warnings = row ? checkDates(model, row, calendar, 'svgModel') : [];
	return { svg: { model, effort }, warnings };
}
