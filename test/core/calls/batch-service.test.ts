import { BatchService } from '../../../core/calls/batch-service';
import { Client } from '../../../core/openai/client';

it('reads no more lines than a batch can have', async () => {
	let sent = 0;
	const line = JSON.stringify({ custom_id: 'row-1', response: null, error: { code: 'expired' } });
	const lines = (function* () {
		for (;;) {
			sent += 1_000;
			yield new Uint8Array(Buffer.from(`${line}\n`.repeat(1_000)));
		}
	})();
	const service = new BatchService({
		client: () =>
			new Client({
				apiKey: 'sk-test',
				baseUrl: 'https://service.invalid/v1',
				fetch: async () => new Response(ReadableStream.from(lines)),
			}),
		baseUrl: 'https://service.invalid/v1',
		prices: {},
		timeoutMs: 10_000,
		moderationCheck: false,
		signal: undefined,
	});
	const batch = {
		id: 'batch_1',
		status: 'completed',
		model: undefined,
		requests: { total: 1, completed: 1, failed: 0 },
		answers: ['file-1'],
		problems: [],
		createdAt: null,
		expiresAt: null,
	};
	const state = { remote: 'batch_1', isFinal: true, isFull: false, ...batch, batch };
	let count = 0;
	const read = async (): Promise<void> => {
		for await (const _line of service.answers(state)) count += 1;
	};
	await expect(read()).rejects.toMatchObject({ code: 'answer_too_large', billed: 'no' });
	expect(count).toBe(50_000);
	expect(sent).toBeLessThan(55_000);
});
