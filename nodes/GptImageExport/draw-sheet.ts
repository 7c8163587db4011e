/** Runs Make Contact Sheet: all items on one sheet. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { drawContactSheet, type SheetCell } from '../../core/pixels/export/contact-sheet';
import { invalidParameter, type GptImageError } from '../../core/errors';
import { endingOf } from '../../core/pixels/file-name';
import { checkContactSheet } from '../../core/rules/export';
import { labels } from '../../core/rules/labels';
import { toText } from '../../core/rules/parameters';
import { asGptImageError, toErrorItem, toNodeError } from '../host/errors';
import { userFile } from '../host/files';
import type { SheetImage } from '../outputs';
import { isGenerated, loaded, storeFile } from './file-item';

/** More is no sheet that a person can choose from. */
const mostImages = 100;

function checkCount(count: number): void {
	if (count <= mostImages) return;
	throw invalidParameter(
		'inputField',
		`${count} images are too many for one contact sheet`,
		`Up to ${mostImages} fit; split them with n8n's 'Loop Over Items'.`,
	);
}

interface Drawn {
	/** One, or none of what cannot be drawn at all. */
	readonly sheets: readonly INodeExecutionData[];
	/** Of each item, in order. */
	readonly errors: ReadonlyArray<GptImageError | undefined>;
}

async function draw(context: IExecuteFunctions): Promise<Drawn> {
	const input = context.getInputData();
	const parameter = (name: string, itemIndex: number): unknown =>
		context.getNodeParameter(name, itemIndex, null) ?? undefined;
	checkCount(input.length);
	const request = checkContactSheet({
		columns: parameter('columns', 0),
		cellWidth: parameter('cellWidth', 0),
		outputFormat: parameter('outputFormat', 0),
	});
	const names: string[] = [];
	const cells = input.map((_, itemIndex): SheetCell => ({
		caption: toText(parameter('captions', itemIndex)),
		isGenerated: isGenerated(context, itemIndex),
		load: async () => {
			const field = parameter('inputField', itemIndex);
			const place = `'${labels.inputField}'`;
			const image = userFile(context, itemIndex, field, 'inputField', place);
			names[itemIndex] = image.origin.name;
			return await loaded(image);
		},
	}));
	const { file, errors } = await drawContactSheet(cells, request);
	const fileName = `contact-sheet.${endingOf(file.format)}`;
	const { described, binary } = await storeFile(context, file, fileName);
	const images = cells.map(({ caption }, itemIndex): SheetImage => ({
		number: itemIndex + 1,
		caption,
		fileName: names[itemIndex] ?? null,
	}));
	const sheet: INodeExecutionData = {
		json: { file: described, images },
		binary: { data: binary },
		pairedItem: input.map((_, item) => ({ item })),
	};
	return { sheets: [sheet], errors };
}

/** @returns one item with all images on a numbered sheet, and a failed item for each that is not */
export async function drawSheet(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	// The settings are the first item's: a failure there is a failure of all.
	const { sheets, errors } = await draw(context).catch((error: unknown): Drawn => {
		return { sheets: [], errors: [asGptImageError(error)] };
	});
	const failed = errors.flatMap((error, itemIndex) => {
		if (!error) return [];
		if (!context.continueOnFail()) throw toNodeError(context, error, itemIndex);
		return [toErrorItem(context, error, itemIndex)];
	});
	return [...sheets, ...failed];
}
