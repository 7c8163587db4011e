import type { Client } from '../../../core/api/client';
import { sendTurn } from '../../../core/api/responses';
import type { Double } from '../../openai-double';
import { BriskClock, failureOf, options, requestsTo, say, setUpTurns, turnCall } from './turns';

let double: Double;
let client: Client;
beforeAll(async () => ({ double, client } = await setUpTurns()));
afterAll(async () => await double.close());
beforeEach(() => double.reset());

describe('a connection that breaks', () => {
	it('in the middle of the stream costs nothing: the response is fetched by its id', async () => {
		const clock = new BriskClock();
		const call = turnCall('A mug [[cut]]');
		const answer = await sendTurn(client, call, { ...options, clock });
		expect(answer.pictures).toHaveLength(1);
		expect(requestsTo(double)).toEqual([
			'POST /v1/responses',
			`GET /v1/responses/${answer.responseId}`,
		]);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('also when an error comes in the stream', async () => {
		const answer = await say(client, 'A mug [[streamerror]]');
		expect(answer.pictures).toHaveLength(1);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('is a lost call when OpenAI has not kept the response', async () => {
		double.faults.push({ kind: 'error', status: 404, match: { path: '/responses/' } });
		const { facts } = await failureOf(say(client, 'A mug [[cut]]'));
		expect(facts).toMatchObject({ code: 'response_gone', retryable: true, billed: 'possibly' });
		expect(facts.advice).toContain("'Run in Background'");
	});

	it('before the response has begun is a lost call', async () => {
		const { facts } = await failureOf(say(client, 'A mug [[reset]]'));
		expect(facts).toMatchObject({ code: 'connection_lost', retryable: true, billed: 'possibly' });
	});
});
