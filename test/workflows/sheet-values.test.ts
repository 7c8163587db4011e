import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { generate, image, messagesOf, rows, runGptImage } from './gpt-image';
import { onceSent, setUp, startAfresh } from './set-up';

/** Rows as people write them, and limits that do not fail open. */

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => startAfresh(double));

it('takes values as the editor shows them', async () => {
	const { items, error } = await generate(
		double,
		{
			quality: '={{ $json.quality }}',
			size: '={{ $json.size }}',
			options: { outputFormat: '={{ $json.format }}' },
		},
		{
			items: [
				{ json: { quality: 'High', size: '1024x1024 (Square)', format: 'jpg' } },
				{ json: { quality: '', size: '16:9', format: 'WebP' } },
				{ json: { quality: ' low', size: '', format: '' } },
			],
		},
	);
	expect(error).toBeUndefined();
	expect(items.map((item) => image(item))).toMatchObject([
		{ quality: 'high', width: 1024, height: 1024, format: 'jpeg' },
		{ quality: 'medium', width: 1280, height: 720, format: 'webp' },
		{ quality: 'low', width: 1024, height: 1024, format: 'png' },
	]);
});

it('names all bad rows in one message, at most ten, then a count', async () => {
	const items = Array.from({ length: 14 }, (_, row) => ({
		json: { quality: row < 2 ? 'low' : 'ultra' },
	}));
	const { error } = await generate(double, { quality: '={{ $json.quality }}' }, { items });
	expect(error?.message).toContain(
		'12 of 14 items cannot be used: [item 2] \'Quality\' is "ultra"',
	);
	expect(error?.message).toContain('[item 11]');
	expect(error?.message).not.toContain('[item 12]');
	expect(error?.message).toMatch(/; and 2 more$/);
	expect(error).toHaveProperty('description', expect.stringContaining('Nothing was sent.'));
	expect(double.journal).toEqual([]);
});

it('warns of an expression in the prompt that gave nothing, also in a dry run', async () => {
	const parameters = { prompt: '=Photo of {{ $json.what }} in {{ $json.place }}' };
	const items = [
		...rows('a mug'),
		{ json: { what: 'a jug', place: 'a garden' } },
		{ json: { what: ' ', place: 'Berlin' } },
	];
	const dry = await generate(double, { ...parameters, options: { dryRun: true } }, { items });
	expect(dry.items.map(messagesOf)).toEqual([
		["'Prompt': no value for {{ $json.place }}"],
		[],
		["'Prompt': no value for {{ $json.what }}"],
	]);
	const options = { styleGuide: '=Our colours: {{ $json.colours }}', dryRun: true };
	const styled = await generate(double, { options }, { items: rows('a mug') });
	expect(styled.items.map(messagesOf)).toEqual([
		["'Style Guide': no value for {{ $json.colours }}"],
	]);
	expect(double.journal).toEqual([]);
});

it('does not warn of braces that are sent as they are', async () => {
	const parameters = {
		prompt: '=Write \\{{ name }} on {{ $json.what }}',
		options: { dryRun: true },
	};
	const { items } = await generate(double, parameters, { items: rows('a mug') });
	expect(items.map(messagesOf)).toEqual([[]]);
});

it('warns of a sum without numbers and of an empty list in the prompt', async () => {
	const items: INodeExecutionData[] = [NaN, [], 0].map((what) => ({ json: { what } }));
	const parameters = { prompt: '=Photo of {{ $json.what }} on white', options: { dryRun: true } };
	const dry = await generate(double, parameters, { items });
	const warning = "'Prompt': no value for {{ $json.what }}";
	expect(dry.items.map(messagesOf)).toEqual([[warning], [warning], []]);
});

it.each([
	[{ prompt: '=Photo of {{ $json.what }}, {{ $json.product }}' }, 'Prompt', '{{ $json.product }}'],
	[{ prompt: '=Photo of {{ $json.all }}' }, 'Prompt', '{{ $json.all }}'],
	[
		{ options: { styleGuide: '=Colours: {{ $json.product }}' } },
		'Style Guide',
		'{{ $json.product }}',
	],
])('refuses an object in %j before it is paid', async (parameters, label, named) => {
	const items = [{ json: { what: 'a mug', product: { name: 'mug' }, all: ['a', { b: 1 }] } }];
	const { error } = await generate(double, parameters, { items });
	expect(error?.message).toBe(`'${label}': ${named} is an object, not text [item 0]`);
	expect(error).toHaveProperty(
		'description',
		'Use one of its fields, e.g. {{ $json.product.name }}.',
	);
	expect(double.journal).toEqual([]);
});

it('tells of a session key that is the same for every chat', async () => {
	const send = { resource: 'conversation', operation: 'send', continueFrom: 'session' };
	const run = async (chat: IDataObject) =>
		await generate(
			double,
			{ ...send, sessionKey: '=chat-{{ $json.chat.id }}', options: { dryRun: true } },
			{ items: [{ json: { chat } }] },
		);
	const { items } = await run({});
	expect(messagesOf(items[0])).toContain("'Session Key': no value for {{ $json.chat.id }}");
	const { error } = await run({ id: { number: 7 } });
	expect(error?.message).toBe("'Session Key': {{ $json.chat.id }} is an object, not text [item 0]");
});

