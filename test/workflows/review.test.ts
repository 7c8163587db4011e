import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import type { AnswerRule } from '../openai-double/responses/format';
import { speckled } from '../core/pixels/samples';
import { imageItem, itemOf, questionsSent, review } from './questions';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp({ drawing: 'plain' })));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

const answer = (...rules: AnswerRule[]) => (double.options.answers = rules);
const verdict = (criterion: string, pass: boolean) => ({ criterion, pass, reason: 'seen' });
const regular = { settings: { onError: 'continueRegularOutput' as const } };
const always = { limits: { reuse: 'always' } };

describe('the node decides', () => {
	it('every criterion passes: the item leaves by Pass, with its image and the exact cost', async () => {
		const { passed, rejected, items } = await review(double, {
			criteria: '- One mug\n\n  Blue glaze  \nOne mug',
		});
		expect(rejected).toEqual([]);
		expect(passed[0]).toMatchObject({
			pass: true,
			criteria: [
				{ criterion: 'One mug', pass: true },
				{ criterion: 'Blue glaze', pass: true },
			],
			fix: '',
			chatModel: 'gpt-5.4',
			warnings: [],
		});
		expect(items[0]?.binary?.data?.fileName).toBe('mug.png');
		// gpt-5.4: $2.50 and $15 per million tokens (facts, 2.4). 1,024 patches at 1.2 tokens = 1,229.
		const { usage, cost } = passed[0] as { usage: Record<string, number>; cost: IDataObject };
		const { input = 0, inputCached, output = 0 } = usage;
		expect(input).toBeGreaterThan(1_229 + 120);
		expect(inputCached).toBe(0);
		expect(cost.usd).toBe(Number((input * 2.5e-6 + output * 15e-6).toFixed(10)));
		expect(cost.pricesOf).toEqual(['gpt-5.4 (2026-09-23)']);
		const { min, max } = cost.estimatedUsd as { min: number; max: number };
		expect(min).toBeGreaterThan(0.003);
		expect(min).toBeLessThanOrEqual(Number(cost.usd));
		expect(max).toBeGreaterThanOrEqual(Number(cost.usd));
	});

	it('sends a strict schema, stores nothing, and does not tell the expected text', async () => {
		await review(double, { criteria: 'One mug', expectedText: 'Brot & Butter' });
		const [body] = questionsSent(double);
		expect(body).toMatchObject({
			model: 'gpt-5.4',
			store: false,
			reasoning: { effort: 'low' },
			text: { format: { type: 'json_schema', strict: true, name: 'review' } },
			input: [{ content: [{ type: 'input_image', detail: 'high' }, { type: 'input_text' }] }],
		});
		expect(JSON.stringify(body)).not.toContain('Butter');
		expect(double.journal[0]?.paid).toBe(0);
	});

	it.each<[string, IDataObject, boolean, string]>([
		['one criterion fails', { criteria: [verdict('a', true), verdict('b', false)] }, false, 'Mend'],
		[
			'contradicting verdicts',
			{ criteria: [verdict('a', true), verdict('b', true), verdict('a', false)] },
			false,
			'Mend',
		],
		['the text is there, in other white space', { textSeen: 'Our\n  Cafe\u0301 opens' }, true, ''],
		[
			'the text is misspelt',
			{ textSeen: 'Our Cafe opens' },
			false,
			'spelled exactly like this: "Café opens"',
		],
		['the text has other case', { textSeen: 'CAFÉ OPENS' }, false, 'Café opens'],
	])('%s', async (_what, given, passes, fix) => {
		answer({ answer: { textSeen: 'Café opens', fix: passes ? '' : 'Mend it', ...given } });
		const { passed, rejected } = await review(double, {
			criteria: 'a\nb',
			expectedText: ' Café  opens ',
		});
		expect([passed.length, rejected.length]).toEqual(passes ? [1, 0] : [0, 1]);
		expect((passed[0] ?? rejected[0])?.fix).toContain(fix);
	});

	it.each([
		['a soft hyphen', 'Frühstücks\u00adbrot', 'Frühstücksbrot'],
		['a mark of direction', '\u200fשלום', 'שלום'],
		['the colour of a heart', 'I \u2764\ufe0f NY', 'I \u2764 NY'],
		['a joiner', 'می\u200cخواهم', 'میخواهم'],
	])('%s, which nobody sees, does not fail the text', async (_what, expectedText, textSeen) => {
		answer({ answer: { textSeen } });
		expect((await review(double, { criteria: '', expectedText })).passed).toHaveLength(1);
	});

	it('what is missing is asked for with its joiners, which shape it', async () => {
		const { rejected } = await review(double, { criteria: '', expectedText: '👩\u200d🚀  GO' });
		expect(rejected[0]?.fix).toContain('"👩\u200d🚀 GO"');
	});

	it('lines end as any system ends them, and a bullet alone is none', async () => {
		const criteria = '• One mug\r\n-\rBlue glaze\u2028* \n\u200b\n- No letters';
		const { passed } = await review(double, { criteria });
		expect((passed[0]?.criteria as IDataObject[]).map(({ criterion }) => criterion)).toEqual([
			'One mug',
			'Blue glaze',
			'No letters',
		]);
	});

	it('an expression without a value is told', async () => {
		answer({ answer: { textSeen: 'Sale of', criteria: [verdict('It shows', true)] } });
		const { passed } = await review(double, {
			criteria: '=It shows {{ $json.product }}',
			expectedText: '=Sale of {{ $json.product }}',
		});
		expect(passed[0]?.warnings).toEqual([
			{ code: 'request', message: "'Criteria': no value for {{ $json.product }}" },
			{ code: 'request', message: "'Expected Text': no value for {{ $json.product }}" },
		]);
	});

	it('a failed criterion without a fix is mended by its own words', async () => {
		answer({ answer: { criteria: [verdict('Two cups', false)] } });
		const { rejected } = await review(double, { criteria: 'Two cups' });
		expect(rejected[0]?.fix).toBe('Change the image so that this holds: Two cups');
	});

	it('references come behind the image, with their labels', async () => {
		const item = await imageItem();
		const { passed } = await review(
			double,
			{
				criteria: 'The same fox',
				images: {
					values: [
						{ source: 'field', field: 'data', label: 'scene 3' },
						{ source: 'field', field: 'data', label: 'the fox' },
					],
				},
			},
			{ items: [item] },
		);
		expect(passed).toHaveLength(1);
		const [{ input }] = questionsSent(double) as [{ input: Array<{ content: IDataObject[] }> }];
		expect(input[0]?.content.map(({ type }) => type)).toEqual([
			'input_image',
			'input_image',
			'input_text',
		]);
		expect(input[0]?.content[2]?.text).toContain('Image 1: scene 3\nImage 2: the fox\n');
	});
});

