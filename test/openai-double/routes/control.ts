import type { FastifyInstance } from 'fastify';
import { endBatches, type End } from '../batches/run';
import type { Fault } from '../faults';
import { isRecord } from '../rules/params';
import type { State } from '../state';

/** The double's own paths, for other processes: journal, reset, faults, options. No key needed. */
export function addControl(app: FastifyInstance, state: State): void {
	app.get('/__journal', () => state.journal);
	app.post('/__reset', () => {
		state.reset();
		return { ok: true };
	});
	app.post('/__expire', (request) => {
		const body = parse(request.body);
		const ids = isRecord(body) && Array.isArray(body.ids) ? body.ids.map(String) : undefined;
		state.responses.expire(ids);
		return { ok: true };
	});
	app.post('/__batches', async (request) => {
		const { end, ...how } = Object(parse(request.body)) as { end: End };
		await endBatches(app, state, end, how);
		return state.batches.all.map(({ batch }) => batch);
	});
	app.post('/__event', async (request) => {
		const body = parse(request.body);
		const { type, id } = isRecord(body) ? body : {};
		return await state.webhooks.emit(String(type), String(id), state.options.webhookOrigin);
	});
	app.get('/__faults', () => state.faults.list());
	app.post('/__faults', (request, reply) => {
		const body = parse(request.body);
		try {
			state.faults.push(...((Array.isArray(body) ? body : [body]) as Fault[]));
		} catch (error) {
			return reply.status(400).send({ error: String(error) });
		}
		return state.faults.list();
	});
	app.delete('/__faults', () => {
		state.faults.clear();
		return [];
	});
	app.get('/__options', () => state.options);
	app.post('/__options', (request) => {
		const body = parse(request.body);
		if (isRecord(body)) state.setOptions(body);
		return state.options;
	});
}

function parse(body: unknown): unknown {
	return JSON.parse(String(body || '{}'));
}
