import { modelStatus, type ModelDates } from '../core/rules/calendar';
import { findImageModel } from '../core/rules/model';
import type { ImageModel } from '../core/rules/model-types';
import { imageModels } from '../core/rules/model-table';

/**
 * @param today day in UTC, `YYYY-MM-DD`
 * @returns the model to move to from one that stops soon or has stopped; undefined when it may stay
 */
export function lastingModel(
	old: ImageModel,
	today: string,
	forBatches: boolean,
): ImageModel | undefined {
	let row: ImageModel | undefined = old;
	for (let left = imageModels.length; row && isEnding(row, today) && left > 0; left--) {
		const next: string | undefined = (forBatches ? row.batchSuccessor : undefined) ?? row.successor;
		row = next === undefined ? undefined : findImageModel(next);
	}
	return row === old ? undefined : row;
}

/** Whether a model has stopped, or stops so soon that GPT Image warns. */
export const isEnding = (dates: ModelDates, today: string): boolean =>
	['stopping', 'stopped'].includes(modelStatus(dates, today));

/** What OpenAI does to a model, e.g. `gpt-image-1 was retired on 2026-10-23`. */
export const stopText = (id: string, { until = '' }: ModelDates, today: string): string =>
	`${id} ${today > until ? 'was retired' : 'stops'} on ${until}`;

/** What to look at before a model is paid that costs more, or as much as nobody knows. */
export const priceChecks = ({ id, outputTokens }: ImageModel): string[] =>
	outputTokens.rule === 'range'
		? [`OpenAI publishes no price per image for ${id}: see GPT Image Cost for the range.`]
		: [];
