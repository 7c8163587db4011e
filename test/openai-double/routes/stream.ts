import type { ImageEditStreamEvent, ImageGenStreamEvent } from 'openai/resources/images';
import type { Call } from '../http/call';
import { refusalOf, writeHalf } from '../http/faulty';
import { oddUsage, usageOf } from '../http/usage';
import { isBilled } from '../faults';
import { serverError, type ErrorDetails } from '../rules/errors';
import type { ImageRequest } from '../rules/imageRequest';
import { sizeText } from '../rules/sizes';
import { latency, makeImage, orderOf, tokensOf, type Painter } from './answer';

type Quality = ImageGenStreamEvent['quality'];
type Format = ImageGenStreamEvent['output_format'];

/** Events as a server sends them: `event:` and `data:` lines. */
export const sseEvent = (event: { type: string }): string =>
	`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

/** Sends a request's images as events; each image has its partials, its end and its usage. */
export async function streamImages(
	call: Call,
	request: ImageRequest,
	painter: Painter,
): Promise<void> {
	const { state, entry } = call;
	const raw = call.raw(200, {
		'content-type': 'text/event-stream; charset=utf-8',
		'cache-control': 'no-cache',
	});
	const partials = call.fault('fewpartials') ? Math.min(1, request.partials) : request.partials;
	const pause = latency(call) / (partials + 1);
	for (let index = 0; index < request.n; index++) {
		for (let step = 0; step < partials; step++) {
			await state.wait(pause);
			if (call.gone) continue;
			const bytes = await painter.paintPartial(orderOf(request, index), step, partials);
			raw.write(
				sseEvent({
					type: `${painter.eventName}.partial_image`,
					...described(request),
					b64_json: bytes.toString('base64'),
					partial_image_index: step,
				} as ImageGenStreamEvent | ImageEditStreamEvent),
			);
		}
		await state.wait(pause);
		entry.paid += 1;
		if (call.gone) continue;
		const image = await makeImage(call, request, painter, index);
		entry.imageSha256.push(image.sha256);
		if (await spoiled(call)) return;
		if (call.fault('empty')) continue;
		const usage = usageOf(request.model, tokensOf(request, painter, partials, 1));
		delete usage.output_tokens_details;
		const head = JSON.stringify({
			type: `${painter.eventName}.completed`,
			...described(request),
			...(call.fault('nousage') ? {} : { usage: call.fault('oddusage') ? oddUsage : usage }),
			...(request.safetyIdentifier && { safety_identifier: request.safetyIdentifier }),
		});
		const event = Buffer.concat([
			Buffer.from(`event: ${painter.eventName}.completed\ndata: ${head.slice(0, -1)},"b64_json":"`),
			...(call.fault('badbase64') ? [Buffer.from('!!! not base64 !!!')] : image.base64),
			Buffer.from('"}\n\n'),
		]);
		if (call.fault('cut')) {
			await writeHalf(raw, event);
			return call.destroy();
		}
		raw.write(event);
	}
	call.finish(200);
	raw.end();
}

function described(request: ImageRequest) {
	return {
		created_at: Math.floor(Date.now() / 1000),
		size: sizeText(request.size),
		quality: request.quality as Quality,
		background: request.background,
		output_format: request.format as Format,
	};
}

/** After the image was made: an error event, a hang, or a connection that ends. */
async function spoiled(call: Call): Promise<boolean> {
	for (const fault of call.faults.filter(isBilled)) {
		if (fault.kind === 'hang') {
			await call.state.untilClosed();
			return true;
		}
		if (fault.kind === 'reset' || fault.kind === 'html') {
			call.destroy();
			return true;
		}
		const refusal =
			fault.kind === 'streamerror' ? serverError(call.entry.requestId) : refusalOf(call, fault);
		if (refusal) {
			endWithError(call, refusal.details);
			return true;
		}
	}
	return false;
}

/** The status line is long gone, so a late refusal is an event. */
export function endWithError(call: Call, details: ErrorDetails): void {
	call.entry.error = details.code;
	call.finish(200);
	const event = { type: 'error', error: details, sequence_number: 0 };
	call.reply.raw.end(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
}
