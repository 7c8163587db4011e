import { randomUUID } from 'node:crypto';
import { Store } from '../../../core/store/store';
import { callOf, itemAt } from './items';
import { Memory, MemoryDriver } from './memory';

/** The database's clock is set back by an hour, as after a wrong start of the machine. */

const HOUR = 3_600_000;
const LEASE_MS = 60_000;
const limits = { account: 'acme', keepPrompts: true, imagesPerMinute: 1, perDay: 300_000_000 };

it('a clock set back changes neither what is paid, nor the order, nor the limits', async () => {
	let now = Date.UTC(2026, 0, 15, 12);
	const memory = new Memory(() => now, LEASE_MS);
	const runtime = {
		now: () => now,
		sleep: async (ms: number) => void (now += ms),
		every: () => () => undefined,
		id: randomUUID,
		at: async () => undefined,
	};
	const store = new Store({ driver: new MemoryDriver(memory, 'w'), runtime, leaseMs: LEASE_MS });
	const buy = async (key: string, n: number): Promise<string> => {
		const claim = await store.claim(key, itemAt('1', n), { kind: 'undelivered' }, undefined);
		if (claim.kind !== 'yours') return claim.kind;
		const sending = await store.send(claim.id, callOf(0.02), limits);
		if (sending.kind !== 'sent') return sending.kind;
		const parts = [{ bytes: Buffer.from(key), facts: { format: 'png' } }];
		await store.keep(claim.id, { parts, usd: 0.02, responseId: `resp_${n}`, warnings: [] });
		return 'bought';
	};
	expect(await buy('a', 0)).toBe('bought');
	now -= HOUR;
	expect(await buy('a', 0)).toBe('paid');
	// Its minute is not an hour and a minute; its day is the same.
	expect(await buy('b', 1)).toBe('over');
	const rows = memory.db.prepare('SELECT key FROM purchase ORDER BY created_at, id').all();
	expect(rows.map(({ key }) => key)).toContain('a');
	// Who asks after the clock was set back asked later.
	const line = async (item: number): Promise<string> =>
		(await store.claim('turn', itemAt('2', item), { kind: 'undelivered' }, 's')).kind;
	now += HOUR;
	expect(await line(0)).toBe('later');
	now -= HOUR;
	expect(await line(1)).toBe('later');
	expect(await line(1)).toBe('later');
	expect(await line(0)).toBe('yours');
});
