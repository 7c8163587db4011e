import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SmallDisk } from './disk';
import type { Trouble } from './plan';
import type { RunTask } from './protocol';

/**
 * The store's folder as it lies on disk, read by SQL of its own and never through core/. Only for a
 * process that is not under test: to close a database drops the locks of the process that does it.
 */

/** One kept image, or a text without any. */
export interface Entry {
	/** Its ID. */
	readonly purchase: string;
	/** Same request. */
	readonly key: string;
	/** Of the bytes as they are; '' where there are none. */
	readonly sha256: string;
	/** Its slip is there, so the next run gets it. */
	readonly isOwed: boolean;
	/** Held by a process that lives. */
	readonly isHeld: boolean;
	readonly file: string;
	/** Only this host has it. */
	readonly host?: string;
}

export interface StoreView {
	entries(): Promise<readonly Entry[]>;
	/** Calls whose end is not known, and that no paid purchase tells of. */
	openCalls(): Promise<number>;
	/** Whether a process that lives still buys. */
	isBuying(): Promise<boolean>;
	/** What all days' limits count, in units of 1e-10 USD. */
	counted(): Promise<number>;
	/** Flips one bit of a kept image. */
	damage(entry: Entry): Promise<void>;
}

/** Where a series plays: one folder, or hosts with a database. */
export interface Ground {
	readonly view: StoreView;
	/** For the next execution. */
	place(): Pick<RunTask, 'folder' | 'host'>;
	readonly disks: readonly SmallDisk[];
	/** Starts it. @returns what ends it, and tells what has happened */
	trouble(troubles: readonly Trouble[]): () => Promise<readonly string[]>;
	/** How long others believe that a killed process lives. */
	readonly leaseMs: number;
	close(): Promise<void>;
}

export function folderGround(folder: string, fills: boolean): Ground {
	const disk = fills ? SmallDisk.mountAt(folder) : undefined;
	return {
		view: {
			entries: async () => entriesIn(folder),
			openCalls: async () => openCalls(folder),
			isBuying: async () => isBuying(folder),
			counted: async () => countedIn(folder),
			damage: async (entry) => damage(entry),
		},
		place: () => ({ folder }),
		disks: disk ? [disk] : [],
		trouble: () => async () => [],
		leaseMs: 0,
		close: async () => disk?.unmount(),
	};
}

interface Row {
	readonly id: string;
	readonly key: string;
	readonly state: string;
	readonly pid: number | null;
}

function rowsOf<T>(folder: string, sql: string): T[] {
	const file = path.join(folder, 'store.sqlite');
	if (!existsSync(file)) return [];
	const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
	try {
		// A process may have been killed, or its disk full, before it had made the tables.
		const tables = database.prepare("SELECT name FROM sqlite_master WHERE name = 'part'").all();
		return tables.length === 0 ? [] : (database.prepare(sql).all() as T[]);
	} finally {
		database.close();
	}
}

const purchases = (folder: string, states: string): Row[] =>
	rowsOf(
		folder,
		`SELECT purchase.id, key, state, pid FROM purchase LEFT JOIN worker ON worker.id = purchase.worker WHERE state IN (${states})`,
	);

export function isRunning({ pid }: Pick<Row, 'pid'>): boolean {
	try {
		return pid !== null && process.kill(pid, 0);
	} catch {
		return false;
	}
}

/** Every image of a purchase that was paid, whether its row says so or its slip. */
function entriesIn(folder: string): Entry[] {
	const owed = path.join(folder, 'owed');
	const slips = (existsSync(owed) ? readdirSync(owed) : []).filter((name) =>
		/^[^.]+\.json$/.test(name),
	);
	const keys = new Map(
		slips.map((name) => {
			const { id, key } = JSON.parse(readFileSync(path.join(owed, name), 'utf8')) as Row;
			return [id, key] as const;
		}),
	);
	const rows = new Map<string, Row>();
	for (const row of purchases(folder, "'kept', 'available', 'delivered', 'damaged'")) {
		if (!keys.has(row.id)) keys.set(row.id, row.key);
		rows.set(row.id, row);
	}
	return [...keys].flatMap(([purchase, key]) => {
		const images = path.join(folder, 'images', purchase.slice(0, 2));
		const names = existsSync(images) ? readdirSync(images) : [];
		return names
			.filter((name) => name.startsWith(purchase) && !name.endsWith('.tmp'))
			.map((name) => {
				const file = path.join(images, name);
				const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
				const row = rows.get(purchase);
				const isOwed = slips.includes(`${purchase}.json`) && row?.state !== 'damaged';
				const isHeld = row?.state === 'kept' && isRunning(row);
				return { purchase, key, sha256, isOwed, isHeld, file };
			});
	});
}

const openCalls = (folder: string): number =>
	rowsOf(
		folder,
		`SELECT id FROM purchase WHERE state IN ('sent', 'lost') AND NOT EXISTS (SELECT 1 FROM purchase paid
		WHERE paid.id = purchase.teller AND paid.state IN ('kept', 'available', 'delivered'))`,
	).length;

const isBuying = (folder: string): boolean =>
	purchases(folder, "'waiting', 'claimed', 'sent'").some(isRunning);

const countedIn = (folder: string): number =>
	rowsOf<{ sum: number }>(
		folder,
		'SELECT COALESCE(SUM(COALESCE(spent, reserved)), 0) AS sum FROM purchase',
	)[0]?.sum ?? 0;

function damage({ file }: Entry): void {
	const bytes = readFileSync(file);
	const middle = bytes.length >> 1;
	bytes[middle] = (bytes[middle] ?? 0) ^ 1;
	writeFileSync(file, bytes);
}