it('sends a text that only looks like an object, as on a shirt', async () => {
	const prompt = '=A shirt with [object Object] in {{ $json.what }}';
	const { error } = await generate(double, { prompt }, { items: rows('blue') });
	expect(error).toBeUndefined();
	expect(double.journal[0]?.body?.prompt).toBe('A shirt with [object Object] in blue');
});

it('does not ask to report an expression with invalid syntax', async () => {
	const prompt = '={{ ({ product: { name: "mug" }}).product.name }}';
	const { error } = await generate(double, { prompt }, { items: rows('a mug') });
	expect(error?.message).toBe('invalid syntax [item 0]');
	expect(error).toHaveProperty(
		'description',
		"Check the node's parameters and their expressions for this item.",
	);
	expect(error).toHaveProperty('context.details.code', 'invalid_input');
});

it('sends the style guide, and shows the prompt', async () => {
	const parameters = { options: { styleGuide: 'Flat, deep blue' } };
	const { items } = await generate(double, parameters);
	expect(image(items[0]).prompt).toBe('a mug');
	expect(items[0]?.binary?.data?.fileName).toBe('a-mug.png');
	expect(double.journal[0]?.body?.prompt).toBe('a mug\n\nStyle guide:\nFlat, deep blue');
	// Another style is another image.
	await generate(double, { options: { styleGuide: 'Oil paint' }, limits: { reuse: 'always' } });
	expect(double.journal).toHaveLength(2);
	await generate(double, { ...parameters, limits: { reuse: 'always' } });
	expect(double.journal).toHaveLength(2);
});

describe('a limit', () => {
	it.each([0.004, '0.004', '={{ 0.004 }}'])('of %j is one', async (maxCostPerRun) => {
		const { error } = await generate(double, { limits: { maxCostPerRun } });
		expect(error?.message).toContain("would exceed 'Max Cost per Run (USD)' of $0.0040");
		expect(double.journal).toEqual([]);
	});

	it.each(['={{ $json.limit }}', '', '={{ null }}', '={{ "ten" }}'])(
		'of %j stops the node instead of meaning none',
		async (maxCostPerRun) => {
			const { error } = await generate(double, { limits: { maxCostPerRun } });
			expect(error?.message).toMatch(/'Max Cost per Run \(USD\)' is .*\[item 0\]/);
			expect(double.journal).toEqual([]);
		},
	);

	it('of another item too', async () => {
		const { error } = await generate(
			double,
			{ limits: { maxCostPerRun: '={{ $json.limit }}' } },
			{ items: [{ json: { limit: 1 } }, { json: {} }] },
		);
		expect(error?.message).toContain("'Max Cost per Run (USD)' is empty [item 1]");
	});

	it('of the credential holds for every node that uses it', async () => {
		const credential = { maxCostPerDay: 0.01 };
		const once = await generate(double, {}, { credential });
		expect(once.error).toBeUndefined();
		const again = await generate(double, { prompt: 'a jug' }, { credential });
		expect(again.error?.message).toContain("would exceed 'Max Cost per Day (USD)' of $0.01");
		expect(double.journal).toHaveLength(1);
	});

	it('of the credential is the same for every spelling of the Base URL', async () => {
		const credential = { maxCostPerDay: 0.01 };
		await generate(double, {}, { credential });
		const other = double.url.replace('http://127.0.0.1', 'HTTP://127.1').replace('/v1', '/./v1//');
		const again = await generate(double, { prompt: 'a jug' }, { credential, baseUrl: other });
		expect(again.error?.message).toContain("would exceed 'Max Cost per Day (USD)' of $0.01");
		expect(double.journal).toHaveLength(1);
	});

	it('of the credential on images per minute holds the next one back; Stop ends the wait', async () => {
		const { items } = await generate(
			double,
			{ prompt: '={{ $json.what }}', limits: { maxParallel: 2 } },
			{
				credential: { imagesPerMinute: 1 },
				items: rows('a mug', 'a jug'),
				// The second would be sent at once.
				engine: {
					onStart: ({ cancel }) => onceSent(double, 1, () => setTimeout(cancel, 500)),
				},
			},
		);
		expect(items).toEqual([]);
		expect(double.journal).toHaveLength(1);
	});

	it.each([
		[{ maxCostPerDay: '' }, "'Max Cost per Day (USD)' is empty"],
		[{ maxCostPerDay: null }, "'Max Cost per Day (USD)' is empty"],
		[{ maxCostPerDay: -1 }, "'Max Cost per Day (USD)' is -1"],
		[{ imagesPerMinute: 'many' }, "'Images per Minute' is many"],
		[{ prices: '{' }, "'Prices'"],
		[{ keepPrompts: 'perhaps' }, '\'Keep Prompts\' is "perhaps"'],
	])('of the credential that cannot be read: %j', async (credential, message) => {
		const { error } = await generate(double, {}, { credential });
		expect(error?.message).toContain(message);
		expect(double.journal).toEqual([]);
	});
});

it('one text of the prompt serves all operations', async () => {
	for (const parameters of [
		{ resource: 'image', operation: 'generate' },
		{ resource: 'conversation', operation: 'send', action: 'generate' },
	]) {
		const { items, error } = await runGptImage({
			baseUrl: double.url,
			parameters: { ...parameters, prompt: 'a mug', quality: 'low' },
		});
		expect(error).toBeUndefined();
		expect(image(items[0]).prompt).toBe('a mug');
	}
});
