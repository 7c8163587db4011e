import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startDouble } from './index';
import { clientOf, refusalOf } from './testing';

it('sends events to the endpoints that want them, signed as the SDK checks it', async () => {
	const got: Array<{ body: string; headers: Record<string, string> }> = [];
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (piece) => (body += piece));
		request.on('end', () => {
			got.push({ body, headers: request.headers as Record<string, string> });
			response.writeHead(204).end();
		});
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	const { port } = server.address() as AddressInfo;
	const double = await startDouble({ webhookOrigin: `http://127.0.0.1:${port}` });
	const { webhooks } = clientOf(double);
	const endpoint = { name: 'x', url: 'https://example.com/hook' };
	const { id, signing_secret } = await webhooks.create({
		...endpoint,
		event_types: ['batch.completed'],
	});
	await webhooks.create({ ...endpoint, event_types: ['batch.failed'] });

	const sent = await double.emitEvent('batch.completed', 'batch_1');
	expect(sent.map(({ status, url }) => [status, url])).toEqual([
		[204, `http://127.0.0.1:${port}/hook`],
	]);
	const [call] = got;
	const event = await webhooks.unwrap(call?.body ?? '', call?.headers ?? {}, signing_secret);
	expect(event).toMatchObject({ type: 'batch.completed', data: { id: 'batch_1' } });

	expect(await webhooks.retrieve(id)).toMatchObject({ ...endpoint, id });
	await webhooks.delete(id);
	expect(await double.emitEvent('batch.completed', 'batch_1')).toEqual([]);
	expect((await refusalOf(webhooks.retrieve(id))).status).toBe(404);
	const plain = { ...endpoint, url: 'http://localhost/', event_types: ['batch.failed' as const] };
	expect((await refusalOf(webhooks.create(plain))).param).toBe('url');
	await double.close();
	server.close();
});
