import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service sends back, byte for byte. */
export interface Came {
	readonly status?: number;
	readonly type?: string | null;
	readonly body: string | Buffer;
	readonly headers?: Readonly<Record<string, string>>;
	/** Bytes of each piece; all at once unless told. */
	readonly piece?: number;
	/** Destroys the connection behind the body instead of ending it. */
	readonly breaks?: boolean;
	/** Leaves the connection open behind the body. */
	readonly hangs?: boolean;
}

export interface Asked {
	readonly method: string;
	readonly path: string;
	readonly authorization: string | undefined;
}

/** A service that answers each POST with what the test says, and each GET of a path likewise. */
export class Answering {
	readonly asked: Asked[] = [];
	posts: readonly Came[] = [];
	gets = new Map<string, Came>();
	private readonly server = createServer((request, response) => {
		this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
	});

	async start(): Promise<this> {
		await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		return this;
	}

	get origin(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	get url(): string {
		return `${this.origin}/v1`;
	}

	/** Requests that are paid. */
	get calls(): number {
		return this.asked.filter(({ method }) => method === 'POST').length;
	}

	reset(...posts: readonly Came[]): void {
		this.asked.length = 0;
		this.posts = posts;
		this.gets = new Map();
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}

	private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
		for await (const _piece of request);
		const { method = '', url: path = '', headers } = request;
		this.asked.push({ method, path, authorization: headers.authorization });
		const came =
			method === 'POST' ? (this.posts[this.calls - 1] ?? this.posts.at(-1)) : this.gets.get(path);
		if (!came) {
			response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{}}');
			return;
		}
		const bytes = Buffer.from(came.body);
		const type = came.type === null ? {} : { 'content-type': came.type ?? 'application/json' };
		response.writeHead(came.status ?? 200, { ...type, 'x-request-id': 'req_1', ...came.headers });
		const size = came.piece ?? Math.max(1, bytes.length);
		for (let start = 0; start < bytes.length; start += size) {
			await new Promise((sent) => response.write(bytes.subarray(start, start + size), sent));
		}
		if (came.breaks) response.destroy();
		else if (!came.hangs) response.end();
	}
}
