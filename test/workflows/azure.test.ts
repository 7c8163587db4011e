import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { conversation, say } from './conversations';
import { generate, image, messagesOf, rows, runGptImage, type NodeResult } from './gpt-image';
import { collect, order } from './orders';
import { setUp, startAfresh } from './set-up';

/** Azure OpenAI, and gateways in front of OpenAI, in their own shapes. */

let double: Double;
beforeAll(async () => {
	double = await setUp();
});
afterAll(async () => await double.close());
beforeEach(() => {
	startAfresh(double);
	double.options.service = 'azure';
	double.options.deployments = {
		'my-images': 'gpt-image-2',
		drafts: 'gpt-image-2',
		words: 'gpt-5.4',
	};
});

const key = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const address = (path: string): string => double.url.replace('/v1', path);

interface Asking {
	readonly path?: string;
	readonly model?: string;
	readonly apiKey?: string;
	readonly credential?: IDataObject;
	readonly parameters?: IDataObject;
}

const ask = async (asking: Asking = {}): Promise<NodeResult> => {
	const { path = '/openai/v1', model = 'my-images', apiKey = key } = asking;
	return await generate(
		double,
		{ model: { __rl: true, mode: 'id', value: model }, ...asking.parameters },
		{
			baseUrl: address(path),
			apiKey,
			credential: {
				service: 'azure',
				organizationId: 'org-mine',
				projectId: 'proj_mine',
				deployments: 'my-images = gpt-image-2\nwords = gpt-5.4',
				...asking.credential,
			},
		},
	);
};

const sent = () => double.journal.map(({ url, status }) => `${url} ${status}`);

describe('Azure OpenAI', () => {
	it.each([
		['/openai/v1', undefined, '/openai/v1/images/generations'],
		['/openai/v1', 'preview', '/openai/v1/images/generations?api-version=preview'],
		[
			'/openai/deployments/my-images',
			'2025-04-01-preview',
			'/openai/deployments/my-images/images/generations?api-version=2025-04-01-preview',
		],
	])('is asked at %s with the version %s', async (path, apiVersion, url) => {
		const { items, error } = await ask({ path, credential: { apiVersion } });
		expect(error).toBeUndefined();
		expect(sent()).toEqual([`${url} 200`]);
		// Neither a bearer's key nor whom it belongs to at OpenAI.
		expect(double.journal[0]).toMatchObject({ apiKey: null, organization: null, project: null });
		const { model, cost, warnings, request } = image(items[0]);
		expect(model).toBe('my-images');
		// 196 tokens at $30 per million, 8 of text at $5.
		expect(cost).toMatchObject({ usd: 0.00592, pricesOf: ['gpt-image-2 (2026-10-01)'] });
		expect(warnings).toEqual([]);
		expect(request).toMatchObject({ id: double.journal[0]?.requestId });
	});

	it('edits, too', async () => {
		const create = { width: 1024, height: 1024, channels: 3 as const, background: '#2a6' };
		const data = (await sharp({ create }).png().toBuffer()).toString('base64');
		const { error } = await runGptImage({
			baseUrl: address('/openai/v1'),
			apiKey: key,
			credential: { service: 'azure', deployments: 'my-images = gpt-image-2' },
			items: [{ json: {}, binary: { data: { data, mimeType: 'image/png', fileName: 'a.png' } } }],
			parameters: {
				operation: 'edit',
				prompt: 'a mug',
				quality: 'low',
				model: { __rl: true, mode: 'id', value: 'my-images' },
				images: { values: [{ source: 'field', field: 'data' }] },
			},
		});
		expect(error).toBeUndefined();
		expect(sent()).toEqual(['/openai/v1/images/edits 200']);
	});

	it('a deployment has the rules of its model', async () => {
		const { error } = await ask({ parameters: { quality: 'max' } });
		expect(error?.message).toContain("my-images does not support Quality 'Max'");
		expect(sent()).toEqual([]);
	});

	it('one that is not listed has the common rules and no price', async () => {
		const { items } = await ask({ model: 'drafts' });
		expect(image(items[0])).toMatchObject({ model: 'drafts', cost: { usd: null } });
		expect(messagesOf(items[0])[0]).toContain("drafts is not listed in 'Deployments'");
	});

	it('own prices go by the name, and those of another deployment stop nothing', async () => {
		const prices = '{"drafts": {"textInput": 5, "imageOutput": 10}}';
		const other = await ask({ credential: { prices } });
		expect(image(other.items[0]).cost).toMatchObject({ usd: 0.00592 });
		const { items } = await ask({ model: 'drafts', credential: { prices } });
		// 8 tokens of text at $5 per million and 196 of the image at $10.
		const cost = { usd: 0.002, pricesOf: ['drafts (own prices)'] };
		expect(image(items[0])).toMatchObject({ model: 'drafts', cost });
		double.faults.push({ kind: 'moderation', match: { method: 'POST' }, times: 1 });
		const fallback = await ask({
			credential: { prices },
			parameters: { limits: { fallback: 'drafts' } },
		});
		expect(image(fallback.items[0])).toMatchObject({ model: 'drafts', cost });
	});

	it('waits as long as it says', async () => {
		double.faults.push({ kind: '429', retryAfter: 0.01, times: 1 });
		const { items } = await ask();
		expect(image(items[0]).request).toMatchObject({ attempts: 2 });
	});

	it('blocks content in its own words', async () => {
		const { error } = await ask({ parameters: { prompt: '[[moderation]] x' } });
		expect(error?.message).toContain('content policy of the service blocked');
		expect(error?.message).toContain('(sexual)');
	});
});

