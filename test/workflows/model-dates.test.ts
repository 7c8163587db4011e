import type { Double } from '../openai-double';
import { answerAsOpenAI, openAIUrl, setDay } from './as-openai';
import { generate, image, messagesOf, type NodeRun } from './gpt-image';
import { setUp, startAfresh } from './set-up';

/** Days on which OpenAI shuts models down: at OpenAI itself, and at another service. */

let double: Double;
beforeAll(async () => {
	double = await setUp();
	answerAsOpenAI(double);
});
afterAll(async () => await double.close());
beforeEach(() => {
	startAfresh(double);
	double.options.shutdownDates = {};
	setDay('2026-12-02');
});
afterEach(() => {
	jest.useRealTimers();
});

const atOpenAI: Partial<NodeRun> = { baseUrl: openAIUrl };
const chosen = (value: string) => ({ model: { __rl: true, mode: 'id', value } });
const sent = () => double.journal.map(({ path, model, status }) => [path, model, status]);
const models = () =>
	double.journal.flatMap(({ method, model, status }) =>
		method === 'POST' ? [[model, status]] : [],
	);

it('a stopped model is refused at OpenAI with the one to choose, and nothing is bought', async () => {
	const { error } = await generate(double, chosen('gpt-image-1-mini'), atOpenAI);
	expect(error?.message).toContain('OpenAI retired gpt-image-1-mini on 2026-12-01');
	expect(error).toHaveProperty(
		'description',
		"Choose gpt-image-2.6-flare (in batches gpt-image-2) in 'Model'.",
	);
	expect(models()).toEqual([]);
});

it('its last day is one to work on', async () => {
	setDay('2026-12-01');
	const { items, error } = await generate(double, chosen('gpt-image-1-mini'), atOpenAI);
	expect(error).toBeUndefined();
	expect(messagesOf(items[0])).toEqual([
		'gpt-image-1-mini stops on 2026-12-01: switch to gpt-image-2.6-flare (in batches gpt-image-2)',
	]);
	expect(sent()).toEqual([['/v1/images/generations', 'gpt-image-1-mini', 200]]);
});

it('a stop that OpenAI put off is looked up once, and obeyed', async () => {
	double.options.shutdownDates = { 'gpt-image-1.5': '2027-03-01' };
	const { items, error } = await generate(double, chosen('gpt-image-1.5'), {
		...atOpenAI,
		items: [{ json: {} }, { json: {} }],
	});
	expect(error).toBeUndefined();
	expect(items).toHaveLength(2);
	expect(messagesOf(items[0])).toContainEqual(
		expect.stringContaining('gpt-image-1.5 stops on 2027-03-01'),
	);
	expect(double.journal.filter(({ method }) => method === 'GET')).toHaveLength(1);
});

it('another service goes by its own days: the model is asked for, with a warning', async () => {
	const { items, error } = await generate(double, chosen('gpt-image-1.5'));
	expect(error).toBeUndefined();
	expect(messagesOf(items[0])).toContainEqual(
		expect.stringContaining('OpenAI retired gpt-image-1.5 on 2026-12-01; the service of'),
	);
	expect(sent()).toEqual([['/v1/images/generations', 'gpt-image-1.5', 200]]);
});

it('a model that writes SVGs has its days, too, which OpenAI may put off', async () => {
	const svg = {
		...chosen('gpt-image-2.6-flare'),
		options: { outputFormat: 'svg', svgModel: 'gpt-5-mini' },
	};
	const stops = 'gpt-5-mini stops on 2026-12-11: switch to gpt-6.1-terra';
	const before = await generate(double, svg, atOpenAI);
	expect(messagesOf(before.items[0])).toContain(stops);
	setDay('2026-12-12');
	const { error } = await generate(double, svg, atOpenAI);
	expect(error?.message).toContain('OpenAI retired gpt-5-mini on 2026-12-11');
	expect(error).toHaveProperty('description', "Choose gpt-6.1-terra in 'SVG Model'.");
	expect(models()).toEqual([['gpt-image-2.6-flare', 200]]);
	double.options.shutdownDates = { 'gpt-5-mini': '2999-12-31' };
	const later = await generate(double, svg, atOpenAI);
	expect(later.error).toBeUndefined();
});

it('a model that was shut down gives way at once', async () => {
	const { items } = await generate(
		double,
		{ ...chosen('dall-e-3'), limits: { fallback: 'gpt-image-1, gpt-image-2' } },
		atOpenAI,
	);
	expect(models()).toEqual([['gpt-image-2', 200]]);
	expect(messagesOf(items[0])).toEqual([
		expect.stringContaining('dall-e-3'),
		expect.stringContaining('gpt-image-1 '),
	]);
});

it('a price for a name that OpenAI does not know is told, and stops nothing', async () => {
	const { run, error } = await generate(
		double,
		{},
		{ ...atOpenAI, credential: { prices: '{"gpt-imag-2": {"imageOutput": 25}}' } },
	);
	expect(error).toBeUndefined();
	expect(run.data.resultData.runData['GPT Image']?.[0]?.hints).toContainEqual(
		expect.objectContaining({ message: expect.stringContaining("'Prices' names gpt-imag-2,") }),
	);
});

describe('a fallback model that has stopped is told', () => {
	const leftOut = 'OpenAI retired gpt-image-1.5 on 2026-12-01, so it was skipped';

	it('before it is needed', async () => {
		const { run, items } = await generate(
			double,
			{ limits: { fallback: 'gpt-image-1.5' } },
			atOpenAI,
		);
		expect(messagesOf(items[0])).toEqual([leftOut]);
		expect(run.data.resultData.runData['GPT Image']?.[0]?.hints).toContainEqual(
			expect.objectContaining({ message: leftOut, type: 'warning' }),
		);
	});

	it('in a dry run, which needs no credential', async () => {
		const { items } = await generate(double, {
			options: { dryRun: true },
			limits: { fallback: 'gpt-image-1.5' },
		});
		expect(messagesOf(items[0])).toContain(leftOut);
	});

	it('when another stands in, and when nothing helps', async () => {
		double.faults.push({ kind: 'moderation', match: { method: 'POST' }, times: 1 });
		const { items } = await generate(
			double,
			{ limits: { fallback: 'gpt-image-1.5, gpt-image-2.5-flare' } },
			atOpenAI,
		);
		expect(image(items[0])).toMatchObject({
			model: 'gpt-image-2.5-flare',
			warnings: [{ message: expect.stringContaining('moderation') }, { message: leftOut }],
		});
		const { error } = await generate(
			double,
			{ prompt: '[[moderation]] x', limits: { fallback: 'gpt-image-1.5' } },
			atOpenAI,
		);
		expect(error).toHaveProperty(
			'description',
			expect.stringContaining(`The other models could not help: ${leftOut}.`),
		);
	});
});
