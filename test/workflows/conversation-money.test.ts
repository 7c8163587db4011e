import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import type { Double } from '../openai-double';
import { imageOf, inSession, paidOf, say, sayAndFail, turnsSent } from './conversations';
import { bytesOf } from './engine';
import { newLedger, setUp } from './set-up';

// Time limits must let a response begin on a machine under load, and not end.
jest.setTimeout(60_000);

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => {
	folder = newLedger();
	double.reset();
	double.options.latencyMs = 0;
});

const lineages = () => turnsSent(double).map(({ lineage }) => lineage);

describe('a paid turn is not bought twice', () => {
	it('when a later node fails and the workflow is run again', async () => {
		await say(double, 'A red mug', inSession('s'));
		const failed = await sayAndFail(double, 'Make it blue', inSession('s'));
		expect(failed.run.data.resultData.error?.message).toBe('The website is down');
		const again = await say(double, 'Make it blue', inSession('s'));
		expect(imageOf(again.items[0])).toMatchObject({
			request: { reused: true },
			cost: { usd: 0, originalUsd: expect.any(Number) },
			revisedPrompt: 'A red mug, then Make it blue. Carefully composed.',
			conversation: { turn: 2, sessionKey: 's', text: 'Here it is: Make it blue' },
		});
		expect(imageOf(again.items[0]).sha256).toBe(turnsSent(double)[1]?.imageSha256[0]);
		expect(turnsSent(double)).toHaveLength(2);
		const next = await say(double, 'Larger', inSession('s'));
		expect(imageOf(next.items[0]).conversation.turn).toBe(3);
		expect(lineages().at(-1)).toEqual(['A red mug', 'Make it blue', 'Larger']);
	});

	it('but said again after it was delivered, it is another turn', async () => {
		await say(double, 'A red mug', inSession('s'));
		await say(double, 'Larger', inSession('s'));
		await say(double, 'Larger', { ...inSession('s'), options: { reuse: 'always' } });
		expect(lineages().at(-1)).toEqual(['A red mug', 'Larger', 'Larger']);
	});

	it('when Retry On Fail runs the node again after another item has failed', async () => {
		const { items, error } = await say(
			double,
			'={{ $json.text }}',
			{ ...inSession('={{ $json.chat }}'), options: { maxRetries: 0, maxParallel: 1 } },
			{
				items: [
					{ json: { chat: 'a', text: 'A fox' } },
					{ json: { chat: 'a', text: 'In snow' } },
					{ json: { chat: 'b', text: 'A cat [[429 0]]' } },
				],
				settings: { retryOnFail: true, maxTries: 2, waitBetweenTries: 1 },
			},
		);
		expect(error).toBeUndefined();
		expect(items.map((item) => imageOf(item).conversation.turn)).toEqual([1, 2, 1]);
		expect(items.map((item) => imageOf(item).request.reused)).toEqual([true, true, false]);
		expect(paidOf(double)).toBe(3);
	});

	it('with all its pictures', async () => {
		await sayAndFail(double, 'A story [[panels 4]]', inSession('s'));
		const { items } = await say(double, 'A story [[panels 4]]', inSession('s'));
		expect(items.map((item) => imageOf(item).request.reused)).toEqual([true, true, true, true]);
		expect(items.map((item) => imageOf(item).sha256)).toEqual(turnsSent(double)[0]?.imageSha256);
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('nor are words alone', async () => {
		await sayAndFail(double, 'Hello [[talk]]', inSession('s'));
		const { items } = await say(double, 'Hello [[talk]]', inSession('s'));
		expect(imageOf(items[0])).toMatchObject({
			count: 0,
			request: { reused: true },
			cost: { usd: 0 },
			conversation: { text: expect.stringContaining('I read "Hello"') },
		});
		expect(items[0]?.binary).toBeUndefined();
		expect(turnsSent(double)).toHaveLength(1);
	});

	it('also when n8n died between keeping the picture and remembering the turn', async () => {
		await say(double, 'A red mug', inSession('s'));
		const before = readdirSync(path.join(folder, 'sessions', 'keys'));
		await sayAndFail(double, 'Make it blue', inSession('s'));
		// The session as it was before the second turn.
		const [session = ''] = before;
		const versions = readdirSync(path.join(folder, 'sessions', 'keys', session)).sort();
		rmSync(path.join(folder, 'sessions', 'keys', session, versions.at(-1) ?? ''), {
			recursive: true,
		});
		const again = await say(double, 'Make it blue', inSession('s'));
		expect(imageOf(again.items[0])).toMatchObject({
			request: { reused: true },
			conversation: { turn: 2 },
		});
		await say(double, 'Larger', inSession('s'));
		expect(lineages()).toEqual([
			['A red mug'],
			['A red mug', 'Make it blue'],
			['A red mug', 'Make it blue', 'Larger'],
		]);
	});

	it('and not given to another chat that says the same', async () => {
		await sayAndFail(double, 'A red mug', inSession('anna'));
		const { items } = await say(double, 'A red mug', inSession('berta'));
		expect(imageOf(items[0]).request.reused).toBe(false);
		expect(turnsSent(double)).toHaveLength(2);
	});
});

it('writes no prompt and no answer to disk when they are not to be kept', async () => {
	const options = { keepPrompts: false, instructions: 'The codename is Kestrel.' };
	await say(double, 'A poster for Falcon', { ...inSession('s'), options });
	await say(double, 'Hello Falcon [[talk]]', { ...inSession('s'), options });
	const files = readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !/\.(?:png)$/.test(entry.name))
		.map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
	expect(files.length).toBeGreaterThan(4);
	for (const text of files) expect(text).not.toMatch(/falcon|kestrel/i);
});

describe('an answer that was lost on the way', () => {
	it('is fetched by its id when the stream breaks', async () => {
		const { items, error } = await say(double, 'A mug [[cut]]', inSession('s'));
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).request.attempts).toBe(1);
		expect(double.journal.map(({ method }) => method)).toEqual(['POST', 'GET']);
		expect(paidOf(double)).toBe(1);
	});

	it('is fetched by the next run when the time limit cut it off', async () => {
		const message = 'A mug [[slow 6000]]';
		const parameters = {
			...inSession('s'),
			options: { runInBackground: true, timeoutSeconds: 4 },
		};
		const first = await say(double, message, parameters);
		expect(first.error?.message).toContain('OpenAI did not answer within 4 seconds');
		expect(first.error).toHaveProperty(
			'description',
			expect.stringContaining('the answer is then fetched by its ID instead of being paid twice'),
		);
		expect(turnsSent(double)).toHaveLength(1);
		const second = await say(double, message, {
			...parameters,
			options: { runInBackground: true, timeoutSeconds: 30 },
		});
		expect(second.error).toBeUndefined();
		expect(imageOf(second.items[0])).toMatchObject({
			conversation: { turn: 1 },
			warnings: [expect.stringContaining('its answer was fetched instead of buying another')],
		});
		expect(turnsSent(double)).toHaveLength(1);
		expect(paidOf(double)).toBe(1);
	});

	it('is bought again when OpenAI does not have it any more, and the item says so', async () => {
		const message = 'A mug [[slow 6000]]';
		const options = { runInBackground: true, timeoutSeconds: 4 };
		await say(double, message, { options });
		await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });
		const { items, error } = await say(double, message, {
			options: { ...options, timeoutSeconds: 30 },
		});
		expect(error).toBeUndefined();
		expect(imageOf(items[0]).warnings).toEqual([
			expect.stringMatching(/its answer could not be fetched .* so it was sent again/),
		]);
		expect(turnsSent(double)).toHaveLength(2);
	});

	it('is bought again within the run as often as the user allows', async () => {
		double.faults.push({ kind: 'reset', times: 1, match: { path: '/responses' } });
		const { items } = await say(double, 'A mug');
		expect(imageOf(items[0])).toMatchObject({
			request: { attempts: 2 },
			warnings: [expect.stringContaining('that call may have been billed, it was sent once more')],
		});
		double.faults.push({ kind: 'reset', times: 1, match: { path: '/responses' } });
		const { error } = await say(double, 'A cup', { options: { retryUncertain: 0 } });
		expect(error?.message).toContain('The connection broke');
	});

	it('waits out a rate limit, which costs nothing', async () => {
		const { items } = await say(double, 'A mug [[429 0]]');
		expect(imageOf(items[0])).toMatchObject({ request: { attempts: 2 }, warnings: [] });
	});
});

