import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify';
import { isBilled, type Fault, type FaultKind } from '../faults';
import { newEntry, withoutData, type JournalEntry } from '../journal';
import { ApiError, insufficientQuota, invalidRequest, serverError } from '../rules/errors';
import { isRecord } from '../rules/params';
import { servedModel, serviceOf } from '../services';
import type { State } from '../state';

/** One request on its way through the double. */
export class Call {
	faults: Fault[] = [];
	/** The double broke the connection off itself. */
	broken = false;

	constructor(
		readonly state: State,
		readonly request: FastifyRequest,
		readonly reply: FastifyReply,
		readonly entry: JournalEntry,
		/** The path makes something that is billed. */
		readonly paid: boolean,
	) {}

	fault(kind: FaultKind): Fault | undefined {
		return this.faults.find((fault) => fault.kind === kind);
	}

	/** Whether images are made and billed although a fault spoils the answer. */
	get billed(): boolean {
		return this.faults.every(isBilled);
	}

	get gone(): boolean {
		return this.reply.raw.destroyed;
	}

	/** The JSON body; it is put into the journal without the bytes of its data URLs. */
	async json(): Promise<Record<string, unknown>> {
		let body: unknown;
		try {
			body = JSON.parse(String(this.request.body ?? ''));
		} catch {
			body = undefined;
		}
		if (!isRecord(body)) {
			throw invalidRequest(
				'We could not parse the JSON body of your request. (HINT: This likely means you ' +
					"aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, " +
					'but what was sent was not valid JSON.)',
				null,
				null,
			);
		}
		const kept = await withoutData(body);
		this.entry.body = isRecord(kept) ? kept : null;
		this.entry.model = typeof body.model === 'string' ? body.model : null;
		return body;
	}

	/** Sends a whole answer. */
	async send(status: number, body: object, headers: Record<string, string> = {}): Promise<void> {
		await this.sendBytes(status, Buffer.from(JSON.stringify(body)), 'application/json', headers);
	}

	async sendBytes(
		status: number,
		body: Buffer,
		contentType: string,
		headers: Record<string, string> = {},
	): Promise<void> {
		this.finish(status);
		this.setHeaders({ ...headers, 'content-type': contentType });
		await this.reply.status(status).send(body);
	}

	/** Takes the connection over for events and for broken answers. */
	raw(status: number, headers: Record<string, string>): FastifyReply['raw'] {
		this.setHeaders(headers);
		const { raw } = this.reply;
		for (const [name, value] of Object.entries(this.reply.getHeaders())) {
			if (value !== undefined) raw.setHeader(name, value);
		}
		this.reply.hijack();
		this.entry.status = status;
		raw.writeHead(status);
		return raw;
	}

	/** Notes that the double itself ends the connection here. */
	finish(status: number | null): void {
		this.entry.status = status;
		this.entry.endedAt = Date.now();
	}

	/** Breaks the connection off. */
	destroy(): void {
		this.broken = true;
		this.finish(this.entry.status);
		this.reply.hijack();
		this.reply.raw.destroy();
	}

	/** @returns the model behind the name that was asked for */
	modelOf(asked: string): string {
		return servedModel(asked, this.request.originalUrl, this.state.options.deployments);
	}

	private setHeaders(extra: Record<string, string>): void {
		const { options, rateLimit } = this.state;
		const limit = options.imagesPerMinute ?? 250;
		const left = Math.max(0, limit - rateLimit.used(options.minuteMs));
		this.reply.headers({
			...serviceOf(options.service).headers(this.entry.requestId),
			'openai-organization': this.entry.organization ?? 'org-double',
			'openai-processing-ms': String(Date.now() - this.entry.startedAt),
			'x-ratelimit-limit-requests': String(limit),
			'x-ratelimit-remaining-requests': String(left),
			'x-ratelimit-reset-requests': `${Math.ceil(options.minuteMs / 1000)}s`,
			'x-ratelimit-limit-tokens': '8000000',
			'x-ratelimit-remaining-tokens': '7990000',
			'x-ratelimit-reset-tokens': '75ms',
			...extra,
		});
	}
}

/** Serves one path of the API: journal, API key, handler, and the API's form for every error. */
export function serve(
	app: FastifyInstance,
	state: State,
	method: HTTPMethods | HTTPMethods[],
	path: string,
	handler: (call: Call) => Promise<void> | void,
	options: { paid?: boolean } = {},
): void {
	app.route({
		method,
		url: path,
		handler: async (request, reply) => {
			const requestId = `req_${randomBytes(16).toString('hex')}`;
			const [pathname = request.url] = request.url.split('?');
			const entry = newEntry(
				request.method,
				pathname,
				request.headers,
				requestId,
				request.originalUrl,
			);
			state.journal.push(entry);
			const call = new Call(state, request, reply, entry, options.paid ?? false);
			reply.raw.on('close', () => {
				entry.endedAt ??= Date.now();
				if (!reply.raw.writableFinished && !call.broken) entry.aborted = true;
			});
			try {
				const { headers, originalUrl: url } = request;
				checkKey(serviceOf(state.options.service).admit({ headers, url }), call.paid);
				await handler(call);
			} catch (error) {
				await refuse(call, error);
			}
			return reply;
		},
	});
}

async function refuse(call: Call, error: unknown): Promise<void> {
	if (call.state.closed) return call.destroy();
	if (call.gone || call.reply.sent) return;
	if (!(error instanceof ApiError)) console.error('The double itself failed:', error);
	const known = error instanceof ApiError ? error : serverError(call.entry.requestId);
	call.entry.error = known.details.code;
	const body = serviceOf(call.state.options.service).body(known);
	await call.send(known.status, body, known.headers);
}

function checkKey(authorization: string | undefined, paid: boolean): void {
	const [, key] = /^Bearer\s+(\S+)$/.exec(authorization ?? '') ?? [];
	if (key === undefined) {
		throw invalidRequest(
			"You didn't provide an API key. You need to provide your API key in an Authorization " +
				'header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API ' +
				'key from https://platform.openai.com/account/api-keys.',
			null,
			null,
			401,
		);
	}
	if (!key.startsWith('sk-') || key.startsWith('sk-bad')) {
		throw invalidRequest(
			`Incorrect API key provided: ${masked(key)}. You can find your API key at ` +
				'https://platform.openai.com/account/api-keys.',
			null,
			'invalid_api_key',
			401,
		);
	}
	if (paid && key.startsWith('sk-unverified')) {
		throw invalidRequest(
			'Your organization must be verified to use the model `gpt-image-2`. Please go to: ' +
				'https://platform.openai.com/settings/organization/general and click on Verify ' +
				'Organization. If you just verified, it can take up to 15 minutes for access to propagate.',
			null,
			null,
			403,
		);
	}
	if (paid && key.startsWith('sk-quota')) throw insufficientQuota();
}

/** The API repeats a refused key in its message, with the middle starred out. */
function masked(key: string): string {
	if (key.length <= 12) return key;
	return `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}`;
}
