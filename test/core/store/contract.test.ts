import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SqliteDriver } from '../../../core/store/sqlite';
import { Store } from '../../../core/store/store';
import { connectTo } from '../../services/postgres';
import { hasPostgres, newDatabase } from '../../services/shared-postgres';
import { holdTo, type Place } from './contract';
import { closeDrivers, driverOf, newFolder, PATIENT } from './databases';
import { Memory, MemoryDriver } from './memory';

const at = async () => undefined;
const LEASE_MS = 60_000;
const runtime = {
	now: Date.now,
	sleep: async (ms: number) => await sleep(ms),
	every: (ms: number, action: () => void) => {
		const timer = setInterval(action, ms);
		return () => clearInterval(timer);
	},
	id: randomUUID,
	at,
};

async function openMemory(): Promise<Place> {
	const memory = new Memory(Date.now, LEASE_MS);
	const members: Store[] = [];
	return {
		sql: async (text) => memory.db.prepare(text).all(),
		join: async () => {
			const driver = new MemoryDriver(memory, randomUUID());
			const store = new Store({ driver, runtime, leaseMs: LEASE_MS });
			members.push(store);
			const die = async () => {
				await store.close();
				memory.db.exec(`UPDATE worker SET seen_at = 0 WHERE id = '${driver.me.id}'`);
			};
			return { store, die };
		},
		clear: async () => {
			memory.db.exec('DELETE FROM purchase; DELETE FROM part; DELETE FROM account');
			memory.bytes.clear();
			memory.slips.clear();
		},
		damage: async (purchase, n) => {
			const name = [...memory.bytes.keys()].find((one) => one.startsWith(`${purchase}-${n}.`));
			memory.bytes.set(String(name), Buffer.from('damaged'));
		},
		end: async () => {
			for (const store of members) await store.close();
		},
	};
}

async function openSqlite(journal: 'WAL' | 'TRUNCATE'): Promise<Place> {
	const folder = await mkdtemp(path.join(os.tmpdir(), 'store-'));
	const members: Store[] = [];
	const sql: Place['sql'] = async (text) => {
		const db = new DatabaseSync(path.join(folder, 'store.sqlite'), { timeout: 5000 });
		try {
			return db.prepare(text).all();
		} finally {
			db.close();
		}
	};
	return {
		sql,
		join: async () => {
			const options = { folder, journal, leaseMs: LEASE_MS, patienceMs: 10_000, at };
			const driver = new SqliteDriver(options);
			const store = new Store({ driver, runtime, leaseMs: LEASE_MS });
			members.push(store);
			return {
				store,
				die: async () => {
					await store.close();
					await sql(`UPDATE worker SET start = 'of a dead process' WHERE id = '${driver.me.id}'`);
				},
			};
		},
		clear: async () => {
			await members.at(-1)?.find({ session: 'opens it' });
			for (const table of ['purchase', 'part', 'account']) await sql(`DELETE FROM ${table}`);
			for (const name of ['images', 'owed'])
				for (const entry of await readdir(path.join(folder, name)))
					await rm(path.join(folder, name, entry), { recursive: true });
		},
		damage: async (purchase, n) => {
			const images = path.join(folder, 'images', purchase.slice(0, 2));
			const name = (await readdir(images)).find((one) => one.startsWith(`${purchase}-${n}.`));
			await writeFile(path.join(images, String(name)), 'damaged');
		},
		end: async () => {
			for (const store of members) await store.close();
		},
	};
}

async function openPostgres(): Promise<Place> {
	const connection = await newDatabase();
	await driverOf(connection, newFolder(), PATIENT).run('beat', null);
	const client = await connectTo(connection);
	const members: Store[] = [];
	await client.query('SET search_path TO gpt_image');
	const sql: Place['sql'] = async (text) => (await client.query(text)).rows;
	return {
		sql,
		join: async () => {
			const driver = driverOf(connection, newFolder(), PATIENT);
			const store = new Store({ driver, runtime, leaseMs: LEASE_MS });
			members.push(store);
			const die = async () => {
				await store.close();
				await sql(`UPDATE worker SET start = 'of a dead process' WHERE id = '${driver.me.id}'`);
			};
			return { store, die };
		},
		clear: async () => {
			for (const table of ['purchase', 'part', 'account', 'piece'])
				await sql(`DELETE FROM ${table}`);
		},
		damage: async (purchase, n) => {
			await sql(
				`UPDATE piece SET bytes = 'damaged' WHERE purchase = '${purchase}' AND part = ${n}`,
			);
		},
		end: async () => {
			for (const store of members) await store.close();
			await closeDrivers();
			await client.end();
		},
	};
}

holdTo('SQLite with a write-ahead log', async () => await openSqlite('WAL'));
holdTo('SQLite on a network file system', async () => await openSqlite('TRUNCATE'));
holdTo('a store in memory', openMemory);
if (hasPostgres()) holdTo('PostgreSQL', openPostgres);
