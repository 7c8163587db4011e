import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { speckled, withThumbnail } from '../core/pixels/samples';
import { Answering, type Came } from './answering';
import { runGptImage } from './gpt-image';
import { ask, imageItem, itemOf, onData, questionsSent } from './questions';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => {
	startAfresh(double);
	double.options.answers = [
		{
			answer: {
				altText: 'A blue mug on a table, steam rising from it, beside an open book',
				title: 'Blue mug',
				caption: 'Morning.',
				tags: ['mug', 'blue'],
				fileName: '../../Blue Mug: morning.png',
				textSeen: 'HELLO',
				language: 'en',
			},
		},
	];
});

it('the contract keys, cut at a word and safe as a file name; the image passes through', async () => {
	const { items } = await ask(double, 'describe', {
		options: { altTextLength: 30, language: 'German', context: 'The mug is called Ada' },
	});
	expect(items[0]?.json.description).toMatchObject({
		altText: 'A blue mug on a table, steam',
		title: 'Blue mug',
		caption: 'Morning.',
		tags: ['mug', 'blue'],
		fileName: 'blue-mug-morning',
		textSeen: 'HELLO',
		language: 'en',
		chatModel: 'gpt-5.4',
		usage: { inputCached: 0 },
		warnings: [],
	});
	expect(items[0]?.binary?.data?.fileName).toBe('mug.png');
	const text = JSON.stringify(questionsSent(double)[0]);
	expect(text).toContain('at most 30 characters');
	expect(text).toContain('Write in German');
	expect(text).toContain('The mug is called Ada');
});

it.each([
	['A sign that says "Open all day"', 'A sign that says'],
	['A blue mug, two (both open) books', 'A blue mug, two'],
	['A red mug says "Hi" to everybody', 'A red mug says "Hi"'],
	['Donaudampfschifffahrtsgesellschaft', 'Donaudampfschifffahr'],
	[
		'ACME 社製の青いマグカップが木のテーブルの上に置かれています',
		'ACME 社製の青いマグカップが木のテー',
	],
	['A blue mug\non a wooden table', 'A blue mug\non a'],
])('%s is not cut behind what opens', async (altText, cut) => {
	double.options.answers?.unshift({
		answer: { altText, title: '', caption: '', tags: [], fileName: '', textSeen: '', language: '' },
	});
	const { items } = await ask(double, 'describe', { options: { altTextLength: 20 } });
	expect(items[0]?.json.description).toMatchObject({ altText: cut, fileName: 'image' });
});

it("a product's own description stays under another name, and the answer says so", async () => {
	const { items } = await ask(
		double,
		'describe',
		{},
		{ items: [await imageItem(64, 64, { description: 'Handmade', sku: 'A' })] },
	);
	expect(items[0]?.json).toMatchObject({ sku: 'A', descriptionInput: 'Handmade' });
	const { warnings } = items[0]?.json.description as IDataObject;
	expect(warnings).toMatchObject([{ code: 'input_renamed' }]);
});

it.each<[string, IDataObject, string]>([
	['a length of 5', { altTextLength: 5 }, "'Alt Text Length' is 5"],
	[
		'a context of 4,001 characters',
		{ context: 'c'.repeat(4_001) },
		"'Context' has 4,001 characters",
	],
])('%s is refused before anything is sent', async (_what, options, message) => {
	const { error } = await ask(double, 'describe', { options });
	expect(error?.message).toContain(message);
	expect(double.journal).toEqual([]);
});

it('refuses a photo that is cut off before anything is sent, also one with a thumbnail', async () => {
	const photo = await withThumbnail(await speckled(640, 480).jpeg().toBuffer());
	const cut = photo.subarray(0, Math.floor(photo.length * 0.9));
	const { error } = await ask(double, 'describe', {}, { items: [itemOf(cut)] });
	expect(error?.message).toContain('the end of the JPEG is missing');
	expect(double.journal).toEqual([]);
});

