import type { Double } from '../openai-double';
import {
	imageOf,
	inSession,
	lineagesOf,
	paidOf,
	say,
	sayAndFail,
	turnsSent,
} from './conversations';
import { callsEnded, onceSent, setUp, startAfresh } from './set-up';

/** Turns that nobody waits for any more, and calls of which somebody has to be told. */

let double: Double;
let folder: string;
beforeAll(async () => (double = await setUp()));
afterAll(async () => await double.close());
beforeEach(() => void (folder = startAfresh(double)));

const stopOnceSent = (requests: number) => ({
	engine: {
		onStart: ({ cancel }: { cancel: () => void }) => onceSent(double, requests, cancel),
	},
});
const warningsOf = ({ items: [item] }: Awaited<ReturnType<typeof say>>): string =>
	imageOf(item)
		.warnings.map(({ message }) => message)
		.join('\n');

describe('a turn under way when the user stops', () => {
	it('comes to its end, and is part of the session once its message is said again', async () => {
		await say(double, 'A red mug', inSession('s'));
		const message = 'Make it blue [[slow 2000]]';
		const stopped = await say(double, message, inSession('s'), stopOnceSent(2));
		expect(stopped.error?.message).toContain('stopped while the image was being generated');
		expect(paidOf(double)).toBe(1);
		await callsEnded(folder);
		expect(paidOf(double)).toBe(2);

		const again = await say(double, message, inSession('s'));
		expect(imageOf(again.items[0])).toMatchObject({
			request: { reused: true },
			conversation: { turn: 2 },
			sha256: turnsSent(double)[1]?.imageSha256[0],
		});
		await say(double, 'Larger', inSession('s'));
		expect(lineagesOf(double).at(-1)).toEqual(['A red mug', message, 'Larger']);
		expect(paidOf(double)).toBe(3);
	});

	it('is not part of the session when something else is said', async () => {
		await say(double, 'A red mug', inSession('s'));
		await say(double, 'Make it blue [[slow 2000]]', inSession('s'), stopOnceSent(2));
		await callsEnded(folder);
		await say(double, 'Make it green', inSession('s'));
		expect(lineagesOf(double).at(-1)).toEqual(['A red mug', 'Make it green']);
	});
});

describe('calls that may have been billed', () => {
	const reset = (times: number) =>
		void double.faults.push({ kind: 'reset', times, match: { path: '/responses' } });

	it('are told of by the next run, one by one, when this one failed', async () => {
		reset(2);
		const { error } = await say(double, 'A mug', { limits: { retryLost: true } });
		expect(error?.message).toContain('The connection was lost');
		expect(warningsOf(await say(double, 'A mug')).match(/may have been billed/g)).toHaveLength(2);
		expect(warningsOf(await say(double, 'A mug'))).toBe('');
	});

	it('are told of again with the image, when the run that bought it failed later', async () => {
		reset(1);
		await sayAndFail(double, 'A mug');
		const again = await say(double, 'A mug');
		expect(imageOf(again.items[0])).toMatchObject({ request: { reused: true, attempts: 2 } });
		expect(warningsOf(again)).toContain('may have been billed');
	});
});
