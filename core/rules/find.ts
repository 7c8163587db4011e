import type { ChatModel, ImageModel } from './model-types';
import { chatModels, imageModels } from './models';

/**
 * @param id an image model's id or dated snapshot, as OpenAI writes it
 * @returns its row, or undefined for an id that the table does not know
 */
export const findImageModel = (id: string): ImageModel | undefined =>
	imageModels.find((row) => row.id === id || row.snapshots.includes(id));

/**
 * @param id a mainline model's id or alias
 * @returns its row, or undefined for an id that the table does not know
 */
export const findChatModel = (id: string): ChatModel | undefined =>
	chatModels.find((row) => row.id === id || row.aliases.includes(id));

/**
 * The rules to go by for a model that the table does not know: most likely those of its first row.
 * @param row what findImageModel gave
 */
export function assumedRow(row: ImageModel | undefined): ImageModel {
	const assumed = row ?? imageModels[0];
	if (!assumed) throw new RangeError('The model table is empty');
	return assumed;
}
