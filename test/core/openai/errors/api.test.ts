import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GptImageError } from '../../../../core/errors';
import { startDouble, type Double } from '../../../openai-double';
import { generate, type Call } from '../generate';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

async function failure(prompt: string, call: Call = {}): Promise<GptImageError> {
	try {
		await generate(double, prompt, call);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The call did not fail');
}

// What happened, what to do, and what the scheduler and the user's money need to know.
const known: Array<[string, string, Call, object, string, string]> = [
	[
		'a bad key',
		'x',
		{ apiKey: 'sk-bad' },
		{ code: 'invalid_api_key', status: 401, retryable: false, billed: 'no' },
		'did not accept the API key',
		'credential',
	],
	[
		'an unverified organization',
		'x',
		{ apiKey: 'sk-unverified' },
		{ code: 'organization_not_verified', status: 403, retryable: false },
		'not verified',
		'15 minutes',
	],
	[
		'no budget',
		'x',
		{ apiKey: 'sk-quota' },
		{ code: 'insufficient_quota', status: 429, retryable: false, billed: 'no' },
		'is out of credit or has reached its spending limit',
		'Billing',
	],
	[
		'a spend limit',
		'[[quota project_spend_limit_exceeded]]',
		{},
		{ code: 'project_spend_limit_exceeded', retryable: false },
		'is out of credit or has reached its spending limit',
		'limit',
	],
	[
		'the rate limit',
		'[[429 7]]',
		{},
		{ code: 'rate_limit_exceeded', status: 429, retryable: true, billed: 'no', retryAfterMs: 7000 },
		'7 seconds',
		'Images per Minute',
	],
	[
		'overload',
		'[[503 2]]',
		{},
		{ status: 503, retryable: true, billed: 'no', retryAfterMs: 2000 },
		'overloaded',
		'later',
	],
	[
		'a server error',
		'[[500]]',
		{},
		{ code: 'server_error', status: 500, retryable: true, billed: 'possibly' },
		'had a server problem',
		'billed',
	],
	[
		'moderation of the prompt',
		'[[moderation]]',
		{},
		{
			code: 'moderation_blocked',
			type: 'image_generation_user_error',
			status: 400,
			retryable: false,
			billed: 'no',
		},
		'blocked the request',
		'Change the prompt',
	],
	[
		'moderation of the image',
		'[[moderation output]]',
		{},
		{ code: 'moderation_blocked', retryable: false, billed: 'possibly' },
		'blocked the finished image',
		'complies with',
	],
	[
		'a gateway page with status 502',
		'[[html]]',
		{},
		{ status: 502, retryable: true, billed: 'possibly' },
		'gateway',
		'billed',
	],
	[
		'a page with status 200',
		'[[html 200]]',
		{},
		{ code: 'answer_not_json', retryable: false, billed: 'possibly' },
		'a web page',
		'Base URL',
	],
	[
		'no image',
		'[[empty]]',
		{},
		{ code: 'empty_answer', retryable: false, billed: 'yes' },
		'without an image',
		'request ID',
	],
	[
		'broken base64',
		'[[badbase64]]',
		{},
		{ code: 'broken_image', retryable: false, billed: 'yes' },
		'damaged',
		'request ID',
	],
	[
		'a connection cut in the image',
		'[[cut]]',
		{},
		{ code: 'connection_lost', retryable: true, billed: 'possibly' },
		'The connection was lost',
		'billed',
	],
	[
		'a connection reset',
		'[[reset]]',
		{},
		{ code: 'connection_lost', retryable: true, billed: 'possibly' },
		'The connection was lost',
		'proxy',
	],
	[
		'a hang',
		'[[hang]]',
		{ timeoutMs: 200 },
		{ code: 'timeout', retryable: true, billed: 'possibly' },
		'did not respond within',
		'Timeout',
	],
	[
		'an error within the stream',
		'[[streamerror]]',
		{ params: { partialImages: 1 } },
		{ retryable: true, billed: 'possibly' },
		'had a server problem',
		'billed',
	],
	[
		'moderation within the stream',
		'[[moderation output]]',
		{ params: { partialImages: 1 } },
		{ code: 'moderation_blocked', retryable: false },
		'blocked',
		'Change',
	],
	[
		'a stream cut off',
		'[[cut]]',
		{ params: { partialImages: 1 } },
		{ code: 'connection_lost', billed: 'possibly' },
		'The connection was lost',
		'billed',
	],
	[
		'a model that the key has not',
		'x',
		{ params: { model: 'gpt-image-9' } },
		{ code: 'model_not_found', status: 404, retryable: false },
		'does not offer gpt-image-9',
		'Model',
	],
];
it.each(known)('%s', async (_name, prompt, call, facts, message, advice) => {
	const error = await failure(prompt, call);
	expect(error).toMatchObject(facts);
	expect(error.message).toContain(message);
	expect(error.advice).toContain(advice);
});

it('an error that comes byte by byte without an end is ended by the time limit', async () => {
	let dripping: NodeJS.Timeout | undefined;
	const server = createServer((request, response) => {
		request.resume();
		response.writeHead(400, { 'content-type': 'application/json' });
		response.write('{"error":{"message":"');
		dripping = setInterval(() => response.write('a'), 20);
		response.on('close', () => clearInterval(dripping));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	try {
		const call = { baseUrl: `http://127.0.0.1:${port}/v1`, timeoutMs: 300 };
		expect(await failure('x', call)).toMatchObject({
			message: 'OpenAI did not respond within 0.3 seconds',
			code: 'timeout',
			billed: 'possibly',
		});
	} finally {
		clearInterval(dripping);
		server.closeAllConnections();
		await new Promise((resolve) => server.close(resolve));
	}
});

it('tells the categories that moderation found', async () => {
	expect((await failure('[[moderation]]')).message).toMatch(/\(.+\)/);
});

it('shows nothing of a service that turns the line or the terminal', async () => {
	const body = { error: { message: 'Denied \u202eexe.\u0000\u001b[2J\r\nnow' } };
	const server = createServer((_request, response) => {
		response.statusCode = 400;
		response.end(JSON.stringify(body));
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	const { message } = await failure('x', { baseUrl: `http://127.0.0.1:${port}/v1` });
	server.close();
	expect(message).toBe('OpenAI refused the request: Denied exe. [2J now');
});

it('names our parameter when the API refuses one of its own', async () => {
	// An unknown model has no row, so the size is not checked before the call.
	const error = await failure('[[error 400 invalid_value]]');
	expect(error).toMatchObject({ status: 400, retryable: false, billed: 'no' });
});

it('keeps the request ID for support', async () => {
	const error = await failure('[[moderation]]');
	expect(error.requestId).toMatch(/^req_/);
});

it('a stopped execution aborts the call', async () => {
	const stop = new AbortController();
	const running = failure('[[hang]]', { signal: stop.signal });
	setTimeout(() => stop.abort(), 100);
	expect(await running).toMatchObject({ code: 'aborted', retryable: false });
	const entry = double.journal.at(-1);
	expect(entry).toBeDefined();
	while (!entry?.aborted) await new Promise((done) => setTimeout(done, 10));
});

it('never repeats the key, whatever fails', async () => {
	const key = 'sk-bad';
	for (const prompt of ['x', '[[500]]', '[[hang]]']) {
		const error = await failure(prompt, { apiKey: key, timeoutMs: 150 });
		const told = JSON.stringify({ ...error, message: error.message, stack: error.stack });
		expect(told).not.toContain(key);
	}
});
