import type { Double } from '../openai-double';
import { startGateway, type Canned, type Gateway } from '../openai-double/gateway';
import { conversation, imageOf, inSession, say } from './conversations';
import { image, messagesOf, runGptImage, type NodeResult, type NodeRun } from './gpt-image';
import { setUp, startAfresh } from './set-up';

/** What refusals of many services do in n8n's engine: fallbacks, waits, retries, sessions. */

let double: Double;
let gateway: Gateway;
beforeAll(async () => {
	double = await setUp();
	gateway = await startGateway(double);
});
afterAll(async () => {
	await gateway.close();
	await double.close();
});
beforeEach(() => {
	startAfresh(double);
	gateway.answers.splice(0);
	gateway.paths.splice(0);
});

const refusal = (status: number, error: Record<string, unknown>): Canned => ({
	status,
	body: { error },
});

async function make(
	answers: readonly Canned[],
	parameters: NodeRun['parameters'] = {},
): Promise<NodeResult> {
	gateway.answers.push(...answers);
	return await runGptImage({
		baseUrl: gateway.url,
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
	});
}

const failed = async (answers: readonly Canned[], parameters: NodeRun['parameters'] = {}) => {
	gateway.answers.push(...answers);
	const { items } = await runGptImage({
		baseUrl: gateway.url,
		parameters: { prompt: 'a mug', quality: 'low', ...parameters },
		settings: { onError: 'continueRegularOutput' },
	});
	return items[0]?.json;
};

describe('another model is tried', () => {
	it.each<[string, Canned]>([
		[
			'content_policy_violation',
			refusal(400, { code: 'content_policy_violation', message: 'Your request was rejected.' }),
		],
		['content_filter', refusal(400, { code: 'content_filter', message: 'Filtered.' })],
		['contentFilter', refusal(400, { code: 'contentFilter', message: 'Filtered.' })],
		[
			'a 403 with a policy text',
			refusal(403, { code: 'Forbidden', message: 'This may violate our content policy.' }),
		],
		[
			'a model that does not exist, 400',
			refusal(400, { code: null, message: 'The model `gpt-image-2` does not exist.' }),
		],
		[
			'a deployment that does not exist',
			refusal(404, {
				code: 'DeploymentNotFound',
				message: 'The API deployment for this resource does not exist.',
			}),
		],
		[
			'OpenRouter, no model ID',
			refusal(400, { code: 400, message: 'gpt-image-2 is not a valid model ID' }),
		],
	])('after %s', async (_name, answer) => {
		const { items, error } = await make([answer], { limits: { fallback: 'gpt-image-2.5-flare' } });
		expect(error).toBeUndefined();
		expect(image(items[0]).model).toBe('gpt-image-2.5-flare');
		expect(messagesOf(items[0])).toEqual(
			expect.arrayContaining([expect.stringMatching(/^gpt-image-2: .*a fallback was used$/)]),
		);
		expect(gateway.paths).toHaveLength(2);
	});

	it.each<[string, Canned]>([
		['money', refusal(402, { code: 402, message: 'Insufficient credits' })],
		['the address', { status: 404, body: { detail: 'Not Found' } }],
		['the size', { status: 413, body: '<html><title>413 Request Entity Too Large</title></html>' }],
	])('but not when it is about %s', async (_name, answer) => {
		const { error } = await make([answer], { limits: { fallback: 'gpt-image-2.5-flare' } });
		expect(error).toBeDefined();
		expect(gateway.paths).toHaveLength(1);
	});
});

