import type { Double } from '../openai-double';
import { imageOf, say, turnsSent } from './conversations';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

describe('the cost', () => {
	it('is unknown when OpenAI does not report the image model, and the estimate stays', async () => {
		const { items } = await say(double, 'A mug [[notoolusage]]');
		const { cost, usage, warnings } = imageOf(items[0]);
		expect(cost).toMatchObject({ usd: null, parts: { chat: { output: expect.any(Number) } } });
		const chat = usage?.chat as { input: number; output: number };
		const words = (chat.input * 2.5 + chat.output * 15) / 1e6;
		expect(cost.estimatedUsd.max).toBeGreaterThan(words + 0.00588);
		expect(warnings.map(({ message }) => message).join('\n')).toContain(
			'The cost is unknown: the response has no token usage',
		);
	});

	it('is unknown when OpenAI does not report the chat model', async () => {
		const { items } = await say(double, 'A mug [[nousage]]');
		expect(imageOf(items[0]).cost.usd).toBeNull();
		expect(
			imageOf(items[0])
				.warnings.map(({ message }) => message)
				.join('\n'),
		).toContain('The cost is unknown');
	});

	it.each(['priority', 'flex'] as const)(
		'is unknown when the project has the service tier %s, whose prices are others',
		async (serviceTier) => {
			double.options.serviceTier = serviceTier;
			const { items } = await say(double, 'A mug').finally(
				() => (double.options.serviceTier = 'default'),
			);
			const { cost, usage, warnings } = imageOf(items[0]);
			expect(cost.usd).toBeNull();
			expect(usage).toMatchObject({ imageOutput: 196, chat: { input: expect.any(Number) } });
			expect(cost.parts.imageOutput).toBe(0.00588);
			expect(warnings.map(({ message }) => message).join('\n')).toContain(
				`answered in the service tier ${serviceTier}, which has prices of its own`,
			);
		},
	);

	it('in another service tier goes by one’s own prices', async () => {
		double.options.serviceTier = 'priority';
		const prices = '{"gpt-5.4": {"input": 5, "inputCached": 0.5, "output": 30}}';
		const { items } = await say(double, 'A mug', {}, { credential: { prices } }).finally(
			() => (double.options.serviceTier = 'default'),
		);
		const { cost, usage } = imageOf(items[0]);
		const chat = usage?.chat as { input: number; output: number };
		const words = (chat.input * 5 + chat.output * 30) / 1e6;
		// The image model: 196 tokens at $30, and the text that it read at $5.
		expect(cost.usd).toBeCloseTo(words + 0.00588 + (Number(usage?.textInput) * 5) / 1e6, 9);
	});

	it('counts web searches at a cent each', async () => {
		const { items } = await say(double, 'The news [[search 3]]', { options: { webSearch: true } });
		const { usage, cost } = imageOf(items[0]);
		expect(usage).toMatchObject({ webSearches: 3 });
		expect(cost.parts).toMatchObject({ webSearches: 0.03 });
	});

	it('goes by the prices of the chat model in use, also of one’s own', async () => {
		const model = (value: string) => ({ chatModel: { __rl: true, mode: 'id', value } });
		const cheap = imageOf((await say(double, 'A mug', model('gpt-6-luna'))).items[0]);
		const chat = cheap.usage?.chat as { input: number; output: number };
		const paid = cheap.cost.parts.chat as { input: number; output: number };
		expect(paid.input).toBeCloseTo((chat.input * 0.1) / 1e6, 12);
		expect(paid.output).toBeCloseTo((chat.output * 0.5) / 1e6, 12);
		const own = imageOf(
			(
				await say(double, 'A cup', model('gpt-6-luna'), {
					credential: { prices: '{"gpt-6-luna": {"output": 100}}' },
				})
			).items[0],
		);
		const used = own.usage?.chat as { output: number };
		expect((own.cost.parts.chat as { output: number }).output).toBeCloseTo(
			(used.output * 100) / 1e6,
			12,
		);
	});
});

describe('a budget', () => {
	it('lets a turn make as many images as it can pay for', async () => {
		const message = 'A story [[panels 6]]';
		const { items, error } = await say(double, message, { limits: { maxCostPerRun: 0.15 } });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(turnsSent(double)[0]?.body).toMatchObject({ max_tool_calls: 1 });
		expect(imageOf(items[0]).warnings).toMatchObject([
			{ message: 'A cost limit allowed only 1 tool call for this message; each image is one' },
		]);
		const rich = await say(double, message, { limits: { maxCostPerRun: 5 } });
		expect(rich.items).toHaveLength(6);
		expect(turnsSent(double)[1]?.body).toMatchObject({ max_tool_calls: 10 });
	});

	it('counts a turn whose cost is not known as dear as it may have been', async () => {
		const { items } = await say(
			double,
			'={{ $json.text }}',
			{ limits: { maxCostPerRun: 0.2, maxParallel: 1 } },
			{
				items: ['A', 'B', 'C'].map((text) => ({ json: { text: `${text} [[notoolusage]]` } })),
				settings: { onError: 'continueRegularOutput' },
			},
		);
		expect(items.map(({ json }) => 'image' in json)).toEqual([true, true, false]);
		expect(items[2]?.json.details).toMatchObject({ code: 'budget_exceeded', billed: 'no' });
	});

	it('refuses a turn that it may not be able to pay for', async () => {
		const { error } = await say(double, 'A mug', { limits: { maxCostPerRun: 0.01 } });
		expect(error?.message).toContain("which would exceed 'Max Cost per Run (USD)' of $0.01");
		expect(double.journal).toEqual([]);
	});

	it('counts what was really spent, turn after turn', async () => {
		const limits = { maxCostPerRun: 0.12, maxParallel: 1 };
		const { items, error } = await say(
			double,
			'={{ $json.text }}',
			{ limits },
			{ items: ['A', 'B', 'C'].map((text) => ({ json: { text } })) },
		);
		expect(error).toBeUndefined();
		const spent = items.reduce((sum, item) => sum + (imageOf(item).cost.usd ?? 0), 0);
		expect(spent).toBeLessThan(0.12);
		expect(items).toHaveLength(3);
	});
});
