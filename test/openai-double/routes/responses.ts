import type { FastifyInstance } from 'fastify';
import { serve, type Call } from '../http/call';
import { cutShort, faultAfter, faultBefore, writeHalf } from '../http/faulty';
import { invalidRequest, serverError } from '../rules/errors';
import { isRecord } from '../rules/params';
import { EventLog } from '../responses/log';
import { runTurn, type Job } from '../responses/run';
import { newId, type ApiResponse, type StoredResponse } from '../responses/store';
import { echo, readTurn, type Turn } from '../responses/turn';
import type { State } from '../state';

export function addResponses(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/responses', create, { paid: true });
	serve(app, state, 'GET', '/v1/responses/:id', retrieve);
	serve(app, state, 'POST', '/v1/responses/:id/cancel', cancel);
	serve(app, state, 'DELETE', '/v1/responses/:id', async (call) => {
		const { response } = stored(call);
		call.state.responses.delete(response.id);
		await call.send(200, { id: response.id, object: 'response', deleted: true });
	});
}

function stored(call: Call): StoredResponse {
	const [, id = ''] = /^\/v1\/responses\/([^/]+)/.exec(call.entry.path) ?? [];
	return call.state.responses.get(id, call.entry.project);
}

async function create(call: Call): Promise<void> {
	const body = await call.json();
	if (await faultBefore(call, lastText(body))) return;
	const turn = await readTurn(call, body);
	if (turn.image) {
		call.entry.lineage = [...turn.image.lineage];
		const { model } = turn.image.request;
		call.state.rateLimit.take(model.id, 1, turn.image.seen.length, call.state.options);
	}
	const job: Job = { call, turn, response: newResponse(call, turn, body), log: new EventLog() };
	const entry: StoredResponse = {
		response: job.response,
		context: turn.context,
		log: job.log,
		project: call.entry.project,
	};
	if (turn.store) call.state.responses.add(entry);
	const done = finishTurn(job, entry);
	if (turn.stream) return await stream(call, job.log, 0);
	const begun = JSON.stringify({ ...job.response, status: 'queued' });
	if (!turn.background) await done;
	if (call.gone || (await faultAfter(call))) return;
	const text = Buffer.from(turn.background ? begun : JSON.stringify(job.response));
	if (call.fault('cut')) return await cutShort(call, 200, 'application/json', text);
	await call.sendBytes(200, text, 'application/json');
}

/** Runs the turn to its end and keeps what it leaves; a failure of the double fails the response. */
async function finishTurn(job: Job, entry: StoredResponse): Promise<void> {
	const { call, response, log } = job;
	try {
		entry.context = await runTurn(job);
	} catch (error) {
		if (!call.state.closed) console.error('The double itself failed:', error);
		response.status = 'failed';
		response.error = { code: 'server_error', message: String(error) };
		log.add({ type: 'response.failed', response });
	}
	log.end();
}

function newResponse({ state }: Call, turn: Turn, body: Record<string, unknown>): ApiResponse {
	return {
		id: newId('resp'),
		object: 'response',
		created_at: Math.floor(Date.now() / 1000),
		completed_at: null,
		status: turn.background ? 'queued' : 'in_progress',
		background: turn.background,
		access_programs: null,
		error: null,
		incomplete_details: null,
		model: turn.chatModel,
		output: [],
		previous_response_id: turn.previousId,
		reasoning: { effort: (turn.effort ?? 'none') as 'none', summary: null },
		service_tier: state.options.serviceTier,
		store: turn.store,
		text: { format: { type: 'text' } },
		tool_choice: (body.tool_choice ?? 'auto') as 'auto',
		tools: (body.tools ?? []) as ApiResponse['tools'],
		truncation: 'disabled',
		...echo(body),
	};
}

/** Sends events as they come, from that number on. The turn goes on when the client leaves. */
async function stream(call: Call, log: EventLog, first: number): Promise<void> {
	const raw = call.raw(200, {
		'content-type': 'text/event-stream; charset=utf-8',
		'cache-control': 'no-cache',
	});
	for await (const { text, last } of log.from(first)) {
		if (call.gone) return;
		if (last && call.fault('cut')) {
			await writeHalf(raw, Buffer.from(text));
			return call.destroy();
		}
		if (last && call.fault('hang')) return await call.state.untilClosed();
		if (last && call.fault('streamerror')) {
			const { message, code } = serverError(call.entry.requestId).details;
			const event = { type: 'error', code, message, param: null, sequence_number: first };
			raw.write(`event: error\ndata: ${JSON.stringify(event)}\n\n`);
			break;
		}
		raw.write(text);
	}
	call.finish(200);
	raw.end();
}

async function retrieve(call: Call): Promise<void> {
	if (await faultBefore(call, '')) return;
	const { response, log } = stored(call);
	const { searchParams } = new URL(call.request.url, 'http://localhost');
	if (searchParams.get('stream') === 'true') {
		const after = Number(searchParams.get('starting_after') ?? -1);
		return await stream(call, log, after + 1);
	}
	await call.send(200, response);
}

async function cancel(call: Call): Promise<void> {
	if (await faultBefore(call, '')) return;
	const { response } = stored(call);
	if (!response.background) {
		throw invalidRequest('Cannot cancel a synchronous response.', null, null);
	}
	if (response.status === 'queued' || response.status === 'in_progress') {
		response.status = 'cancelled';
	}
	await call.send(200, response);
}

/** The text whose markers count: that of the last user message. */
function lastText(body: Record<string, unknown>): string {
	const { input } = body;
	if (typeof input === 'string') return input;
	if (!Array.isArray(input)) return '';
	const item: unknown = input.findLast((entry) => isRecord(entry) && entry.role === 'user');
	if (!isRecord(item)) return '';
	if (typeof item.content === 'string') return item.content;
	if (!Array.isArray(item.content)) return '';
	return item.content
		.map((part: unknown) => (isRecord(part) && typeof part.text === 'string' ? part.text : ''))
		.join('\n');
}
