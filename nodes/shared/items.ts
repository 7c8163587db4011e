import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { giveBack } from '../../core/api/memory';
import type { Picture, Reply } from '../../core/job';
import { fileName, mimeTypeOf } from '../../core/picture/file-name';
import { notStored } from './not-stored';
import { isToolRun, signedUrl, toolAnswer } from './tool-answer';

/** How an item that comes out is made. */
export interface ItemSettings {
	readonly outputField: string;
	readonly fileNameTemplate: string;
	readonly keepInput: boolean;
	readonly keepPartials: boolean;
}

type Binaries = NonNullable<INodeExecutionData['binary']>;

/**
 * Hands a picture, and the frames before it if they are wanted, to n8n's binary store. The picture's
 * own memory is free afterwards: the next one can use it.
 * @throws GptImageError `not_stored`
 */
async function storePicture(
	context: IExecuteFunctions,
	picture: Picture,
	name: string,
	{ outputField, keepPartials }: ItemSettings,
): Promise<Binaries> {
	const { bytes, partials, format } = picture;
	const { prepareBinaryData } = context.helpers;
	const mimeType = mimeTypeOf(format);
	try {
		const binary: Binaries = { [outputField]: await prepareBinaryData(bytes, name, mimeType) };
		giveBack(bytes);
		if (!keepPartials) return binary;
		for (const [index, frame] of partials.entries()) {
			const frameName = name.replace(/(\.\w+)$/, `_partial_${index + 1}$1`);
			const field = `${outputField}_partial_${index + 1}`;
			binary[field] = await prepareBinaryData(frame, frameName, mimeType);
		}
		return binary;
	} catch (error) {
		throw notStored(error, picture);
	}
}

/**
 * @param picture finished, or a turn of a conversation that was answered in words alone
 * @returns the item of the contract: the input's fields, `image`, and the picture as binary. An
 * agent that uses the node as its tool gets a small answer instead, see {@link toolAnswer}
 */
export async function toPictureItem(
	context: IExecuteFunctions,
	picture: Picture | Reply,
	itemIndex: number,
	settings: ItemSettings,
): Promise<INodeExecutionData> {
	const input = context.getInputData()[itemIndex];
	const kept = settings.keepInput ? input?.json : {};
	const pairedItem = { item: itemIndex };
	if (!picture.bytes) {
		// The input's own picture in that field would be taken for the one that was not made.
		const { [settings.outputField]: _own, ...others } = input?.binary ?? {};
		const json: IDataObject = isToolRun(context)
			? toolAnswer(picture)
			: { ...kept, image: { ...picture } as IDataObject };
		return { json, ...(Object.keys(others).length > 0 ? { binary: others } : {}), pairedItem };
	}
	const { bytes, partials: _frames, ...described } = picture;
	const size = bytes.length;
	const name = fileName(settings.fileNameTemplate, { ...picture, date: new Date() });
	const made = await storePicture(context, picture, name, settings);
	const binary = { ...input?.binary, ...made };
	if (isToolRun(context)) {
		const url = signedUrl(context, made[settings.outputField]);
		return { json: toolAnswer(picture, { fileName: name, url }), binary, pairedItem };
	}
	const image: IDataObject = { ...described, bytes: size, fileName: name } as IDataObject;
	return { json: { ...kept, image }, binary, pairedItem };
}
