import type { FastifyInstance } from 'fastify';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { drawPartial } from '../image/draw';
import { fullImage } from '../image/studio';
import { generationParameters, readImageRequest } from '../rules/imageRequest';
import { Params } from '../rules/params';
import { ratioHint } from '../rules/sizes';
import type { State } from '../state';
import { answerImages } from './answer';

export function addGenerations(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/images/generations', generate, { paid: true });
}

async function generate(call: Call): Promise<void> {
	const body = await call.json();
	const prompt = typeof body.prompt === 'string' ? body.prompt : '';
	if (await faultBefore(call, prompt)) return;
	const params = new Params(body);
	params.allowOnly(generationParameters);
	const request = readImageRequest(params, {
		ratioHint: ratioHint(prompt),
		unavailable: call.state.options.unavailableModels,
		modelOf: (asked) => call.modelOf(asked),
	});
	await answerImages(call, request, {
		eventName: 'image_generation',
		inputs: [],
		paint: fullImage,
		paintPartial: drawPartial,
	});
}
