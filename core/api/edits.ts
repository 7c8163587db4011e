import type { EditInputs, InputImage, PictureRequest } from '../rules/request-types';
import type { Client } from './client';
import {
	dataUrl,
	imageParameters,
	imageUrlOf,
	readImages,
	readStream,
	underLimits,
	type CallOptions,
	type ImageAnswer,
} from './openai';

export const reference = (image: InputImage) =>
	image.kind === 'fileId' ? { file_id: image.fileId } : { image_url: imageUrlOf(image) };

/** The parameters that both forms of an edit share. */
function editParameters(request: PictureRequest) {
	const { output_format, moderation, ...shared } = imageParameters(request);
	const format = output_format === 'svg' ? undefined : output_format;
	return {
		fields: { ...shared, output_format: format, input_fidelity: request.inputFidelity },
		moderation,
	};
}

/** Multipart: one image goes as `image`, several as `image[]`; the SDK does that. */
async function multipart(request: PictureRequest, inputs: EditInputs) {
	const { toFile } = await import('openai');
	const files = await Promise.all(
		inputs.images.map(async (image) => {
			if (image.kind !== 'bytes') throw new RangeError('Only bytes can be sent as multipart');
			return await toFile(image.bytes, image.fileName, { type: image.mimeType });
		}),
	);
	const png = async (bytes: Buffer | undefined, name: string) =>
		bytes && (await toFile(bytes, name, { type: 'image/png' }));
	const [only] = files;
	return {
		...editParameters(request).fields,
		image: files.length === 1 && only ? only : files,
		mask: await png(inputs.mask, 'mask.png'),
		markup: await png(inputs.markup, 'markup.png'),
	};
}

/** JSON: the only form that takes URLs, file IDs and `moderation` (OpenAPI file, 2026-08-21). */
function json(request: PictureRequest, inputs: EditInputs) {
	const { fields, moderation } = editParameters(request);
	return {
		...fields,
		moderation,
		images: inputs.images.map(reference),
		mask: inputs.mask && { image_url: dataUrl(inputs.mask, 'image/png') },
	};
}

const isMultipart = (request: PictureRequest, inputs: EditInputs): boolean =>
	request.moderation === 'auto' && inputs.images.every(({ kind }) => kind === 'bytes');

/**
 * POST /images/edits, as multipart when it can be and else as JSON.
 * @param request checked; with partial images its count must be 1
 * @throws GptImageError
 */
export async function editImages(
	client: Client,
	request: PictureRequest,
	inputs: EditInputs,
	options: CallOptions,
): Promise<ImageAnswer> {
	const stream = { stream: true, partial_images: request.partialImages } as const;
	return await underLimits(request.model, options, async (signal) => {
		if (isMultipart(request, inputs)) {
			const body = await multipart(request, inputs);
			if (request.partialImages === 0) {
				const response = await client.images.edit(body, { signal }).asResponse();
				return await readImages(response, request.count);
			}
			const { data, response } = await client.images
				.edit({ ...body, ...stream }, { signal })
				.withResponse();
			return await readStream(data, response, options.onPartial);
		}
		const body = json(request, inputs);
		if (request.partialImages === 0) {
			const response = await client.post('/images/edits', { body, signal }).asResponse();
			return await readImages(response, request.count);
		}
		const { data, response } = await client
			.post<StreamOf>('/images/edits', { body: { ...body, ...stream }, signal, stream: true })
			.withResponse();
		return await readStream(data, response, options.onPartial);
	});
}

/** The SDK has no type for edits sent as JSON; their events are those of the multipart form. */
type StreamOf = Parameters<typeof readStream>[0];
