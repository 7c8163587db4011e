import { createServer, type Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import { execFileSync } from 'node:child_process';
import { DnsResolver, SsrfProtectionService } from '@n8n/backend-network';
import { SsrfProtectionConfig } from '@n8n/config';
import { Container } from '@n8n/di';
import { fromApiError } from '../../../core/openai/errors/api';
import { fetchThroughN8n } from '../../../nodes/host/fetch';
import '../../workflows/engine';
import { startDouble, type Double } from '../../openai-double';
import { runGptImage, type NodeRun } from '../../workflows/gpt-image';
import { newStore } from '../../workflows/set-up';
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
	expect(error?.message).toContain('did not respond within 1 second');
	expect(double.journal).toHaveLength(1);
});

it('sends organization and project only when the credential has them', async () => {
	await runGptImage({ baseUrl: double.url, parameters: { prompt: 'a', quality: 'low' } });
	expect(double.journal[0]).toMatchObject({ organization: null, project: null });
});

/** A key with its certificate, one PEM after the other. */
const selfSigned = (): Buffer =>
	execFileSync(
		'openssl',
		'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -out - -subj /CN=localhost'.split(
			' ',
		),
		{ stdio: ['ignore', 'pipe', 'ignore'] },
	);

const once = { maxRetries: 0, retryLost: false };

/** What a call to a server of sockets comes to. */
async function callTo(server: net.Server, scheme: 'http' | 'https', more: Partial<NodeRun> = {}) {
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	try {
		return await runGptImage({
			baseUrl: `${scheme}://127.0.0.1:${port}/v1`,
			parameters: { prompt: 'a mug', quality: 'low', limits: once },
			settings: { onError: 'continueRegularOutput' },
			...more,
		});
	} finally {
		await new Promise((done) => server.close(done));
	}
}

const never = { code: 'connection_failed', billed: 'no' };
const perhaps = { code: 'connection_lost', billed: 'possibly' };

describe('what never left is never billed', () => {
	/** Each is told by n8n's own text unless ours says it in other words. */
	test.each([
		['a refused connection', 'http://127.0.0.1:9/v1', 'the connection was refused'],
		['a host that is not there', 'http://nowhere.invalid/v1', 'the host was not found'],
	])('%s', async (_name, baseUrl, reason) => {
		const parameters = { prompt: 'a mug', quality: 'low', limits: once };
		const settings = { onError: 'continueRegularOutput' } as const;
		const { items } = await runGptImage({ baseUrl, parameters, settings });
		expect(items[0]?.json).toMatchObject({
			error: `OpenAI could not be reached (${reason})`,
			details: never,
		});
		const { error } = await runGptImage({ baseUrl, parameters });
		expect(error?.message).toBe(`OpenAI could not be reached (${reason}) [item 0]`);
	});

	test('TLS to a plain port', async () => {
		const plain = net.createServer((socket) => {
			socket.on('error', () => undefined).on('data', () => socket.end('HTTP/1.1 400 Bad\r\n\r\n'));
		});
		newStore();
		// The limit of the day has room for one image.
		const { items } = await callTo(plain, 'https', {
			items: [{ json: {} }, { json: {} }, { json: {} }],
			credential: { maxCostPerDay: 0.01 },
		});
		expect(items.map(({ json }) => json.details)).toMatchObject([never, never, never]);
	});

	test('TLS that the server breaks off', async () => {
		const broken = net.createServer((socket) => {
			socket.on('error', () => undefined).once('data', () => socket.resetAndDestroy());
		});
		const { items } = await callTo(broken, 'https');
		expect(items[0]?.json).toMatchObject({ details: never });
	});

	test('TLS whose certificate nobody vouches for', async () => {
		const pem = selfSigned();
		const server = tls.createServer({ key: pem, cert: pem }, (socket) => socket.resume());
		server.on('tlsClientError', () => undefined);
		const { items } = await callTo(server, 'https');
		expect(items[0]?.json).toMatchObject({ details: never });
	});
});

describe('an address that n8n protects', () => {
	const protection = Container.get(SsrfProtectionConfig);
	const looked = jest.spyOn(Container.get(DnsResolver), 'lookup');
	let blocked = 0;
	Container.get(SsrfProtectionService).events.on('ssrf.blocked', () => (blocked += 1));
	beforeEach(() => {
		newStore();
		protection.enabled = true;
		blocked = 0;
	});
	afterEach(() => {
		protection.enabled = false;
		looked.mockReset();
	});

	it.each<[string, string[]]>([
		['127.0.0.1', []],
		['internal.example', ['127.0.0.1']],
		['rebound.example', ['9.9.9.9', '127.0.0.1']],
	])('%s is tried once, unpaid', async (host, addresses) => {
		for (const address of addresses) looked.mockResolvedValueOnce([{ address, family: 4 }]);
		const { items } = await runGptImage({
			baseUrl: `http://${host}:${double.port}/v1`,
			parameters: { prompt: 'a mug', quality: 'low' },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(double.journal).toEqual([]);
		expect(looked).toHaveBeenCalledTimes(addresses.length);
		expect(blocked).toBe(1);
		expect(items[0]?.json).toMatchObject({
			error:
				'OpenAI could not be reached (The request was blocked because it resolves to a restricted IP address)',
			message: expect.stringContaining('N8N_SSRF_ALLOWED_IP_RANGES. Nothing was sent.'),
			details: { ...never, retryable: false },
		});
	});
});

describe('what has left is possibly billed', () => {
	const answering = (answer: (socket: Socket) => void): net.Server =>
		net.createServer((socket) => {
			socket.on('error', () => undefined).once('data', () => answer(socket));
		});

	test.each<readonly [string, (socket: Socket) => void]>([
		['a connection that is reset', (socket) => socket.resetAndDestroy()],
		['a connection that is closed', (socket) => socket.end()],
		['an answer that is no HTTP', (socket) => socket.end('220 mail.example ESMTP\r\n')],
	])('%s', async (_name, answer) => {
		const { items } = await callTo(answering(answer), 'http');
		expect(items[0]?.json).toMatchObject({ details: perhaps });
	});

	/** No server can bring it about here: the way to the host is lost while its answer is awaited. */
	test('a host that is out of reach after the request', async () => {
		const request = { socket: { connecting: false, bytesWritten: 100 } };
		const error = Object.assign(new Error('read EHOSTUNREACH'), {
			...{ code: 'EHOSTUNREACH', syscall: 'read', request },
		});
		const helpers = { httpRequest: async () => await Promise.reject(error) };
		const call = fetchThroughN8n(helpers)(new URL('http://127.0.0.1/v1'), {
			...{ method: 'POST', headers: {}, signal: AbortSignal.timeout(10_000) },
		});
		const failure: unknown = await call.catch((thrown: unknown) => thrown);
		expect(fromApiError(failure, { model: 'gpt-image-2' })).toMatchObject(perhaps);
	});

	test.each([600, 999])('an answer of status %d', async (status) => {
		const text = `HTTP/1.1 ${status} Odd\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`;
		const { items } = await callTo(
			answering((socket) => socket.end(text)),
			'http',
		);
		expect(items[0]?.json).toMatchObject({ details: { billed: 'possibly' } });
	});
});
