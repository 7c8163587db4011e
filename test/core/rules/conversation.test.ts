import { checkTurn } from '../../../core/rules/conversation';
import { checkPicture } from '../../../core/rules/request';
import { check, refusal, said, today, wish } from './turn-wishes';

it('gives what the user left out its default', () => {
	expect(check().turn).toEqual({
		chatModel: 'gpt-5.4',
		chatRow: expect.objectContaining({ id: 'gpt-5.4', input: 2.5, output: 15 }),
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
		runInBackground: true,
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
	expect(turn.chatRow?.id).toBe('gpt-5.6-sol');
});

describe('the message', () => {
	it.each(['', '   ', '\n\t'])('may not be empty: %j', (prompt) => {
		const { message, facts } = refusal({}, { prompt });
		expect(message).toBe("'Message' is empty");
		expect(facts).toMatchObject({ code: 'invalid_parameter', param: 'message', billed: 'no' });
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
		const { message, facts } = refusal({ chatModel });
		expect(message).toBe(
			`'Chat Model' is ${chatModel}, an image model: it draws, but it cannot hold a conversation`,
		);
		expect(facts.param).toBe('chatModel');
		expect(facts.advice).toContain("belongs in 'Model'");
	});

	it('cannot stand where the image model belongs', () => {
		const { message, facts } = refusal({}, { model: 'gpt-5.4' });
		expect(message).toBe("'Model' is gpt-5.4, a chat model: it talks, but it cannot draw");
		expect(facts.param).toBe('model');
	});

	it('may not be empty', () => {
		expect(refusal({ chatModel: '' }).message).toBe("'Chat Model' is empty");
	});

	it('may be one that the table does not know, with a warning', () => {
		const { chatModel, chatRow, warnings } = check({ chatModel: 'gpt-7-nova' }).turn;
		expect(chatModel).toBe('gpt-7-nova');
		expect(chatRow).toBeUndefined();
		expect(warnings).toEqual([expect.stringContaining("gpt-7-nova is not in this node's table")]);
	});

	it('is refused from the day on which OpenAI shuts it down, and warns before', () => {
		const nano = { ...wish, chatModel: 'gpt-5.4-nano' };
		const request = checkPicture(said, today);
		expect(checkTurn(request, nano, '2027-03-31').warnings).toEqual([
			'gpt-5.4-nano stops on 2027-04-01',
		]);
		expect(() => checkTurn(request, nano, '2027-04-01')).toThrow(
			'OpenAI shut gpt-5.4-nano down on 2027-04-01',
		);
	});

	it('has the reasoning efforts that it takes', () => {
		expect(check({ reasoningEffort: 'none' }).turn.reasoningEffort).toBe('none');
		const { message, facts } = refusal({ chatModel: 'gpt-6.1-sol', reasoningEffort: 'none' });
		expect(message).toBe("'Reasoning Effort' is none, which gpt-6.1-sol does not take");
		expect(facts.advice).toBe('Use minimal, low, medium, high, xhigh, max.');
		expect(refusal({ reasoningEffort: 'very' }).facts.param).toBe('reasoningEffort');
		expect(check({ reasoningEffort: '' }).turn.reasoningEffort).toBeUndefined();
	});
});

it('says that there are no frames in the background', () => {
	const { warnings } = check({ runInBackground: true }, { partialImages: 2 }).turn;
	expect(warnings).toEqual([expect.stringContaining("'Partial Images' was left out")]);
	expect(check({}, { partialImages: 2 }).turn.warnings).toEqual([]);
});

it('takes 16 attachments', () => {
	expect(check({ attachments: 16 }).turn.action).toBe('auto');
	const { message, facts } = refusal({ attachments: 17 });
	expect(message).toBe("'Attachments' has 17 files");
	expect(facts.param).toBe('attachments');
});

it('takes instructions of a book page or two, not of a book', () => {
	expect(refusal({ instructions: 'x'.repeat(32_001) }).message).toBe(
		"'Instructions' has 32,001 characters",
	);
});
