/** Input images of an estimate: only their dimensions matter. */

import type { IExecuteFunctions } from 'n8n-workflow';
import type { UserFile } from '../../core/calls/prepare';
import { loadSharp } from '../../core/pixels/sharp';
import { inspect } from '../../core/pixels/source';
import { withImageLabels } from '../../core/rules/edit';
import type { Dimensions } from '../../core/rules/request-types';
import { readImages } from '../host/edit-parameters';
import { asGptImageError } from '../host/errors';

async function measureFile(file: UserFile): Promise<Dimensions | { readonly warning: string }> {
	const bytes = await file.load();
	const sharp = await loadSharp();
	try {
		const { width, height } = await inspect(sharp, bytes, file.origin);
		return { width, height };
	} catch (error) {
		return { warning: `${asGptImageError(error).message}: its price is a range` };
	}
}

/**
 * Reads the dimensions of an item's input images without decoding them.
 * @returns warnings say why some are unknown; `labelled` gives the prompt as it is sent, with the label
 *   of each image
 * @throws invalid_parameter for a binary field, URL or file ID that is not there
 */
export async function readInputs(context: IExecuteFunctions, itemIndex: number) {
	const entries = readImages(context, itemIndex, 'images');
	const images: (Dimensions | 'unknown')[] = [];
	const warnings: string[] = [];
	for (const entry of entries) {
		const size = entry.kind === 'file' ? await measureFile(entry.file) : undefined;
		if (size && 'warning' in size) warnings.push(size.warning);
		images.push(size && 'width' in size ? size : 'unknown');
	}
	const descriptions = entries.map(({ label }) => label);
	return { images, warnings, labelled: (prompt: string) => withImageLabels(prompt, descriptions) };
}
