import { errorToJson, toGptImageError } from '../../../core/errors';
import { retrieveBatch } from '../../../core/openai/batches';
import { Client } from '../../../core/openai/client';
import { guarded, maxErrorBytes, ServiceError } from '../../../core/openai/guard';
import { checkContent } from '../../../core/openai/moderation';
import { checkProvenance } from '../../../core/openai/provenance';
import { askQuestion } from '../../../core/openai/questions';
import { redactorOf } from '../../../core/openai/redact';
import type { Question } from '../../../core/rules/question';

const key = 'gw-9f8e7d6c5b4a39281706';
const sent = { method: 'GET', headers: {}, signal: new AbortController().signal };
const ask = async (answer: Response): Promise<Response> =>
	await guarded(
		{ apiKey: key, baseUrl: 'https://service.example/v1', fetch: async () => answer },
		redactorOf([key]),
	)(new URL('https://service.example/v1/models'), sent);
async function refusal(answer: Response): Promise<ServiceError> {
	const error: unknown = await ask(answer).catch((thrown: unknown) => thrown);
	if (error instanceof ServiceError) return error;
	throw new Error('The answer was expected to be refused');
}

it.each([301, 302, 303, 307, 308])('refuses a redirect by %i', async (status) => {
	const headers = { location: `https://other.example/${key}?k=${key}` };
	await expect(ask(new Response(null, { status, headers }))).rejects.toMatchObject({
		code: 'redirected',
		billed: 'no',
		retryable: false,
		message: expect.stringContaining('https://other.example (status'),
	});
});

it.each([key, encodeURIComponent(key), key.slice(-8), key.slice(2, 16)])(
	'takes %s out of errors and headers',
	async (piece) => {
		const headers = { 'x-request-id': `req ${piece}` };
		const body = JSON.stringify({ error: { message: piece, type: piece, param: piece } });
		const { requestId, error } = await refusal(new Response(body, { status: 400, headers }));
		expect(requestId).toMatch(/^req /);
		expect(`${requestId}${JSON.stringify(error)}`).not.toContain(piece);
	},
);

it('takes the key out of the host of a redirect', async () => {
	const headers = { location: `https://${key}.example/` };
	await expect(ask(new Response(null, { status: 307, headers }))).rejects.toMatchObject({
		code: 'redirected',
		message: 'The address of the service redirects to https://redacted.example (status 307)',
	});
});

describe('an answer of status 200 that repeats the key', () => {
	const clientOf = (body: unknown) =>
		new Client({
			apiKey: key,
			baseUrl: 'https://service.invalid/v1',
			// As .NET writes it: what is escaped is the same text.
			fetch: async () => new Response(JSON.stringify(body).replaceAll('gw-', 'gw\\u002D')),
		});
	const options = { timeoutMs: 10_000 };
	const told = async (answer: Promise<unknown>): Promise<string> => {
		const found = await answer.catch((error: unknown) => errorToJson(toGptImageError(error)));
		return JSON.stringify(found);
	};

	it('as a batch', async () => {
		const problem = { code: `${key}${'x'.repeat(1_000)}`, message: key, line: 1 };
		const errors = { data: [problem] };
		const body = { id: 'batch_1', status: key, model: key, errors };
		const { status, problems } = await retrieveBatch(clientOf(body), 'batch_1', options);
		expect(JSON.stringify({ status, problems })).not.toContain(key);
		expect(problems[0]?.code).toHaveLength(101);
	});

	it('as a moderation', async () => {
		const body = { results: [{ flagged: true, categories: { [key]: true, violence: true } }] };
		const words = await told(checkContent(clientOf(body), 'a', [], options));
		expect(words).toContain('(…, violence)');
		expect(words).not.toContain(key);
	});

	it('as a check of provenance', async () => {
		const signal = { outcome: 'detected', model: key, generated_at: key, issuer: key };
		const results = ['c2pa', 'synthid'].map((type) => ({ type, ...signal }));
		const file = { bytes: Buffer.from('x'), fileName: 'image.png', mimeType: 'image/png' };
		expect(await checkProvenance(clientOf({ results }), file, options)).toMatchObject({
			c2pa: { model: '…', issuer: '…' },
			synthid: { model: '…', generatedAt: '…' },
		});
	});

	it('as an answer to a question', async () => {
		const json = JSON.stringify({ altText: `A card that reads ${key}` });
		const content = [{ type: 'output_text', text: json }];
		const body = { status: 'completed', model: key, output: [{ type: 'message', content }] };
		const question: Question = {
			kind: 'describe',
			chatModel: 'gpt-5.4',
			chatRow: undefined,
			instructions: 'a',
			text: 'b',
			schema: {},
			maxOutputTokens: 100,
			altTextLength: 125,
			warnings: [],
		};
		const words = await told(askQuestion(clientOf(body), question, [], options));
		expect(words).toContain('A card that reads …');
		expect(words).not.toContain(key);
	});
});

const azureKey = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
it.each([
	['https://api.openai.com/v1', azureKey, 'does not look like one of its own', 'Azure OpenAI'],
	[
		'https://me.openai.azure.com/openai/v1',
		azureKey,
		"is Azure's",
		"Set 'Service' to Azure OpenAI.",
	],
])('tells at %s that the key is of another service', async (baseUrl, apiKey, message, advice) => {
	const answer = new Response('{"error":{"message":"Incorrect API key"}}', { status: 401 });
	const asked = guarded({ apiKey, baseUrl, fetch: async () => answer }, redactorOf([apiKey]));
	await expect(asked(new URL(`${baseUrl}/images/generations`), sent)).rejects.toMatchObject({
		code: 'invalid_api_key',
		status: 401,
		message: expect.stringContaining(message),
		advice: expect.stringContaining(advice),
	});
});

it('reads no more than a megabyte of an error', async () => {
	let sent = 0;
	const body = new ReadableStream<Uint8Array>({
		pull(controller) {
			sent += 65_536;
			controller.enqueue(new Uint8Array(65_536).fill(97));
		},
	});
	expect(await refusal(new Response(body, { status: 500 }))).toMatchObject({
		status: 500,
		error: 'a'.repeat(maxErrorBytes),
	});
	expect(sent).toBeLessThan(maxErrorBytes + 4 * 65_536);
});
