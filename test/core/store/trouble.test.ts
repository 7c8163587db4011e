import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promises as fs, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { toGptImageError } from '../../../core/errors';
import { openStore } from '../../../core/store/open';
import { SqliteDriver } from '../../../core/store/sqlite';
import { Store, type Claim, type Limits, type Purchase } from '../../../core/store/store';
import { mayMount, SmallDisk } from '../../faults/disk';
import { callOf, itemAt } from './items';

/** Trouble with the disk or the file: the user is never worse off than "delivered, not kept, and told so". */

const limits: Limits = { account: 'acme', keepPrompts: true };
const limited: Limits = { ...limits, perDay: 10_000_000_000 };
const answer = (text: string | Buffer) => ({
	parts: [{ bytes: Buffer.from(text), facts: { format: 'png' } }],
	usd: 0.01,
	warnings: [],
});

let folder: string;
let file: string;
let stores: Store[];
const open = (where = folder): Store => {
	const store = openStore({ kind: 'sqlite', folder: where, leaseMs: 60_000 });
	stores.push(store);
	return store;
};
beforeEach(async () => {
	stores = [];
	folder = path.join(await fs.mkdtemp(path.join(os.tmpdir(), 'store-')), 'gpt-image');
	file = path.join(folder, 'store.sqlite');
});
afterEach(async () => {
	for (const store of stores) await store.close();
});

const claim = async (store: Store, execution: string, key = 'key'): Promise<Claim> =>
	await store.claim(key, itemAt(execution, 0), { kind: 'undelivered' }, undefined);
async function buy(
	store: Store,
	execution: string,
	key = 'key',
	text: string | Buffer = key,
): Promise<Purchase> {
	const next = await claim(store, execution, key);
	if (next.kind !== 'yours') throw new Error(next.kind);
	expect(await store.send(next.id, callOf(0.02), limits)).toEqual({ kind: 'sent' });
	return await store.keep(next.id, answer(text));
}
const textOf = (next: Claim): string =>
	next.kind === 'paid' ? String(next.purchase.parts[0]?.bytes) : next.kind;
const codes = ({ warnings }: Pick<Purchase, 'warnings'>): readonly string[] =>
	warnings.map(({ code }) => code);

describe('a folder that cannot be used', () => {
	const cannotUse = async (store: Store): Promise<void> => {
		const purchase = await buy(store, '1');
		expect(codes(purchase)).toEqual(['not_kept']);
		expect(purchase.warnings[0]?.message).toContain(folder);
		expect(String(purchase.parts[0]?.bytes)).toBe('key');
		await store.settle('1', 'returned');
		const next = await claim(store, '2');
		expect(next).toMatchObject({ kind: 'yours', warnings: [{ code: 'not_kept' }] });
		if (next.kind === 'yours')
			await expect(store.send(next.id, callOf(0.02), limited)).rejects.toMatchObject({
				code: 'store_unavailable',
				billed: 'no',
			});
	};

	it('because its path is a file', async () => {
		writeFileSync(folder, 'a file');
		await cannotUse(open());
		expect(await fs.readFile(folder, 'utf8')).toBe('a file');
	});

	it('because it is another user’s', async () => {
		await fs.mkdir(folder, { mode: 0o755 });
		await fs.chmod(path.dirname(folder), 0o755);
		await fs.chmod(os.tmpdir(), 0o755);
		const store = open();
		process.seteuid?.(65534);
		try {
			await cannotUse(store);
		} finally {
			process.seteuid?.(0);
		}
	});

	it('because the system makes nothing there', async () => {
		folder = '/proc/gpt-image/store';
		await cannotUse(open());
	});
});

describe('texts of 40 MB', () => {
	const long = 'x'.repeat(40 * 2 ** 20);

	it('are delivered unkept, and the store goes on', async () => {
		const store = open();
		const next = await claim(store, '1');
		if (next.kind !== 'yours') throw new Error(next.kind);
		await store.send(next.id, callOf(0.02), limited);
		const part = { bytes: Buffer.from('a'), facts: { format: 'png' }, texts: { text: long } };
		expect(codes(await store.keep(next.id, { parts: [part], usd: 0.01, warnings: [] }))).toEqual([
			'not_kept',
		]);
		await store.settle('1', 'returned');
		expect(codes(await buy(store, '2', 'other'))).toEqual([]);
	});

	it('that a slip has do not keep the store from opening', async () => {
		const store = open();
		await buy(store, '1');
		const [name = ''] = await fs.readdir(path.join(folder, 'owed'));
		await store.close();
		const slip = path.join(folder, 'owed', name);
		await fs.writeFile(
			slip,
			JSON.stringify({ ...JSON.parse(await fs.readFile(slip, 'utf8')), long }),
		);
		for (const end of ['', '-wal', '-shm']) await fs.rm(file + end, { force: true });
		const again = open();
		const next = await claim(again, '2', 'other');
		expect(next.kind).toBe('yours');
		if (next.kind !== 'yours') return;
		expect(await again.send(next.id, callOf(0.02), limited)).toEqual({ kind: 'sent' });
		expect(codes(await again.keep(next.id, answer('b')))).not.toContain('not_kept');
	});
});