describe('what was mixed up is told', () => {
	it.each<[string, Asking, string, string]>([
		[
			'a key of OpenAI at Azure',
			{ apiKey: 'sk-test' },
			'Azure OpenAI did not accept the API key',
			"set 'Service' to OpenAI",
		],
		[
			'an API version that does not exist',
			{
				path: '/openai/deployments/my-images',
				credential: { apiVersion: '2025-13-99' },
			},
			"with 'API Version' 2025-13-99",
			'e.g. 2025-04-01-preview',
		],
		[
			'an API version at an address without versions',
			{ credential: { apiVersion: '2025-04-01-preview' } },
			"with 'API Version' 2025-04-01-preview",
			"leave 'API Version' empty",
		],
		['the resource alone', { path: '' }, "Azure found nothing at the 'Base URL'", '/openai/v1'],
		['an unknown deployment', { model: 'nobody' }, 'no deployment with this name', "in 'Model'"],
		[
			'an unlisted deployment of a text model',
			{ model: 'words', credential: { deployments: '' } },
			'cannot generate images',
			'a deployment of an image model',
		],
	])('%s', async (_name, asking, message, advice) => {
		const { error } = await ask(asking);
		expect(error?.message).toContain(message);
		expect(error).toHaveProperty('description', expect.stringContaining(advice));
		expect(double.journal.filter(({ paid }) => paid > 0)).toEqual([]);
	});

	it.each<[string, Asking, string]>([
		['a listed deployment of a text model', { model: 'words' }, "'Model' is words, a chat model"],
		[
			'a line of Deployments',
			{ credential: { deployments: 'my-images = gpt-image-2\ngpt-image-2' } },
			"Line 2 of 'Deployments'",
		],
		[
			'a header of our own',
			{ credential: { headers: { values: [{ name: 'Api-Key', value: 'x' }] } } },
			"'Headers' in the credential sets api-key",
		],
		[
			'the moderation check, which Azure has not',
			{ parameters: { limits: { moderationCheck: true } } },
			"Not available with 'Service' Azure OpenAI: moderation endpoint",
		],
	])('before anything is sent: %s', async (_name, asking, message) => {
		const { error } = await ask(asking);
		expect(error?.message).toContain(message);
		expect(sent()).toEqual([]);
	});

	it('a web page in place of the API', async () => {
		double.faults.push({ kind: 'html', status: 200, times: 1 });
		const { error } = await ask();
		expect(error?.message).toContain('it is not JSON but a web page');
		expect(error).toHaveProperty(
			'description',
			expect.stringContaining("'Base URL' in the credential may be the address of a web page"),
		);
	});

	it('before anything is sent: a conversation', async () => {
		const { error } = await runGptImage({
			baseUrl: address('/openai/v1'),
			apiKey: key,
			credential: { service: 'azure' },
			parameters: conversation('a mug'),
		});
		expect(error?.message).toContain(
			"Not available with 'Service' Azure OpenAI: Responses API (conversations",
		);
		expect(sent()).toEqual([]);
	});
});

describe('a gateway', () => {
	beforeEach(() => {
		double.options.deployments = undefined;
	});
	const through = async (path: string, credential: IDataObject, apiKey = 'sk-test') =>
		await generate(double, {}, { baseUrl: address(path), apiKey, credential });

	it('Cloudflare wants a header of its own, which stays a secret', async () => {
		double.options.service = 'cloudflare';
		const path = '/v1/account/gateway/openai';
		const header = (value: string) => ({
			headers: { values: [{ name: 'cf-aig-authorization', value }] },
		});
		const { items } = await through(path, header('Bearer cf-token-1'));
		expect(image(items[0]).request).toMatchObject({ id: double.journal[0]?.requestId });
		const refused = await through(path, header('Bearer cf-token-2'));
		expect(refused.error?.message).toContain('OpenAI did not accept the API key');
		expect(JSON.stringify(refused.run)).not.toContain('cf-token-2');
	});

	it('LiteLLM puts its own words around errors, and aliases stand for models', async () => {
		double.options.service = 'litellm';
		double.options.deployments = { shop: 'gpt-image-2' };
		const { items } = await generate(
			double,
			{ model: { __rl: true, mode: 'id', value: 'shop' } },
			{ baseUrl: double.url, credential: { deployments: 'shop = gpt-image-2' } },
		);
		expect(image(items[0])).toMatchObject({ model: 'shop', cost: { usd: 0.00592 } });
		double.faults.push({ kind: 'quota', times: 1 });
		const { error } = await through('/v1', {});
		expect(error?.message).toContain('is out of credit');
	});

	it('what is ordered by an alias has the price of its model when it is collected', async () => {
		double.options.service = 'openai';
		double.options.deployments = { shop: 'gpt-image-2' };
		const credential = {
			deployments: 'shop = gpt-image-2',
			prices: '{"posters": {"imageOutput": 40}}',
		};
		const model = { __rl: true, mode: 'id', value: 'shop' };
		await order(double, rows('a mug'), { model }, { credential });
		await say(double, 'a mug', { model, delivery: 'background' }, { credential });
		await new Promise((resolve) => setTimeout(resolve, 200));
		const { images, error } = await collect(double, {}, { credential });
		expect(error).toBeUndefined();
		expect(images.map((item) => image(item).cost)).toMatchObject([
			// 8 tokens of text at $2.50 and 196 of the image at $15 per million.
			{ usd: 0.00296, pricesOf: ['gpt-image-2 batch (2026-10-01)'] },
			{ usd: expect.any(Number), parts: { imageOutput: 0.00588 } },
		]);
	});

	it('OpenRouter has its image API elsewhere', async () => {
		double.options.service = 'openrouter';
		const { error } = await through('/api/v1', {});
		expect(error?.message).toContain("There is no such API at the 'Base URL' in the credential");
	});
});
