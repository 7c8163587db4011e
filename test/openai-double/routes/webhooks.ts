import type { FastifyInstance } from 'fastify';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { invalidRequest, invalidValue, missingParameter } from '../rules/errors';
import { Params } from '../rules/params';
import type { State } from '../state';
import type { WebhookEndpoint } from '../webhooks';

const path = '/v1/webhook_endpoints';
const eventTypes = [
	...['completed', 'failed', 'expired', 'cancelled'].map((end) => `batch.${end}`),
	...['completed', 'failed', 'incomplete', 'cancelled'].map((end) => `response.${end}`),
];

export function addWebhooks(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', path, create);
	serve(app, state, 'GET', path, list);
	serve(app, state, 'GET', `${path}/:id`, async (call) => await call.send(200, endpointOf(call)));
	serve(app, state, 'DELETE', `${path}/:id`, async (call) => {
		const { id } = endpointOf(call);
		state.webhooks.delete(id);
		await call.send(200, { id, object: 'webhook_endpoint.deleted', deleted: true });
	});
}

function endpointOf({ state, entry }: Call): WebhookEndpoint {
	const id = entry.path.split('/').at(-1) ?? '';
	const found = state.webhooks.get(id);
	if (!found) throw invalidRequest(`No such webhook endpoint: ${id}`, null, null, 404);
	return found.endpoint;
}

async function create(call: Call): Promise<void> {
	if (await faultBefore(call, '')) return;
	const params = new Params(await call.json());
	params.allowOnly(['url', 'name', 'event_types']);
	const name = params.requiredText('name', { min: 1, max: 256 });
	const url = params.requiredText('url', { min: 1, max: 2048 });
	if (URL.parse(url)?.protocol !== 'https:') {
		throw invalidRequest("Invalid 'url': only HTTPS URLs are supported.", 'url', 'invalid_url');
	}
	const event_types = (params.list('event_types') ?? []).map(String);
	if (event_types.length === 0) throw missingParameter('event_types');
	for (const type of event_types) {
		if (!eventTypes.includes(type)) throw invalidValue('event_types', type, eventTypes);
	}
	await call.send(200, call.state.webhooks.add({ url, name, event_types }));
}

/** Newest first. */
async function list(call: Call): Promise<void> {
	const { after, limit = '20' } = call.request.query as { after?: string; limit?: string };
	const all = [...call.state.webhooks.values()].map(({ endpoint }) => endpoint).reverse();
	const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
	const data = all.slice(start, start + Number(limit));
	const [first_id = null, last_id = null] = [data[0]?.id, data.at(-1)?.id];
	const has_more = start + data.length < all.length;
	await call.send(200, { object: 'list', data, first_id, last_id, has_more });
}