// Needs the right to mount, which a container of CI has.
describe('a small disk', () => {
	let disk: SmallDisk;
	beforeEach(async () => {
		expect(mayMount()).toBe(true);
		disk = SmallDisk.mountAt(folder);
	});
	afterEach(async () => {
		for (const store of stores.splice(0)) await store.close();
		disk.unmount();
	});

	it('that is full delivers images unkept, and goes on counting', async () => {
		const store = open();
		await buy(store, '0', 'early');
		disk.fillUpTo(0);
		for (let n = 0; n < 100; n++) {
			const purchase = await buy(store, `${n + 1}`, `k${n}`, Buffer.alloc(50_000));
			expect(codes(purchase)).toEqual(['not_kept']);
			await store.settle(`${n + 1}`, 'returned');
		}
		const next = await claim(store, '200');
		if (next.kind !== 'yours') throw new Error(next.kind);
		expect(await store.send(next.id, callOf(0.02), { ...limits, perDay: 100_000_000 })).toEqual({
			kind: 'over',
			limit: 'perDay',
			spent: 101 * 100_000_000,
			reserved: 0,
		});
		await store.fail(next.id, toGptImageError(new Error('over')));
		// What was kept before is delivered, and stays so.
		await store.settle('0', 'delivered');
		expect((await claim(store, '201', 'early')).kind).toBe('yours');
		disk.empty();
		expect(codes(await buy(store, '202', 'later'))).toEqual([]);
	});

	it('that was full from the start delivers images unkept', async () => {
		disk.fillUpTo(0);
		const store = open();
		expect(codes(await buy(store, '1'))).toEqual(['not_kept']);
		disk.empty();
		expect(codes(await buy(store, '2'))).toEqual([]);
	});

	it('that becomes read-only delivers images unkept', async () => {
		const store = open();
		await buy(store, '1', 'early');
		await store.close();
		execFileSync('mount', ['-o', 'remount,ro', folder]);
		expect(codes(await buy(open(), '2'))).toEqual(['not_kept']);
		execFileSync('mount', ['-o', 'remount,rw', folder]);
	});
});

