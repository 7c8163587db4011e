import { guarded, maxErrorBytes, ServiceError } from '../../../core/openai/guard';
import { redactorOf } from '../../../core/openai/redact';

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
