/** POST /images/edits: multipart for files, JSON where images are URLs or file IDs. */

import type { EditInputs, InputImage, ImageRequest } from '../rules/request-types';
import type { Client } from './client';
import { formOf, type Form } from './form';
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
function multipart(request: ImageRequest, inputs: EditInputs): Form {
	const files = inputs.images.map((image) => {
		if (image.kind !== 'bytes') throw new RangeError('Only bytes can be sent as multipart');
		return image;
	});
	const png = (bytes: Buffer | undefined, fileName: string) =>
		bytes && { bytes, fileName, mimeType: 'image/png' };
	const [only] = files;
	const { svg, ...fields } = editParameters(request);
	return formOf({
		...fields,
		'svg[model]': svg?.model,
		'svg[reasoning][effort]': svg?.reasoning?.effort,
		...streamParameters(request),
		image: files.length === 1 && only ? only : files,
		mask: png(inputs.mask, 'mask.png'),
		markup: png(inputs.markup, 'markup.png'),
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

const isMultipart = (request: ImageRequest, inputs: EditInputs): boolean =>
	request.moderation === 'auto' && inputs.images.every(({ kind }) => kind === 'bytes');

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
		const form = isMultipart(request, inputs) ? multipart : json;
		const answer = await client.post('/images/edits', form(request, inputs), signal);
		return await readImages(answer, client, request, signal);
	});
}