describe('the call is made again', () => {
	it('after the wait that the text asks for', async () => {
		const limit = refusal(429, { code: '429', message: 'Try again after 0.2 seconds.' });
		const { items, error } = await make([limit]);
		expect(error).toBeUndefined();
		expect(image(items[0])).toMatchObject({ request: { attempts: 2 }, warnings: [] });
	});

	it('but not when the text asks to wait longer than a call is retried', async () => {
		const limit = refusal(429, { code: '429', message: 'Try again after 31 minutes.' });
		expect(await failed([limit], { prompt: 'a jug' })).toMatchObject({
			error: "OpenAI's rate limit was reached: it asks to wait 1860 seconds",
			details: { code: 'rate_limit_exceeded', retryable: true, billed: 'no' },
		});
		expect(gateway.paths).toHaveLength(1);
	});

	it('after a 408 once, as it may have been billed', async () => {
		const { items } = await make([{ status: 408, body: 'Request Timeout' }]);
		expect(image(items[0])).toMatchObject({
			request: { attempts: 2 },
			warnings: [{ code: 'may_have_been_billed' }],
		});
		const twice = [408, 408].map((status) => ({ status }));
		expect(await failed(twice, { prompt: 'a cup' })).toMatchObject({
			error: 'A gateway timed out while waiting for the image (status 408)',
			details: { retryable: true, billed: 'possibly', status: 408 },
		});
		expect(gateway.paths).toHaveLength(4);
	});

	it('when a link could not be fetched, which costs nothing', async () => {
		const link = 'https://bucket.s3.amazonaws.com/mug.png?X-Amz-Signature=s3cr3t';
		const answer = refusal(400, {
			message: `Error while downloading ${link}.`,
			param: 'url',
			code: 'invalid_image_url',
		});
		const edit = {
			operation: 'edit',
			images: { values: [{ source: 'url', url: link }] },
			limits: { maxRetries: 1 },
		};
		const item = await failed([answer, answer], edit);
		expect(item).toMatchObject({
			error: expect.stringContaining("could not fetch an image in 'Images'"),
			details: { param: 'images', retryable: true, billed: 'no', code: 'invalid_image_url' },
		});
		expect(JSON.stringify(item?.error)).not.toContain('s3cr3t');
		expect(gateway.paths).toEqual(['/v1/images/edits', '/v1/images/edits']);
	});
});

it('an item never holds the page of a proxy', async () => {
	const page = '<html><head><title>413 Request Entity Too Large</title></head><body>nginx</body>';
	const item = await failed([{ status: 413, body: page }]);
	expect(JSON.stringify(item)).not.toContain('<');
	expect(item).toMatchObject({ details: { code: 'request_too_large', billed: 'no' } });
});

it.each<[string, Canned]>([
	['a page', { status: 407, body: '<html><title>Proxy Authentication Required</title></html>' }],
	['an error', refusal(407, { message: 'Sign in', code: 'invalid_api_key' })],
	['nothing', { status: 407 }],
])('a 407 with %s is told as the proxy’s, and asked once', async (_name, answer) => {
	const headers = { 'proxy-authenticate': 'Basic realm="office"' };
	expect(await failed([{ ...answer, headers }])).toMatchObject({
		error: expect.stringContaining('A gateway refused the call (status 407)'),
		details: { code: 'gateway_refused', status: 407, retryable: false, billed: 'no' },
	});
	expect(gateway.paths).toHaveLength(1);
});

describe('an organization with zero data retention', () => {
	const notKept = refusal(400, {
		message: 'Previous response cannot be used for this organization due to Zero Data Retention.',
		type: 'invalid_request_error',
		param: 'previous_response_id',
		code: 'unsupported_parameter',
	});
	const second = async (options: Record<string, unknown>) => {
		const first = await say(double, 'A red mug', inSession('s'), { baseUrl: gateway.url });
		gateway.answers.push(notKept);
		const parameters = conversation('Make it blue', { ...inSession('s'), options });
		return { first, second: await runGptImage({ baseUrl: gateway.url, parameters }) };
	};

	it('is told so, and how to go on', async () => {
		const { error } = (await second({})).second;
		expect(error?.message).toContain(
			'OpenAI does not store conversations for this organization (zero data retention)',
		);
		expect(error).toHaveProperty('description', expect.stringContaining("'If Context Is Lost'"));
	});

	it('goes on from the kept image with restart, turn by turn', async () => {
		const turns = await second({ onLostContext: 'restart' });
		expect(turns.second.error).toBeUndefined();
		expect(imageOf(turns.second.items[0])).toMatchObject({
			conversation: { turn: 2 },
			warnings: [{ message: expect.stringContaining('it was restarted from its last image') }],
		});
		const { sha256 } = imageOf(turns.first.items[0]);
		expect(JSON.stringify(double.journal.at(-1)?.body)).toContain(sha256);
		gateway.answers.push(notKept);
		const third = await say(
			double,
			'Larger',
			{ ...inSession('s'), options: { onLostContext: 'restart' } },
			{ baseUrl: gateway.url },
		);
		expect(imageOf(third.items[0]).conversation.turn).toBe(3);
		const last = imageOf(turns.second.items[0]).sha256;
		expect(JSON.stringify(double.journal.at(-1)?.body)).toContain(last);
	});
});
