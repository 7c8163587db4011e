import {
	exportImage,
	type ExportedFile,
	type ExportInput,
} from '../../../../core/pixels/export/export';
import { GptImageError } from '../../../../core/errors';
import { checkExport, type ExportParams } from '../../../../core/rules/export';

/** Exports of one image by core/, with the node's parameters. */

export const named = (bytes: Buffer, name = 'photo.png', param = 'inputField') => ({
	bytes,
	origin: { param, label: `'Input Binary Field' (field "data")`, name },
});

const none = { width: 1000, height: 1000, fit: 'subject', text: {}, logo: {}, options: {} };

type Given = Partial<Omit<ExportParams, 'channels'>> & {
	readonly channels?: unknown;
	readonly input?: Partial<ExportInput>;
};

export async function outcomesOf(bytes: Buffer, { input, ...params }: Given = {}) {
	const request = checkExport({ channels: ['custom'], ...none, ...params });
	return await exportImage(
		{
			image: named(bytes),
			isGenerated: false,
			logo: undefined,
			font: undefined,
			...input,
		},
		request,
	);
}

/** The file of the first channel. */
export async function exported(bytes: Buffer, params: Given = {}): Promise<ExportedFile> {
	const [outcome] = await outcomesOf(bytes, params);
	if (outcome && 'file' in outcome) return outcome.file;
	throw outcome?.error ?? new Error('Nothing was exported');
}

/** Why the first channel, or all, could not be made. */
export async function failureOf(bytes: Buffer, params: Given = {}): Promise<GptImageError> {
	const failure: unknown = await exported(bytes, params).catch((error: unknown) => error);
	if (failure instanceof GptImageError) return failure;
	throw new Error(`It was not refused: ${String(failure)}`);
}
