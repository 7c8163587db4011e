import { beginTurn, retrieveTurn } from '../../../core/openai/background';
import { cancelOrder } from '../../../core/openai/batches';
import type { Client } from '../../../core/openai/client';
import { fetchTurn, pathOf } from '../../../core/openai/responses';
import { readTurnAnswer } from '../../../core/openai/responses-answer';
import type { Double } from '../../openai-double';
import {
	answerLater,
	BriskClock,
	failureOf,
	lastBody,
	options,
	setUpTurns,
	turnCall,
} from './turns';

let double: Double;
let client: Client;
beforeAll(async () => ({ double, client } = await setUpTurns()));
afterAll(async () => await double.close());
beforeEach(() => {
	double.reset();
	double.options.backgroundHeld = true;
});

const call = turnCall('A mug');
async function begin(): Promise<string> {
	const begun = await beginTurn(client, call, options);
	if ('images' in begun) throw new Error('It was answered at once');
	return begun.responseId;
}

describe('a turn in the background', () => {
	it('is stored, has an ID at once, and is read by it when it has ended', async () => {
		const created: string[] = [];
		const onCreated = (id: string): void => void created.push(id);
		const begun = await beginTurn(client, call, { ...options, onCreated });
		expect(begun).toEqual({
			responseId: created[0],
			status: 'queued',
			createdAt: expect.any(Number),
		});
		expect(lastBody(double)).toMatchObject({ background: true, stream: false, store: true });
		const id = created[0] ?? '';
		expect(await retrieveTurn(client, id, options)).toMatchObject({
			status: 'in_progress',
			raw: undefined,
		});
		double.options.backgroundHeld = false;
		const { raw, model, status } = await answerLater(double, client, call);
		expect([status, model]).toEqual(['completed', 'gpt-image-2']);
		expect(readTurnAnswer(raw, 'gpt-image-2').images).toHaveLength(1);
	});

	it('is waited for with growing pauses, and bears looks that fail', async () => {
		const clock = new BriskClock();
		const id = await begin();
		double.faults.push({ kind: '500', times: 2, match: { path: '/responses/' } });
		setTimeout(() => (double.options.backgroundHeld = false), 200);
		const answer = await fetchTurn(client, id, call, { ...options, clock });
		expect(answer.images).toHaveLength(1);
		expect(clock.slept.slice(0, 4)).toEqual([500, 750, 1125, 1687.5]);
		expect(double.journal.filter(({ status }) => status === 500)).toHaveLength(2);
	});

	it('is cancelled', async () => {
		const id = await begin();
		await cancelOrder(client, pathOf(id), options);
		const { raw, status } = await retrieveTurn(client, id, options);
		expect(status).toBe('cancelled');
		if (!raw) throw new Error('It is still open');
		expect(() => readTurnAnswer(raw, 'gpt-image-2')).toThrow('was cancelled at OpenAI');
		expect(double.journal.reduce((sum, { paid }) => sum + paid, 0)).toBe(0);
	});

	it('of another account is named', async () => {
		const error = await failureOf(retrieveTurn(client, 'resp_other', options));
		expect(error).toMatchObject({ code: 'order_not_found', param: 'orderId', billed: 'no' });
	});
});
