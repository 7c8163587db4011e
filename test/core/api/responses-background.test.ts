import type { Client } from '../../../core/api/client';
import { fetchTurn, sendTurn } from '../../../core/api/responses';
import type { Double } from '../../openai-double';
import {
	BriskClock,
	failureOf,
	lastBody,
	options,
	requestsTo,
	setUpTurns,
	turnCall,
} from './turns';

let double: Double;
let client: Client;
beforeAll(async () => ({ double, client } = await setUpTurns()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

describe('in the background', () => {
	const background = { turn: { runInBackground: true } };

	it('is created, then asked for with growing pauses', async () => {
		const clock = new BriskClock();
		const call = turnCall('A mug [[slow 1500]]', background);
		const created: string[] = [];
		const sending = sendTurn(client, call, {
			...options,
			clock,
			onCreated: (id) => void created.push(id),
		});
		const answer = await sending;
		expect(answer.pictures).toHaveLength(1);
		expect(created).toEqual([answer.responseId]);
		expect(lastBody(double)).toMatchObject({ background: true, stream: false, store: true });
		expect(clock.slept.slice(0, 5)).toEqual([500, 500, 750, 1125, 1687.5]);
		expect(Math.max(...clock.slept)).toBe(10_000);
	});

	it('asks for no frames, which it could not get', async () => {
		const call = turnCall('A mug', { ...background, picture: { partialImages: 2 } });
		await sendTurn(client, call, { ...options, clock: new BriskClock() });
		expect(lastBody(double).tools).toEqual([
			expect.not.objectContaining({ partial_images: expect.anything() }),
		]);
	});

	it('bears polls that fail', async () => {
		double.faults.push({ kind: '500', times: 2, match: { path: '/responses/' } });
		const call = turnCall('A mug', background);
		const answer = await sendTurn(client, call, { ...options, clock: new BriskClock() });
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.filter(({ status }) => status === 500)).toHaveLength(2);
	});

	it('is cancelled at the API when the execution is stopped', async () => {
		const stop = new AbortController();
		const call = turnCall('A mug [[slow 20000]]', background);
		const sending = failureOf(
			sendTurn(client, call, {
				...options,
				signal: stop.signal,
				onCreated: () => void setTimeout(() => stop.abort(), 50),
			}),
		);
		const { facts } = await sending;
		expect(facts).toMatchObject({ code: 'aborted', retryable: false });
		expect(requestsTo(double).at(-1)).toMatch(/^POST \/v1\/responses\/resp_\w+\/cancel$/);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(0);
	});

	it('goes on after a mere timeout, and can be fetched later', async () => {
		const created: string[] = [];
		const call = turnCall('A mug [[slow 5000]]', background);
		const { facts } = await failureOf(
			sendTurn(client, call, { timeoutMs: 2_000, onCreated: (id) => void created.push(id) }),
		);
		expect(facts).toMatchObject({ code: 'timeout', retryable: true, billed: 'possibly' });
		expect(requestsTo(double).some((path) => path.endsWith('/cancel'))).toBe(false);
		const answer = await fetchTurn(client, created[0] ?? '', call, options);
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});
});
