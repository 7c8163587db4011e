import {
	accessSync,
	closeSync,
	existsSync,
	openSync,
	readdirSync,
	renameSync,
	statSync,
} from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import { errorToJson, GptImageError } from '../errors';
import type { Tx, Value, Worker } from './driver';
import { isMissing } from './files';
import { isDeadAt } from './process';
import { schema, VERSION } from './schema';
import { transact, type Arguments, type Name, type Result } from './transactions';
import { folderUnusable, inWords, newer, refusal } from './trouble';

/** The thread that owns the connection: its waits, locks and syncs are never the event loop's. */

export interface Setup {
	/** Absolute. */
	readonly folder: string;
	/** The folder of the slips. */
	readonly owed: string;
	readonly me: Worker;
	readonly journal: 'WAL' | 'TRUNCATE';
	readonly leaseMs: number;
	/** How long to wait for another process's transaction. */
	readonly patienceMs: number;
}
export interface Asked {
	readonly name: Name;
	readonly args: Arguments<Name>;
}
export interface Told {
	readonly result?: unknown;
	/** See `errorToJson`. */
	readonly failure?: object;
	readonly generation: number;
	/** The file was replaced: undefined = no, '' = it was missing, else where the damaged one is. */
	readonly aside?: string;
}

// https://sqlite.org/rescode.html
const [BUSY, LOCKED, CORRUPT, NOTADB, CONSTRAINT, SCHEMA_ERROR] = [5, 6, 11, 26, 19, 1];
/** Free pages in the file and a log of that length: on a full disk both are written in place. */
const RESERVE_BYTES = 2 * 2 ** 20;
const MOST_TRIES = 5;
/**
 * Not flushed one by one: with a power cut they lose nothing that was sent or paid. A claim is flushed by
 * the `send` after it, and of what was kept the slip is there.
 */
const UNFLUSHED: ReadonlySet<Name> = new Set<Name>(['claim', 'keep', 'beat', 'look', 'find']);

const sqliteCode = (error: unknown): number | undefined =>
	error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

/** Not of one transaction alone. */
function isOfFile(error: unknown): boolean {
	const code = sqliteCode(error);
	const isFile = code !== undefined && code !== CONSTRAINT && code !== SCHEMA_ERROR;
	return isFile || (error instanceof Error && 'syscall' in error);
}

class Connection {
	generation = 0;
	aside: string | undefined;
	private db: DatabaseSync | undefined;
	private inode = 0;
	private size = 0;
	private readonly statements = new Map<string, StatementSync>();
	/** Workers of other machines before this connection opened. */
	private strangers = new Map<unknown, unknown>();

	private readonly file: string;

	constructor(private readonly setup: Setup) {
		this.file = path.join(setup.folder, 'store.sqlite');
	}

