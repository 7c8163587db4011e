import { toFile } from 'openai';
import { startDouble, type Double } from './index';
import { clientOf, refusalOf } from './testing';

/** Files and batches, as facts/openai-batch.md has them. */

let double: Double;
beforeAll(async () => (double = await startDouble({ drawing: 'plain' })));
afterAll(() => double.close());
beforeEach(() => {
	double.reset();
	Object.assign(double.options, { batchMs: 0, batchPage: 100, batchFailure: undefined });
});

const endpoint = '/v1/images/generations';
const lineOf = (custom_id: string, prompt: string, more: object = {}) =>
	JSON.stringify({
		custom_id,
		method: 'POST',
		url: endpoint,
		body: { model: 'gpt-image-2', prompt, quality: 'low', size: '1024x1024' },
		...more,
	});
async function upload(lines: readonly string[], purpose: 'batch' | 'vision' = 'batch') {
	const file = await toFile(Buffer.from(lines.join('\n')), 'lines.jsonl');
	return await clientOf(double).files.create({ file, purpose });
}
async function order(lines: readonly string[], metadata?: Record<string, string>) {
	const { id: input_file_id } = await upload(lines);
	const window = { completion_window: '24h' } as const;
	return await clientOf(double).batches.create({ input_file_id, endpoint, ...window, metadata });
}
const look = async (id: string) => await clientOf(double).batches.retrieve(id);
async function linesOf(file: string | undefined): Promise<Array<Record<string, unknown>>> {
	const answer = await clientOf(double).files.content(file ?? '');
	const text = await answer.text();
	return text
		.split('\n')
		.filter(Boolean)
		.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('runs a batch: validating, in progress, completed; answers and refusals in a file each', async () => {
	double.options.batchMs = 3_600_000;
	const batch = await order([lineOf('a', 'a mug'), lineOf('b', 'b [[moderation]]')], { job: '1' });
	expect(batch).toMatchObject({
		object: 'batch',
		status: 'validating',
		metadata: { job: '1' },
		request_counts: { total: 2, completed: 0, failed: 0 },
	});
	expect(Number(batch.expires_at) - batch.created_at).toBe(86_400);
	expect((await look(batch.id)).status).toBe('in_progress');
	await double.endBatches('completed');
	const done = await look(batch.id);
	expect(done).toMatchObject({
		status: 'completed',
		model: 'gpt-image-2',
		request_counts: { total: 2, completed: 1, failed: 1 },
	});
	expect(await linesOf(done.output_file_id)).toEqual([
		{
			id: expect.stringMatching(/^batch_req_/),
			custom_id: 'a',
			response: {
				status_code: 200,
				request_id: expect.any(String),
				body: expect.objectContaining({
					data: [{ b64_json: expect.any(String) }],
					usage: expect.objectContaining({ output_tokens: 196 }),
				}),
			},
			error: null,
		},
	]);
	expect(await linesOf(done.error_file_id)).toEqual([
		expect.objectContaining({
			custom_id: 'b',
			error: null,
			response: expect.objectContaining({
				status_code: 400,
				body: { error: expect.objectContaining({ code: 'moderation_blocked' }) },
			}),
		}),
	]);
});

it.each([
	['expired', 'batch_expired'],
	['cancelled', 'batch_cancelled'],
] as const)('lines of a batch that is %s before they ran say so', async (end, code) => {
	double.options.batchMs = 3_600_000;
	const { id } = await order([lineOf('a', 'a'), lineOf('b', 'b')]);
	await double.endBatches(end, { runs: 1 });
	const { output_file_id, error_file_id } = await look(id);
	expect(await linesOf(output_file_id)).toHaveLength(1);
	expect(await linesOf(error_file_id)).toEqual([
		expect.objectContaining({ response: null, error: expect.objectContaining({ code }) }),
	]);
	expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
});

it.each([
	['duplicate_custom_id', [lineOf('a', 'a'), lineOf('a', 'b')], 2],
	['mismatched_endpoint', [lineOf('a', 'a', { url: '/v1/images/edits' })], 1],
	['invalid_custom_id', [lineOf('a'.repeat(65), 'a')], 1],
	['mismatched_model', [lineOf('a', 'a'), lineOf('b', 'b', { body: { model: 'gpt-image-1' } })], 2],
	['invalid_request', [lineOf('a', 'a', { method: 'GET' })], 1],
])('refuses a file while it validates: %s', async (code, lines, line) => {
	const batch = await order(lines);
	expect(batch).toMatchObject({
		status: 'failed',
		request_counts: { total: 0 },
		errors: { data: [expect.objectContaining({ code, line })] },
	});
});

it('refuses what is no batch file, and what it does not have', async () => {
	const { id: input_file_id } = await upload([lineOf('a', 'a')], 'vision');
	const { batches, files } = clientOf(double);
	const window = { completion_window: '24h' } as const;
	const wrong = await refusalOf(batches.create({ input_file_id, endpoint, ...window }));
	expect([wrong.status, wrong.param]).toEqual([400, 'input_file_id']);
	expect((await refusalOf(batches.retrieve('batch_none'))).status).toBe(404);
	expect((await refusalOf(files.content('file-none'))).status).toBe(404);
	await files.delete(input_file_id);
	expect((await refusalOf(files.retrieve(input_file_id))).status).toBe(404);
});

it('lists batches by page, newest first', async () => {
	double.options.batchPage = 2;
	const ids: string[] = [];
	for (const name of ['a', 'b', 'c']) ids.push((await order([lineOf(name, name)])).id);
	const listed: string[] = [];
	for await (const { id } of clientOf(double).batches.list()) listed.push(id);
	expect(listed).toEqual(ids.toReversed());
});
