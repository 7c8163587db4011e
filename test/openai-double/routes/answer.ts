import type { ImagesResponse } from 'openai/resources/images';
import type { Call } from '../http/call';
import { cutShort, faultAfter } from '../http/faulty';
import { oddUsage, usageOf } from '../http/usage';
import type { Order } from '../image/draw';
import { bigImage, plainImage, type Image, type Source } from '../image/studio';
import type { ImageRequest } from '../rules/imageRequest';
import { sizeText, type Size } from '../rules/sizes';
import { countTokens, textTokens, type TokenCount } from '../rules/tokens';
import { streamImages } from './stream';

/** How an endpoint paints: a generation draws a scene, an edit repaints its references. */
export interface Painter {
	eventName: 'image_generation' | 'image_edit';
	inputs: readonly Size[];
	/** The turns that led to the image, to be written on it. */
	lineage?: readonly string[];
	paint(order: Order, source: Source): Promise<Image>;
	paintPartial(order: Order, step: number, steps: number): Promise<Buffer>;
}

/** Makes, bills and sends the images of a checked request. */
export async function answerImages(
	call: Call,
	request: ImageRequest,
	painter: Painter,
): Promise<void> {
	const { state, entry } = call;
	// Batches have a pool of their own.
	if (entry.batch === undefined) {
		state.rateLimit.take(request.model.id, request.n, painter.inputs.length, state.options);
	}
	if (request.stream) return await streamImages(call, request, painter);

	const images = await makeImages(call, request, painter);
	await untilDue(call);
	// A client that went away is billed like any other.
	entry.paid = request.n;
	entry.imageSha256 = images.map(({ sha256 }) => sha256);
	if (call.gone || (await faultAfter(call))) return;

	const body = answerBody(call, request, images, tokensOf(request, painter, 0));
	if (call.fault('cut')) return await cutShort(call, 200, 'application/json', body);
	await call.sendBytes(200, body, 'application/json');
}

export function latency(call: Call): number {
	return call.state.options.latencyMs + (call.fault('slow')?.ms ?? 0);
}

/** What the double itself takes for an answer is part of the latency, not on top of it. */
export async function untilDue(call: Call): Promise<void> {
	await call.state.wait(latency(call) - (Date.now() - call.entry.startedAt));
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

async function makeImages(call: Call, request: ImageRequest, painter: Painter): Promise<Image[]> {
	const images: Image[] = [];
	for (let index = 0; index < request.n && !call.gone; index++) {
		images.push(await makeImage(call, request, painter, index));
	}
	return images;
}

export async function makeImage(
	call: Call,
	request: ImageRequest,
	painter: Painter,
	index: number,
): Promise<Image> {
	const { options } = call.state;
	const order = orderOf(request, index, painter.lineage);
	const source = { model: request.model.id, serial: call.state.nextImage() };
	const megabytes = call.fault('big')?.megabytes ?? options.bigMegabytes;
	if (megabytes !== undefined && request.format === 'png') {
		return await bigImage(order, source, megabytes);
	}
	if (options.drawing === 'plain') return await plainImage(order, source);
	return await painter.paint(order, source);
}

export function orderOf(request: ImageRequest, index: number, lineage?: readonly string[]): Order {
	const { model, size, quality, n } = request;
	const which = n > 1 ? ` · ${index + 1} of ${n}` : '';
	return {
		caption: {
			prompt: request.prompt,
			details: `${model.id} · ${sizeText(size)} · ${quality}${which} · drawn by the mock server`,
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
	images: readonly Image[],
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
		images.forEach(({ base64 }, index) => {
			parts.push(Buffer.from(`${index > 0 ? ',' : ''}{"b64_json":"`));
			const text = call.fault('badbase64')
				? [Buffer.from('!!! not base64 !!!')]
				: call.fault('unreadable')
					? [signatureAlone]
					: base64;
			parts.push(...text, Buffer.from('"}'));
		});
	}
	parts.push(Buffer.from(']}'));
	return Buffer.concat(parts);
}

/** A PNG of which nothing but the signature came: base64 without padding. */
const signatureAlone = Buffer.from(
	Buffer.from('\x89PNG\r\n\x1a\n and', 'latin1').toString('base64'),
);

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
