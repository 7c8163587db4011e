/** The item of an exported file. */

import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { UserFile } from '../../core/calls/prepare';
import type { ExportedFile, NamedBytes } from '../../core/pixels/export/export';
import { mimeTypeOf } from '../../core/pixels/file-name';
import type { ExportWarning } from '../../core/rules/export';
import { fieldsOf, isRecord, listOf } from '../../core/rules/json';
import type { Warning } from '../../core/job';
import { isOwnImage } from '../host/input-beside';
import type { ItemFile } from '../outputs';
import { sha256 } from '../../core/calls/key';

export const loaded = async ({ origin, load }: UserFile): Promise<NamedBytes> => ({
	bytes: await load(),
	origin,
});

/** Whether the item says that GPT Image made its image; a fallback image is the user's own. */
export function isGenerated(context: IExecuteFunctions, itemIndex: number): boolean {
	const { image } = fieldsOf(context.getInputData()[itemIndex]?.json);
	if (!isOwnImage(image)) return false;
	return !listOf(image.warnings).some((one) => isRecord(one) && one.code === 'fallback_image');
}

/** The contract's `json.file`, and the file as n8n's binary. */
export async function storeFile(
	context: IExecuteFunctions,
	file: Omit<ExportedFile, 'channel' | 'warnings'> & {
		readonly channel?: string;
		readonly warnings: readonly (ExportWarning | Warning)[];
	},
	fileName: string,
): Promise<{
	readonly described: ItemFile;
	readonly binary: NonNullable<INodeExecutionData['binary']>[string];
}> {
	const { channel, width, height, format, bytes, quality, label, c2pa, warnings } = file;
	const described: ItemFile = {
		...(channel === undefined ? {} : { channel }),
		width,
		height,
		format,
		bytes: bytes.length,
		sha256: sha256(bytes),
		fileName,
		quality,
		label,
		c2pa,
		warnings: warnings.map(({ code, message }) => ({ code, message })),
	};
	return {
		described,
		binary: await context.helpers.prepareBinaryData(bytes, fileName, mimeTypeOf(format)),
	};
}