describe('a store file', () => {
	// Each in a process of its own: in this one it would drop SQLite's locks.
	const spoil = [
		['deleted', "for (const end of ['', '-wal', '-shm']) fs.rmSync(file + end, { force: true })"],
		['emptied', 'fs.truncateSync(file, 0)'],
		['cut', 'fs.truncateSync(file, 10_000)'],
		['garbage', "fs.writeFileSync(file, Buffer.alloc(100_000, 'no database '))"],
		// The first page stays, so that the damage is found in use.
		[
			'damaged within',
			"fs.writeSync(fs.openSync(file, 'r+'), Buffer.alloc(2_000_000, 0xa5), 0, 2_000_000, 4096)",
		],
	] as const;
	const ruin = (how: string): void => {
		execFileSync(process.execPath, ['-e', `const [, file] = process.argv; ${how}`, file]);
	};
	it.each(spoil)(
		'that was %s while nobody worked is replaced, and nothing paid is lost',
		async (_, how) => {
			const before = open();
			for (const key of ['a', 'b', 'c']) await buy(before, '1', key);
			await before.settle('1', 'returned');
			await buy(before, '2', 'd');
			await before.settle('2', 'delivered');
			await before.close();
			ruin(how);
			const store = open();
			const first = await claim(store, '3', 'a');
			expect(first.kind === 'paid' && codes(first.purchase)).toEqual(['store_replaced']);
			expect(textOf(first)).toBe('a');
			expect(textOf(await claim(store, '3', 'b'))).toBe('b');
			expect(textOf(await claim(store, '3', 'c'))).toBe('c');
			// What n8n has got is not delivered again.
			expect(textOf(await claim(store, '3', 'd'))).toBe('yours');
			await store.settle('3', 'delivered');
			expect(textOf(await claim(store, '4', 'a'))).toBe('yours');
		},
	);

	it.each(spoil)(
		'that is %s under a buyer is replaced, and what it holds stays its own',
		async (_, how) => {
			const store = open();
			await buy(store, '1', 'held');
			await buy(store, '2', 'owed');
			await store.settle('2', 'returned');
			const next = await claim(store, '3', 'under way');
			if (next.kind !== 'yours') throw new Error(next.kind);
			await store.send(next.id, callOf(0.02), limits);
			ruin(how);
			await store.keep(next.id, answer('under way'));
			expect(textOf(await claim(store, '4', 'owed'))).toBe('owed');
			expect(textOf(await claim(open(), '4', 'held'))).toBe('yours');
			expect(textOf(await claim(store, '3', 'under way'))).toBe('under way');
			await store.settle('1', 'delivered');
			await store.settle('3', 'returned');
			expect(textOf(await claim(store, '5', 'held'))).toBe('yours');
			expect(textOf(await claim(store, '5', 'under way'))).toBe('under way');
		},
	);

	const sql = (text: string): void => {
		const db = new DatabaseSync(file, { timeout: 5000 });
		db.exec(text);
		db.close();
	};

	it('of a newer package sends nothing', async () => {
		await buy(open(), '1');
		sql('UPDATE meta SET version = 9, readable_from = 9');
		await expect(claim(open(), '2')).rejects.toMatchObject({
			code: 'store_newer',
			billed: 'no',
		});
	});

	it('of a newer package that this one can read is used', async () => {
		await buy(open(), '1');
		sql('UPDATE meta SET version = 9');
		expect((await claim(open(), '2')).kind).toBe('yours');
	});

	it('on which another machine works sends nothing', async () => {
		await buy(open(), '1');
		sql("INSERT INTO worker VALUES ('far', 'far', 'another-boot pid:[1]', 1, '1', 1000)");
		const store = open();
		// It may have moved here: its last sign of life is older than this process.
		expect((await claim(store, '2')).kind).toBe('yours');
		sql("UPDATE worker SET seen_at = 2000 WHERE id = 'far'");
		await expect(claim(store, '3')).rejects.toMatchObject({
			code: 'store_shared',
			billed: 'no',
		});
	});

	it('that a frozen process holds sends nothing, and what is paid is noted later', async () => {
		const driver = new SqliteDriver({
			folder,
			leaseMs: 60_000,
			patienceMs: 300,
			journal: undefined,
			at: async () => undefined,
		});
		const runtime = {
			now: Date.now,
			sleep: async (ms: number) => await sleep(ms),
			every: () => () => undefined,
			id: () => crypto.randomUUID(),
			at: async () => undefined,
		};
		const store = new Store({ driver, runtime, leaseMs: 60_000 });
		stores.push(store);
		const next = await claim(store, '1');
		if (next.kind !== 'yours') throw new Error(next.kind);
		await store.send(next.id, callOf(0.02), limits);
		const code = `const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
			db.exec('BEGIN IMMEDIATE'); console.log('held'); setInterval(() => {}, 1000);`;
		const frozen = spawn(process.execPath, ['-e', code, file], {
			stdio: ['ignore', 'pipe', 'inherit'],
		});
		await once(frozen.stdout, 'data');
		frozen.kill('SIGSTOP');
		expect(codes(await store.keep(next.id, answer('key')))).toEqual([]);
		await expect(claim(store, '2')).rejects.toMatchObject({
			code: 'store_unavailable',
			billed: 'no',
			retryable: false,
		});
		frozen.kill('SIGKILL');
		await once(frozen, 'exit');
		await store.settle('1', 'returned');
		expect(textOf(await claim(store, '2'))).toBe('key');
	});

	it('that refuses one write for good takes the next ones', async () => {
		const store = open();
		const next = await claim(store, '1');
		if (next.kind !== 'yours') throw new Error(next.kind);
		await store.send(next.id, callOf(0.02), limits);
		sql("CREATE TRIGGER no BEFORE INSERT ON part BEGIN SELECT RAISE(ABORT, 'never'); END");
		expect(codes(await store.keep(next.id, answer('key')))).toEqual([]);
		expect((await claim(store, '2', 'other')).kind).toBe('yours');
		sql('DROP TRIGGER no');
		// Its slip is there, so whoever opens the store next finds it.
		sql("UPDATE worker SET start = 'of a dead process'");
		expect(textOf(await claim(open(), '3'))).toBe('key');
	});

	it('whose thread dies goes on with another', async () => {
		const driver = new SqliteDriver({
			folder,
			leaseMs: 60_000,
			patienceMs: 300,
			journal: undefined,
			at: async () => undefined,
		});
		const ids = Array.from({ length: 2_000_000 }, (_, n) => `${n}`);
		await expect(driver.run('look', ids)).rejects.toMatchObject({ code: 'not_kept' });
		expect(await driver.run('look', ['a'])).toEqual([]);
		await driver.close();
	});

	it('on a network file system is for one machine, and says so once', async () => {
		jest
			.spyOn(fs, 'statfs')
			.mockResolvedValue({ type: 0x6969 } as Awaited<ReturnType<typeof fs.statfs>>);
		const store = open();
		const purchase = await buy(store, '1', 'a');
		jest.restoreAllMocks();
		expect(codes(purchase)).toEqual(['store_network']);
		expect(codes(await buy(store, '1', 'b'))).toEqual([]);
		const db = new DatabaseSync(file);
		expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'delete' });
		db.close();
	});
});

