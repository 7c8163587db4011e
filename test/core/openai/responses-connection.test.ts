import type { Client } from '../../../core/openai/client';
import { sendTurn } from '../../../core/openai/responses';
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
		expect(answer.images).toHaveLength(1);
		expect(requestsTo(double)).toEqual([
			'POST /v1/responses',
			`GET /v1/responses/${answer.responseId}`,
		]);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('also when an error comes in the stream', async () => {
		const answer = await say(client, 'A mug [[streamerror]]');
		expect(answer.images).toHaveLength(1);
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(1);
	});

	it('behind the image costs nothing, although OpenAI has not kept the response', async () => {
		double.faults.push({ kind: 'error', status: 404, match: { path: '/responses/' } });
		const answer = await say(client, 'A mug [[cut]]');
		expect(answer.images).toHaveLength(1);
		expect(answer.imageUsage).toBeUndefined();
	});

	it('is a lost call when OpenAI has not kept the response', async () => {
		double.faults.push({ kind: 'error', status: 404, match: { path: '/responses/' } });
		const failure = await failureOf(say(client, 'A mug? [[talk]] [[cut]]'));
		expect(failure).toMatchObject({ code: 'response_gone', retryable: true, billed: 'possibly' });
		expect(failure.advice).toContain("'In the Background, Collect Later'");
	});

	it('before the response has begun is a lost call', async () => {
		const error = await failureOf(say(client, 'A mug [[reset]]'));
		expect(error).toMatchObject({ code: 'connection_lost', retryable: true, billed: 'possibly' });
	});
});
