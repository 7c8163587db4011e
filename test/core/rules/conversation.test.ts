import { GptImageError } from '../../../core/errors';
import {
	checkTurn,
	finalMessage,
	pictureOfTurn,
	type TurnWish,
} from '../../../core/rules/conversation';
import { checkPicture, type PictureWish } from '../../../core/rules/request';

const today = '2026-11-20';
const said: PictureWish = {
	operation: 'send',
	model: 'gpt-image-2',
	prompt: 'A logo for a bakery',
	promptParameter: 'message',
	size: '1024x1024',
	quality: 'low',
};
const wish: TurnWish = { chatModel: 'gpt-5.4', attachments: 0 };

function check(turn: Partial<TurnWish> = {}, picture: Partial<PictureWish> = {}) {
	const whole = { ...wish, ...turn };
	const request = checkPicture(pictureOfTurn({ ...said, ...picture }, whole), today);
	return { request, turn: checkTurn(request, whole, today) };
}

function refusal(turn: Partial<TurnWish>, picture: Partial<PictureWish> = {}): GptImageError {
	try {
		check(turn, picture);
	} catch (error) {
		if (error instanceof GptImageError) return error;
		throw error;
	}
	throw new Error('The turn was expected to be refused');
}

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

describe('the session key', () => {
	const session = (sessionKey: unknown) => ({ continueFrom: 'session', sessionKey });

	it.each(['', '  ', undefined, null, {}, []])('may not be empty: %j', (key) => {
		const { message, facts } = refusal(session(key));
		expect(message).toBe("'Session Key' is empty");
		expect(facts.param).toBe('sessionKey');
	});

	it('may not be a text of 10 kB', () => {
		const { message, facts } = refusal(session('x'.repeat(10_240)));
		expect(message).toBe("'Session Key' has 10,240 characters");
		expect(facts.advice).toContain('Up to 1,000');
		expect(check(session('x'.repeat(1_000))).turn.from).toMatchObject({ kind: 'session' });
	});

	it.each(['../../etc/passwd', 'a/b\\c', 'with spaces ', '🦊🍕', 'nul\u0000byte', 'CON', '.'])(
		'may be any other text, which stays as it is: %j',
		(key) => {
			expect(check(session(key)).turn.from).toEqual({
				kind: 'session',
				sessionKey: key,
				reset: false,
			});
		},
	);

	it('may be a number, as chat IDs are', () => {
		expect(check(session(-1001234)).turn.from).toMatchObject({ sessionKey: '-1001234' });
	});

	it('is not asked for where the turn does not need it', () => {
		expect(check({ continueFrom: 'new', sessionKey: '' }).turn.from).toEqual({ kind: 'new' });
	});
});

describe('ids', () => {
	const response = (previousResponseId: unknown) => ({
		continueFrom: 'response',
		previousResponseId,
	});

	it('continues a response', () => {
		expect(check(response('resp_abc-1')).turn.from).toEqual({
			kind: 'response',
			responseId: 'resp_abc-1',
		});
	});

	it.each(['', 'resp abc', 'resp_é', 'r'.repeat(201)])('refuses %j as a response', (id) => {
		const { message, facts } = refusal(response(id));
		expect(message).toContain("'Previous Response ID' is ");
		expect(facts.param).toBe('previousResponseId');
	});

	it('tells an image call from a response', () => {
		expect(refusal(response('ig_1')).facts.advice).toContain("belong in 'Image Call ID'");
		const { message, facts } = refusal({ imageCallId: 'resp_1' });
		expect(message).toBe('\'Image Call ID\' is "resp_1", which is an ID of another kind');
		expect(facts.advice).toContain("belong in 'Previous Response ID'");
	});
});

describe('an edit', () => {
	it('is refused where nothing can have been drawn before', () => {
		for (const turn of [
			{ action: 'edit' },
			{ action: 'edit', continueFrom: 'session', sessionKey: '1', resetSession: true },
		]) {
			const { message, facts } = refusal(turn);
			expect(message).toBe("'Action' is edit, but the conversation has no picture yet");
			expect(facts.param).toBe('action');
		}
	});

	it('is let through where there may be a picture', () => {
		expect(check({ action: 'edit', attachments: 1 }).turn.action).toBe('edit');
		expect(check({ action: 'edit', imageCallId: 'ig_1' }).turn.action).toBe('edit');
		const continued = { continueFrom: 'response', previousResponseId: 'resp_1' };
		expect(check({ action: 'edit', ...continued }).turn.action).toBe('edit');
		expect(check({ action: 'edit', continueFrom: 'session', sessionKey: '1' }).turn.action).toBe(
			'edit',
		);
	});

	it('cannot give an SVG', () => {
		const { message } = refusal(
			{ action: 'edit', attachments: 1 },
			{ model: 'gpt-image-2.6-flare', outputFormat: 'svg' },
		);
		expect(message).toBe("'Output Format' svg cannot be used for edits");
	});

	it.each([
		['action', 'draw'],
		['continueFrom', 'thread'],
		['onLostContext', 'ignore'],
	])('%s has only its own values', (param, value) => {
		expect(refusal({ [param]: value }).facts.param).toBe(param);
	});
});

describe('a final turn', () => {
	const draft = { continueFrom: 'session', sessionKey: '1' };

	it('makes the last picture again at the final quality, whatever the message says', () => {
		const { request, turn } = check({ ...draft, finalQuality: 'high' }, { prompt: '' });
		expect(request.quality).toBe('high');
		expect(request.prompt).toBe(finalMessage(''));
		expect(request.prompt).toMatch(/last picture once more as the final version/);
		expect(turn).toMatchObject({ action: 'edit', finalQuality: 'high' });
		const more = check({ ...draft, finalQuality: 'high' }, { prompt: 'Without the shadow' });
		expect(more.request.prompt).toBe(`${finalMessage('')}\n\nWithout the shadow`);
	});

	it('needs a conversation', () => {
		const { message, facts } = refusal({ finalQuality: 'high' });
		expect(message).toBe(
			"'Final Quality' makes the last picture again, but the conversation has none yet",
		);
		expect(facts.param).toBe('finalQuality');
	});

	it('has a quality of the model, not auto, and does not generate', () => {
		expect(refusal({ ...draft, finalQuality: 'auto' }).facts.param).toBe('finalQuality');
		expect(refusal({ ...draft, finalQuality: 'max' }).message).toBe(
			"'Final Quality' is max, which gpt-image-2 does not take",
		);
		const other = check({ ...draft, finalQuality: 'max' }, { model: 'gpt-image-2.5-flare' });
		expect(other.request.quality).toBe('max');
		expect(refusal({ ...draft, finalQuality: 'high', action: 'generate' }).facts.param).toBe(
			'finalQuality',
		);
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
