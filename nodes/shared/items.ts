import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Picture } from '../../core/job';
import { fileName, mimeTypeOf } from '../../core/picture/file-name';

/** How an item that comes out is made. */
export interface ItemSettings {
	readonly outputField: string;
	readonly fileNameTemplate: string;
	readonly keepInput: boolean;
	readonly keepPartials: boolean;
}

/**
 * Hands a finished picture to n8n's binary store and describes it.
 * @returns the item of the contract: the input's fields, `image`, and the picture as binary
 */
export async function toPictureItem(
	context: IExecuteFunctions,
	picture: Picture,
	itemIndex: number,
	settings: ItemSettings,
): Promise<INodeExecutionData> {
	const { bytes, partials, ...described } = picture;
	const name = fileName(settings.fileNameTemplate, { ...picture, date: new Date() });
	const mimeType = mimeTypeOf(picture.format);
	const { prepareBinaryData } = context.helpers;
	const input = context.getInputData()[itemIndex];
	const binary = {
		...input?.binary,
		[settings.outputField]: await prepareBinaryData(bytes, name, mimeType),
	};
	if (settings.keepPartials) {
		for (const [index, frame] of partials.entries()) {
			const frameName = name.replace(/(\.\w+)$/, `_partial_${index + 1}$1`);
			binary[`${settings.outputField}_partial_${index + 1}`] = await prepareBinaryData(
				frame,
				frameName,
				mimeType,
			);
		}
	}
	const image: IDataObject = { ...described, bytes: bytes.length, fileName: name } as IDataObject;
	return {
		json: { ...(settings.keepInput ? input?.json : {}), image },
		binary,
		pairedItem: { item: itemIndex },
	};
}