describe('what is no verdict is an error and leaves by Fail, never by Pass', () => {
	it.each<[string, string, AnswerRule | undefined, IDataObject]>([
		['no JSON', 'bad_answer', { answer: 'All fine!' }, {}],
		[
			'a criterion without an answer',
			'bad_answer',
			{ answer: { criteria: [verdict('a', true)] } },
			{},
		],
		[
			'a verdict that is a word',
			'bad_answer',
			{ answer: { criteria: [{ criterion: 'a', reason: '', pass: 'yes' }] } },
			{},
		],
		['no text seen', 'bad_answer', { answer: { textSeen: null } }, {}],
		['a refusal', 'model_refused', { refusal: "I can't help with that." }, {}],
		[
			'a model that cannot see',
			'model_cannot_see',
			undefined,
			{ chatModel: { __rl: true, mode: 'id', value: 'gpt-5' } },
		],
		[
			'an answer that was cut short',
			'incomplete_response',
			undefined,
			{ criteria: 'a [[incomplete]]' },
		],
	])('%s', async (_what, code, rule, parameters) => {
		double.options.blindModels = ['gpt-5'];
		answer(...(rule ? [rule] : []));
		const { passed, rejectedItems } = await review(
			double,
			{ criteria: 'a\nb', ...parameters },
			// The answer of an earlier round is no verdict of this one.
			{ ...regular, items: [await imageItem(64, 64, { review: { pass: true } })] },
		);
		expect(passed).toEqual([]);
		expect(rejectedItems[0]?.json.details).toMatchObject({ code, retryable: false });
		expect(rejectedItems[0]?.binary?.data).toBeDefined();
	});

	it('names the criterion that has no verdict, here because the model gave it other words', async () => {
		answer({ answer: { criteria: [verdict('one mug.', true), verdict('Blue glaze', true)] } });
		const { error } = await review(double, { criteria: 'Blue glaze\nOne mug' });
		expect(error?.message).toContain('it has no verdict on "One mug"');
	});
});

