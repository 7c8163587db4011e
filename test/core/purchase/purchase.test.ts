import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../../core/clock';
import { GptImageError } from '../../../core/errors';
import type { Call } from '../../../core/job';
import { Spending } from '../../../core/purchase/limits';
import { purchase } from '../../../core/purchase/purchase';
import { Store } from '../../../core/store/store';
import type { Arguments, Name, Result } from '../../../core/store/transactions';
import { Memory, MemoryDriver } from '../store/memory';

const memory = new Memory(Date.now, 60_000);
/** The ID of a response is never noted. */
class DeafDriver extends MemoryDriver {
	override async run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>> {
		return await (name === 'note' ? new Promise(() => undefined) : super.run(name, args));
	}
}
const store = new Store({
	driver: new DeafDriver(memory, 'worker'),
	runtime: {
		now: Date.now,
		sleep: async (milliseconds) => await sleep(milliseconds),
		every: () => () => undefined,
		id: randomUUID,
		at: async () => undefined,
	},
	leaseMs: 60_000,
});
afterAll(async () => await store.close());

const unused = async (): Promise<never> => await Promise.reject(new Error('Not part of this test'));

const callThat = (key: string, ask: Call['ask']): Call => ({
	key,
	estimate: { usd: { min: 0.04, max: 0.04 } },
	weight: { images: 1, inputImages: 0 },
	ask,
	finish: unused,
	preview: unused,
});

async function buy(call: Call) {
	const limits = { account: 'a', perDay: 10 ** 10, keepPrompts: true };
	const item = { workflowId: 'w', nodeId: 'n', executionId: 'e', runIndex: 0, itemIndex: 0 };
	return await purchase(async () => call, item, undefined, {
		store,
		spending: new Spending(store, limits, 'skip', systemClock),
		reuse: { kind: 'undelivered' },
		retry: { maxRetries: 0, retryLost: false, clock: systemClock, pause: async () => undefined },
		signal: undefined,
	});
}

async function failureOf(call: Call): Promise<GptImageError> {
	try {
		await buy(call);
	} catch (error) {
		if (error instanceof GptImageError) return error;
	}
	throw new Error('It should have failed');
}

const rowOf = (key: string) =>
	memory.db.prepare(`SELECT state, reserved, spent FROM purchase WHERE key = '${key}'`).get();

it('a bug that shows after the call was sent may be billed: the limit goes on counting it', async () => {
	const error = await failureOf(
		callThat('sent', async () => {
			throw new TypeError('undefined is not a function');
		}),
	);
	expect(error).toMatchObject({ code: 'unexpected', billed: 'possibly', retryable: false });
	// $0.04 in units of 1e-10 USD.
	expect(rowOf('sent')).toMatchObject({ reserved: 400_000_000, spent: null });
});

it('a refusal by the service costs nothing', async () => {
	const error = await failureOf(
		callThat('refused', async () => {
			throw new GptImageError('No', {
				code: 'moderation_blocked',
				advice: '',
				retryable: false,
				billed: 'no',
			});
		}),
	);
	expect(error.billed).toBe('no');
	expect(rowOf('refused')).toMatchObject({ state: 'refused', spent: 0 });
});

it('a call whose highest price is unknown is not sent while a limit is set', async () => {
	const call = callThat('unknown', unused);
	const error = await failureOf({ ...call, estimate: { usd: { min: null, max: null } } });
	expect(error).toMatchObject({ code: 'price_unknown', param: 'maxCostPerDay', billed: 'no' });
	expect(rowOf('unknown')).toEqual({ state: 'refused', reserved: null, spent: 0 });
});

it('what was paid for is kept while the ID of its response cannot be noted', async () => {
	const parts = [{ bytes: Buffer.from('a mug'), facts: { format: 'png' }, texts: {} }];
	await buy(
		callThat('unnoted', async (began) => {
			await began('resp_1');
			return { parts, usd: 0.04, responseId: 'resp_1', warnings: [] };
		}),
	);
	expect(rowOf('unnoted')).toMatchObject({ state: 'kept' });
});
