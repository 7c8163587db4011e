import { Client } from '../../../core/openai/client';
import { checkProvenance } from '../../../core/openai/provenance';

const answering = (body: unknown): Client =>
	new Client({
		apiKey: 'sk-test',
		baseUrl: 'https://service.invalid/v1',
		fetch: async () => Response.json(body),
	});

const file = { bytes: Buffer.from('x'), fileName: 'image.png', mimeType: 'image/png' };

it.each([
	[{}],
	[{ results: [] }],
	[{ results: [{ type: 'c2pa', outcome: 'detected' }] }],
	[
		{
			results: [
				{ type: 'c2pa', outcome: 'maybe' },
				{ type: 'synthid', outcome: 'detected' },
			],
		},
	],
])('%j is no result, and not one without marks', async (body) => {
	await expect(checkProvenance(answering(body), file, { timeoutMs: 10_000 })).rejects.toMatchObject(
		{ code: 'empty_answer', retryable: false },
	);
});
