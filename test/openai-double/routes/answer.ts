import type { ImagesResponse } from 'openai/resources/images';
import type { Call } from '../http/call';
import { cutShort, faultAfter } from '../http/faulty';
import { oddUsage, usageOf } from '../http/usage';
import type { Order } from '../picture/draw';
import { bigPicture, plainPicture, type Picture, type Source } from '../picture/studio';
import type { ImageRequest } from '../rules/imageRequest';
import { sizeText, type Size } from '../rules/sizes';
import { countTokens, textTokens, type TokenCount } from '../rules/tokens';
import { streamImages } from './stream';

/** How an endpoint paints: a generation draws a scene, an edit repaints its references. */
export interface Painter {
	eventName: 'image_generation' | 'image_edit';
	inputs: readonly Size[];
	/** The turns that led to the picture, to be written on it. */
	lineage?: readonly string[];
	paint(order: Order, source: Source): Promise<Picture>;
	paintPartial(order: Order, step: number, steps: number): Promise<Buffer>;
}

/** Makes, bills and sends the pictures of a checked request. */
export async function answerImages(
	call: Call,
	request: ImageRequest,
	painter: Painter,
): Promise<void> {
	const { state, entry } = call;
	state.rateLimit.take(request.model.id, request.n, painter.inputs.length, state.options);
	if (request.stream) return await streamImages(call, request, painter);

	// What drawing takes here is part of the latency, not on top of it.
	const [pictures] = await Promise.all([
		makePictures(call, request, painter),
		state.wait(latency(call)),
	]);
	// A client that went away is billed like any other.
	entry.paid = request.n;
	entry.imageSha256 = pictures.map(({ sha256 }) => sha256);
	if (call.gone || (await faultAfter(call))) return;

	const body = answerBody(call, request, pictures, tokensOf(request, painter, 0));
	if (call.fault('cut')) return await cutShort(call, 200, 'application/json', body);
	await call.sendBytes(200, body, 'application/json');
}

export function latency(call: Call): number {
	return call.state.options.latencyMs + (call.fault('slow')?.ms ?? 0);
}

export function tokensOf(
	request: ImageRequest,
	painter: Painter,
	partialsSent: number,
	n = request.n,
): TokenCount {
	return countTokens({
		model: request.model,
		prompt: request.prompt,
		quality: request.quality,
		autoQuality: request.autoQuality,
		size: request.size,
		gifFrames: request.gif?.frames,
		inputs: painter.inputs,
		inputFidelity: request.inputFidelity,
		n,
		partialsSent,
	});
}

async function makePictures(
	call: Call,
	request: ImageRequest,
	painter: Painter,
): Promise<Picture[]> {
	const pictures: Picture[] = [];
	for (let index = 0; index < request.n && !call.gone; index++) {
		pictures.push(await makePicture(call, request, painter, index));
	}
	return pictures;
}

export async function makePicture(
	call: Call,
	request: ImageRequest,
	painter: Painter,
	index: number,
): Promise<Picture> {
	const { options } = call.state;
	const order = orderOf(request, index, painter.lineage);
	const source = { model: request.model.id, serial: call.state.nextPicture() };
	const megabytes = call.fault('big')?.megabytes ?? options.bigMegabytes;
	if (megabytes !== undefined && request.format === 'png') {
		return await bigPicture(order, source, megabytes);
	}
	if (options.drawing === 'plain') return await plainPicture(order, source);
	return await painter.paint(order, source);
}

export function orderOf(request: ImageRequest, index: number, lineage?: readonly string[]): Order {
	const { model, size, quality, n } = request;
	const which = n > 1 ? ` · ${index + 1} of ${n}` : '';
	return {
		caption: {
			prompt: request.prompt,
			details: `${model.id} · ${sizeText(size)} · ${quality}${which} · drawn by the local double`,
			lineage,
		},
		index,
		size,
		format: request.format,
		compression: request.compression,
		transparent: request.background === 'transparent',
		gif: request.gif,
	};
}

/**
 * The JSON text of the answer. The base64 pieces are set into it as bytes, because turning a dozen
 * megabytes into JSON would cost more than making them.
 */
function answerBody(
	call: Call,
	request: ImageRequest,
	pictures: readonly Picture[],
	tokens: TokenCount,
): Buffer {
	const { format } = request;
	const answer: Omit<ImagesResponse, 'data' | 'usage'> & { usage?: unknown } = {
		created: Math.floor(Date.now() / 1000),
		background: request.background,
		output_format: format as ImagesResponse['output_format'],
		quality: request.quality as ImagesResponse['quality'],
		size: sizeText(request.size),
		...(request.safetyIdentifier && { safety_identifier: request.safetyIdentifier }),
		...(request.svgAuthor && { svg_usage: svgUsage(request.svgAuthor, request.prompt) }),
		...(call.fault('nousage') ? {} : { usage: usageOf(request.model, tokens) }),
		...(call.fault('oddusage') && { usage: oddUsage }),
	};
	const parts: Buffer[] = [Buffer.from(`${JSON.stringify(answer).slice(0, -1)},"data":[`)];
	if (!call.fault('empty')) {
		pictures.forEach(({ base64 }, index) => {
			parts.push(Buffer.from(`${index > 0 ? ',' : ''}{"b64_json":"`));
			parts.push(...(call.fault('badbase64') ? [Buffer.from('!!! not base64 !!!')] : base64));
			parts.push(Buffer.from('"}'));
		});
	}
	parts.push(Buffer.from(']}'));
	return Buffer.concat(parts);
}

export function svgUsage(model: string, prompt: string): ImagesResponse.SvgUsage {
	const input = textTokens(prompt) + 400;
	return {
		input_tokens: input,
		output_tokens: 2600,
		reasoning_tokens: 600,
		total_tokens: input + 2600,
		model,
	};
}
