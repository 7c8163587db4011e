import { GptImageError } from '../../../../core/errors';
import { startDouble, type Double } from '../../../openai-double';
import { startGateway, type Canned, type Gateway } from '../../../openai-double/gateway';
import { generate, type Call } from '../generate';

/**
 * What services and proxies answer, in their own words, and what it means for the user. Bodies:
 * OpenAI's error guide; learn.microsoft.com and microsoft/semantic-kernel issue 4384; openrouter.ai
 * /docs/errors; docs.litellm.ai/docs/proxy/error_reference; developers.cloudflare.com/ai-gateway;
 * issues of BerriAI/litellm, pollinations, lobehub.
 */

let double: Double;
let gateway: Gateway;
beforeAll(async () => {
	double = await startDouble();
	gateway = await startGateway(double);
});
afterAll(async () => {
	await gateway.close();
	await double.close();
});
beforeEach(() => void gateway.answers.splice(0));

async function refused(answer: Canned, call: Call = {}): Promise<GptImageError> {
	gateway.answers.push(answer);
	try {
		await generate(double, 'a mug', { baseUrl: gateway.url, ...call });
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The call did not fail');
}

const error = (status: number, fields: Record<string, unknown>): Canned => ({
	status,
	body: { error: fields },
});
const page = (status: number, title: string): Canned => ({
	status,
	body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx/1.27.0</center>\r\n</body>\r\n</html>\r\n`,
});

describe('blocked content', () => {
	const safety =
		'Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.';
	const rows: Array<[string, Canned, 'no' | 'possibly']> = [
		[
			'OpenAI, content_policy_violation',
			error(400, {
				code: 'content_policy_violation',
				message: safety,
				param: null,
				type: 'invalid_request_error',
			}),
			'no',
		],
		[
			'Azure, contentFilter with inner_error',
			{
				status: 400,
				body: {
					created: 1703074205,
					error: {
						code: 'contentFilter',
						message: 'Your task failed as a result of our safety system.',
						inner_error: {
							code: 'ResponsibleAIPolicyViolation',
							content_filter_results: { hate: { filtered: true, severity: 'high' } },
						},
					},
				},
			},
			'possibly',
		],
		[
			'Azure, content_filter with innererror',
			error(400, {
				code: 'content_filter',
				status: 400,
				param: 'prompt',
				type: null,
				message:
					"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
				innererror: { code: 'ResponsibleAIPolicyViolation' },
			}),
			'no',
		],
		[
			'Azure, words alone',
			error(400, {
				code: 'BadRequest',
				message: "The prompt triggered Azure OpenAI's content management policy.",
			}),
			'no',
		],
		[
			'Azure, the image that was made',
			error(400, {
				code: 'contentFilter',
				message: 'Generated image was filtered as a result of our safety system.',
			}),
			'possibly',
		],
		[
			'Azure, 403 Forbidden',
			error(403, {
				code: 'Forbidden',
				message:
					'Your resource has been temporarily blocked because we detected behavior that may violate our content policy.',
			}),
			'possibly',
		],
		[
			'a relay with a body in its message',
			{
				status: 403,
				body: {
					success: false,
					error: {
						message: JSON.stringify({
							error: 'Forbidden',
							message: JSON.stringify({
								error: { code: 'Forbidden', message: 'This may violate our content policy.' },
							}),
						}),
						code: 'FORBIDDEN',
					},
				},
			},
			'possibly',
		],
		[
			'OpenRouter, moderation',
			error(403, {
				code: 403,
				message:
					'openai/gpt-image-2 requires moderation on OpenAI. Your input was flagged for "violence".',
				metadata: {
					reasons: ['violence'],
					flagged_input: 'a ... mug',
					provider_name: 'OpenAI',
					model_slug: 'openai/gpt-image-2',
				},
			}),
			'no',
		],
		[
			'OpenRouter, the provider said it',
			error(400, {
				code: 400,
				message: 'Provider returned error',
				metadata: {
					provider_name: 'Azure',
					raw: '{"error":{"code":"content_filter","message":"Filtered by the prompt shield."}}',
				},
			}),
			'no',
		],
		[
			'LiteLLM, ContentPolicyViolationError',
			error(400, {
				message: `litellm.ContentPolicyViolationError: litellm.BadRequestError: AzureException - ${safety}`,
				type: null,
				param: null,
				code: '400',
			}),
			'no',
		],
		[
			'LiteLLM, guardrail',
			error(400, {
				message: 'Violated guardrail policy',
				type: 'None',
				param: 'None',
				code: '400',
			}),
			'possibly',
		],
		[
			'Cloudflare, guardrails on the prompt',
			{
				status: 424,
				body: {
					success: false,
					result: [],
					messages: [],
					error: [{ code: 2016, message: 'Prompt blocked due to security configurations' }],
				},
			},
			'no',
		],
		[
			'Cloudflare, guardrails on the answer',
			{
				status: 400,
				body: {
					success: false,
					errors: [{ code: 2017, message: 'Response blocked due to security configurations' }],
				},
			},
			'possibly',
		],
		[
			'Portkey, guardrail',
			{ status: 446, body: { error: { message: 'The guardrail checks failed' } } },
			'possibly',
		],
		[
			'Gemini behind a gateway',
			error(400, { code: 'IMAGE_SAFETY', message: 'No image.' }),
			'possibly',
		],
		['new-api', error(500, { code: 'sensitive_words_detected', message: 'x' }), 'possibly'],
		['a relay', error(400, { message: 'NSFW content detected.' }), 'possibly'],
		[
			'Databricks',
			error(400, { message: "Request blocked by input guardrail 'demo'" }),
			'possibly',
		],
		[
			'OpenAI, usage policy in words',
			error(400, {
				message:
					'Invalid prompt: your prompt was flagged as potentially violating our usage policy.',
				type: 'invalid_request_error',
				code: 'invalid_prompt',
			}),
			'no',
		],
	];
	it.each(rows)('%s', async (_name, answer, billed) => {
		const error = await refused(answer);
		expect(error.message).toContain('blocked');
		expect(error.message).not.toContain('{');
		expect(error).toMatchObject({ code: 'moderation_blocked', retryable: false, billed });
		expect(error.advice).toContain('Change the prompt');
	});

	it('names the categories, whoever found them', async () => {
		expect((await refused(rows[1]?.[1] ?? page(500, ''))).message).toContain('(hate)');
		expect((await refused(rows[7]?.[1] ?? page(500, ''))).message).toContain('(violence)');
	});

	it.each([
		[
			'the country',
			{
				code: 'unsupported_country_region_territory',
				message: 'Country, region, or territory not supported',
			},
		],
		['an IP address', { code: null, message: 'Your IP is not authorized for this project.' }],
	])('a 403 about %s is none', async (_name, fields) => {
		const failure = await refused(error(403, fields));
		expect(failure.message).toContain('OpenAI refuses this key for the call');
		expect(failure.code).not.toBe('moderation_blocked');
	});
});

describe('a model that is not there', () => {
	const rows: Array<[string, Canned]> = [
		[
			'OpenAI, 404',
			error(404, {
				message: 'The model `gpt-image-2` does not exist or you do not have access to it.',
				type: 'invalid_request_error',
				param: null,
				code: 'model_not_found',
			}),
		],
		[
			'OpenAI, 403 of a project',
			error(403, {
				message: 'Project `proj_1` does not have access to model `gpt-image-2`',
				type: 'invalid_request_error',
				param: null,
				code: 'model_not_found',
			}),
		],
		[
			'a 400 in words',
			error(400, { message: "The model 'gpt-image-2' does not exist.", code: null }),
		],
		[
			'OpenAI, deprecated',
			error(404, { message: 'The model `gpt-image-1.5` has been deprecated.', code: null }),
		],
		[
			'Azure, DeploymentNotFound',
			error(404, {
				code: 'DeploymentNotFound',
				message:
					'The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.',
			}),
		],
		[
			'Azure, Unknown model',
			error(400, { code: 'unknown_model', message: 'Unknown model: gpt-image-2' }),
		],
		[
			'Azure, a model without images',
			error(400, {
				code: 'OperationNotSupported',
				message:
					'The image generation operation does not work with the specified model, gpt-4o. Please choose different model and try again.',
			}),
		],
		['OpenRouter, 400', error(400, { message: 'gpt-image-2 is not a valid model ID', code: 400 })],
		[
			'OpenRouter, 404',
			error(404, { message: 'No endpoints found for openai/gpt-image-2.', code: 404 }),
		],
		[
			'LiteLLM, 400',
			error(400, {
				message:
					"400: {'error': '/images/generations: Invalid model name passed in model=gpt-image-2. Call `/v1/models` to view available models for your key.'}",
				type: 'None',
				param: 'None',
				code: '400',
			}),
		],
		[
			'LiteLLM, the provider said it',
			error(404, {
				message:
					"litellm.NotFoundError: OpenAIException - The model 'gpt-image-2' does not exist or you do not have access to it.",
				type: null,
				param: null,
				code: '404',
			}),
		],
		[
			'LiteLLM, a key without the model',
			error(401, {
				message:
					"key not allowed to access model. This key can only access models=['gpt-4o']. Tried to access gpt-image-2",
				type: 'key_model_access_denied',
				param: 'model',
				code: '401',
			}),
		],
		[
			'new-api, no channel',
			error(503, {
				message: 'No available channel for model gpt-image-2 under group default (distributor)',
				type: 'new_api_error',
				param: '',
				code: 'model_not_found',
			}),
		],
		[
			'Groq, gone',
			error(400, {
				message: 'The model `x` has been decommissioned',
				code: 'model_decommissioned',
			}),
		],
		[
			'Cloudflare',
			{
				status: 400,
				body: { success: false, errors: [{ code: 5007, message: 'No such model @cf/x' }] },
			},
		],
		[
			'Ollama',
			error(404, {
				message: 'model "gpt-image-2" not found, try pulling it first',
				type: 'not_found_error',
				param: null,
				code: null,
			}),
		],
		[
			'the parameter alone',
			error(400, { message: "Value must be 'dall-e-3'.", param: 'model', code: 'invalid_value' }),
		],
		[
			'a deployment',
			error(404, { message: 'Deployment gpt-image-2 could not be found', code: '404' }),
		],
		['FastAPI', { status: 404, body: { detail: 'Model gpt-image-2 not found' } }],
	];
	it.each(rows)('%s', async (_name, answer) => {
		const error = await refused(answer);
		expect(error.message).toContain('does not offer gpt-image-2');
		expect(error).toMatchObject({ code: 'model_not_found', retryable: false, billed: 'no' });
		expect(error.advice).toContain("'Model'");
	});

	it.each([
		["The model 'gpt-image-2' does not support quality 'xhigh'.", 'quality'],
		['Transparent background is not supported for this model.', 'background'],
	])('%s is about a parameter', async (message, param) => {
		const failure = await refused(error(400, { message, param, code: 'invalid_value' }));
		expect(failure).toMatchObject({ code: 'invalid_value', param });
	});
});

describe('how long to wait', () => {
	const limit = (message: string, headers?: Record<string, string>): Canned => ({
		status: 429,
		body: { error: { message, type: 'requests', param: null, code: 'rate_limit_exceeded' } },
		headers,
	});
	it.each<[string, number | undefined]>([
		['Rate limit reached. Please try again in 12s.', 12_000],
		['Please try again in 1m2s. Visit the page.', 62_000],
		['Please try again in 6m0s.', 360_000],
		['Please try again in 1h2m3.5s.', 3_723_500],
		['Please try again in 250ms.', 250],
		['try again after 51.84 seconds', 51_840],
		['retry after 30 seconds', 30_000],
		[
			'Requests to the ImageGenerations_Create Operation under Azure OpenAI API version 2025-04-01-preview have exceeded call rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.',
			26_000,
		],
		[
			'No deployments available for selected model, Try again in 60 seconds. Passed model=gpt-image-2.',
			60_000,
		],
		['You exceeded your current quota, please check your plan. Please retry in 51.837s.', 51_837],
		['Too many requests, please wait 2 minutes', 120_000],
		['Try again in 1 minute and 20 seconds', 80_000],
		['Your limit resets in 1 hour, 5 minutes', 3_900_000],
		['Retry-After: 15', 15_000],
		['Please try again in 3 days', 86_400_000],
		['Please try again in a few seconds', undefined],
		['Limit 5 per 1 minute. Slow down.', undefined],
		['Retry after 2 attempts', undefined],
	])('%s', async (message, wait) => {
		const error = await refused(limit(message));
		expect(error).toMatchObject({ code: 'rate_limit_exceeded', retryable: true, billed: 'no' });
		expect(error.retryAfterMs).toBe(wait);
	});

	it.each<[string, Record<string, string>, number]>([
		['seconds', { 'retry-after': '7' }, 7_000],
		['half seconds', { 'retry-after': '1.5' }, 1_500],
		['twice', { 'retry-after': '7, 7' }, 7_000],
		['a duration', { 'retry-after': '1m30s' }, 90_000],
		['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1_500],
		['a date that is past', { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 0],
		['an epoch that is past', { 'retry-after': '1445412480' }, 0],
		['an epoch in milliseconds', { 'retry-after': '1445412480000' }, 0],
		['an epoch where milliseconds belong', { 'retry-after-ms': '1445412480000' }, 0],
		['a year', { 'retry-after': '31536000' }, 86_400_000],
		['nonsense, then the text', { 'retry-after': 'soon' }, 12_000],
		['less than nothing, then the text', { 'retry-after': '-5' }, 12_000],
		['infinity, then the text', { 'retry-after': 'Infinity' }, 12_000],
		['more than any number, then the text', { 'retry-after': '1e999' }, 12_000],
		['10,000 digits', { 'retry-after': '9'.repeat(300) }, 86_400_000],
		[
			'a number that is none in milliseconds',
			{ 'retry-after-ms': 'NaN', 'retry-after': '3' },
			3_000,
		],
		['less than nothing in milliseconds', { 'retry-after-ms': '-1', 'retry-after': '3' }, 3_000],
		['a date far from now', { 'retry-after': 'Fri, 31 Dec 99999 23:59:59 GMT' }, 86_400_000],
		['words of every object, then the text', { 'retry-after': 'constructor' }, 12_000],
		['8,000 spaces', { 'retry-after': `wait${' '.repeat(8_000)}1` }, 12_000],
	])('a header with %s', async (_name, headers, wait) => {
		const error = await refused(limit('Please try again in 12s.', headers));
		expect(error.retryAfterMs).toBe(wait);
	});

	it('a date that is to come', async () => {
		const date = new Date(Date.now() + 600_000).toUTCString();
		const error = await refused(limit('', { 'retry-after': date }));
		expect(error.retryAfterMs).toBeGreaterThan(500_000);
		expect(error.retryAfterMs).toBeLessThanOrEqual(600_000);
	});

	it.each([
		['seconds', { retry_after: 30 }, 30_000],
		["Google's words", { details: [], retryDelay: '34s' }, 34_000],
	])('a field of the body with %s', async (_name, fields, wait) => {
		const failure = await refused(error(429, { message: 'Too many requests', ...fields }));
		expect(failure.retryAfterMs).toBe(wait);
	});
});

describe('what may pass', () => {
	it.each<[number, 'no' | 'possibly']>([
		[408, 'possibly'],
		[409, 'no'],
		[425, 'no'],
		[499, 'possibly'],
		[500, 'possibly'],
		[502, 'possibly'],
		[503, 'no'],
		[504, 'possibly'],
		[520, 'possibly'],
		[521, 'no'],
		[522, 'possibly'],
		[523, 'no'],
		[524, 'possibly'],
		[525, 'no'],
		[529, 'no'],
		[530, 'no'],
	])('status %d, billed: %s', async (status, billed) => {
		for (const answer of [
			page(status, 'Oops'),
			error(status, { message: 'Oops', code: status }),
			{ status },
		]) {
			const error = await refused(answer);
			expect(error).toMatchObject({ status, retryable: true, billed });
		}
	});
});

describe('the reason of the service', () => {
	it.each<[string, Canned, string]>([
		[
			'OpenAI 500',
			error(500, { message: 'The server had an error.', type: 'server_error' }),
			'The server had an error',
		],
		[
			'LiteLLM 500',
			error(500, {
				message: 'litellm.InternalServerError: AzureException - Engine is down',
				code: '500',
			}),
			'Engine is down',
		],
		[
			'OpenRouter 502',
			error(502, {
				code: 502,
				message: 'Provider returned error',
				metadata: { raw: 'upstream gave up' },
			}),
			'upstream gave up',
		],
		[
			'FastAPI 422',
			{
				status: 422,
				body: {
					detail: [{ loc: ['body', 'size'], msg: 'Input should be a string', type: 'string_type' }],
				},
			},
			"'Size': Input should be a string",
		],
		[
			'an error that is a text',
			{ status: 400, body: { error: 'quality is unknown' } },
			'quality is unknown',
		],
		[
			'a message beside the error',
			{ status: 400, body: { statusCode: 400, error: 'Bad Request', message: 'n must be 1' } },
			'n must be 1',
		],
		['plain text', { status: 400, body: 'upstream misconfigured' }, 'upstream misconfigured'],
		[
			'a page in a message',
			error(502, {
				message:
					'litellm.APIError: OpenAIException - <html><head><title>502 Bad Gateway</title></head></html>',
			}),
			'502 Bad Gateway',
		],
		['a page', page(502, '502 Bad Gateway'), '502 Bad Gateway'],
		[
			'a page without a title',
			{
				status: 400,
				body: "<h2>Our services aren't available right now</h2><p>We're working on it.</p>0b3Z",
			},
			"A gateway refused the call (status 400): Our services aren't available right now We're working on it. 0b3Z",
		],
		[
			'a page of other elements',
			{
				status: 502,
				body: '<div class="e"><style>.e > p { color: red }</style><script>if (a<b) go()</script>Away<br/>for now</div',
			},
			'instead of OpenAI: Away for now',
		],
		[
			'markup in a message',
			error(400, { message: 'The <b>size</b> is <i>bad' }),
			': The size is bad',
		],
		['a comparison', error(400, { message: 'n must be <10' }), 'n must be <10'],
		['a 503', error(503, { message: 'The upstream is being restarted.' }), 'being restarted'],
	])('%s', async (_name, answer, reason) => {
		const error = await refused(answer);
		expect(error.message).toContain(reason);
		expect(`${error.message} ${error.advice}`).not.toMatch(/<\D|>|litellm|\[object/);
	});

	it('is bounded, however long it is', async () => {
		const dots = `${'.'.repeat(900_000)}!`;
		for (const body of [
			'x '.repeat(500_000),
			'<'.repeat(500_000),
			'{"error":'.repeat(50_000),
			dots,
			{ error: { message: dots } },
		]) {
			const { message } = await refused({ status: 400, body });
			expect(message.length).toBeLessThan(600);
		}
	});

	it.each<[string, Canned, string]>([
		['a key', error(400, { message: 'Incorrect key sk-proj-abc123.' }), 'sk-proj-abc123'],
		['a token', error(500, { message: 'Sent Authorization: Bearer abc.def.ghi' }), 'abc.def'],
		[
			'a signature',
			error(400, { message: 'See https://x.example/a.png?X-Amz-Signature=s3cr3t.' }),
			's3cr3t',
		],
		[
			'a password in a link',
			error(400, { message: 'See https://me:s3cr3t@x.example/a.png' }),
			's3cr3t',
		],
		[
			'a Telegram token',
			error(400, { message: 'https://api.telegram.org/file/bot1234567890:AAs3cr3t/photos/1.jpg' }),
			's3cr3t',
		],
		[
			'a file',
			error(400, { message: `Bad data:image/png;base64,${'iVBORw0K'.repeat(9)}` }),
			'iVBORw0K',
		],
		[
			'a parameter',
			error(400, { message: 'No.', param: 'https://x.example/a.png?sig=s3cr3t' }),
			's3cr3t',
		],
	])('never with %s', async (_name, answer, secret) => {
		const failure = await refused(answer);
		expect(JSON.stringify({ ...failure, message: failure.message })).not.toContain(secret);
	});
});

describe('money and size', () => {
	it.each<[string, Canned]>([
		[
			'OpenRouter 402',
			error(402, {
				code: 402,
				message: 'Insufficient credits. Add more using https://openrouter.ai/settings/credits',
			}),
		],
		[
			'OpenRouter, key limit',
			error(403, { code: 403, message: 'Key limit exceeded (total limit).' }),
		],
		[
			'OpenRouter, too few credits',
			error(402, {
				code: 402,
				message: 'This request requires more credits, or fewer max_tokens.',
			}),
		],
		[
			'LiteLLM, budget',
			error(400, {
				message: 'Budget has been exceeded! Current cost: 1.2, Max budget: 1.0',
				type: 'budget_exceeded',
				param: null,
				code: '400',
			}),
		],
		[
			'LiteLLM, budget with 429',
			error(429, { message: 'Budget has been exceeded!', type: 'budget_exceeded', code: '429' }),
		],
		[
			'new-api',
			error(403, {
				message: '用户额度不足',
				type: 'new_api_error',
				code: 'insufficient_user_quota',
			}),
		],
		['Portkey', { status: 412, body: { status: 'failure', message: 'Budget exhausted' } }],
		['an empty 402', { status: 402 }],
		['a page with 402', page(402, '402 Payment Required')],
	])('%s is about money', async (_name, answer) => {
		const error = await refused(answer);
		expect(error.message).toContain('is out of credit');
		expect(error).toMatchObject({ retryable: false, billed: 'no', code: 'insufficient_quota' });
		expect(error.advice).toContain('Add credit');
	});

	it.each([
		page(413, '413 Request Entity Too Large'),
		error(413, { message: 'Too big' }),
		{ status: 413 },
	])('413 is about size', async (answer) => {
		const error = await refused(answer);
		expect(error.message).toContain('too large');
		expect(error).toMatchObject({ code: 'request_too_large', retryable: false, billed: 'no' });
		expect(error.advice).toContain('smaller input images');
	});
});

describe('a wrong address', () => {
	it.each<[string, Canned]>([
		['nginx 404', page(404, '404 Not Found')],
		['nginx 405', page(405, '405 Not Allowed')],
		['FastAPI 404', { status: 404, body: { detail: 'Not Found' } }],
		['FastAPI 405', { status: 405, body: { detail: 'Method Not Allowed' } }],
		[
			'OpenAI',
			error(404, {
				message: 'Invalid URL (POST /v1/images/generations/images/generations)',
				type: 'invalid_request_error',
				param: null,
				code: null,
			}),
		],
		[
			'Groq',
			error(404, {
				message: 'Unknown request URL: POST /v1/x. Please check the URL for typos',
				type: 'invalid_request_error',
				code: 'unknown_url',
			}),
		],
		['Azure', error(404, { code: '404', message: 'Resource not found' })],
		[
			'Express',
			{
				status: 404,
				body: '<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot POST /images/generations</pre></body></html>',
			},
		],
		[
			'NestJS',
			{
				status: 404,
				body: { statusCode: 404, message: 'Cannot POST /images/generations', error: 'Not Found' },
			},
		],
		['Go', { status: 404, body: '404 page not found\n' }],
		['Kong', { status: 404, body: { message: 'no Route matched with those values' } }],
		[
			'Spring',
			{
				status: 404,
				body: { timestamp: '2026-11-20', status: 404, error: 'Not Found', path: '/v1/x' },
			},
		],
		[
			'Cloudflare',
			{
				status: 404,
				body: {
					success: false,
					errors: [
						{
							code: 7003,
							message: 'Could not route to /x, perhaps your object identifier is invalid?',
						},
					],
				},
			},
		],
		['a gateway without images', error(501, { message: 'Not implemented' })],
		['nothing', { status: 404 }],
	])('%s', async (_name, answer) => {
		const error = await refused(answer);
		expect(error.message).toContain("'Base URL'");
		expect(error.message).not.toMatch(/[<>]/);
		expect(error).toMatchObject({ code: 'wrong_base_url', retryable: false, billed: 'no' });
		expect(error.advice).toContain('https://api.openai.com/v1');
	});

	it.each([
		['https://api.openai.com/v1/images/generations', 'https://api.openai.com/v1'],
		['https://api.openai.com/v1/images/edits/', 'https://api.openai.com/v1'],
		['https://gateway.example/openai/v1/responses', 'https://gateway.example/openai/v1'],
		['https://openrouter.ai/api/v1/chat/completions', 'https://openrouter.ai/api/v1'],
		['https://x.example/v1/images/generations?key=s3cr3t', 'https://x.example/v1'],
	])('%s is refused before anything is sent', async (baseUrl, right) => {
		const before = gateway.paths.length;
		const error = await refused({ status: 404 }, { baseUrl });
		expect(error.message).toContain("'Base URL'");
		expect(error.message).not.toContain('s3cr3t');
		expect(error.advice).toContain('Remove /');
		expect(`${error.message}${error.advice}`).not.toContain(right);
		expect(gateway.paths).toHaveLength(before);
	});
});

describe('a name that every object has', () => {
	it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty.x'])(
		'%s is no parameter',
		async (param) => {
			const failure = await refused(error(400, { message: 'No.', param, code: 'invalid_value' }));
			expect(failure.message).toBe('OpenAI refused the request: No');
			expect(failure.param).toBe(param);
		},
	);

	it.each(['constructor', '__proto__'])('%s is a code like any other', async (code) => {
		const failure = await refused(error(400, { message: 'No.', code, type: code }));
		expect(failure).toMatchObject({ message: 'OpenAI refused the request: No', code });
	});

	it('__proto__ hands its fields to nobody', async () => {
		const body = '{"error":{"__proto__":{"message":"Slow down.","code":"rate_limit_exceeded"}}}';
		const failure = await refused({ status: 400, body });
		expect(failure).toMatchObject({
			message: 'A gateway refused the call (status 400)',
			code: 'gateway_refused',
			retryable: false,
		});
	});
});

it.each([
	page(403, 'Attention Required! | Cloudflare'),
	page(400, '400 Bad Request'),
	page(406, '406 Not Acceptable'),
])('a page with status $status is not an answer of OpenAI', async (answer) => {
	const error = await refused(answer);
	expect(error.message).toContain(`A gateway refused the call (status ${answer.status})`);
	expect(error.message).not.toMatch(/[<>]/);
	expect(error).toMatchObject({ code: 'gateway_refused', retryable: false, billed: 'no' });
});

describe('an image that cannot be fetched', () => {
	const link = 'https://bucket.s3.amazonaws.com/mug.png?X-Amz-Signature=s3cr3t&X-Amz-Expires=60';
	it.each<[string, Canned]>([
		[
			'OpenAI, url',
			error(400, {
				message: `Error while downloading ${link}.`,
				type: 'invalid_request_error',
				param: 'url',
				code: 'invalid_image_url',
			}),
		],
		[
			'OpenAI, timeout',
			error(400, {
				message: `Timeout while downloading ${link}.`,
				type: 'invalid_request_error',
				param: 'url',
				code: 'invalid_image_url',
			}),
		],
		[
			'OpenAI, image_url',
			error(400, {
				message: `Failed to download image from ${link}.`,
				param: 'images[0].image_url',
				code: 'failed_to_download_image',
			}),
		],
		[
			'the parameter alone',
			error(400, { message: `Invalid value ${link}`, param: 'image_url', code: 'invalid_value' }),
		],
		['Azure', error(400, { message: `Unable to access the url ${link}`, code: 'BadRequest' })],
		[
			'LiteLLM',
			error(400, {
				message: `litellm.ImageFetchError: Unable to fetch image from URL. Status code: 403, url=${link}`,
				code: '400',
			}),
		],
	])('%s', async (_name, answer) => {
		const error = await refused(answer);
		expect(error.message).toContain("'Images'");
		expect(error.message).not.toContain('s3cr3t');
		expect(error).toMatchObject({
			code: 'invalid_image_url',
			param: 'images',
			retryable: true,
			billed: 'no',
		});
		expect(error.advice).toContain('public');
	});
});
