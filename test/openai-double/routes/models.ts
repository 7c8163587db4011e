import type { FastifyInstance } from 'fastify';
import type { Model } from 'openai/resources/models';
import { serve } from '../http/call';
import { faultBefore } from '../http/faulty';
import { modelNotFound } from '../rules/errors';
import { chatModels, imageModelIds, otherModels, shutdownDate } from '../rules/models';
import type { State } from '../state';

export function addModels(app: FastifyInstance, state: State): void {
	const available = () =>
		[...imageModelIds, ...chatModels, ...otherModels].filter(
			(id) => !state.options.unavailableModels.includes(id),
		);

	serve(app, state, 'GET', '/v1/models', async (call) => {
		if (await faultBefore(call, '')) return;
		await call.send(200, { object: 'list', data: available().map((id) => describe(id, state)) });
	});

	serve(app, state, 'GET', '/v1/models/:id', async (call) => {
		if (await faultBefore(call, '')) return;
		const id = decodeURIComponent(call.entry.path.split('/').at(-1) ?? '');
		if (!available().includes(id)) throw modelNotFound(id);
		await call.send(200, describe(id, state));
	});
}

function describe(id: string, { options }: State): Model {
	return {
		id,
		object: 'model',
		created: 1_776_729_600,
		owned_by: 'system',
		shutdown_date: options.shutdownDates[id] ?? shutdownDate(id),
	};
}
