import fs from 'node:fs';
import path from 'node:path';
import { openLedger } from '../../../core/money/ledger';
import type { LedgerOptions } from '../../../core/money/ledger';
import {
	cleanUp,
	entryFolders,
	keyOf,
	newFolder,
	optionsFor,
	placeIn,
	somePicture,
	startChild,
	statesIn,
} from './ledger-setup';

afterEach(cleanUp);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A ledger whose clock the test sets. */
function ledgerAt(folder: string, more: Partial<LedgerOptions> = {}) {
	const clock = { now: Date.now() };
	const ledger = openLedger(optionsFor(folder, { now: () => clock.now, ...more }));
	let executions = 0;
	return {
		clock,
		ledger,
		async make(outcome: 'delivered' | 'returned' | undefined, size = 1_000): Promise<string> {
			const execution = `e${++executions}`;
			const key = keyOf(execution);
			const picture = { bytes: somePicture(size), record: {} };
			const { entry } = await ledger.keep(key, placeIn(execution), picture);
			await ledger.hand(entry ? [entry] : []);
			if (outcome) await ledger.settle(execution, outcome);
			return key;
		},
		/** What the end of any node's run does. */
		async tidy(): Promise<void> {
			await ledger.hand([]);
		},
		async has(key: string): Promise<boolean> {
			const name = key.slice(0, 40);
			return entryFolders(folder).some((entry) => path.basename(entry).startsWith(name));
		},
	};
}

describe('pruning', () => {
	it('deletes delivered pictures by age, undelivered ones only at their own limit', async () => {
		const folder = newFolder();
		const { clock, make, tidy, has } = ledgerAt(folder, { maxAgeDays: 7, undeliveredDays: 30 });
		const delivered = await make('delivered');
		const returned = await make('returned');
		clock.now += 7 * DAY - HOUR;
		await tidy();
		expect([await has(delivered), await has(returned)]).toEqual([true, true]);
		clock.now += 2 * HOUR;
		await tidy();
		expect([await has(delivered), await has(returned)]).toEqual([false, true]);
		clock.now += 23 * DAY;
		await tidy();
		expect(await has(returned)).toBe(false);
	});

	it('deletes the oldest delivered pictures while all take too much, never others', async () => {
		const folder = newFolder();
		const { clock, make, tidy, has } = ledgerAt(folder, { maxBytes: 3_500 });
		const keys: string[] = [];
		for (const outcome of [
			'delivered',
			'returned',
			'delivered',
			'returned',
			'delivered',
		] as const) {
			clock.now += 1_000;
			keys.push(await make(outcome));
		}
		clock.now += 2 * HOUR;
		await tidy();
		const left = await Promise.all(keys.map(has));
		expect(left).toEqual([false, true, false, true, true]);
		await make('returned', 5_000);
		clock.now += 2 * HOUR;
		await tidy();
		expect(statesIn(folder)).toEqual(['free', 'free', 'free']);
	});

	it('does not touch what is handed or held', async () => {
		const folder = newFolder();
		const { clock, ledger, make, tidy } = ledgerAt(folder, { maxBytes: 1, maxAgeDays: 1 });
		await make(undefined);
		await ledger.keep(keyOf('held'), placeIn('h'), { bytes: somePicture(), record: {} });
		clock.now += 12 * HOUR;
		await tidy();
		expect(statesIn(folder)).toEqual(['handed', 'held']);
		clock.now += 13 * HOUR;
		await tidy();
		expect(statesIn(folder)).toEqual(['held']);
	});

	it('keeps pictures as long as reuse always may want them', async () => {
		const folder = newFolder();
		const options = { reuse: 'always', reuseHours: 240, maxAgeDays: 1 } as const;
		const { clock, make, tidy, has } = ledgerAt(folder, options);
		const key = await make('delivered');
		clock.now += 9 * DAY;
		await tidy();
		expect(await has(key)).toBe(true);
		clock.now += 2 * DAY;
		await tidy();
		expect(await has(key)).toBe(false);
	});

	it('happens once an hour for all processes together', async () => {
		const folder = newFolder();
		const { clock, make, has, tidy } = ledgerAt(folder, { maxAgeDays: 1 / 24 / 60, reuseHours: 0 });
		await tidy();
		const key = await make('delivered');
		clock.now += HOUR - 60_000;
		await tidy();
		expect(await has(key)).toBe(true);
		fs.writeFileSync(path.join(folder, 'pruned'), String(clock.now + 2 * 60_000));
		clock.now += 5 * 60_000;
		await tidy();
		expect(await has(key)).toBe(true);
		clock.now += HOUR;
		await tidy();
		expect(await has(key)).toBe(false);
	});

	it('sweeps halves of writers that died, old marks and old owners, not this one', async () => {
		const folder = newFolder();
		const { clock, ledger, make, tidy } = ledgerAt(folder);
		const child = await startChild();
		await child.call('open', optionsFor(folder));
		await child.call('reserve', [keyOf('x')], placeIn('7'));
		await child.kill();
		await make('returned');
		const bucket = path.dirname(entryFolders(folder)[0] ?? '');
		fs.mkdirSync(path.join(bucket, '.tmp-half'));
		expect(fs.readdirSync(path.join(folder, 'owners'))).toHaveLength(2);
		clock.now = Date.now() + 8 * DAY;
		await tidy();
		expect(fs.readdirSync(bucket).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
		expect(fs.readdirSync(path.join(folder, 'calls'))).toEqual([]);
		expect(fs.readdirSync(path.join(folder, 'owners'))).toHaveLength(1);
		expect((await ledger.take(keyOf('e1'), placeIn('9'))).picture).toBeDefined();
	});

	it('of two processes at once takes nothing from a third that is just taking', async () => {
		const folder = newFolder();
		const { clock, make, ledger } = ledgerAt(folder, { maxBytes: 1, reuse: 'always' });
		const keys: string[] = [];
		for (let i = 0; i < 20; i++) keys.push(await make('delivered'));
		clock.now += HOUR * 2;
		const taken = await Promise.all([
			ledger.hand([]),
			...keys.map(async (key) => await ledger.take(key, placeIn('next'))),
		]);
		for (const one of taken) {
			if (one) expect(one.warnings).toEqual([]);
		}
		expect(fs.readdirSync(path.join(folder, 'damaged'))).toEqual([]);
	});
});
