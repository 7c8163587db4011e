/**
 * Two workers that share a store in PostgreSQL, to one: the same items each, the API as the only
 * limit, the shipped node on n8n's engine.
 *
 *     node --import tsx bench/workers.ts
 */
import { setTimeout as wait } from 'node:timers/promises';
import { startDoubleProcess } from '../test/faults/double-process';
import { startPostgres } from '../test/services/postgres';
import { LATENCY } from './lanes';
import { answer, inOwnProcess, used } from './measure';
import { loadOurNode, runOurs } from './nodes';

const ITEMS = 40;
const LANES = 4;
const LEAST = 1.9;
/** For a worker to load n8n's engine and to buy as many images as it will: workers live for days. */
const WARM_UP_MS = 40_000;

interface Task {
	readonly url: string;
	readonly store: string;
	/** Milliseconds since 1970, so that all workers start at once. */
	readonly startAt: number;
}

async function work({ url, store, startAt }: Task): Promise<{ wallMs: number }> {
	process.env.N8N_GPT_IMAGE_STORE = store;
	const node = loadOurNode();
	const run = async (): Promise<void> => await runOurs({ url, items: ITEMS, lanes: LANES }, node);
	await run();
	const left = startAt - Date.now();
	if (left < 0) throw new Error(`The worker was ready ${-left} ms too late`);
	await wait(left);
	return await used(run);
}

/** @returns images per second of so many workers together */
async function throughput(url: string, store: string, workers: number): Promise<number> {
	const task = { url, store, startAt: Date.now() + WARM_UP_MS };
	const each = Array.from({ length: workers }, async () => {
		return await inOwnProcess<{ wallMs: number }>(__filename, task);
	});
	const walls = (await Promise.all(each)).map(({ wallMs }) => wallMs);
	return (workers * ITEMS * 1_000) / Math.max(...walls);
}

async function main(): Promise<void> {
	const double = await startDoubleProcess();
	const postgres = await startPostgres();
	try {
		await double.setOptions({ latencyMs: LATENCY });
		const { host, port, user, password, database } = postgres.connection;
		const store = `postgres://${user}:${password}@${host}:${port}/${database}`;
		const one = await throughput(double.url, store, 1);
		const two = await throughput(double.url, store, 2);
		const ratio = two / one;
		process.stdout.write(
			`${LANES} lanes each at ${LATENCY} ms: 1 worker ${one.toFixed(2)} images/s, 2 workers ${two.toFixed(2)} images/s: ${ratio.toFixed(2)}x, bound ${LEAST}x: ${ratio >= LEAST ? 'kept' : 'BROKEN'}\n`,
		);
		if (ratio < LEAST) process.exitCode = 1;
	} finally {
		await postgres.close();
		await double.close();
	}
}

if (process.argv[2] === undefined) void main();
else answer<Task>(work);
