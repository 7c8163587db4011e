import { GptImageError, invalidParameter } from '../errors';
import { findImageModel } from './find';
import { labels } from './labels';
import type { ImageModel } from './model-types';
import { imageModels } from './models';
import { text } from './values';

/**
 * @param id the model as the user chose or typed it
 * @param today day in UTC, `YYYY-MM-DD`: a model is refused from the day it stops
 * @returns the id to send, the table's row if it is known, and what the user should know
 * @throws invalid_parameter for an empty id, model_retired for one that OpenAI has shut down
 */
export function checkModel(
	id: unknown,
	today = new Date().toISOString().slice(0, 10),
): { model: string; row: ImageModel | undefined; warnings: string[] } {
	const model = text(id).trim();
	if (model === '') {
		throw invalidParameter(
			'model',
			`'${labels.model}' is empty`,
			`Choose a model from the list or type an ID, e.g. ${imageModels[0]?.id ?? ''}.`,
		);
	}
	const row = findImageModel(model);
	if (!row) {
		return {
			model,
			row,
			warnings: [
				`${model} is not in this node's table: only the common rules were checked and its price is unknown`,
			],
		};
	}
	if (row.status === 'retired' || (row.stopsOn !== undefined && today >= row.stopsOn)) {
		throw new GptImageError(`OpenAI shut ${model} down on ${row.stopsOn ?? 'an earlier day'}`, {
			code: 'model_retired',
			advice: `Choose ${row.successor ?? 'another model'} in '${labels.model}'.`,
			param: 'model',
			retryable: false,
			billed: 'no',
		});
	}
	return {
		model,
		row,
		warnings:
			row.status === 'stopping'
				? [
						`${model} stops on ${row.stopsOn ?? 'a day to come'}: move to ${row.successor ?? 'a newer model'}`,
					]
				: [],
	};
}
