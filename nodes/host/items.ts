/** Turns a finished image into an output item. */

import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { GptImageError, messageOf } from '../../core/errors';
import { recycle } from '../../core/openai/buffers';
import {
	isOrdered,
	type AnswerOutput,
	type ImageOutput,
	type OrderOutput,
	type Output,
	type Warning,
} from '../../core/job';
import { mimeTypeOf, type FileNameParts } from '../../core/pixels/file-name';
import { troubleOf } from '../../core/store/trouble';
import type { ItemImage } from '../outputs';
import { sourceFields } from './edit-parameters';
import { inputBeside, withRoom, type Binaries, type InputBeside } from './input-beside';
import { signedUrl } from './signed-url';
import { isToolRun, toolAnswer } from './tool-answer';

/** How to build an output item. */
export interface ItemSettings {
	readonly outputField: string;
	readonly fileNameTemplate: string;
	readonly keepInput: boolean;
	readonly keepPartials: boolean;
}

const STORE = "n8n's binary data storage";

/**
 * n8n keeps binaries in a folder, a database or a bucket; any of them may be full or unavailable.
 * @param output the image that n8n did not take; if it was paid for, our store has it, or its
 *   warnings say why not
 */
function notStored(error: unknown, { image, warnings }: ImageOutput): GptImageError {
	const trouble = troubleOf(error);
	const isPaid = image.usage !== null && !image.request.dryRun;
	const again = isPaid ? ['Then run the workflow again: it uses the images that were kept.'] : [];
	const told = warnings.map(({ message }) => message);
	return new GptImageError(`Could not use ${STORE}: ${trouble?.happened ?? messageOf(error)}`, {
		code: 'not_stored',
		advice: [trouble?.advice ?? 'Check that it works.', ...again, ...told].join(' '),
		retryable: true,
		billed: isPaid && !image.request.reused ? 'yes' : 'no',
		cause: error,
	});
}

/**
 * Hands an image, and the frames before it if they are wanted, to n8n's binary store. The image's own
 * memory is free afterwards. @throws GptImageError `not_stored`
 */
async function storeImage(
	context: IExecuteFunctions,
	output: ImageOutput,
	name: string,
	{ outputField, keepPartials }: ItemSettings,
): Promise<Binaries> {
	const { bytes, frames, image } = output;
	const { prepareBinaryData } = context.helpers;
	const mimeType = mimeTypeOf(image.format);
	try {
		const binary: Binaries = { [outputField]: await prepareBinaryData(bytes, name, mimeType) };
		recycle(bytes);
		if (!keepPartials) return binary;
		for (const [index, frame] of frames.entries()) {
			const frameName = name.replace(/(\.\w+)$/, `_partial_${index + 1}$1`);
			const field = `${outputField}_partial_${index + 1}`;
			binary[field] = await prepareBinaryData(frame, frameName, mimeType);
		}
		return binary;
	} catch (error) {
		throw notStored(error, output);
	}
}

/** An item, and what is to be said of it beside what its image says. */
export interface ImageItem {
	readonly item: INodeExecutionData;
	readonly warnings: readonly Warning[];
}

/** Where an item has the answer about its image. */
export const answerField = { describe: 'description', review: 'review' } as const;

/** @returns the input item with the answer in a field of its own; its image passes through */
function toAnswerItem(
	context: IExecuteFunctions,
	{ image, answer, warnings: said }: AnswerOutput,
	itemIndex: number,
): ImageItem {
	const field = answerField[answer.kind];
	const { json, binary, warnings: renamed } = withRoom(context, itemIndex, field);
	const { model: chatModel, usage, cost, request } = image;
	const { parts: _, ...money } = cost;
	const warnings = [...said, ...renamed];
	const facts: IDataObject = {
		...answer.facts,
		usage: usage?.chat ?? null,
		cost: money,
		chatModel,
		request,
		warnings: warnings.map(({ code, message }) => ({ code, message })),
	};
	const item: INodeExecutionData = {
		json: { ...json, [field]: facts },
		...(binary ? { binary } : {}),
		pairedItem: { item: itemIndex },
	};
	return { item, warnings };
}

/** An ordered item has no binaries: they come with the image. */
function besideOf(
	context: IExecuteFunctions,
	output: Output | OrderOutput,
	itemIndex: number,
	settings: ItemSettings,
): InputBeside {
	const input = context.getInputData()[itemIndex];
	if (isOrdered(output)) return inputBeside({ json: input?.json ?? {} }, settings, false);
	const isSource = sourceFields(context, itemIndex).has(settings.outputField);
	return inputBeside(input, settings, isSource && output.bytes !== undefined);
}

/**
 * @param beside what stands beside it; of a collected image, the fields of the row that was ordered
 * @returns the item of the contract; for an agent a small answer instead, see {@link toolAnswer}
 */
export async function toImageItem(
	context: IExecuteFunctions,
	output: Output | OrderOutput,
	itemIndex: number,
	settings: ItemSettings,
	nameOf: (parts: FileNameParts) => string,
	beside: InputBeside = besideOf(context, output, itemIndex, settings),
): Promise<ImageItem> {
	if (!isOrdered(output) && output.answer) return toAnswerItem(context, output, itemIndex);
	const { json: kept, binary: others, warnings: renamed } = beside;
	const warnings = [...output.warnings, ...renamed];
	const said = warnings.map(({ code, message }) => ({ code, message }));
	const pairedItem = { item: itemIndex };
	if (!output.bytes) {
		const json: IDataObject =
			isToolRun(context) && !isOrdered(output)
				? toolAnswer(output, {})
				: { ...kept, image: { ...output.image, warnings: said } };
		const binary = Object.keys(others).length > 0 ? { binary: others } : {};
		return { item: { json, ...binary, pairedItem }, warnings };
	}
	const { image } = output;
	const bytes = output.bytes.length;
	const name = nameOf({
		...image,
		width: image.width ?? 0,
		height: image.height ?? 0,
		date: new Date(),
	});
	const stored = await storeImage(context, output, name, settings);
	const binary = { ...others, ...stored };
	const isTool = isToolRun(context);
	const isCalled = isTool || context.getMode() === 'integrated';
	const url = isCalled ? signedUrl(context, stored[settings.outputField]) : undefined;
	if (isTool) {
		const json = toolAnswer(output, { fileName: name, url });
		return { item: { json, binary, pairedItem }, warnings };
	}
	const { width, height, format, cost, prompt, revisedPrompt, ...more } = image;
	const facts: ItemImage = {
		fileName: name,
		width,
		height,
		format,
		bytes,
		...(url === undefined ? {} : { url }),
		cost,
		prompt,
		...(revisedPrompt === undefined ? {} : { revisedPrompt }),
		warnings: said,
		...more,
	};
	const json: IDataObject = { ...kept, image: { ...facts } };
	return { item: { json, binary, pairedItem }, warnings };
}