describe('files', () => {
	const all = async (): Promise<readonly string[]> =>
		(await fs.readdir(folder, { recursive: true })).toSorted();

	it('are for their owner only', async () => {
		await buy(open(), '1');
		const modes = await Promise.all(
			['.', ...(await all())].map(async (name) => {
				const stat = await fs.stat(path.join(folder, name));
				return (stat.mode & 0o777) === (stat.isDirectory() ? 0o700 : 0o600);
			}),
		);
		expect(modes.length).toBeGreaterThan(6);
		expect(modes.every(Boolean)).toBe(true);
	});

	it('in a folder that others can read are a warning', async () => {
		await fs.mkdir(folder, { mode: 0o777 });
		await fs.chmod(folder, 0o777);
		expect(codes(await buy(open(), '1'))).toEqual(['store_rights']);
	});

	it('that are no slips, or damaged ones, stop nobody', async () => {
		await buy(open(), '1');
		const id = '00000000-0000-4000-8000-000000000000';
		const slips = {
			[id]: '{}',
			[id.replace(/0$/, '1')]: 'null',
			[id.replace(/0$/, '2')]: `{"id":"${id.replace(/0$/, '2')}"}`,
			[id.replace(/0$/, '3')]: `{"id":"${id.replace(/0$/, '3')}","parts":[],"kez":"a"}`,
		};
		for (const [name, text] of Object.entries(slips))
			await fs.writeFile(path.join(folder, `owed/${name}.json`), text);
		expect(codes(await buy(open(), '2', 'other'))).toEqual([]);
	});

	describe('behind a link are not written to', () => {
		let others: string;
		beforeEach(async () => {
			others = path.join(path.dirname(folder), 'others.txt');
			await fs.writeFile(others, 'of others');
		});
		afterEach(async () => expect(await fs.readFile(others, 'utf8')).toBe('of others'));

		it.each([
			['an image', (id: string) => `images/${id.slice(0, 2)}/${id}-0.png`],
			['a slip', (id: string) => `owed/${id}.json.tmp`],
		])('in the place of %s', async (_what, nameOf) => {
			const store = open();
			const next = await claim(store, '1');
			if (next.kind !== 'yours') throw new Error(next.kind);
			await store.send(next.id, callOf(0.02), limits);
			const link = path.join(folder, nameOf(next.id));
			await fs.mkdir(path.dirname(link), { recursive: true });
			await fs.symlink(others, link);
			const kept = await store.keep(next.id, answer('bytes'));
			expect([textOf({ kind: 'paid', purchase: kept }), codes(kept)]).toEqual([
				'bytes',
				['not_kept'],
			]);
		});

		it('in the place of the store file', async () => {
			await fs.mkdir(folder, { mode: 0o700 });
			await fs.symlink(others, file);
			expect(codes(await buy(open(), '1'))).toEqual(['store_replaced']);
			expect((await fs.lstat(file)).isFile()).toBe(true);
		});
	});

	it('of others are never deleted, ours when nothing refers to them', async () => {
		await buy(open(), '1');
		const id = '00000000-0000-4000-8000-000000000000';
		const old = new Date(Date.now() - 40 * 86_400_000);
		const others = [
			'holiday.jpg',
			'images/00/holiday.jpg',
			'images/keys/a.pem',
			'owed/notes.json',
			`owed/${id}.json`,
			`images/${id}-0.png`,
			'store.sqlite.bak',
		];
		const ours = [
			`images/00/${id}-0.png`,
			`images/00/${id}-1.png`,
			`owed/${id}.json.tmp`,
			'store.sqlite.damaged-1700000000000',
		];
		for (const name of [...others, ...ours]) {
			await fs.mkdir(path.dirname(path.join(folder, name)), { recursive: true });
			await fs.writeFile(path.join(folder, name), '{}');
			await fs.utimes(path.join(folder, name), old, old);
		}
		await fs.writeFile(path.join(folder, `images/00/${id}-2.png`), 'of today');
		const before = await all();
		const store = open();
		await store.settle('none', 'delivered');
		await store.close();
		const gone = before.filter(
			(name) => !statSync(path.join(folder, name), { throwIfNoEntry: false }),
		);
		expect(gone).toEqual(ours.toSorted());
	});
});
