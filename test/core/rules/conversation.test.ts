import { checkTurn } from '../../../core/rules/conversation';
import { checkImageParams } from '../../../core/rules/request';
import { tableCalendar } from '../../../core/rules/calendar';
import { check, refusal, said, today, params } from './turn-params';

it('gives what the user left out its default', () => {
	expect(check().turn).toEqual({
		chatModel: 'gpt-5.4',
		from: { kind: 'new' },
		action: 'auto',
		instructions: undefined,
		reasoningEffort: undefined,
		webSearch: false,
		imageCallId: undefined,
		restartWhenLost: false,
		background: false,
		finalQuality: undefined,
		warnings: [],
	});
});

it('takes every parameter as it is', () => {
	const { turn } = check({
		chatModel: ' gpt-5.6 ',
		continueFrom: 'session',
		sessionKey: '42',
		resetSession: true,
		action: 'generate',
		instructions: ' Be playful. ',
		reasoningEffort: 'xhigh',
		webSearch: true,
		imageCallId: ' ig_1a2b ',
		onLostContext: 'restart',
		delivery: 'background',
	});
	expect(turn).toMatchObject({
		chatModel: 'gpt-5.6',
		from: { kind: 'session', sessionKey: '42', reset: true },
		action: 'generate',
		instructions: 'Be playful.',
		reasoningEffort: 'xhigh',
		webSearch: true,
		imageCallId: 'ig_1a2b',
		restartWhenLost: true,
		background: true,
	});
});

describe('the message', () => {
	it.each(['', '   ', '\n\t'])('may not be empty: %j', (prompt) => {
		const error = refusal({}, { prompt });
		expect(error.message).toBe("'Message' is empty");
		expect(error).toMatchObject({ code: 'invalid_parameter', param: 'prompt', billed: 'no' });
	});

	it('has 32,000 characters at most', () => {
		expect(check({}, { prompt: 'x'.repeat(32_000) }).request.prompt).toHaveLength(32_000);
		expect(refusal({}, { prompt: 'x'.repeat(32_001) }).message).toBe(
			"'Message' has 32,001 characters",
		);
	});
});

describe('the chat model', () => {
	it.each([
		'gpt-image-2',
		'gpt-image-2.6-flare',
		'gpt-image-2-2026-04-21',
		'chatgpt-image-latest',
		'dall-e-3',
		'gpt-image-9',
	])('cannot be the image model %s, and says why', (chatModel) => {
		const error = refusal({ chatModel });
		expect(error.message).toBe(
			`'Chat Model' is ${chatModel}, an image model, which cannot hold a conversation`,
		);
		expect(error.param).toBe('chatModel');
		expect(error.advice).toContain("belongs in 'Image Model'");
	});

	it('cannot stand where the image model belongs', () => {
		const error = refusal({}, { model: 'gpt-5.4' });
		expect(error.message).toBe(
			"'Image Model' is gpt-5.4, a chat model, which cannot generate images",
		);
		expect(error.param).toBe('model');
	});

	it('may not be empty', () => {
		expect(refusal({ chatModel: '' }).message).toBe("'Chat Model' is empty");
	});

	it('may be one that the table does not know, with a warning', () => {
		const { chatModel, warnings } = check({ chatModel: 'gpt-7-nova' }).turn;
		expect(chatModel).toBe('gpt-7-nova');
		expect(warnings).toEqual([expect.stringContaining("gpt-7-nova is not in this node's table")]);
	});

	it('is refused from the day after its last, and warns for 90 days', () => {
		const nano = { ...params, chatModel: 'gpt-5.4-nano' };
		const request = checkImageParams(said, today);
		const on = (day: string) => checkTurn(request, nano, tableCalendar(day));
		expect(on('2026-12-31').warnings).toEqual([]);
		for (const day of ['2027-01-01', '2027-04-01']) {
			expect(on(day).warnings).toEqual([
				'gpt-5.4-nano stops on 2027-04-01: switch to another model',
			]);
		}
		expect(() => on('2027-04-02')).toThrow('OpenAI retired gpt-5.4-nano on 2027-04-01');
	});

	it('has the reasoning efforts that it takes', () => {
		expect(check({ reasoningEffort: 'none' }).turn.reasoningEffort).toBe('none');
		const error = refusal({ chatModel: 'gpt-6.1-sol', reasoningEffort: 'none' });
		expect(error.message).toBe("gpt-6.1-sol does not support Reasoning Effort 'None'");
		expect(error.advice).toBe('Choose Minimal, Low, Medium, High, Extra High or Max.');
		expect(refusal({ reasoningEffort: 'very' }).param).toBe('reasoningEffort');
		expect(check({ reasoningEffort: '' }).turn.reasoningEffort).toBeUndefined();
	});
});

it('is sent now or in the background; batches do not take turns', () => {
	expect(check().turn.background).toBe(false);
	expect(check({ delivery: 'In the Background' }).turn.background).toBe(true);
	const error = refusal({ delivery: 'batch' });
	expect(error.message).toBe(
		"This operation does not support Delivery 'Within 24 Hours, Half Price'",
	);
	expect(error.advice).toBe('Choose Now or In the Background, Collect Later.');
});

it('takes 16 attachments', () => {
	expect(check({ attachments: 16 }).turn.action).toBe('auto');
	const error = refusal({ attachments: 17 });
	expect(error.message).toBe("'Attachments' has 17 files");
	expect(error.param).toBe('attachments');
});

it('takes instructions of a book page or two, not of a book', () => {
	expect(refusal({ instructions: 'x'.repeat(32_001) }).message).toBe(
		"'Instructions' has 32,001 characters",
	);
});
