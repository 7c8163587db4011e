import { checkConnection, createClient } from '../../../core/api/client';
import { generateImages } from '../../../core/api/openai';
import { GptImageError } from '../../../core/errors';
import { checkPicture, type PictureWish } from '../../../core/rules/request';
import { startDouble, type Double } from '../../openai-double';

let double: Double;
beforeAll(async () => {
	double = await startDouble();
});
afterAll(async () => await double.close());
beforeEach(() => double.reset());

interface Call {
	readonly wish?: Partial<PictureWish>;
	readonly apiKey?: string;
	readonly baseUrl?: string;
	readonly timeoutMs?: number;
	readonly signal?: AbortSignal;
}

async function generate(prompt: string, call: Call = {}) {
	const connection = checkConnection({
		apiKey: call.apiKey ?? 'sk-test',
		baseUrl: call.baseUrl ?? double.url,
		fetch,
	});
	const timeoutMs = call.timeoutMs ?? 10_000;
	const client = await createClient(connection, timeoutMs);
	const request = checkPicture({
		operation: 'generate',
		model: 'gpt-image-2',
		quality: 'low',
		size: '1024x1024',
		prompt,
		...call.wish,
	});
	return await generateImages(client, request, { timeoutMs, signal: call.signal });
}

async function failure(prompt: string, call: Call = {}): Promise<GptImageError> {
	try {
		await generate(prompt, call);
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
		'no budget left',
		'Billing',
	],
	[
		'a spend limit',
		'[[quota project_spend_limit_exceeded]]',
		{},
		{ code: 'project_spend_limit_exceeded', retryable: false },
		'no budget left',
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
		'failed on its side',
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
		'moderation of the picture',
		'[[moderation output]]',
		{},
		{ code: 'moderation_blocked', retryable: false, billed: 'possibly' },
		'blocked the finished picture',
		'harmless',
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
		{ code: 'answer_not_json' },
		'a web page',
		'Base URL',
	],
	[
		'no picture',
		'[[empty]]',
		{},
		{ code: 'empty_answer', billed: 'possibly' },
		'without a picture',
		'request ID',
	],
	[
		'broken base64',
		'[[badbase64]]',
		{},
		{ code: 'broken_image', billed: 'possibly' },
		'damaged',
		'request ID',
	],
	[
		'a connection cut in the picture',
		'[[cut]]',
		{},
		{ code: 'connection_lost', retryable: true, billed: 'possibly' },
		'broke',
		'billed',
	],
	[
		'a connection reset',
		'[[reset]]',
		{},
		{ code: 'connection_lost', retryable: true, billed: 'possibly' },
		'broke',
		'proxy',
	],
	[
		'a hang',
		'[[hang]]',
		{ timeoutMs: 200 },
		{ code: 'timeout', retryable: true, billed: 'possibly' },
		'did not answer within',
		'Timeout',
	],
	[
		'an error within the stream',
		'[[streamerror]]',
		{ wish: { partialImages: 1 } },
		{ retryable: true, billed: 'possibly' },
		'failed',
		'billed',
	],
	[
		'moderation within the stream',
		'[[moderation output]]',
		{ wish: { partialImages: 1 } },
		{ code: 'moderation_blocked', retryable: false },
		'blocked',
		'Change',
	],
	[
		'a stream cut off',
		'[[cut]]',
		{ wish: { partialImages: 1 } },
		{ code: 'connection_lost', billed: 'possibly' },
		'broke',
		'billed',
	],
	[
		'a model that the key has not',
		'x',
		{ wish: { model: 'gpt-image-9' } },
		{ code: 'model_not_found', status: 404, retryable: false },
		'does not offer gpt-image-9',
		'Model',
	],
];
it.each(known)('%s', async (_name, prompt, call, facts, message, advice) => {
	const error = await failure(prompt, call);
	expect(error.facts).toMatchObject(facts);
	expect(error.message).toContain(message);
	expect(error.facts.advice).toContain(advice);
});

it('nobody listening: nothing was sent, nothing is billed', async () => {
	const closed = await startDouble();
	await closed.close();
	const error = await failure('x', { baseUrl: closed.url });
	expect(error.facts).toMatchObject({ code: 'connection_failed', retryable: true, billed: 'no' });
	expect(error.facts.advice).toContain('Nothing was sent');
});

it('tells the categories that moderation found', async () => {
	expect((await failure('[[moderation]]')).message).toMatch(/\(.+\)/);
});

it('names our parameter when the API refuses one of its own', async () => {
	// An unknown model has no row, so the size is not checked before the call.
	const error = await failure('[[error 400 invalid_value]]');
	expect(error.facts).toMatchObject({ status: 400, retryable: false, billed: 'no' });
});

it('keeps the request ID for support', async () => {
	const error = await failure('[[moderation]]');
	expect(error.facts.requestId).toMatch(/^req_/);
});

it('a stopped execution aborts the call', async () => {
	const stop = new AbortController();
	const running = failure('[[hang]]', { signal: stop.signal });
	setTimeout(() => stop.abort(), 100);
	expect((await running).facts).toMatchObject({ code: 'aborted', retryable: false });
	await new Promise((done) => setTimeout(done, 100));
	expect(double.journal.at(-1)?.aborted).toBe(true);
});

it('never repeats the key, whatever fails', async () => {
	const key = 'sk-bad';
	for (const prompt of ['x', '[[500]]', '[[hang]]']) {
		const error = await failure(prompt, { apiKey: key, timeoutMs: 150 });
		const told = JSON.stringify({ ...error, message: error.message, stack: error.stack });
		expect(told).not.toContain(key);
	}
});

describe('the connection', () => {
	it('reads no OPENAI_ variable of the host', async () => {
		const names = {
			OPENAI_API_KEY: 'sk-host',
			OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
			OPENAI_ORG_ID: 'org-host',
			OPENAI_PROJECT_ID: 'proj-host',
			OPENAI_CUSTOM_HEADERS: 'Authorization: Bearer sk-bad\nX-Host: yes',
			OPENAI_LOG: 'debug',
		};
		const before = { ...process.env };
		Object.assign(process.env, names);
		try {
			await generate('a mug');
		} finally {
			for (const name of Object.keys(names)) delete process.env[name];
			Object.assign(process.env, before);
		}
		expect(double.journal).toHaveLength(1);
		expect(double.journal[0]).toMatchObject({ status: 200, organization: null });
	});

	it.each([
		['api.openai.com/v1', 'sk-x', 'baseUrl', 'Base URL'],
		['ftp://host/v1', 'sk-x', 'baseUrl', 'Base URL'],
		['http://', 'sk-x', 'baseUrl', 'Base URL'],
		['https://api.openai.com/v1', '  ', 'apiKey', 'API Key'],
		['https://api.openai.com/v1', 'sk-a b', 'apiKey', 'API Key'],
	])('refuses the base URL %s with the key "%s"', (baseUrl, apiKey, param, name) => {
		const check = () => checkConnection({ apiKey, baseUrl, fetch });
		expect(check).toThrow(`'${name}'`);
		expect(check).toThrow(expect.objectContaining({ facts: expect.objectContaining({ param }) }));
	});
});

it('brings the frames of a stream and its usage', async () => {
	const answer = await generate('a mug', { wish: { partialImages: 2 } });
	expect(answer.partials).toHaveLength(2);
	expect(answer.images).toHaveLength(1);
	// 196 for the picture and 100 for each frame.
	expect(answer.usage).toMatchObject({ output_tokens: 396 });
});