describe('bad input is refused by name before anything is sent', () => {
	it.each<[string, IDataObject, string]>([
		['no criteria', { criteria: ' \n ' }, "'Criteria' and 'Expected Text' are empty"],
		[
			'bullets alone, and a text that nobody sees',
			{ criteria: '- \n*\n•', expectedText: '\u200b' },
			"'Criteria' and 'Expected Text' are empty",
		],
		[
			'100 criteria',
			{ criteria: Array.from({ length: 100 }, (_, i) => `c${i}`).join('\n') },
			"'Criteria' has 100 lines",
		],
		[
			'5,000 characters of text',
			{ expectedText: 'x'.repeat(5_000) },
			"'Expected Text' has 5,000 characters",
		],
		[
			'a file of text that nobody sees',
			{ criteria: 'a', expectedText: '\u200b'.repeat(5_000) },
			"'Expected Text' has 5,000 characters",
		],
		['a file of criteria', { criteria: 'a\n'.repeat(60_000) }, "'Criteria' has 120,000 characters"],
		[
			'an image model',
			{ criteria: 'a', chatModel: { __rl: true, mode: 'id', value: 'gpt-image-2' } },
			"'Chat Model' is gpt-image-2",
		],
		...(['criteria', 'expectedText'] as const).flatMap((name) => {
			const rest = name === 'criteria' ? { expectedText: 'Bread' } : { criteria: 'a' };
			const label = name === 'criteria' ? 'Criteria' : 'Expected Text';
			const of = (value: string): IDataObject => ({ ...rest, [name]: `={{ ${value} }}` });
			return [
				[`${name} of a field that is not there`, of('$json.missing'), `'${label}' has no value`],
				[`${name} of null`, of('null'), `'${label}' has no value`],
				[`${name} as an object`, of('({ a: 1 })'), `'${label}' is neither text nor a number`],
			] as Array<[string, IDataObject, string]>;
		}),
		[
			'criteria as a list of objects',
			{ criteria: '={{ [{ text: "One mug" }] }}', expectedText: 'Bread' },
			"'Criteria' is neither text nor a number",
		],
		[
			'expected texts in a list',
			{ criteria: 'a', expectedText: '={{ ["Bread"] }}' },
			"'Expected Text' is neither text nor a number",
		],
		['no image', { criteria: 'a', images: {} }, "'Images' has no image"],
		[
			'a missing field',
			{ criteria: 'a', images: { values: [{ source: 'field', field: 'photo' }] } },
			'no binary field "photo"',
		],
	])('%s', async (_what, parameters, message) => {
		const { error } = await review(double, parameters);
		expect(error?.message).toContain(message);
		expect(error?.message).toContain('[item 0]');
		expect(double.journal).toEqual([]);
	});

	it('an expected text that an expression leaves empty is none', async () => {
		const expectedText = "={{ $json.text ?? '' }}";
		const { passed } = await review(double, { criteria: 'a', expectedText });
		expect(passed).toHaveLength(1);
	});

	it('a file that is no image', async () => {
		const { error } = await review(
			double,
			{ criteria: 'a' },
			{ items: [itemOf(Buffer.from('<html>'))] },
		);
		expect(error?.message).toContain('not an image that can be sent');
		expect(double.journal).toEqual([]);
	});
});