describe('a conversation that OpenAI does not have any more', () => {
	const expire = async () =>
		await fetch(`${double.url.replace('/v1', '')}/__expire`, { method: 'POST' });

	it('fails, and says what can be done', async () => {
		await say(double, 'A red mug', inSession('s'));
		await expire();
		const { error } = await say(double, 'Make it blue', inSession('s'));
		expect(error?.message).toContain(
			'OpenAI does not have the previous response of this conversation any more',
		);
		expect(error).toHaveProperty('description', expect.stringContaining("'On Lost Context'"));
	});

	it.each(['session', 'response'])(
		'is begun anew from its last picture, and says so (%s)',
		async (kind) => {
			const first = imageOf((await say(double, 'A red mug', inSession('s'))).items[0]);
			await expire();
			const { items, error } = await say(double, 'Make it blue', {
				...(kind === 'session'
					? inSession('s')
					: { continueFrom: 'response', previousResponseId: first.conversation.responseId }),
				action: 'edit',
				options: { onLostContext: 'restart' },
			});
			expect(error).toBeUndefined();
			expect(imageOf(items[0])).toMatchObject({
				conversation: { turn: 2 },
				warnings: [expect.stringContaining('it was begun anew from its last picture')],
			});
			const [, refused, restarted] = turnsSent(double);
			expect(refused).toMatchObject({ status: 404, paid: 0 });
			expect(restarted?.body).not.toHaveProperty('previous_response_id');
			expect(restarted?.body?.input).toEqual([
				{
					role: 'user',
					content: [
						{
							type: 'input_image',
							detail: 'auto',
							image_url: expect.objectContaining({ sha256: first.sha256 }),
						},
						{
							type: 'input_text',
							text: 'The first attached picture is the last one of our conversation so far.\n\nMake it blue',
						},
					],
				},
			]);
			if (kind === 'response') return;
			await say(double, 'Larger', inSession('s'));
			expect(turnsSent(double)[3]?.body).toMatchObject({
				previous_response_id: imageOf(items[0]).conversation.responseId,
			});
		},
	);

	it('is begun anew without a picture when there never was one', async () => {
		await say(double, 'Hello [[talk]]', inSession('s'));
		await expire();
		const { items } = await say(double, 'A mug', {
			...inSession('s'),
			options: { onLostContext: 'restart' },
		});
		expect(imageOf(items[0]).warnings).toEqual([
			expect.stringContaining('begun anew without its pictures'),
		]);
	});

	it('is not bought twice when a later node fails after the restart', async () => {
		await say(double, 'A red mug', inSession('s'));
		await expire();
		const parameters = { ...inSession('s'), options: { onLostContext: 'restart' } };
		await sayAndFail(double, 'Make it blue', parameters);
		const { items } = await say(double, 'Make it blue', parameters);
		expect(imageOf(items[0])).toMatchObject({
			request: { reused: true },
			warnings: [expect.stringContaining('it was begun anew from its last picture')],
		});
		expect(paidOf(double)).toBe(2);
	});
});

