import { createHmac, randomBytes } from 'node:crypto';

const random = (prefix: string): string => `${prefix}_${randomBytes(16).toString('hex')}`;
const now = (): number => Math.floor(Date.now() / 1000);

export interface WebhookEndpoint {
	id: string;
	object: 'webhook_endpoint';
	url: string;
	name: string;
	event_types: string[];
	created_at: number;
	signing_secret_hint: string;
}

/** One delivery of an event, ready to be posted again. */
export interface WebhookCall {
	url: string;
	body: string;
	headers: Record<string, string>;
}

/** Posts it and returns the status of the answer. */
export async function deliver({ url, body, headers }: WebhookCall): Promise<number> {
	const answer = await fetch(url, { method: 'POST', body, headers, redirect: 'manual' });
	await answer.body?.cancel();
	return answer.status;
}

/** Signs by the rules of Standard Webhooks. */
export function signed(url: string, secret: string, body: string, timestamp = now()): WebhookCall {
	const id = random('wh');
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
	const headers = {
		'content-type': 'application/json',
		'webhook-id': id,
		'webhook-timestamp': String(timestamp),
		'webhook-signature': `v1,${hmac.digest('base64')}`,
	};
	return { url, body, headers };
}

/** The webhook endpoints of one double, by their IDs. */
export class WebhookStore extends Map<string, { endpoint: WebhookEndpoint; secret: string }> {
	add(wanted: Pick<WebhookEndpoint, 'url' | 'name' | 'event_types'>) {
		const secret = `whsec_${randomBytes(32).toString('base64')}`;
		const endpoint: WebhookEndpoint = {
			id: random('whe'),
			object: 'webhook_endpoint',
			...wanted,
			created_at: now(),
			signing_secret_hint: secret.slice(-4),
		};
		this.set(endpoint.id, { endpoint, secret });
		return { ...endpoint, signing_secret: secret };
	}

	/**
	 * Sends an event to every endpoint that wants its type.
	 * @param origin of the proxy that ends TLS before n8n; empty for the endpoint's own address
	 * @returns what was sent, and how it was answered
	 */
	async emit(type: string, id: string, origin: string) {
		const event = { id: random('evt'), object: 'event', created_at: now(), type, data: { id } };
		const body = JSON.stringify(event);
		const wanting = [...this.values()].filter(({ endpoint }) =>
			endpoint.event_types.includes(type),
		);
		return await Promise.all(
			wanting.map(async ({ endpoint: { url }, secret }) => {
				const call = signed(origin === '' ? url : origin + new URL(url).pathname, secret, body);
				return { ...call, status: await deliver(call) };
			}),
		);
	}
}
