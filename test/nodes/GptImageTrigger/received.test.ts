import { startDouble, type Double } from '../../openai-double';
import { clientOf } from '../../openai-double/testing';
import { deliver, signed } from '../../openai-double/webhooks';
import { Published } from './published';

let double: Double;
let published: Published;
let origin: string;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(async () => {
	double.reset();
	published = new Published({ apiKey: 'sk-test', baseUrl: double.url });
	origin = await published.listen();
	double.options.webhookOrigin = origin;
	await published.publish();
});
afterEach(() => published.close());

const statuses = (sent: ReadonlyArray<{ status: number }>) => sent.map(({ status }) => status);

it('an event that OpenAI signed starts the workflow, once', async () => {
	const [sent] = await double.emitEvent('batch.completed', 'batch_1');
	expect(sent?.status).toBe(200);
	const at = new Date(Number(sent?.headers['webhook-timestamp']) * 1000).toISOString();
	const json = { event: 'batch.completed', orderId: 'batch_1', at };
	expect(published.started).toEqual([[{ json }]]);

	expect(sent && (await deliver(sent))).toBe(200);
	expect(published.started).toHaveLength(1);
	expect(statuses(await double.emitEvent('batch.failed', 'batch_2'))).toEqual([200]);
	expect(published.started).toHaveLength(2);
});

it('remembers the last 200 deliveries', async () => {
	const seen = Array.from({ length: 200 }, (_, index) => `wh_${index}`);
	published.staticData.seen = seen;
	const [sent] = await double.emitEvent('batch.completed', 'batch_1');
	expect(published.staticData.seen).toEqual([...seen.slice(1), sent?.headers['webhook-id']]);
});

it.each([
	['is about something else', JSON.stringify({ type: 'video.completed', data: { id: 'video_1' } })],
	['is about an event that was not chosen', '{"type":"batch.expired","data":{"id":"batch_1"}}'],
	['has no order', '{"type":"batch.completed"}'],
	['is no JSON', 'batch.completed'],
])('a signed call that %s is answered and starts nothing', async (_what, body) => {
	const call = signed(`${origin}/`, String(published.staticData.secret), body);
	expect(await deliver(call)).toBe(200);
	expect(published.started).toEqual([]);
});

const text = 'a'.repeat(1_000_000);
it.each([
	['has a list for a body', '[{"type":"batch.completed","data":{"id":"batch_1"}}]'],
	['has null for a body', 'null'],
	['has a type of every object', '{"type":"constructor","data":{"id":"batch_1"}}'],
	[
		'has its type in a prototype',
		'{"__proto__":{"type":"batch.completed","data":{"id":"batch_1"}}}',
	],
	['has an ID that is a list', '{"type":"batch.completed","data":{"id":["batch_1"]}}'],
	['has an ID with a path', '{"type":"batch.completed","data":{"id":"../files/file-1"}}'],
	['has an ID with lines', '{"type":"batch.completed","data":{"id":"batch_1\\r\\nX: 1"}}'],
	['has an ID of a megabyte', `{"type":"batch.completed","data":{"id":"${text}"}}`],
	['has 100,000 levels', '['.repeat(100_000)],
	['is empty', ''],
])('a signed call that %s starts nothing', async (_what, body) => {
	const call = signed(`${origin}/`, String(published.staticData.secret), body);
	expect(await deliver(call)).toBe(200);
	expect(published.started).toEqual([]);
});

it.each(['1e300', '-1', '"soon"', 'null', '{}', '8640000000001'])(
	'the time %s of an event is none, and the event is told all the same',
	async (createdAt) => {
		const body = `{"type":"batch.completed","created_at":${createdAt},"data":{"id":"batch_1"}}`;
		const call = signed(`${origin}/`, String(published.staticData.secret), body);
		expect(await deliver(call)).toBe(200);
		const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT/);
		expect(published.started).toEqual([
			[{ json: { event: 'batch.completed', orderId: 'batch_1', at } }],
		]);
	},
);

it.each<[string, Record<string, string>]>([
	['a thousand signatures', { 'webhook-signature': 'v1,AAAA '.repeat(1_000) }],
	['a signature of another version', { 'webhook-signature': 'v1a,AAAA' }],
	['an empty one', { 'webhook-signature': 'v1,' }],
	['no time', { 'webhook-timestamp': '' }],
	['a time in hexadecimal', { 'webhook-timestamp': '0x6ffffff' }],
	['a time to come', { 'webhook-timestamp': '99999999999' }],
	['no ID', { 'webhook-id': '' }],
])('a call with %s is refused', async (_what, headers) => {
	const event = '{"type":"batch.completed","data":{"id":"batch_1"}}';
	const call = signed(`${origin}/`, String(published.staticData.secret), event);
	expect(await deliver({ ...call, headers: { ...call.headers, ...headers } })).toBe(401);
	expect(published.started).toEqual([]);
	expect(published.staticData.seen).toBeUndefined();
});

interface Change {
	secret?: string;
	headers?: Record<string, string>;
	body?: string;
	secondsAgo?: number;
}

it.each<[string, Change]>([
	['another secret', { secret: 'whsec_b3RoZXI=' }],
	['no signature', { headers: { 'webhook-signature': '' } }],
	['another ID than was signed', { headers: { 'webhook-id': 'wh_other' } }],
	['another body than was signed', { body: '{"type":"batch.completed", "data":{"id":"batch_1"}}' }],
	['a time of long ago', { secondsAgo: 301 }],
])('a call with %s is refused with 401 and starts nothing', async (_what, change) => {
	const { secret, headers, body, secondsAgo = 0 }: Change = change;
	const event = '{"type":"batch.completed","data":{"id":"batch_1"}}';
	const at = Math.floor(Date.now() / 1000) - secondsAgo;
	const call = signed(`${origin}/`, secret ?? String(published.staticData.secret), event, at);
	const sent = { ...call, body: body ?? event, headers: { ...call.headers, ...headers } };
	expect(await deliver(sent)).toBe(401);
	expect(published.started).toEqual([]);
});

it('takes the secret of the credential, for an endpoint that a person created', async () => {
	const { signing_secret: webhookSecret } = await clientOf(double).webhooks.create({
		url: 'https://tunnel.example.com/webhook/hook-1/webhook',
		name: 'by hand',
		event_types: ['response.completed'],
	});
	const credential = { apiKey: 'sk-test', baseUrl: double.url, webhookSecret };
	const events = { events: ['response.completed'] };
	const byHand = new Published(credential, 'http://localhost:5678', events);
	double.options.webhookOrigin = await byHand.listen();
	await byHand.publish();
	expect(statuses(await double.emitEvent('response.completed', 'resp_1'))).toEqual([200]);
	byHand.close();
	expect(byHand.started).toMatchObject([[{ json: { orderId: 'resp_1' } }]]);
});

it('without any secret every call is refused', async () => {
	const none = new Published({ apiKey: 'sk-test', baseUrl: double.url });
	const call = signed(`${await none.listen()}/`, '', '{}');
	expect(await deliver(call)).toBe(401);
	none.close();
});
