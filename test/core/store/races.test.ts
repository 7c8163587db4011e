import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { StoreConfig } from '../../../core/store/config';
import { openStore } from '../../../core/store/open';
import type { Store } from '../../../core/store/store';
import { hasPostgres, newDatabase } from '../../services/shared-postgres';
import type { Task } from './child';
import { callOf, itemAt } from './items';

/** Real processes on one store, some of them killed. */

jest.setTimeout(120_000);
const run = promisify(execFile);
const child = path.join(__dirname, 'child.ts');
const keys = Array.from({ length: 30 }, (_, n) => `k${n}`);

const LEASE_MS = 60_000;

type Open = (folder: string) => Promise<StoreConfig>;
const openSqlite: Open = async (folder) => ({
	kind: 'sqlite',
	folder: path.join(folder, 'store'),
	leaseMs: LEASE_MS,
});
const openPostgres: Open = async (folder) => ({
	kind: 'postgres',
	folder: path.join(folder, 'store'),
	leaseMs: LEASE_MS,
	connection: { ...(await newDatabase()), ssl: false },
});

/** @param unowed what comes of a death between a slip that goes and a row that says so */
function race(name: string, open: Open, unowed: 'paid' | 'buys'): void {
	describe(name, () => {
		let config: StoreConfig;
		let journal: string;
		let store: Store;
		beforeEach(async () => {
			const folder = await mkdtemp(path.join(os.tmpdir(), 'store-'));
			journal = path.join(folder, 'journal');
			config = await open(folder);
			store = openStore(config);
		});
		afterEach(async () => await store.close());

		const start = async (task: Partial<Task>): Promise<void> => {
			const whole = { lanes: 4, always: false, store: config, journal, keys, ...task };
			// A child that kills itself ends with an error; what it did stands in the journal.
			await run(process.execPath, ['--import', 'tsx', child, JSON.stringify(whole)]).catch(
				() => undefined,
			);
		};
		type Line = readonly [
			execution: string,
			word: string,
			key: string,
			...rest: readonly unknown[],
		];
		const lines = async (word: string, where = journal): Promise<readonly Line[]> =>
			(await readFile(where, 'utf8').catch(() => ''))
				.split('\n')
				.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]))
				.filter((line) => line[1] === word);

		it('buys each of 30 requests once for three processes in Always', async () => {
			await Promise.all(
				['1', '2', '3'].map(async (execution) => await start({ execution, always: true })),
			);
			expect(await lines('failed')).toEqual([]);
			const billed = (await lines('billed')).map(([, , key]) => key);
			expect(billed.toSorted()).toEqual(keys.toSorted());
			const got = await lines('got');
			expect(got).toHaveLength(90);
			expect(
				got.every(([, , key, warnings, text]) => key === text && String(warnings) === ''),
			).toBe(true);
		});

		it('never passes a day limit with four processes, and uses it', async () => {
			const perDay = 20 * 100_000_000;
			await Promise.all(
				['1', '2', '3', '4'].map(
					async (execution) =>
						await start({ execution, perDay, keys: keys.map((key) => `${execution}-${key}`) }),
				),
			);
			expect(await lines('failed')).toEqual([]);
			const spent = (await lines('billed')).length * 0.007;
			// A call is let through while what it may cost at most (0.01) fits.
			expect(spent).toBeLessThanOrEqual(0.2);
			expect(spent).toBeGreaterThan(0.2 - 0.01);
			expect((await lines('over')).length + (await lines('got')).length).toBe(120);
		});

		it('has one chain of turns, first asked first served, though one of three processes is killed', async () => {
			const turns = (execution: string): Partial<Task> => ({
				execution,
				session: 'chat',
				lanes: 3,
				keys: Array.from({ length: 9 }, (_, n) => `${execution}-${n}`),
			});
			await Promise.all([
				start(turns('1')),
				start(turns('2')),
				start({ ...turns('3'), dieAt: ['answered', 4] }),
			]);
			expect(await lines('failed')).toEqual([]);
			const history = await store.find({ session: 'chat' });
			// The killed one had four turns, and its fifth was lost.
			expect(history).toHaveLength(9 + 9 + 4);
			expect(history.map(({ parts }) => parts[0]?.facts.previous)).toEqual([
				null,
				...history.slice(0, -1).map(({ responseId }) => responseId),
			]);
		});

		describe('killed', () => {
			/** What is billed in the first run and the second; what the second is told; what it buys anew. */
			const table: ReadonlyArray<
				readonly [string, Partial<Task>, 0 | 1, 'paid' | 'buys', readonly string[]]
			> = [
				['claimed', {}, 0, 'buys', []],
				['sent', {}, 0, 'buys', ['may_have_been_billed']],
				['answered', {}, 1, 'buys', ['may_have_been_billed']],
				['answered', { call: 'noted' }, 1, 'buys', []],
				['bytes', {}, 1, 'buys', ['may_have_been_billed']],
				['slip', {}, 1, 'paid', []],
				['slip', { call: 'noted' }, 1, 'paid', []],
				['kept', {}, 1, 'paid', []],
				['unowed', {}, 1, unowed, []],
				['settled', {}, 1, 'buys', []],
				['failed', { call: 'lost' }, 1, 'buys', ['may_have_been_billed']],
			];
			it.each(table)('at "%s" %j', async (point, task, billed, outcome, told) => {
				await start({ execution: '1', keys: ['k'], ...task, dieAt: [point, 0] });
				expect(await lines('billed')).toHaveLength(billed);
				expect(await lines('delivered')).toHaveLength(0);
				const claim = await store.claim('k', itemAt('2', 0), { kind: 'undelivered' }, undefined);
				let purchase;
				if (claim.kind === 'paid') purchase = claim.purchase;
				else if (claim.kind === 'yours') {
					const { id, begun } = claim;
					expect(begun).toBe(task.call === 'noted' ? 'resp_k' : undefined);
					if (begun === undefined)
						await store.send(id, callOf(0.01), { account: 'acme', keepPrompts: true });
					const facts = { format: 'png', key: 'k' };
					const responseId = begun ?? 'resp_2';
					purchase = await store.keep(id, {
						parts: [{ facts }],
						usd: 0.007,
						responseId,
						warnings: [],
					});
				} else throw new Error(claim.kind);
				expect(claim.kind).toBe(outcome === 'paid' ? 'paid' : 'yours');
				expect(purchase.parts[0]?.facts.key).toBe('k');
				expect(purchase.warnings.map(({ code }) => code)).toEqual(told);
				await store.settle('2', 'delivered');
				// Once: the next one hears nothing of it.
				const next = await store.claim('k', itemAt('3', 0), { kind: 'undelivered' }, undefined);
				expect(next).toMatchObject({ kind: 'yours', warnings: [] });
			});
		});
	});
}

race('SQLite', openSqlite, 'buys');
if (hasPostgres())
	// Rows alone decide there: what may not have arrived is owed.
	race('PostgreSQL', openPostgres, 'paid');