describe('an answer of another shape', () => {
	let service: Answering;
	beforeAll(async () => (service = await new Answering().start()));
	afterAll(async () => await service.close());

	const description = {
		...{ altText: 'A mug', title: 'Mug', caption: 'A mug.', tags: ['mug'] },
		...{ fileName: 'mug', textSeen: '', language: 'en' },
	};
	const response = {
		...{ id: 'resp_1', object: 'response', status: 'completed', model: 'gpt-5.4' },
		output: [
			{
				type: 'message',
				content: [{ type: 'output_text', text: JSON.stringify(description) }],
			},
		],
		usage: { input_tokens: 100, input_tokens_details: {}, output_tokens: 10, total_tokens: 110 },
	};
	const event = (data: object) => `data: ${JSON.stringify(data)}\n\n`;
	const described = async (came: Came, limits: IDataObject = {}) => {
		service.reset(came);
		const { items } = await runGptImage({
			baseUrl: service.url,
			items: [await imageItem()],
			parameters: { operation: 'describe', images: onData, limits: { reuse: 'never', ...limits } },
			settings: { onError: 'continueRegularOutput' },
		});
		expect(items).toHaveLength(1);
		return items[0]?.json as IDataObject & { details: IDataObject };
	};

	it.each<[string, Came]>([
		['with a mark of the encoding', { body: `\uFEFF${JSON.stringify(response)}` }],
		['with the comment of a proxy', { body: `${JSON.stringify(response)}\n<!-- 12 ms -->` }],
		[
			'as a stream',
			{
				type: 'text/event-stream',
				body:
					event({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } }) +
					event({ type: 'response.output_text.delta', delta: '{"alt' }) +
					event({ type: 'response.completed', response }),
			},
		],
	])('is read: %s', async (_name, came) => {
		// 100 tokens at $2.50 and 10 at $15 for a million.
		expect((await described(came)).description).toMatchObject({
			altText: 'A mug',
			cost: { usd: 0.0004 },
		});
		expect(service.calls).toBe(1);
	});

	const saying = (text: string, more: object = {}): Came => {
		const output = [{ type: 'message', content: [{ type: 'output_text', text }] }];
		return { body: JSON.stringify({ ...response, output, ...more }) };
	};

	it('with texts without bounds, marks of direction and half an emoji is cut and made safe', async () => {
		const answer = {
			...description,
			altText: `${'word '.repeat(40_000)}end`,
			title: 'a\ud83d',
			fileName: `\u202e../../CON\0/${'x'.repeat(10_000)}.exe`,
			tags: ['\udc00'],
		};
		const { description: found } = await described(
			saying(`{"__proto__":{"pass":true},${JSON.stringify(answer).slice(1)}`),
		);
		const { altText, fileName, ...others } = found as Record<string, string>;
		expect(altText?.length).toBeLessThanOrEqual(125);
		expect(fileName).toMatch(/^[a-z-]{1,60}$/);
		expect(others).toMatchObject({ title: 'a\ufffd', tags: ['\ufffd'], cost: { usd: 0.0004 } });
		expect(found).not.toHaveProperty('pass');
	});

	it('with the name of a Windows device for a file is given another', async () => {
		const answer = JSON.stringify({ ...description, fileName: 'AUX.jpg' });
		expect((await described(saying(answer))).description).toMatchObject({ fileName: 'image-aux' });
	});

	it.each<[string, string]>([
		['no JSON', 'Here is your description!'],
		['a list', JSON.stringify([description])],
		['null', 'null'],
		['a missing text', JSON.stringify({ ...description, caption: undefined })],
		['tags that are a text', JSON.stringify({ ...description, tags: 'mug' })],
		['tags that are objects', JSON.stringify({ ...description, tags: [{ length: 1 }] })],
		['its keys in a prototype', `{"__proto__":${JSON.stringify(description)}}`],
		['100,000 levels', '['.repeat(100_000)],
		['nothing', ''],
	])('that has %s is a failure, told as billed', async (_name, text) => {
		const { error, details } = await described(saying(text));
		expect(error).toMatch(/answer/);
		expect(details).toMatchObject({ billed: 'yes', retryable: false });
		expect(service.calls).toBe(1);
	});

	it('in another service tier has an unknown cost', async () => {
		double.options.serviceTier = 'flex';
		const { items } = await ask(double, 'describe', {}).finally(
			() => (double.options.serviceTier = 'default'),
		);
		expect(items[0]?.json.description).toMatchObject({
			cost: { usd: null },
			usage: { input: expect.any(Number), output: expect.any(Number) },
		});
	});

	it('whose usage is absurd has an unknown cost', async () => {
		for (const usage of [
			{ input_tokens: 9e15, output_tokens: 9e15, total_tokens: 1.8e16 },
			{ input_tokens: -1, output_tokens: 10, total_tokens: 9 },
			{ input_tokens: '100', output_tokens: {}, total_tokens: null },
			{ __proto__: null, constructor: 1 },
		]) {
			const { description: found } = await described(
				saying(JSON.stringify(description), { usage }),
			);
			expect(found).toMatchObject({ altText: 'A mug', cost: { usd: null } });
		}
	});

	it.each<[string, Came, IDataObject, string]>([
		[
			'an error',
			{ body: '{"error":{"message":"No channel for this model","code":"no_channel"}}' },
			{ code: 'no_channel', billed: 'possibly', requestId: 'req_1' },
			'OpenAI refused the request: No channel for this model',
		],
		[
			'an error in a stream',
			{ type: 'text/event-stream', body: event({ type: 'error', code: 'x_1', message: 'Away' }) },
			{ code: 'x_1', billed: 'possibly' },
			'OpenAI had a server problem: Away',
		],
		[
			'a failed response',
			{
				body: JSON.stringify({
					...response,
					status: 'failed',
					output: [],
					error: { code: 'failed_to_download_image', message: 'https://x.example/a.png?sig=1' },
				}),
			},
			{ code: 'invalid_image_url', param: 'images', billed: 'possibly' },
			"OpenAI could not fetch an image in 'Images': https://x.example/a.png?…",
		],
		[
			'JSON of another kind',
			{ body: '{"ok":true}' },
			{ code: 'empty_answer', billed: 'possibly' },
			'OpenAI responded without a result but with a JSON object with the fields ok',
		],
		[
			'nothing',
			{ body: '' },
			{ code: 'empty_answer', billed: 'possibly' },
			'OpenAI responded without a result',
		],
		[
			'a web page',
			{ type: 'text/html', body: '<!doctype html><p>Sign in' },
			{ code: 'answer_not_json', billed: 'possibly' },
			'it is not JSON but a web page',
		],
	])('is told: %s', async (_name, came, details, said) => {
		const json = await described(came, { maxRetries: 0, retryLost: false });
		expect(json.error).toContain(said);
		expect(json.details).toMatchObject(details);
	});
});