describe('what is looked at', () => {
	const sent = (): Array<{ width?: number; height?: number; sha256: string }> => {
		const [{ input }] = questionsSent(double) as [{ input: Array<{ content: IDataObject[] }> }];
		return (input[0]?.content ?? []).flatMap(({ image_url: url }) =>
			url === undefined ? [] : [url as { sha256: string }],
		);
	};

	it('an image within 2,500 patches goes as it is', async () => {
		const bytes = await speckled(1600, 1600).png().toBuffer();
		const { passed } = await review(double, { criteria: 'a' }, { items: [itemOf(bytes)] });
		expect(passed[0]?.warnings).toEqual([]);
		expect(sent()[0]).toMatchObject({ width: 1600, height: 1600 });
	});

	it('a larger one is made smaller, and the answer says so', async () => {
		const bytes = await speckled(2600, 1950).jpeg({ quality: 100 }).toBuffer();
		const { passed } = await review(double, { criteria: 'a' }, { items: [itemOf(bytes)] });
		// 2,048 pixels first, then sqrt(32² * 2500 / (2048 * 1536)) down to whole patches: 57 * 43.
		const [{ width = 0, height = 0 } = {}] = sent();
		expect([Math.ceil(width / 32), Math.ceil(height / 32)]).toEqual([57, 43]);
		expect(passed[0]?.warnings).toMatchObject([{ code: 'input_changed' }]);
	});
});

describe('money', () => {
	it('the same image and question are paid once, whatever text is expected', async () => {
		answer({ answer: { textSeen: 'Open' } });
		const first = await review(double, { expectedText: 'Open', ...always });
		const again = await review(double, { expectedText: 'Closed', ...always });
		expect(questionsSent(double)).toHaveLength(1);
		expect(first.passed[0]).toMatchObject({ request: { reused: false } });
		expect(again.rejected[0]).toMatchObject({ cost: { usd: 0 }, request: { reused: true } });
		const { originalUsd } = again.rejected[0]?.cost as IDataObject;
		expect(originalUsd).toBe((first.passed[0]?.cost as IDataObject).usd);
	});

	it('another question, another image or another model are bought', async () => {
		await review(double, { criteria: 'a', ...always });
		await review(double, { criteria: 'b', ...always });
		await review(double, { criteria: 'a', ...always }, { items: [await imageItem(512, 512)] });
		await review(double, {
			criteria: 'a',
			chatModel: { __rl: true, mode: 'list', value: 'gpt-6-luna' },
			...always,
		});
		expect(questionsSent(double)).toHaveLength(4);
	});

	it('an answer is kept also where prompts are not', async () => {
		const parameters = { criteria: 'a', ...always };
		const more = { credential: { keepPrompts: false } };
		await review(double, parameters, more);
		const { passed } = await review(double, parameters, more);
		expect(passed[0]).toMatchObject({ pass: true, request: { reused: true } });
		expect(questionsSent(double)).toHaveLength(1);
	});

	it('a limit of the key or the run stops it before it is sent', async () => {
		for (const more of [
			{ parameters: { limits: { maxCostPerRun: 0.01 } } },
			{ parameters: {}, credential: { maxCostPerDay: 0.01 } },
		]) {
			const { error } = await review(
				double,
				{ criteria: 'a', ...more.parameters },
				more.credential ? { credential: more.credential } : {},
			);
			expect(error?.message).toContain('would exceed');
		}
		expect(double.journal).toEqual([]);
	});

	it('a dry run sends nothing, needs no key, gives the price, and passes nothing', async () => {
		const { passed, rejected } = await review(
			double,
			{ criteria: 'One mug', options: { dryRun: true } },
			{ engine: { credentials: {} } },
		);
		expect(passed).toEqual([]);
		expect(rejected[0]).toMatchObject({
			pass: false,
			cost: { usd: 0 },
			request: { dryRun: true },
			criteria: [{ criterion: 'One mug', pass: false }],
		});
		const { min, max } = (rejected[0]?.cost as IDataObject).estimatedUsd as IDataObject;
		expect(min).toBeGreaterThan(0.003);
		expect(max).toBeLessThan(0.1);
		expect(double.journal).toEqual([]);
	});

	it('overload is tried again, without a second bill', async () => {
		double.faults.push({ kind: '503', times: 1, retryAfter: 0 });
		const { passed } = await review(double, { criteria: 'a' });
		expect(passed[0]).toMatchObject({ pass: true, request: { attempts: 2 } });
	});
});
