import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { drawContactSheet, type SheetCell } from '../../core/pixels/export/contact-sheet';
import { GptImageError, invalidParameter } from '../../core/errors';
import { endingOf } from '../../core/pixels/file-name';
import { checkContactSheet } from '../../core/rules/export';
import { labels } from '../../core/rules/labels';
import { toText } from '../../core/rules/parameters';
import { asGptImageError, toNodeError } from '../host/errors';
import { userFile } from '../host/files';
import type { SheetImage } from '../outputs';
import { failedItem, isGenerated, loaded, storeFile } from './file-item';

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
	readonly sheet: INodeExecutionData;
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
		number: itemIndex + 1,
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
	const images = cells.map(({ number, caption }, itemIndex): SheetImage => ({
		number,
		caption,
		fileName: names[itemIndex] ?? null,
	}));
	const sheet: INodeExecutionData = {
		json: { file: described, images },
		binary: { data: binary },
		pairedItem: input.map((_, item) => ({ item })),
	};
	return { sheet, errors };
}

/** What draws a sheet of the first item's settings: a failure there is a failure of all. */
async function drawn(context: IExecuteFunctions): Promise<Drawn | GptImageError> {
	try {
		return await draw(context);
	} catch (error) {
		return asGptImageError(error);
	}
}

/** @returns one item with all images on a numbered sheet, and a failed item for each that is not */
export async function drawSheet(context: IExecuteFunctions): Promise<INodeExecutionData[]> {
	const result = await drawn(context);
	const errors = result instanceof GptImageError ? [result] : result.errors;
	const failed: INodeExecutionData[] = [];
	for (const [itemIndex, error] of errors.entries()) {
		if (!error) continue;
		if (!context.continueOnFail()) throw toNodeError(context, error, itemIndex);
		failed.push(failedItem(context, error, itemIndex, undefined));
	}
	return result instanceof GptImageError ? failed : [result.sheet, ...failed];
}
