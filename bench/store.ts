/**
 * The store alone: calls (claim, send, keep of one small image) per second, and per second of one
 * core, for 1, 2, 4 and 8 processes on one store; of PostgreSQL also what its server uses. Then how
 * long the event loop stands still, with small images and with large ones.
 *
 *     node --import tsx bench/store.ts [calls per process]
 */
import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { promises as fs, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { StoreConfig } from '../core/store/config';
import { openStore } from '../core/store/open';
import { buy } from './buy';
import { sum, used, type Used } from './measure';
import { startPostgres, type Postgres } from '../test/services/postgres';

const SMALL = { lanes: 8, bytes: 200_000 };
const LARGE = { lanes: 4, bytes: 12 * 2 ** 20 };
const ALONE = { lanes: 1, bytes: 12 * 2 ** 20 };

interface Task {
	readonly config: StoreConfig;
	readonly calls: number;
	readonly lanes: number;
	/** Of one image. */
	readonly bytes: number;
}
interface Bought extends Used {
	/** Delays of the event loop, ms: of a thousand looks the longest but one, and of all. */
	readonly stalls: readonly [number, number];
}

/** @returns what the calls took in this process, its thread included, without the first of all */
async function buyAll({ config, calls, lanes, bytes: size }: Task): Promise<Bought> {
	const store = openStore(config);
	const executionId = randomUUID();
	const bytes = randomBytes(size);
	await buy(store, executionId, calls, bytes);
	const loop = monitorEventLoopDelay({ resolution: 1 });
	loop.enable();
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < calls) await buy(store, executionId, next++, bytes);
	};
	const spent = await used(async () => {
		await Promise.all(Array.from({ length: lanes }, lane));
		await store.settle(executionId, 'delivered');
	});
	loop.disable();
	await store.close();
	return { ...spent, stalls: [loop.percentile(99.9) / 1e6, loop.max / 1e6] };
}

interface Server {
	readonly cpuMs: number;
	readonly walBytes: number;
}

/** Ticks of 10 ms: of the process, of its living children, and of those that have ended (proc(5)). */
function cpuMsOf(pid: number): number {
	const statOf = (name: string): readonly string[] => {
		try {
			const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
			return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		} catch {
			return [];
		}
	};
	const msOf = (ticks: readonly string[]): number => sum(ticks.map((one) => Number(one) * 10));
	const children = readdirSync('/proc').map(statOf);
	const alive = children.filter(([, parent]) => parent === String(pid));
	return (
		msOf(statOf(String(pid)).slice(11, 15)) + msOf(alive.flatMap((stat) => stat.slice(11, 13)))
	);
}

async function serverOf({ service, connect }: Postgres): Promise<Server> {
	const client = await connect();
	const sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes";
	const { rows } = await client.query<{ bytes: number }>(sql);
	await client.end();
	return { cpuMs: cpuMsOf(service.pid ?? 0), walBytes: rows[0]?.bytes ?? 0 };
}

async function inChild(task: Task): Promise<Bought> {
	const args = ['--import', 'tsx', __filename, '--child', JSON.stringify(task)];
	return JSON.parse((await promisify(execFile)(process.execPath, args)).stdout) as Bought;
}

async function measureStalls(name: string, config: StoreConfig, calls: number): Promise<void> {
	for (const { lanes, bytes } of [SMALL, LARGE, ALONE]) {
		const { cpuMs, wallMs, stalls } = await inChild({ config, calls, lanes, bytes });
		const [most, longest] = stalls.map((stall) => stall.toFixed(0));
		process.stdout.write(
			`${name.padEnd(12)} ${lanes} lanes of ${(bytes / 1_000).toFixed(0)} kB: the event loop stands still for ${most} ms (99.9 %), ${longest} ms at most; ${(cpuMs / calls).toFixed(1)} ms CPU and ${((wallMs * lanes) / calls).toFixed(0)} ms an image\n`,
		);
	}
}

async function measure(
	name: string,
	config: StoreConfig,
	calls: number,
	postgres: Postgres | undefined,
): Promise<void> {
	for (const processes of [1, 2, 4, 8]) {
		const before = postgres && (await serverOf(postgres));
		const children = Array.from(
			{ length: processes },
			async () => await inChild({ config, calls, ...SMALL }),
		);
		const bought = await Promise.all(children);
		const perSecond = sum(bought.map(({ wallMs }) => (calls * 1_000) / wallMs));
		const cpuMs = sum(bought.map((one) => one.cpuMs)) / processes / calls;
		const after = postgres && (await serverOf(postgres));
		const server =
			before && after
				? `; the server ${((after.cpuMs - before.cpuMs) / processes / calls).toFixed(1)} ms CPU and ${((after.walBytes - before.walBytes) / processes / calls / 1_000).toFixed(0)} kB WAL a call`
				: '';
		process.stdout.write(
			`${name.padEnd(12)} ${processes} processes: ${perSecond.toFixed(0)} calls/s, ${cpuMs.toFixed(2)} ms CPU a call (${(1_000 / cpuMs).toFixed(0)} calls/s per core)${server}\n`,
		);
	}
}

async function main(): Promise<void> {
	if (process.argv[2] === '--child') {
		process.stdout.write(JSON.stringify(await buyAll(JSON.parse(process.argv[3] ?? '') as Task)));
		return;
	}
	const calls = Number(process.argv[2] ?? 300);
	const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'bench-store-'));
	const postgres = await startPostgres();
	const connection = { ...postgres.connection, ssl: false };
	const leaseMs = 60_000;
	try {
		const sqlite = { kind: 'sqlite', folder, leaseMs } as const;
		const shared = { kind: 'postgres', folder, leaseMs, connection } as const;
		await measure('SQLite', sqlite, calls, undefined);
		await measure('PostgreSQL', shared, calls, postgres);
		await measureStalls('SQLite', sqlite, Math.min(calls, 100));
		await measureStalls('PostgreSQL', shared, Math.min(calls, 100));
	} finally {
		await postgres.close();
		await fs.rm(folder, { recursive: true, force: true });
	}
}

void main();
