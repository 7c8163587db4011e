import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Store } from '../../../core/store/store';
import type { PostgresConnection } from '../../services/postgres';
import { hasPostgres, newDatabase } from '../../services/shared-postgres';
import { startTcpProxy, type TcpProxy } from '../../services/tcp-proxy';
import { driverOf, newFolder, rowsOf } from './databases';
import { callOf, itemAt } from './items';

/** The database goes away between the call and its end: what is paid for waits on this machine. */

jest.setTimeout(60_000);
const BYTES = randomBytes(3 * 2 ** 20 + 1);
const LEASE_MS = 2_000;

let connection: PostgresConnection;
let proxy: TcpProxy;
let outbox: string;
const stores: Store[] = [];

function open(port: number, folder: string): Store {
	const store = new Store({
		driver: driverOf({ ...connection, port }, folder),
		leaseMs: LEASE_MS,
		runtime: {
			now: Date.now,
			sleep: async (ms) => await sleep(ms),
			every: (ms, action) => {
				const timer = setInterval(action, ms);
				return () => clearInterval(timer);
			},
			id: randomUUID,
			at: async () => undefined,
		},
	});
	stores.push(store);
	return store;
}

beforeEach(async () => {
	connection = await newDatabase();
	proxy = await startTcpProxy(connection.port);
	outbox = newFolder();
});
afterEach(async () => {
	for (const store of stores.splice(0)) await store.close();
	await proxy.close();
});

/** @returns the ID of a purchase whose answer came when the database had gone */
async function buyCutOff(store: Store): Promise<string> {
	const claim = await store.claim('key', itemAt('1', 0), { kind: 'undelivered' }, undefined);
	if (claim.kind !== 'yours') throw new Error(claim.kind);
	const limits = { account: 'acme', keepPrompts: true };
	expect(await store.send(claim.id, callOf(0.01), limits)).toEqual({ kind: 'sent' });
	proxy.weather = 'cut';
	const part = { bytes: BYTES, facts: { format: 'png' } };
	const kept = await store.keep(claim.id, { parts: [part], usd: 0.007, warnings: [] });
	const { id, parts, warnings } = kept;
	expect(warnings.map(({ code }) => code)).toEqual(['kept_locally']);
	// Compared apart: Jest takes a minute for three million bytes.
	expect(parts.map(({ bytes, facts }) => [bytes?.equals(BYTES), facts])).toEqual([
		[true, part.facts],
	]);
	return id;
}

const stateOf = async (id: string): Promise<unknown> =>
	(
		await rowsOf<{ state: string; spent: string }>(
			connection,
			`SELECT state, spent FROM gpt_image.purchase WHERE id = '${id}'`,
		)
	)[0];
async function until(id: string, state: string): Promise<void> {
	while (JSON.stringify(await stateOf(id)) !== JSON.stringify({ state, spent: '70000000' }))
		await sleep(100);
}

const claimOther = async (store: Store) =>
	await store.claim('key', itemAt('2', 0), { kind: 'undelivered' }, undefined);

if (hasPostgres()) {
	it('is owed to another machine as soon as the database is back, without another claim', async () => {
		const store = open(proxy.port, outbox);
		const id = await buyCutOff(store);
		await store.settle('1', 'returned');
		expect(await stateOf(id)).toEqual({ state: 'sent', spent: null });
		proxy.weather = 'pass';
		await until(id, 'available');
		const claim = await claimOther(open(connection.port, newFolder()));
		if (claim.kind !== 'paid') throw new Error(claim.kind);
		expect(claim.purchase.id).toBe(id);
		expect(claim.purchase.parts[0]?.bytes?.equals(BYTES)).toBe(true);
		expect(claim.purchase.warnings).toEqual([]);
	});

	it('is owed to the process that comes after this one', async () => {
		const store = open(proxy.port, outbox);
		const id = await buyCutOff(store);
		await store.close();
		stores.pop();
		await rowsOf(connection, "UPDATE gpt_image.worker SET start = 'of a dead process'");
		proxy.weather = 'pass';
		const claim = await claimOther(open(proxy.port, outbox));
		if (claim.kind !== 'paid') throw new Error(claim.kind);
		expect(claim.purchase.id).toBe(id);
		expect(claim.purchase.parts[0]?.bytes?.equals(BYTES)).toBe(true);
	});

	it('is taken from the database where a process was killed while it made a copy', async () => {
		const store = open(connection.port, outbox);
		const claim = await store.claim('key', itemAt('1', 0), { kind: 'undelivered' }, undefined);
		if (claim.kind !== 'yours') throw new Error(claim.kind);
		await store.send(claim.id, callOf(0.01), { account: 'acme', keepPrompts: true });
		const part = { bytes: BYTES, facts: { format: 'png' } };
		await store.keep(claim.id, { parts: [part], usd: 0.007, warnings: [] });
		await store.settle('1', 'returned');
		const folder = path.join(outbox, 'images', claim.id.slice(0, 2));
		mkdirSync(folder, { recursive: true });
		writeFileSync(path.join(folder, `${claim.id}-0.png`), BYTES.subarray(0, 1_000));
		const taken = await claimOther(open(connection.port, outbox));
		if (taken.kind !== 'paid') throw new Error(taken.kind);
		expect(taken.purchase.parts[0]?.bytes?.equals(BYTES)).toBe(true);
		expect(taken.purchase.warnings).toEqual([]);
	});

	it('is not owed when it was delivered meanwhile, and counts by what it cost', async () => {
		const store = open(proxy.port, outbox);
		const id = await buyCutOff(store);
		await store.settle('1', 'delivered');
		proxy.weather = 'pass';
		await until(id, 'delivered');
		const claim = await claimOther(open(connection.port, newFolder()));
		expect(claim).toMatchObject({ kind: 'yours', warnings: [] });
	});

	it('of an order: what its images need is in the database when it is placed', async () => {
		const store = open(proxy.port, outbox);
		expect(await store.orders.open('acme')).toEqual([]);
		const id = store.orders.id();
		proxy.weather = 'cut';
		const placing = store.orders.place({
			...{ id, kind: 'batch', status: 'waiting', remote: null, account: 'acme' },
			...{ endpoint: '/v1/images/edits', scope: '["w","n"]', execution: '1' },
			...{ files: [], lines: [], kept: [BYTES], orderedAt: 0, expiresAt: null },
			requests: { total: 1, completed: 0, failed: 0 },
		});
		while (!existsSync(path.join(outbox, 'owed', `${id}.json`))) await sleep(10);
		proxy.weather = 'pass';
		await placing;
		const other = open(connection.port, newFolder());
		expect((await other.orders.open('acme')).map((order) => order.id)).toEqual([id]);
		expect((await other.orders.kept(id, 0))?.equals(BYTES)).toBe(true);
	});
}
