import { setTimeout as sleep } from 'node:timers/promises';
import { GptImageError } from '../../../core/errors';
import { Store } from '../../../core/store/store';
import type { Arguments, Name, Result } from '../../../core/store/transactions';
import { callOf, itemAt } from './items';
import { Memory, MemoryDriver } from './memory';

/** A database that is away for one transaction, or for its answer. */

const limits = { account: 'acme', keepPrompts: true };
const undelivered = { kind: 'undelivered' } as const;
const answer = {
	parts: [{ bytes: Buffer.from('a mug'), facts: { format: 'png' }, texts: {} }],
	usd: 0.01,
	warnings: [],
};

class AwayDriver extends MemoryDriver {
	/** The next transactions of this name fail: `before` they are done, or `behind` that. */
	fails: { readonly name: Name; readonly when: 'before' | 'behind'; times: number } | undefined;
	/** Happens when a transaction of this name is done, before anybody hears of it. */
	then: { readonly name: Name; readonly happens: () => Promise<void> } | undefined;

	/** Transactions wait for it, as they do for a database that is away. */
	back: Promise<void> | undefined;

	override async run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>> {
		const { fails, then } = this;
		await this.back;
		const when = fails?.name === name && fails.times-- > 0 ? fails.when : undefined;
		const failure = {
			code: 'store_unavailable',
			advice: '',
			retryable: false,
			billed: 'no',
		} as const;
		if (when === 'before') throw new GptImageError('away', failure);
		const result = await super.run(name, args);
		if (when === 'behind') throw new GptImageError('away', failure);
		if (then?.name === name) {
			this.then = undefined;
			await then.happens();
		}
		return result;
	}
}

describe.each([
	['slips decide', false],
	['rows decide', true],
])('where %s', (_, isShared) => {
	let now = Date.now();
	const memory = new Memory(() => now, 60_000);
	let driver: AwayDriver;
	let store: Store;
	beforeEach(() => {
		memory.clear();
		memory.isShared = isShared;
		driver = new AwayDriver(memory, 'worker');
		store = storeOf(driver);
	});
	let ids = 0;
	const runtime = {
		now: () => now,
		sleep: async (ms: number) => await sleep(ms, undefined, { ref: false }),
		every: () => () => undefined,
		id: () => `purchase-${ids++}`,
		at: async () => undefined,
	};
	const storeOf = (its: MemoryDriver): Store =>
		new Store({ driver: its, runtime, leaseMs: 60_000 });

	const claim = async (execution: string, item = 0, session?: string) =>
		await store.claim('key', itemAt(execution, item), undelivered, session);
	/** @returns the ID of a call that was sent */
	const send = async (execution: string): Promise<string> => {
		const one = await claim(execution);
		if (one.kind !== 'yours') throw new Error(one.kind);
		await store.send(one.id, callOf(0.02), limits);
		return one.id;
	};
	const imageOf = async (execution: string): Promise<string> => {
		const one = await claim(execution);
		return one.kind === 'paid' ? String(one.purchase.parts[0]?.bytes) : one.kind;
	};

	it('an image whose claim has no answer goes to the next execution', async () => {
		await store.keep(await send('1'), answer);
		await store.settle('1', 'returned');
		driver.fails = { name: 'claim', when: 'behind', times: 1 };
		await expect(claim('2')).rejects.toMatchObject({ code: 'store_unavailable' });
		await store.leave(itemAt('2', 0));
		await store.settle('2', 'delivered');
		expect(await imageOf('3')).toBe('a mug');
	});

	it('an image that could not be handed out goes to the next execution', async () => {
		const lost = await send('1');
		await store.keep(await send('2'), answer);
		await store.settle('2', 'returned');
		const failure = {
			code: 'server_error',
			advice: '',
			retryable: true,
			billed: 'possibly',
		} as const;
		await store.fail(lost, new GptImageError('lost', failure));
		driver.fails = { name: 'tell', when: 'before', times: 1 };
		await expect(claim('3')).rejects.toMatchObject({ code: 'store_unavailable' });
		await store.leave(itemAt('3', 0));
		await store.settle('3', 'delivered');
		expect(await imageOf('4')).toBe('a mug');
	});

	it('an image that could not be noted is not delivered twice', async () => {
		const id = await send('1');
		driver.fails = { name: 'keep', when: 'before', times: 2 };
		await store.keep(id, answer);
		await store.settle('1', 'delivered');
		expect(await imageOf('2')).toBe('yours');
	});

	it('an image that another execution took while it was noted is settled with that one', async () => {
		const id = await send('1');
		await store.settle('1', 'returned');
		let taken = '';
		driver.then = { name: 'keep', happens: async () => void (taken = await imageOf('2')) };
		await store.keep(id, answer);
		expect(taken).toBe('a mug');
		await store.settle('2', 'returned');
		expect(await imageOf('3')).toBe('a mug');
	});

	it('an image that another worker took from one that was cut off is not handed out twice', async () => {
		await store.keep(await send('1'), answer);
		await store.settle('1', 'returned');
		const other = storeOf(new MemoryDriver(memory, 'other'));
		const happens = async (): Promise<void> => {
			now += 61_000;
			const taken = await other.claim('key', itemAt('2', 0), undelivered, undefined);
			expect(taken.kind).toBe('paid');
		};
		driver.then = { name: 'claim', happens };
		expect(await imageOf('3')).toBe('yours');
	});

	it('a place in line that nobody knows of holds up nobody', async () => {
		driver.fails = { name: 'claim', when: 'behind', times: 1 };
		await expect(claim('1', 0, 'chat')).rejects.toMatchObject({ code: 'store_unavailable' });
		await store.leave(itemAt('1', 0));
		await store.find({ session: 'chat' });
		expect(memory.prepare('SELECT * FROM purchase').all()).toEqual([]);
	});

	it('is waited for once, by the first claim', async () => {
		await store.keep(await send('1'), answer);
		await store.settle('1', 'returned');
		driver.fails = { name: 'claim', when: 'before', times: 1 };
		await expect(claim('2')).rejects.toMatchObject({ code: 'store_unavailable' });
		let comesBack = (): void => undefined;
		driver.back = new Promise((resolve) => (comesBack = resolve));
		await store.leave(itemAt('2', 0));
		await store.settle('2', 'returned');
		await expect(claim('2', 1)).rejects.toMatchObject({ code: 'store_unavailable' });
		comesBack();
		expect(await imageOf('3')).toBe('a mug');
	});
});
