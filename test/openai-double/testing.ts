import OpenAI, { APIError, toFile } from 'openai';
import type { ImagesResponse } from 'openai/resources/images';
import type {
	Response,
	ResponseCreateParamsNonStreaming,
	ResponseOutputItem,
} from 'openai/resources/responses/responses';
import sharp from 'sharp';
import type { Double } from './index';

/** Helpers of the double's own tests. */

export function clientOf(double: Double, apiKey = 'sk-test'): OpenAI {
	return new OpenAI({ baseURL: double.url, apiKey, maxRetries: 0, logLevel: 'off' });
}

export function imageOf(answer: ImagesResponse, index = 0): Buffer {
	return Buffer.from(answer.data?.[index]?.b64_json ?? '', 'base64');
}

/** The APIError that a call must end with. */
export async function refusalOf(call: Promise<unknown>): Promise<APIError> {
	try {
		await call;
	} catch (error) {
		if (error instanceof APIError) return error;
		throw error;
	}
	throw new Error('The call was expected to be refused');
}

export async function post(double: Double, path: string, body: unknown, key = 'sk-test') {
	return await fetch(`${double.url}${path}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
}

export async function flatPng(width: number, height: number, alpha = 1): Promise<Buffer> {
	return await sharp({
		create: { width, height, channels: 4, background: { r: 200, g: 90, b: 40, alpha } },
	})
		.png()
		.toBuffer();
}

/** An opaque PNG mask with one fully transparent rectangle. */
export async function maskPng(
	size: { width: number; height: number },
	hole: { left: number; top: number; width: number; height: number },
): Promise<Buffer> {
	const { left, top, ...inner } = hole;
	const cut = await flatPng(inner.width, inner.height);
	return await sharp(await flatPng(size.width, size.height))
		.composite([{ input: cut, left, top, blend: 'dest-out' }])
		.png()
		.toBuffer();
}

export async function upload(bytes: Buffer, name = 'a.png', type = 'image/png') {
	return await toFile(bytes, name, { type });
}

export async function pixelsOf(bytes: Buffer): Promise<Buffer> {
	return await sharp(bytes).ensureAlpha().raw().toBuffer();
}

/** An edit that is only short of its images. */
export const lampEdit = {
	model: 'gpt-image-2',
	prompt: 'Add a lamp',
	quality: 'low',
	size: '1024x1024',
	stream: false,
} as const;

export const imageTool = (more: object = {}) => ({
	type: 'image_generation' as const,
	size: '1024x1024',
	quality: 'low' as const,
	...more,
});

/** Input, further parameters, and further settings of the image tool. */
export type Turn = [
	input: ResponseCreateParamsNonStreaming['input'],
	more?: Partial<ResponseCreateParamsNonStreaming>,
	toolMore?: object,
];

/** Sends one turn of a conversation that may make images. */
export async function sendTurn(
	double: Double,
	...[input, more = {}, toolMore = {}]: Turn
): Promise<Response> {
	return await clientOf(double).responses.create({
		model: 'gpt-5.4',
		input,
		tools: [imageTool(toolMore)],
		store: true,
		...more,
	});
}

export type ImageItem = ResponseOutputItem.ImageGenerationCall;

export const imagesOf = ({ output }: Response): ImageItem[] =>
	output.filter((item) => item.type === 'image_generation_call');

export function firstImage(response: Response): ImageItem {
	const [image] = imagesOf(response);
	if (!image) throw new Error('No image in the answer');
	return image;
}

export const bytesOf = (image: ImageItem): Buffer => Buffer.from(image.result ?? '', 'base64');
