import { GptImageError } from '../errors';
import type { InputImage, PictureRequest } from '../rules/request-types';
import { isRecord, textOf } from '../rules/unknown';
import { readAnswer } from './answer';
import type { Client } from './client';
import { badAnswer } from './bad-answer';
import type { CallContext } from './connection-failure';
import { toGptImageError } from './failures';

/** What one call brought back: plain data, pictures as bytes. */
export interface ImageAnswer {
	readonly images: readonly Buffer[];
	/** Frames sent while the picture was being made, in order; empty unless streamed. */
	readonly partials: readonly Buffer[];
	/** As the API said it; money/ reads it. */
	readonly usage: unknown;
	readonly svgUsage: unknown;
	/** Values that `auto` was resolved to, where the API tells. */
	readonly size: string | undefined;
	readonly quality: string | undefined;
	readonly background: string | undefined;
	readonly format: string | undefined;
	readonly requestId: string | undefined;
	/** For the pace of the next calls. */
	readonly headers: Headers;
}

export interface CallOptions {
	/** Limit for the whole call, answer included, in milliseconds. */
	readonly timeoutMs: number;
	readonly signal?: AbortSignal;
	/** Called with each frame of a streamed picture. */
	readonly onPartial?: (frame: Buffer) => void;
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
export function imageParameters(request: PictureRequest) {
	return {
		model: request.model,
		prompt: request.prompt,
		n: request.count,
		size: request.size === 'auto' ? 'auto' : `${request.size.width}x${request.size.height}`,
		quality: request.quality,
		output_format: request.format,
		output_compression: request.compression,
		background: request.background === 'auto' ? undefined : request.background,
		moderation: request.moderation === 'auto' ? undefined : request.moderation,
		complexity: request.complexity,
		safety_identifier: request.safetyIdentifier,
	} as const;
}

/**
 * Runs one API call under its own time limit and the user's stop.
 * @throws GptImageError for whatever goes wrong
 */
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
		const context: CallContext = {
			model,
			timeoutMs: options.timeoutMs,
			timedOut: limit.aborted,
			aborted: options.signal?.aborted ?? false,
		};
		throw toGptImageError(error, context);
	}
}

/** Larger than any picture that OpenAI draws; a wrong header shall not take the memory away. */
const mostExpectedBytes = 64 * 2 ** 20;

/** Room for one picture by the length of the answer that holds `count` of them as base64. */
function expectedBytes({ headers }: Response, count: number): number | undefined {
	const length = Number(headers.get('content-length') ?? 0);
	if (!Number.isFinite(length) || length <= 0) return undefined;
	return Math.min(mostExpectedBytes, Math.ceil((length * 3) / 4 / count));
}

/**
 * @param count pictures that were asked for
 * @returns the answer to a call that was not streamed, its pictures decoded
 */
export async function readImages(response: Response, count: number): Promise<ImageAnswer> {
	if (!response.body) throw badAnswer('empty_answer');
	const { json, images } = await readAnswer(response.body, expectedBytes(response, count));
	const requestId = response.headers.get('x-request-id') ?? undefined;
	if (images.length === 0 || !isRecord(json)) throw withRequestId('empty_answer', requestId);
	if (images.every((bytes) => bytes.length === 0)) throw withRequestId('broken_image', requestId);
	return {
		images,
		partials: [],
		usage: json.usage,
		svgUsage: json.svg_usage,
		size: textOf(json.size),
		quality: textOf(json.quality),
		background: textOf(json.background),
		format: textOf(json.output_format),
		requestId,
		headers: response.headers,
	};
}

const withRequestId = (
	code: 'empty_answer' | 'broken_image' | 'connection_lost',
	requestId: string | undefined,
) => {
	const error = badAnswer(code);
	return new GptImageError(error.message, { ...error.facts, requestId });
};

/** The events of both image endpoints, as far as they are read. */
interface ImageEvent {
	readonly type: string;
	readonly b64_json: string;
	readonly usage?: unknown;
	readonly size?: string;
	readonly quality?: string;
	readonly background?: string;
	readonly output_format?: string;
}

/**
 * @param events `*.partial_image` frames, then `*.completed`
 * @throws connection_lost when the stream ends before the picture is complete
 */
export async function readStream(
	events: AsyncIterable<ImageEvent>,
	response: Response,
	onPartial?: (frame: Buffer) => void,
): Promise<ImageAnswer> {
	const requestId = response.headers.get('x-request-id') ?? undefined;
	const partials: Buffer[] = [];
	for await (const event of events) {
		const bytes = Buffer.from(event.b64_json ?? '', 'base64');
		if (event.type.endsWith('.partial_image')) {
			partials.push(bytes);
			onPartial?.(bytes);
			continue;
		}
		if (!event.type.endsWith('.completed')) continue;
		if (bytes.length === 0) throw withRequestId('empty_answer', requestId);
		return {
			images: [bytes],
			partials,
			usage: event.usage,
			svgUsage: undefined,
			size: event.size,
			quality: event.quality,
			background: event.background,
			format: event.output_format,
			requestId,
			headers: response.headers,
		};
	}
	throw withRequestId('connection_lost', requestId);
}

/**
 * POST /images/generations.
 * @param request checked; with partial images its count must be 1, because frames of several
 *   pictures cannot be told apart
 * @throws GptImageError
 */
export async function generateImages(
	client: Client,
	request: PictureRequest,
	options: CallOptions,
): Promise<ImageAnswer> {
	const body = imageParameters(request);
	return await underLimits(request.model, options, async (signal) => {
		if (request.partialImages > 0) {
			const { data, response } = await client.images
				.generate({ ...body, stream: true, partial_images: request.partialImages }, { signal })
				.withResponse();
			return await readStream(data, response, options.onPartial);
		}
		const response = await client.images.generate(body, { signal }).asResponse();
		return await readImages(response, request.count);
	});
}
