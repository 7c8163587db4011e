import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import '../../workflows/engine';
import { startDouble, type Double } from '../../openai-double';
import { runGptImage } from '../../workflows/gpt-image';
import { useBinaryMode } from '../../workflows/engine';

/** Calls leave through n8n's HTTP helper: what holds for n8n holds for them. */

let double: Double;
let proxy: Server;
let seen: string[];

beforeAll(async () => {
	await useBinaryMode('memory');
	double = await startDouble();
	proxy = createServer((request, response) => {
		// A forward proxy is asked for a whole address.
		seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const target = new URL(request.url ?? '');
			void fetch(`http://127.0.0.1:${double.port}${target.pathname}`, {
				method: request.method,
				headers: {
					authorization: request.headers.authorization ?? '',
					'content-type': request.headers['content-type'] ?? '',
				},
				body: Buffer.concat(chunks),
			}).then(async (answer) => {
				response.writeHead(answer.status, Object.fromEntries(answer.headers));
				response.end(Buffer.from(await answer.arrayBuffer()));
			});
		});
	});
	await new Promise<void>((done) => proxy.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
	proxy.close();
	await double.close();
});
beforeEach(() => {
	seen = [];
	double.reset();
});

it("honours the host's proxy, which the SDK's own fetch would ignore", async () => {
	const { port } = proxy.address() as AddressInfo;
	process.env.HTTP_PROXY = `http://127.0.0.1:${port}`;
	try {
		const { items, error } = await runGptImage({
			baseUrl: 'http://api.openai.example/v1',
			parameters: { prompt: 'a mug', quality: 'low' },
		});
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(seen).toEqual(['POST http://api.openai.example/v1/images/generations']);
	} finally {
		delete process.env.HTTP_PROXY;
	}
});

it('gives up after the time that the option allows', async () => {
	const { error } = await runGptImage({
		baseUrl: double.url,
		parameters: {
			prompt: '[[hang]]',
			quality: 'low',
			limits: { timeoutSeconds: 1, retryLost: false },
		},
	});
	expect(error?.message).toContain('did not answer within 1 second');
	expect(double.journal).toHaveLength(1);
});

it('sends organization and project only when the credential has them', async () => {
	await runGptImage({ baseUrl: double.url, parameters: { prompt: 'a', quality: 'low' } });
	expect(double.journal[0]).toMatchObject({ organization: null, project: null });
});
