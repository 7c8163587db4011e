import { finalMessage } from '../../../core/rules/conversation';
import { check, refusal } from './turn-params';

describe('the session key', () => {
	const session = (sessionKey: unknown) => ({ continueFrom: 'session', sessionKey });

	it.each([
		...['', '  ', undefined, null].map((key) => [key, 'empty'] as const),
		...[{}, []].map((key) => [key, 'neither text nor a number'] as const),
		...[NaN, true].map((key) => [key, String(key)] as const),
	])('may not be empty: %j', (key, what) => {
		const error = refusal(session(key));
		expect(error.message).toBe(`'Session Key' is ${what}`);
		expect(error.param).toBe('sessionKey');
	});

	it('may not be a text of 10 kB', () => {
		const error = refusal(session('x'.repeat(10_240)));
		expect(error.message).toBe("'Session Key' has 10,240 characters");
		expect(error.advice).toContain('Up to 1,000');
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
		const error = refusal(response(id));
		expect(error.message).toContain("'Previous Response ID' is ");
		expect(error.param).toBe('previousResponseId');
	});

	it('tells an image call from a response', () => {
		expect(refusal(response('ig_1')).advice).toContain("'image.conversation.responseId'");
		const error = refusal({ imageCallId: 'resp_1' });
		expect(error.message).toBe("'Image Call ID' is resp_1");
		expect(error.advice).toContain("'image.conversation.imageCallId'");
	});
});

describe('an edit', () => {
	it('is refused where nothing can have been drawn before', () => {
		for (const turn of [
			{ action: 'edit' },
			{ action: 'edit', continueFrom: 'session', sessionKey: '1', resetSession: true },
		]) {
			const error = refusal(turn);
			expect(error.message).toBe("'Action' is 'Edit', but the conversation has no image yet");
			expect(error.param).toBe('action');
		}
	});

	it('is let through where there may be an image', () => {
		expect(check({ action: 'edit', attachments: 1 }).turn.action).toBe('edit');
		expect(check({ action: 'edit', imageCallId: 'ig_1' }).turn.action).toBe('edit');
		const continued = { continueFrom: 'response', previousResponseId: 'resp_1' };
		expect(check({ action: 'edit', ...continued }).turn.action).toBe('edit');
		expect(check({ action: 'edit', continueFrom: 'session', sessionKey: '1' }).turn.action).toBe(
			'edit',
		);
	});

	it.each([
		['action', 'draw'],
		['continueFrom', 'thread'],
		['onLostContext', 'ignore'],
	])('%s has only its own values', (param, value) => {
		expect(refusal({ [param]: value }).param).toBe(param);
	});
});

describe('a final turn', () => {
	const draft = { continueFrom: 'session', sessionKey: '1' };

	it('makes the last image again at the final quality, whatever the message says', () => {
		const { request, turn } = check({ ...draft, finalQuality: 'high' }, { prompt: '' });
		expect(request.quality).toBe('high');
		expect(request.prompt).toBe(finalMessage(''));
		expect(request.prompt).toMatch(/last image once more as the final version/);
		expect(turn).toMatchObject({ action: 'edit', finalQuality: 'high' });
		const more = check({ ...draft, finalQuality: 'high' }, { prompt: 'Without the shadow' });
		expect(more.request.prompt).toBe(`${finalMessage('')}\n\nWithout the shadow`);
	});

	it('needs a conversation', () => {
		const error = refusal({ finalQuality: 'high' });
		expect(error.message).toBe(
			"'Final Quality' regenerates the last image, but the conversation has none yet",
		);
		expect(error.param).toBe('finalQuality');
	});

	it('has a quality of the model, not auto, and does not generate', () => {
		expect(refusal({ ...draft, finalQuality: 'auto' }).param).toBe('finalQuality');
		expect(refusal({ ...draft, finalQuality: 'max' }).message).toBe(
			"gpt-image-2 does not support Final Quality 'Max'",
		);
		const other = check({ ...draft, finalQuality: 'max' }, { model: 'gpt-image-2.5-flare' });
		expect(other.request.quality).toBe('max');
		expect(refusal({ ...draft, finalQuality: 'high', action: 'generate' }).param).toBe(
			'finalQuality',
		);
	});
});
