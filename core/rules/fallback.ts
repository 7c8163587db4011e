/** Other models to try when the chosen one refuses. */

import { invalidParameter, toGptImageError, type ErrorCode, type GptImageError } from '../errors';
import type { Calendar } from './calendar';
import { labels } from './labels';
import { findImageModel } from './model';
import { checkLength, checkText, grouped } from './parameters';
import { checkImage, chooseModel, type ChosenModel } from './request';
import type { ImageParams, ImageRequest } from './request-types';

/** Refusals that another model may not share; anything else would fail there, too. */
const forAnotherModel = new Set<ErrorCode>([
	'moderation_blocked',
	'moderation_flagged',
	'model_retired',
	'model_not_found',
	'organization_not_verified',
]);

/** Every image model is asked with the same text model: without it, none can help. */
const textModels: readonly unknown[] = ['chatModel', 'svgModel'];

/** Whether another model, or the user's image, may replace the result after this failure. */
export const canFallBack = ({ code, param }: GptImageError): boolean =>
	forAnotherModel.has(code) && !textModels.includes(param);

/** Each is checked, and asked, one after the other. */
const mostModels = 20;
const longestList = 4_000;

/**
 * @param value IDs with commas between them
 * @returns the IDs, in their order
 * @throws invalid_parameter
 */
export function checkFallback(value: unknown): string[] {
	const advice = `name ${mostModels} models at most, with commas between them`;
	const list = checkLength('fallback', checkText('fallback', value), longestList, advice);
	const models = list.split(',').flatMap((model) => model.trim() || []);
	if (models.length <= mostModels) return models;
	throw invalidParameter(
		'fallback',
		`'${labels.fallback}' has ${grouped(models.length)} models`,
		`Up to ${mostModels} are tried: name fewer.`,
	);
}

interface ChosenModels {
	/** In the order to try them. */
	readonly models: readonly [ChosenModel, ...ChosenModel[]];
	/** Why others were left out, in order. */
	readonly left: readonly GptImageError[];
}

/** Keeps what passes. What fails before anything passed must be a failure that others may not share. */
function passing<In, Out>(
	from: readonly In[],
	check: (one: In) => Out,
): { passed: Out[]; left: GptImageError[] } {
	const passed: Out[] = [];
	const left: GptImageError[] = [];
	for (const one of from) {
		try {
			passed.push(check(one));
		} catch (error) {
			const failure = toGptImageError(error);
			if (passed.length === 0 && !canFallBack(failure)) throw failure;
			left.push(failure);
		}
	}
	return { passed, left };
}

/**
 * @param others IDs to try in order when the chosen one refuses
 * @throws GptImageError when no model can be used
 */
export function chooseModels(
	params: ImageParams,
	others: readonly string[],
	calendar: Calendar,
): ChosenModels {
	const { passed, left } = passing([params.model, ...others], (model) =>
		chooseModel({ ...params, model }, calendar),
	);
	const [first, ...more] = passed;
	if (!first) throw left[0] ?? new RangeError('No model was tried');
	return { models: [first, ...more], left };
}

/** Requests for the models of an item, in the order to try them. */
interface CheckedRequests {
	readonly requests: readonly [ImageRequest, ...ImageRequest[]];
	/** Models that were left out, and why: shut down, or unable to take the parameters. */
	readonly leftOut: readonly string[];
}

/**
 * @param params with what has become known since the models were chosen
 * @returns every request's warnings say which models were left out
 * @throws GptImageError when no model can
 */
export function checkImages(params: ImageParams, { models, left }: ChosenModels): CheckedRequests {
	const checked = passing(models, (chosen) => checkImage(params, chosen));
	const skipped = [...left, ...checked.left];
	const leftOut = skipped.map(({ message }) => `${message}, so it was skipped`);
	const [first, ...others] = checked.passed.map((request) => ({
		...request,
		warnings: [...leftOut, ...request.warnings],
	}));
	if (!first) throw skipped[0] ?? new RangeError('No model was checked');
	return { requests: [first, ...others], leftOut };
}

/** @returns the failure, saying which models could not help, when some could have */
export const withLeftOut = (error: GptImageError, leftOut: readonly string[]): GptImageError =>
	leftOut.length === 0
		? error
		: error.with({
				advice: `${error.advice} The other models could not help: ${leftOut.join('; ')}.`,
			});

/** Whether the model refused the transparent background that the request asks for. */
export const refusesTransparency = (error: GptImageError, request: ImageRequest): boolean =>
	request.background === 'transparent' &&
	error.status === 400 &&
	(error.param === 'background' || /transparen|background/i.test(error.message));

/** @returns the same request on the model that the table names for transparent backgrounds */
export function withTransparency(request: ImageRequest): ImageRequest | undefined {
	const row = findImageModel(request.row?.transparentFallback ?? '');
	if (!row || !row.qualities.includes(request.quality)) return undefined;
	return { ...request, model: row.id, row };
}