	private open(): DatabaseSync {
		const { file } = this;
		const { folder, owed, journal, patienceMs } = this.setup;
		// Only if it is missing: to close another handle would drop the locks that this process holds.
		if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600));
		const db = new DatabaseSync(file, { timeout: patienceMs });
		this.db = db;
		this.inode = statSync(file).ino;
		this.size = 0;
		db.exec(
			`PRAGMA journal_mode = ${journal}; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 250; BEGIN IMMEDIATE`,
		);
		if (Number(db.prepare('PRAGMA user_version').get()?.user_version) === 0) {
			if (this.generation > 0 || readdirSync(owed).length > 0) this.aside ??= '';
			for (const statement of schema) db.exec(statement);
			db.exec(
				`CREATE TABLE reserve (bytes); INSERT INTO reserve VALUES (zeroblob(${RESERVE_BYTES})); DROP TABLE reserve; PRAGMA user_version = ${VERSION}`,
			);
		}
		const readable = db.prepare('SELECT readable_from FROM meta').get()?.readable_from;
		if (Number(readable) > VERSION) throw newer(folder);
		this.strangers = this.others(db);
		db.exec('COMMIT');
		this.generation++;
		return db;
	}

	close(): void {
		this.statements.clear();
		try {
			this.db?.close();
		} catch {
			// It is given up anyway.
		}
		this.db = undefined;
	}

	/** Workers of other machines, and when each beat last. */
	private others(db: DatabaseSync): Map<unknown, unknown> {
		const rows = db.prepare("SELECT id, seen_at FROM worker WHERE instr(realm || ' ', $boot) <> 1");
		const [boot = ''] = this.setup.me.realm.split(' ', 1);
		return new Map(rows.all({ $boot: `${boot} ` }).map((row) => [row.id, row.seen_at]));
	}

	/** A worker of another machine that beats since this connection opened works on the same file. */
	private checkAlone(db: DatabaseSync): void {
		for (const [id, seen] of this.others(db))
			if (this.strangers.get(id) !== seen)
				throw refusal(
					'store_shared',
					`Another machine works with the store in ${this.setup.folder} at the same time`,
					'Nothing was sent. Set N8N_GPT_IMAGE_STORE to a PostgreSQL database that all machines use.',
				);
	}

	/** Another file may have come in its place; and one that got smaller was cut: SQLite would go on for a while, out of its log. */
	private checkFile(): void {
		if (!this.db) return;
		const found = statSync(this.file, { throwIfNoEntry: false });
		if (found?.ino !== this.inode) this.close();
		else if (found.size < this.size) this.setAside();
		this.size = found?.size ?? 0;
	}

	/** @throws GptImageError */
	async run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>> {
		for (let tries = 0; ; tries++) {
			try {
				this.checkFile();
				const db = this.db ?? this.open();
				const isUnflushed = this.setup.journal === 'WAL' && UNFLUSHED.has(name);
				db.exec(`PRAGMA synchronous = ${isUnflushed ? 'NORMAL' : 'FULL'}; BEGIN IMMEDIATE`);
				if (name === 'claim') this.checkAlone(db);
				const result = await transact(this.tx(db), name, args);
				db.exec('COMMIT');
				return result;
			} catch (error) {
				const code = sqliteCode(error);
				if (this.db?.isTransaction) this.db.exec('ROLLBACK');
				// A file that was emptied under its log has lost its tables.
				const isEmpty = error instanceof Error && error.message.startsWith('no such table');
				const isDamaged = code === CORRUPT || code === NOTADB || (isEmpty && tries > 0);
				if (isDamaged && tries < MOST_TRIES) this.setAside();
				else if (isEmpty || error instanceof GptImageError || isOfFile(error)) this.close();
				const isAgain = isDamaged || isEmpty || (tries === 0 && (code === BUSY || code === LOCKED));
				if (!isAgain || tries >= MOST_TRIES) throw this.explain(error);
			}
		}
	}

	private tx(db: DatabaseSync): Tx {
		const { me, owed, leaseMs } = this.setup;
		const now = Date.now();
		return {
			now,
			me,
			all: async <T extends object>(sql: string, ...values: readonly Value[]) => {
				const statement = this.statements.get(sql) ?? db.prepare(sql);
				this.statements.set(sql, statement);
				const named = Object.fromEntries(values.map((value, n) => [`$${n + 1}`, value]));
				return statement.all(named) as T[];
			},
			isDead: (worker) => isDeadAt(worker, me, now, leaseMs),
			isOwed: async (id) => {
				try {
					accessSync(`${owed}/${id}.json`);
					return true;
				} catch (error) {
					return !isMissing(error);
				}
			},
		};
	}

	/** Damaged: out of the way, unless another process did it meanwhile. */
	private setAside(): void {
		const found = statSync(this.file, { throwIfNoEntry: false });
		this.close();
		if (found?.ino !== this.inode) return;
		this.aside = `${this.file}.damaged-${Date.now()}`;
		for (const end of ['', '-wal', '-shm'])
			try {
				renameSync(this.file + end, this.aside + end);
			} catch {
				// There was none.
			}
	}

	private explain(error: unknown): GptImageError {
		if (error instanceof GptImageError) return error;
		const { folder } = this.setup;
		const code = sqliteCode(error);
		if (code === BUSY || code === LOCKED)
			return refusal(
				'store_unavailable',
				`The store in ${folder} is locked by another process`,
				'Nothing was sent. Try again; if this continues, look for an n8n process that hangs.',
			);
		if (isOfFile(error)) return folderUnusable(folder, error);
		return refusal(
			'unexpected',
			`The store failed: ${inWords(error)}`,
			'Please report this message.',
		);
	}
}

function serve(port: NonNullable<typeof parentPort>, setup: Setup): void {
	const connection = new Connection(setup);
	let last = Promise.resolve();
	const answer = async ({ name, args }: Asked): Promise<void> => {
		const told = await connection.run(name, args).then(
			(result) => ({ result }),
			(error: GptImageError) => ({ failure: errorToJson(error) }),
		);
		const { generation, aside } = connection;
		connection.aside = undefined;
		port.postMessage({ generation, aside, ...told });
	};
	port.on('message', (asked: Asked | 'close') => {
		last = last.then(async () => {
			if (asked !== 'close') return await answer(asked);
			connection.close();
			port.close();
		});
	});
}
const { gptImageStore } = (workerData ?? {}) as { gptImageStore?: Setup };
if (parentPort && gptImageStore) serve(parentPort, gptImageStore);
