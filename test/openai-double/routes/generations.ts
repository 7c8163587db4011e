import type { FastifyInstance } from 'fastify';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { drawPartial } from '../picture/draw';
import { fullPicture } from '../picture/studio';
import { generationParameters, readImageRequest } from '../rules/imageRequest';
import { Params } from '../rules/params';
import { ratioWish } from '../rules/sizes';
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
		edit: false,
		ratioWish: ratioWish(prompt),
		unavailable: call.state.options.unavailableModels,
	});
	await answerImages(call, request, {
		eventName: 'image_generation',
		inputs: [],
		paint: fullPicture,
		paintPartial: drawPartial,
	});
}
