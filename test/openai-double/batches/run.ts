import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { State } from '../state';
import { seconds, type Line, type StoredBatch } from './store';

/** Ends batches: by their time, or as they are told to. */

export type End = 'completed' | 'expired' | 'cancelled' | 'failed';

const never = {
	expired: {
		code: 'batch_expired',
		message: 'This request could not be executed before the completion window expired.',
	},
	cancelled: {
		code: 'batch_cancelled',
		message: 'This request was not executed because the batch was cancelled.',
	},
} as const;

const isOk = ({ result }: Line): boolean =>
	result !== undefined && 'status' in result && result.status === 200;

/** Asks the double's own endpoint, which draws, bills and journals. */
async function ask(app: FastifyInstance, { batch, authorization }: StoredBatch, line: Line) {
	const { port } = app.server.address() as AddressInfo;
	const answer = await fetch(`http://127.0.0.1:${port}${line.url}`, {
		method: 'POST',
		headers: {
			authorization,
			'content-type': 'application/json',
			'x-double-batch': `${batch.id} ${line.customId}`,
		},
		body: JSON.stringify(line.body),
	});
	const requestId = answer.headers.get('x-request-id') ?? '';
	return { status: answer.status, requestId, body: Buffer.from(await answer.arrayBuffer()) };
}

export interface BatchProblem {
	code: string;
	message: string;
	line?: number;
	param?: string | null;
}

export async function endBatches(
	app: FastifyInstance,
	state: State,
	end: End,
	{ id, runs, error }: { id?: string; runs?: number; error?: BatchProblem } = {},
): Promise<void> {
	for (const stored of state.batches.all) {
		const isMeant = id === undefined || stored.batch.id === id;
		const isOpen = ['validating', 'in_progress'].includes(stored.batch.status);
		const most = runs ?? (end === 'completed' ? stored.lines.length : 0);
		if (isMeant && isOpen) await endBatch(app, state, stored, end, most, error ? [error] : []);
	}
}

/** @param most lines that run; the others never do */
export async function endBatch(
	app: FastifyInstance,
	state: State,
	stored: StoredBatch,
	end: End,
	most: number,
	errors: readonly BatchProblem[],
): Promise<void> {
	const { batch, lines } = stored;
	if (batch.status === end || batch[`${end}_at`] !== undefined) return;
	if (end === 'failed') {
		Object.assign(batch, {
			status: end,
			failed_at: seconds(),
			errors: { object: 'list', data: errors },
		});
		return;
	}
	const isBig = state.options.bigMegabytes !== undefined;
	for (const [n, line] of lines.entries()) {
		if (n >= most) {
			line.result = never[end === 'expired' ? 'expired' : 'cancelled'];
			continue;
		}
		const { status, requestId, body } = await ask(app, stored, line);
		// A large image is made again while it is sent.
		line.result = { status, requestId, body: isBig && status === 200 ? undefined : body };
	}
	const completed = lines.filter(isOk).length;
	Object.assign(batch, {
		status: end,
		[`${end}_at`]: seconds(),
		request_counts: { total: lines.length, completed, failed: lines.length - completed },
	});
	// Order is not kept.
	const shuffled = [...lines].sort((a, b) => (a.customId.slice(1) < b.customId.slice(1) ? -1 : 1));
	const write = (some: Line[], name: string) =>
		some.length === 0
			? undefined
			: state.files.addStream(name, async function* () {
					for (const line of some) yield await textOf(app, stored, line);
				});
	batch.output_file_id = write(shuffled.filter(isOk), `${batch.id}_output.jsonl`);
	batch.error_file_id = write(
		shuffled.filter((line) => !isOk(line)),
		`${batch.id}_error.jsonl`,
	);
}

async function textOf(app: FastifyInstance, stored: StoredBatch, line: Line): Promise<Buffer> {
	const { result, customId: custom_id } = line;
	const id = `batch_req_${custom_id.slice(0, 24)}`;
	if (!result || !('status' in result)) {
		return Buffer.from(
			`${JSON.stringify({ id, custom_id, response: null, error: result ?? null })}\n`,
		);
	}
	const { status: status_code, requestId: request_id } = result;
	const body = result.body ?? (await ask(app, stored, line)).body;
	const response = JSON.stringify({ status_code, request_id });
	return Buffer.concat([
		Buffer.from(
			`{"id":"${id}","custom_id":"${custom_id}","response":${response.slice(0, -1)},"body":`,
		),
		body,
		Buffer.from('},"error":null}\n'),
	]);
}
