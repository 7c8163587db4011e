import type { IDataObject } from 'n8n-workflow';
import { startDouble, type Double } from '../../openai-double';
import { clientOf } from '../../openai-double/testing';
import { Published } from './published';

const url = 'https://n8n.example.com/webhook/hook-1/webhook';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(() => double.close());
beforeEach(() => double.reset());

const credential = (more: object = {}) => ({ apiKey: 'sk-test-key', baseUrl: double.url, ...more });
const endpoints = async () => (await clientOf(double).webhooks.list()).data;
const calls = () => double.journal.map(({ method, path }) => `${method} ${path}`);
/** All that n8n shows is the message. */
const refusal = async (published: Published) =>
	await published.publish().then(
		() => 'published',
		({ message }: Error) => message,
	);

it('registers its address when it is published, once, and removes it after', async () => {
	const published = new Published(credential());
	await published.publish();
	const [made, ...others] = await endpoints();
	expect(others).toEqual([]);
	expect(made).toMatchObject({
		url,
		name: 'n8n: Catalogue overnight',
		event_types: ['batch.completed', 'batch.failed'],
	});
	expect(published.staticData).toEqual({
		endpointId: made?.id,
		secret: expect.stringMatching(/^whsec_/),
	});

	await published.publish();
	expect((await endpoints()).map(({ id }) => id)).toEqual([made?.id]);

	expect(await published.unpublish()).toBe(true);
	expect(await endpoints()).toEqual([]);
	expect(published.staticData).toEqual({});
});

it('replaces an endpoint of its own address whose events or secret are not known, and no other', async () => {
	const { webhooks } = clientOf(double);
	const other = { name: 'other', event_types: ['batch.failed' as const] };
	const stale = await webhooks.create({ ...other, url });
	for (let count = 0; count < 101; count++) {
		await webhooks.create({ ...other, url: `https://n8n.example.com/webhook/${count}` });
	}
	const published = new Published(credential());
	await published.publish();
	const all = [];
	for await (const endpoint of clientOf(double).webhooks.list({ limit: 100 })) all.push(endpoint);
	expect(all).toHaveLength(102);
	expect(all.filter((endpoint) => endpoint.url === url)).toMatchObject([
		{ event_types: ['batch.completed', 'batch.failed'] },
	]);
	expect(all.map(({ id }) => id)).not.toContain(stale.id);

	const changed = new Published(
		credential(),
		undefined,
		{ events: ['batch.expired'] },
		published.workflow.staticData,
	);
	await changed.publish();
	const [now, ...more] = (await webhooks.list({ limit: 100 })).data.filter(
		(endpoint) => endpoint.url === url,
	);
	expect([now?.event_types, more]).toEqual([['batch.expired'], []]);
});

it('without HTTPS and without a secret it is refused before anything is sent', async () => {
	const message = await refusal(
		new Published(credential({ webhookSecret: ' ' }), 'http://localhost:5678'),
	);
	expect(message).toContain(
		"OpenAI sends events only to https:// addresses, and this n8n's address is http://localhost:5678/webhook/hook-1/webhook",
	);
	expect(message).toContain("'Webhook Signing Secret'");
	expect(calls()).toEqual([]);
});

it('with a secret in the credential nothing is registered or removed', async () => {
	for (const address of ['http://localhost:5678', 'https://n8n.example.com']) {
		const published = new Published(credential({ webhookSecret: 'whsec_c2VjcmV0' }), address);
		await published.publish();
		expect(await published.unpublish()).toBe(true);
	}
	expect(calls()).toEqual([]);
});

it('a refused registration says what else a person can do', async () => {
	double.faults.push({
		kind: 'error',
		status: 403,
		times: 1,
		match: { path: '/webhook_endpoints' },
	});
	const message = await refusal(new Published(credential()));
	expect(message).toMatch(/^OpenAI did not register the webhook: OpenAI refuses this key/);
	expect(message).toContain(`create a webhook for ${url} at platform.openai.com`);
	expect(message).not.toContain('sk-test-key');
});

it('a misspelt event is refused by name', async () => {
	const published = new Published(credential(), undefined, { events: ['batch.done'] });
	expect(await refusal(published)).toContain('"batch.done"');
});

it('the end of the workflow is not held up by OpenAI', async () => {
	const published = new Published(credential());
	await published.publish();
	const stored = JSON.parse(JSON.stringify(published.workflow.staticData)) as IDataObject;
	const away = new Published(
		credential({ baseUrl: 'http://127.0.0.1:1/v1' }),
		undefined,
		{},
		stored,
	);
	expect(await away.unpublish()).toBe(false);
	expect(away.staticData.endpointId).toBe(published.staticData.endpointId);
});
