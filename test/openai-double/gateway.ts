import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Double } from '.';

/** An answer as some service or proxy gives it; an object is sent as JSON. */
export interface Canned {
	readonly status: number;
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
}

export interface Gateway {
	readonly url: string;
	/** Given in this order; whatever comes after them goes to the double. */
	readonly answers: Canned[];
	/** Paths that were asked for, oldest first. */
	readonly paths: string[];
	close(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
	const parts: Buffer[] = [];
	for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
	return Buffer.concat(parts);
}

const isMarkup = (body: unknown): boolean => typeof body === 'string' && body.startsWith('<');

function give(response: ServerResponse, { status, body, headers }: Canned): void {
	const isText = typeof body === 'string' || body === undefined;
	const type = isMarkup(body) ? 'text/html' : isText ? 'text/plain' : 'application/json';
	response.writeHead(status, { 'content-type': type, ...headers });
	response.end(isText ? body : JSON.stringify(body));
}

/** A service in front of the double that refuses as it is told to, over real HTTP. */
export async function startGateway(double: Double): Promise<Gateway> {
	const answers: Canned[] = [];
	const paths: string[] = [];
	const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const path = request.url ?? '';
		paths.push(path);
		const body = await bodyOf(request);
		const canned = answers.shift();
		if (canned) {
			give(response, canned);
			return;
		}
		const { authorization = '', 'content-type': type = '' } = request.headers;
		const answer = await fetch(`${double.url}${path.replace(/^\/v1/, '')}`, {
			method: request.method,
			headers: { authorization, ...(type === '' ? {} : { 'content-type': type }) },
			...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
		});
		response.writeHead(answer.status, {
			'content-type': answer.headers.get('content-type') ?? 'application/json',
		});
		response.end(Buffer.from(await answer.arrayBuffer()));
	};
	const server = createServer((request, response) => {
		forward(request, response).catch(() => response.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		answers,
		paths,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
