/** POST /images/generations and /images/edits: one request in, images and usage out. */

import { GptImageError, toGptImageError, type ErrorFacts } from '../errors';
import { labels } from '../rules/labels';
import type { InputImage, ImageRequest } from '../rules/request-types';
import type { Client } from './client';
import { fromApiError } from './errors/api';
import { ServiceError } from './guard';
import { readImages, type ImageAnswer } from './image-answer';
import { sizeText } from '../rules/size';

export interface CallOptions {
	/** Limit for the whole call, answer included, in milliseconds. */
	readonly timeoutMs: number;
	readonly signal?: AbortSignal;
}

/** Bytes as OpenAI's JSON takes them. */
export const dataUrl = (bytes: Buffer, mimeType: string): string =>
	`data:${mimeType};base64,${bytes.toString('base64')}`;

/** An input image as OpenAI's JSON takes it; undefined for a file that it has already. */
export function imageUrlOf(image: InputImage): string | undefined {
	if (image.kind === 'bytes') return dataUrl(image.bytes, image.mimeType);
	return image.kind === 'url' ? image.url : undefined;
}

/** The request's parameters in OpenAI's names; `undefined` is left out of the JSON. */
export function imageParameters(request: ImageRequest) {
	const { svg } = request;
	return {
		model: request.model,
		prompt: request.prompt,
		n: request.count,
		size: sizeText(request.size),
		quality: request.quality,
		output_format: request.format,
		output_compression: request.compression,
		frame_count: request.frames?.count,
		frame_duration_ms: request.frames?.durationMs,
		svg: svg && { model: svg.model, reasoning: svg.effort && { effort: svg.effort } },
		background: request.background === 'auto' ? undefined : request.background,
		moderation: request.moderation === 'auto' ? undefined : request.moderation,
		complexity: request.complexity,
		safety_identifier: request.safetyIdentifier,
	} as const;
}

const stopped = (cause: unknown): GptImageError =>
	new GptImageError('The execution was stopped while the image was being generated', {
		code: 'aborted',
		advice: 'OpenAI may still bill this call. Run the workflow again to generate the image.',
		billed: 'possibly',
		cause,
	});

function timedOut(timeoutMs: number, cause: unknown): GptImageError {
	const seconds = timeoutMs / 1000;
	const limit = `${seconds} second${seconds === 1 ? '' : 's'}`;
	return new GptImageError(`OpenAI did not respond within ${limit}`, {
		code: 'timeout',
		advice: `Raise '${labels.timeoutSeconds}', choose a smaller size or a lower quality, or set '${labels.partialImages}' to 1 to keep the connection alive.`,
		retryable: true,
		billed: 'possibly',
		cause,
	});
}

/** Runs a call under its own time limit and the user's stop. @throws GptImageError */
export async function underLimits<T>(
	model: string,
	options: CallOptions,
	call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	const limit = AbortSignal.timeout(options.timeoutMs);
	const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
	try {
		return await call(signal);
	} catch (error) {
		// What the service has answered by then counts.
		const isAnswer = error instanceof ServiceError;
		if (!isAnswer && options.signal?.aborted) throw stopped(error);
		if (!isAnswer && limit.aborted) throw timedOut(options.timeoutMs, error);
		throw fromApiError(error, { model });
	}
}

/** As {@link underLimits}, for what costs nothing. @param facts that a failure has beside */
export async function free<T>(
	what: string,
	options: CallOptions,
	facts: Partial<ErrorFacts>,
	call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
	try {
		return await underLimits(what, options, call);
	} catch (error) {
		throw toGptImageError(error).with({ billed: 'no', ...facts });
	}
}

/** The parameters that have an answer streamed; an image without frames is not. */
export const streamParameters = ({ partialImages }: ImageRequest) =>
	partialImages > 0 ? ({ stream: true, partial_images: partialImages } as const) : {};

/**
 * POST /images/generations.
 * @param request checked; with partial images its count must be 1, as frames of several cannot be told apart
 * @throws GptImageError
 */
export async function generateImages(
	client: Client,
	request: ImageRequest,
	options: CallOptions,
): Promise<ImageAnswer> {
	const body = { ...imageParameters(request), ...streamParameters(request) };
	return await underLimits(request.model, options, async (signal) => {
		const response = await client.post('/images/generations', body, signal);
		return await readImages(response, client, request, signal);
	});
}