describe('the cost', () => {
	it('is a range with a warning when OpenAI does not report the image model', async () => {
		const { items } = await say(double, 'A mug [[notoolusage]]');
		const { cost, usage, warnings } = imageOf(items[0]);
		expect(cost.usd).toBeNull();
		const chat = usage?.chat as { input: number; output: number };
		const words = (chat.input * 2.5 + chat.output * 15) / 1e6;
		// 196 tokens of a picture of low quality at $30 are certain; the rest is text.
		expect(cost.estimatedUsd.min).toBeGreaterThan(words + 0.00588);
		expect(cost.estimatedUsd.max).toBeLessThan(words + 0.00588 + 0.008);
		expect(warnings.join('\n')).toMatch(
			/OpenAI did not report what the image model used: this picture has cost between \$0\.00\d\d and \$0\.0\d\d\d/,
		);
	});

	it('is unknown when OpenAI does not report the chat model', async () => {
		const { items } = await say(double, 'A mug [[nousage]]');
		expect(imageOf(items[0]).cost.usd).toBeNull();
		expect(imageOf(items[0]).warnings.join('\n')).toContain('The cost is unknown');
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
				await say(double, 'A cup', {
					...model('gpt-6-luna'),
					options: { prices: '{"gpt-6-luna": {"output": 100}}' },
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
	it('lets a turn make as many pictures as it can pay for', async () => {
		const message = 'A story [[panels 6]]';
		const { items, error } = await say(double, message, { options: { maxCostPerRun: 0.15 } });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(turnsSent(double)[0]?.body).toMatchObject({ max_tool_calls: 1 });
		expect(imageOf(items[0]).warnings).toEqual([
			'The budget allowed this turn no more than 1 tool calls',
		]);
		const rich = await say(double, message, { options: { maxCostPerRun: 5 } });
		expect(rich.items).toHaveLength(6);
		expect(turnsSent(double)[1]?.body).toMatchObject({ max_tool_calls: 10 });
	});

	it('counts a turn whose cost is not known as dear as it may have been', async () => {
		const { items } = await say(
			double,
			'={{ $json.text }}',
			{ options: { maxCostPerRun: 0.2, maxParallel: 1 } },
			{
				items: ['A', 'B', 'C'].map((text) => ({ json: { text: `${text} [[notoolusage]]` } })),
				settings: { onError: 'continueRegularOutput' },
			},
		);
		expect(items.map(({ json }) => 'image' in json)).toEqual([true, true, false]);
		expect(items[2]?.json.details).toMatchObject({ code: 'budget_exceeded', billed: 'no' });
	});

	it('refuses a turn that it may not be able to pay for', async () => {
		const { error } = await say(double, 'A mug', { options: { maxCostPerRun: 0.01 } });
		expect(error?.message).toContain("which would pass 'Max Cost per Run (USD)' $0.01");
		expect(double.journal).toEqual([]);
	});

	it('counts what was really spent, turn after turn', async () => {
		const options = { maxCostPerRun: 0.12, maxParallel: 1 };
		const { items, error } = await say(
			double,
			'={{ $json.text }}',
			{ options },
			{ items: ['A', 'B', 'C'].map((text) => ({ json: { text } })) },
		);
		expect(error).toBeUndefined();
		const spent = items.reduce((sum, item) => sum + (imageOf(item).cost.usd ?? 0), 0);
		expect(spent).toBeLessThan(0.12);
		expect(items).toHaveLength(3);
	});
});

it('keeps the picture as OpenAI sent it', async () => {
	const { items } = await say(double, 'A mug', { options: { outputFormat: 'webp' } });
	const bytes = await bytesOf(items[0]?.binary?.data);
	expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp' });
	expect(imageOf(items[0]).sha256).toBe(turnsSent(double)[0]?.imageSha256[0]);
});
