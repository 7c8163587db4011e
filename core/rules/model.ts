/** Looks up a model in the table. */

import { GptImageError, invalidParameter } from '../errors';
import { datesOf, modelStatus, type Calendar } from './calendar';
import { labels } from './labels';
import type { ChatModel, ImageModel } from './model-types';
import { defaultImageModel, imageModels, modelTable } from './model-table';
import { excerpt, toText } from './parameters';

/** @param id also of a dated snapshot */
export const findImageModel = (id: string): ImageModel | undefined =>
	modelTable().image.find((row) => row.id === id || row.snapshots.includes(id));

/** @param id also an alias */
export const findChatModel = (id: string): ChatModel | undefined =>
	modelTable().chat.find((row) => row.id === id || row.aliases.includes(id));

/** The rules for a model that the table does not know: most likely those of its first row. */
export function assumedRow(row: ImageModel | undefined): ImageModel {
	const assumed = row ?? imageModels[0];
	if (!assumed) throw new RangeError('The model table is empty');
	return assumed;
}

/** What to use instead of a model that stops, e.g. `gpt-image-2.6-flare (in batches gpt-image-2)`. */
export function successorText({
	successor,
	batchSuccessor,
}: Partial<Pick<ImageModel, 'successor' | 'batchSuccessor'>>): string {
	if (successor === undefined) return 'another model';
	return batchSuccessor === undefined ? successor : `${successor} (in batches ${batchSuccessor})`;
}

/** @throws invalid_parameter for what no service calls a model: Azure's and gateways' names have no spaces */
export function checkId(param: 'model' | 'chatModel', id: string): void {
	if (id.length <= 200 && /^[\x21-\x7e]*$/.test(id)) return;
	throw invalidParameter(
		param,
		`'${labels[param]}' is "${excerpt(id)}", which is not a model ID`,
		'Choose a model from the list, or type an ID without spaces, line breaks and accents.',
	);
}

/** @throws invalid_parameter when there is none */
export function readId(param: 'model' | 'chatModel', value: unknown, example: string): string {
	const id = toText(value).trim();
	if (id !== '') return id;
	throw invalidParameter(
		param,
		`'${labels[param]}' is empty`,
		`Choose a model from the list or type an ID, e.g. ${example}.`,
	);
}

/**
 * @param label of the parameter that holds it
 * @returns the ID to send, the table's row if it is known, and what the user should know
 * @throws invalid_parameter for an empty ID or a chat model, model_retired for one that OpenAI has shut down
 */
export function checkModel(
	id: unknown,
	calendar: Calendar,
	label: string,
): { model: string; row: ImageModel | undefined; warnings: string[] } {
	const model = readId('model', id, defaultImageModel);
	const standsFor = calendar.deployments?.get(model) ?? model;
	if (findChatModel(standsFor)) {
		throw invalidParameter(
			'model',
			`'${label}' is ${excerpt(model)}, a chat model, which cannot generate images`,
			`Choose an image model, e.g. ${defaultImageModel}. Chat models are for '${labels.chatModel}' in a conversation.`,
		);
	}
	const row = findImageModel(standsFor);
	if (!row) {
		checkId('model', model);
		const warning = calendar.deployments
			? `${model} is not listed in '${labels.deployments}' of the credential with a known model: only the common rules were checked and its price is unknown`
			: `${model} is not in this node's table: only the common rules were checked and its price is unknown`;
		return { model, row, warnings: [warning] };
	}
	return { model, row, warnings: checkDates(standsFor, row, calendar, 'model') };
}

/**
 * @returns a warning for a model whose last day is near, or over at a service with its own dates
 * @throws model_retired when the last day is over and OpenAI itself answers, or no service can
 */
export function checkDates(
	model: string,
	row: ImageModel | ChatModel,
	calendar: Calendar,
	param: 'model' | 'chatModel' | 'svgModel',
): string[] {
	const dates = datesOf(model, row, calendar);
	const { until = '' } = dates;
	const successor = successorText(row);
	const status = modelStatus(dates, calendar.today);
	if (status === 'stopping') return [`${model} stops on ${until}: switch to ${successor}`];
	if (status !== 'stopped') return [];
	if (!calendar.isOpenAI && !('otherApi' in row)) {
		return [
			`OpenAI retired ${model} on ${until}; the service of the credential's 'Base URL' may do so too: switch to ${successor}`,
		];
	}
	throw new GptImageError(`OpenAI retired ${model} on ${until}`, {
		code: 'model_retired',
		advice: `Choose ${successor} in '${labels[param]}'.`,
		param,
		billed: 'no',
	});
}
