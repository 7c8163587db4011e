/** POST /images/edits: multipart for files, JSON where images are URLs or file IDs. */

import type { EditInputs, InputImage, ImageRequest } from '../rules/request-types';
import type { Client } from './client';
import { formOf, type Form, type FormFile } from './form';
import { readImages, type ImageAnswer } from './image-answer';
import {
	dataUrl,
	imageParameters,
	imageUrlOf,
	streamParameters,
	underLimits,
	type CallOptions,
} from './images';

export const reference = (image: InputImage) =>
	image.kind === 'fileId' ? { file_id: image.fileId } : { image_url: imageUrlOf(image) };

/** @returns the parameters of an edit, without its images */
export const editParameters = (request: ImageRequest) => ({
	...imageParameters(request),
	input_fidelity: request.inputFidelity,
});

/** Multipart: one image goes as `image`, several as `image[]`. */
function multipart(
	request: ImageRequest,
	files: readonly FormFile[],
	{ mask, markup }: EditInputs,
): Form {
	const png = (bytes: Buffer | undefined, fileName: string) =>
		bytes && { bytes, fileName, mimeType: 'image/png' };
	const { svg, ...fields } = editParameters(request);
	return formOf({
		...fields,
		'svg[model]': svg?.model,
		'svg[reasoning][effort]': svg?.reasoning?.effort,
		...streamParameters(request),
		image: files.length === 1 ? files[0] : files,
		mask: png(mask, 'mask.png'),
		markup: png(markup, 'markup.png'),
	});
}

/** JSON: the only form that takes URLs, file IDs and `moderation` (OpenAPI file, 2026-08-21). */
function json(request: ImageRequest, inputs: EditInputs) {
	return {
		...editParameters(request),
		...streamParameters(request),
		images: inputs.images.map(reference),
		mask: inputs.mask && { image_url: dataUrl(inputs.mask, 'image/png') },
	};
}

/**
 * POST /images/edits, as multipart when it can be and else as JSON.
 * @param request checked; with partial images its count must be 1
 * @throws GptImageError
 */
export async function editImages(
	client: Client,
	request: ImageRequest,
	inputs: EditInputs,
	options: CallOptions,
): Promise<ImageAnswer> {
	return await underLimits(request.model, options, async (signal) => {
		const files = inputs.images.filter((image) => image.kind === 'bytes');
		const asForm = request.moderation === 'auto' && files.length === inputs.images.length;
		const body = asForm ? multipart(request, files, inputs) : json(request, inputs);
		const answer = await client.post('/images/edits', body, signal);
		return await readImages(answer, client, request, signal);
	});
}
