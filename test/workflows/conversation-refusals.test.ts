import type { IDataObject } from 'n8n-workflow';
import type { Double } from '../openai-double';
import { imageOf, inSession, paidOf, say } from './conversations';
import { setUp, startAfresh } from './set-up';

let double: Double;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void startAfresh(double));

describe('bad input is refused before any request, and names the parameter', () => {
	it.each<[string, string, IDataObject, string]>([
		['an empty message', ' ', {}, "'Message' is empty"],
		['an empty session key', 'x', inSession('={{ $json.chat }}'), "'Session Key' is empty"],
		[
			'a session key of 10 kB',
			'x',
			inSession('k'.repeat(10_240)),
			"'Session Key' has 10,240 characters",
		],
		[
			'an image model that shall talk',
			'x',
			{ chatModel: { __rl: true, mode: 'id', value: 'gpt-image-2' } },
			"'Chat Model' is gpt-image-2, an image model",
		],
		['an edit before there is an image', 'x', { action: 'edit' }, "'Action' is 'Edit'"],
		[
			'an edit as the first turn of a session',
			'x',
			{ ...inSession('new'), action: 'edit' },
			"'Action' is 'Edit', but the conversation has no image yet",
		],
		[
			'an empty response ID',
			'x',
			{ continueFrom: 'response', previousResponseId: '={{ $json.response }}' },
			"'Previous Response ID' is empty",
		],
		['a final version of nothing', '', { options: { finalQuality: 'high' } }, "'Final Quality'"],
		['a size off the grid', 'x', { size: '1000x1000' }, "'Size' 1000x1000"],
	])('%s', async (_what, message, parameters, expected) => {
		const stopped = await say(double, message, parameters);
		expect(stopped.error?.message).toContain(expected);
		const { items } = await say(double, message, parameters, {
			settings: { onError: 'continueRegularOutput' },
		});
		expect(items[0]?.json.error).toContain(expected);
		expect(items[0]?.json.details).toMatchObject({ billed: 'no', retryable: false });
		expect(double.journal).toEqual([]);
	});

	it('an edit after words alone', async () => {
		await say(double, 'Hello [[talk]]', inSession('t'));
		double.reset();
		const { error } = await say(double, 'Warmer', { ...inSession('t'), action: 'edit' });
		expect(error?.message).toContain("'Action' is 'Edit', but the conversation has no image yet");
		expect(double.journal).toEqual([]);
	});

	it('an unknown previous response costs nothing', async () => {
		const { error } = await say(double, 'Warmer', {
			continueFrom: 'response',
			previousResponseId: 'resp_unknown',
		});
		expect(error?.message).toContain('OpenAI no longer has the previous response');
		expect(paidOf(double)).toBe(0);
	});

	it('any session key works, and touches no other file', async () => {
		for (const key of ['../../../x', 'a b', '🦊', 'C:\\\\x']) {
			await say(double, 'A mug', inSession(key));
			const { items } = await say(double, 'Blue', inSession(key));
			expect(imageOf(items[0]).conversation).toMatchObject({ turn: 2, sessionKey: key });
		}
	});
});
