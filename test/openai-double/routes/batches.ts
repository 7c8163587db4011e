import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Batch } from 'openai/resources/batches';
import { endBatch } from '../batches/run';
import { readLines } from '../batches/lines';
import { seconds, type StoredBatch } from '../batches/store';
import { serve, type Call } from '../http/call';
import { cutShort, faultAfter, faultBefore } from '../http/faulty';
import { invalidRequest, missingParameter } from '../rules/errors';
import { Params } from '../rules/params';
import type { State } from '../state';

const endpoints = ['/v1/images/generations', '/v1/images/edits', '/v1/responses'];

export function addBatches(app: FastifyInstance, state: State): void {
	const idOf = (call: Call): string => call.entry.path.split('/')[3] ?? '';
	/** As it is now: its time may have come. */
	const look = async (stored: StoredBatch): Promise<Batch> => {
		const { batch, lines, dueAt } = stored;
		const { batchFailure } = state.options;
		if (batch.status === 'validating') {
			if (batchFailure) await endBatch(app, state, stored, 'failed', 0, batchFailure);
			else Object.assign(batch, { status: 'in_progress', in_progress_at: seconds() });
		}
		if (batch.status === 'in_progress' && Date.now() >= dueAt) {
			await endBatch(app, state, stored, 'completed', lines.length, []);
		}
		return batch;
	};
	serve(app, state, 'POST', '/v1/batches', create);
	serve(app, state, 'GET', '/v1/batches', async (call) => {
		if (await faultBefore(call, '')) return;
		const { searchParams } = new URL(call.request.url, 'http://localhost');
		const newest = state.batches.all.map(({ batch }) => batch).reverse();
		const after = searchParams.get('after');
		const from = after === null ? 0 : newest.findIndex(({ id }) => id === after) + 1;
		const limit = Math.min(Number(searchParams.get('limit') ?? 20), state.options.batchPage);
		const data = newest.slice(from, from + limit);
		await call.send(200, {
			object: 'list',
			data,
			first_id: data[0]?.id ?? null,
			last_id: data.at(-1)?.id ?? null,
			has_more: from + limit < newest.length,
		});
	});
	serve(app, state, 'GET', '/v1/batches/:id', async (call) => {
		if (await faultBefore(call, '')) return;
		await call.send(200, await look(state.batches.get(idOf(call))));
	});
	serve(app, state, 'POST', '/v1/batches/:id/cancel', async (call) => {
		if (await faultBefore(call, '')) return;
		const stored = state.batches.get(idOf(call));
		if (!['validating', 'in_progress', 'finalizing'].includes(stored.batch.status)) {
			throw invalidRequest(
				`Cannot cancel a batch with status '${stored.batch.status}'.`,
				null,
				null,
			);
		}
		await endBatch(app, state, stored, 'cancelled', state.options.batchRunsBeforeCancel, []);
		await call.send(200, stored.batch);
	});
}

async function create(call: Call): Promise<void> {
	const { state } = call;
	const body = await call.json();
	if (await faultBefore(call, '')) return;
	const params = new Params(body);
	params.allowOnly([
		'input_file_id',
		'endpoint',
		'completion_window',
		'metadata',
		'output_expires_after',
	]);
	const endpoint = params.requiredText('endpoint');
	params.choice('endpoint', endpoints);
	if (!params.has('completion_window')) throw missingParameter('completion_window');
	params.choice('completion_window', ['24h']);
	const metadata = params.object('metadata');
	const input_file_id = params.requiredText('input_file_id');
	const file = state.files.get(input_file_id);
	if (file.object.purpose !== 'batch') {
		throw invalidRequest(`File ${input_file_id} has the wrong purpose.`, 'input_file_id', null);
	}
	const created = seconds();
	const batch: Batch = {
		id: `batch_${randomBytes(16).toString('hex')}`,
		object: 'batch',
		endpoint,
		input_file_id,
		completion_window: '24h',
		status: 'validating',
		created_at: created,
		expires_at: created + 86_400,
		request_counts: { total: 0, completed: 0, failed: 0 },
		metadata: (metadata ?? null) as Batch['metadata'],
	};
	const stored: StoredBatch = {
		batch,
		lines: [],
		authorization: String(call.request.headers.authorization),
		dueAt: Date.now() + state.options.batchMs,
	};
	const problem = readLines(file.bytes, stored);
	if (problem) {
		Object.assign(batch, {
			status: 'failed',
			failed_at: created,
			errors: { object: 'list', data: [problem] },
		});
	}
	batch.request_counts = { total: stored.lines.length, completed: 0, failed: 0 };
	state.batches.all.push(stored);
	if (await faultAfter(call)) return;
	const text = Buffer.from(JSON.stringify(batch));
	if (call.fault('cut')) return await cutShort(call, 200, 'application/json', text);
	await call.sendBytes(200, text, 'application/json');
}
