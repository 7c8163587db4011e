import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientConfig, Pool, PoolClient } from 'pg';
import type { Warning } from '../job';
import type { Driver, FileRef, Slip, Tx } from './driver';
import { Files, filesOf } from './files';
import { isGone, isPassing, storeError } from './postgres-errors';
import { isDeadAt, thisProcess } from './process';
import { schema, VERSION } from './schema';
import { locksOf, transact } from './transactions';
import type { Arguments, KeepArguments, Name, Result } from './transactions';
import { keptLocally, newer, succeeds } from './trouble';

/**
 * The store that several machines share: rows and bytes in PostgreSQL, every rule of it in a row and
 * by the database's clock. Nothing here outlives a transaction, so that PgBouncer may hand each of
 * them another session.
 */

const SCHEMA = 'gpt_image';
/** A message of 12 MB would hold the event loops of both sides, and cost several times its size. */
const PIECE_BYTES = 2 ** 20;
const LONGEST_BACKOFF_MS = 1_000;
/** A database that has not answered by then may be away, and a process may die while it waits. */
const LATE_MS = 1_000;

/**
 * What the database's owner may have set otherwise for all. READ COMMITTED, or the statement after
 * the lock would still see what was before it. `hex`, because `pg` needs seconds for a megabyte of
 * `escape`. A client that has gone quiet gives its locks back.
 */
const BEGIN = `BEGIN ISOLATION LEVEL READ COMMITTED;
	SET LOCAL search_path TO ${SCHEMA};
	SET LOCAL synchronous_commit TO on;
	SET LOCAL bytea_output TO hex;
	SET LOCAL idle_in_transaction_session_timeout TO 10000;
	SET LOCAL statement_timeout TO `;
const lockOf = (name: string): string =>
	`SELECT pg_advisory_xact_lock(hashtextextended(${name}, 7))`;
const NOW = 'SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS now';
/** Images do not get smaller by PostgreSQL's compression; it would only cost time. */
const PIECE = [
	`CREATE TABLE IF NOT EXISTS piece (purchase text NOT NULL, part integer NOT NULL, n integer NOT NULL, bytes bytea NOT NULL, PRIMARY KEY (purchase, part, n))`,
	'ALTER TABLE piece ALTER bytes SET STORAGE EXTERNAL',
];

export interface PostgresOptions {
	/** Its password goes to the server and into no message. */
	readonly connection: ClientConfig;
	readonly leaseMs: number;
	/** Absolute: where this machine keeps what it cannot send. */
	readonly outbox: string;
	/** When a transaction is begun again for the last time. */
	readonly patienceMs: number;
	readonly connectMs: number;
	readonly statementMs: number;
	/** Called between steps, by tests. */
	readonly at: (point: string) => Promise<void>;
}

type Work<T> = (client: PoolClient, now: number) => Promise<T>;

/** Its files are the outbox. In the database the rows alone say what is owed. */
export class PostgresDriver extends Files implements Driver {
	readonly warnings: Warning[] = [];
	readonly unnoted = [keptLocally];
	generation = 1;
	readonly me = thisProcess();
	private pool: Promise<Pool> | undefined;
	private readiness: Promise<void> | undefined;
	/** For the lines of SQL that give it its rights. */
	private role = 'n8n';
	private sending: Promise<unknown> = Promise.resolve();

	constructor(private readonly options: PostgresOptions) {
		super(options.outbox, options.at);
	}

	async run<N extends Name>(name: N, args: Arguments<N>, signal?: AbortSignal): Promise<Result<N>> {
		const slip = name === 'keep' ? (args as KeepArguments).slip : undefined;
		const files = slip ? filesOf(slip) : [];
		const work = async (client: PoolClient, now: number) => {
			for (const file of files) await insert(client, file.id, file.n, await super.bytes(file));
			return await transact(this.tx(client, now), name, args);
		};
		const result = await this.repeated(locksOf(name, args), work, { signal });
		if (slip) await this.forget(slip);
		return result;
	}

	/** Tried once; on this machine's disk as soon as it takes long: the only copy of what was paid for does not wait. */
	override async put(
		kept: KeepArguments,
		bytes: ReadonlyArray<Buffer | undefined>,
	): Promise<boolean> {
		const send: Work<void> = async (client, now) => {
			for (const [n, one] of bytes.entries()) await insert(client, kept.slip.id, n, one);
			await this.at('bytes');
			await transact(this.tx(client, now), 'keep', kept);
		};
		// One after the other on one connection, so that rows never wait for bytes.
		const isSent = succeeds(
			this.sending.then(async () => await this.repeated([], send, { patienceMs: 0 })),
		);
		this.sending = isSent;
		const isLate =
			(await Promise.race([isSent, sleep(LATE_MS, 'late', { ref: false })])) === 'late';
		const copying = isLate ? super.put(kept, bytes) : undefined;
		const hasCopy = copying && succeeds(copying);
		if (!(await isSent)) return await (copying ?? super.put(kept, bytes));
		if (await hasCopy) await this.forget(kept.slip);
		await this.at('slip');
		return true;
	}

	/** What stays in the outbox all the same is found again, and changes nothing then. */
	private async forget(slip: Slip): Promise<void> {
		await super.remove(filesOf(slip), [slip.id]).catch(() => undefined);
	}

	override async bytes(file: FileRef): Promise<Buffer | undefined> {
		// Without a slip it may be half of a copy, at which a process was killed.
		const lying = (await this.slip(file.id)) && (await super.bytes(file));
		if (lying) return lying;
		const select = 'SELECT bytes FROM piece WHERE purchase = $1 AND part = $2 ORDER BY n';
		const pieces = await this.query<{ bytes: Buffer }>(select, [file.id, file.n]);
		return pieces.length === 0 ? undefined : Buffer.concat(pieces.map(({ bytes }) => bytes));
	}

	/** All pieces of `ids`, also such as no part names any more. */
	override async remove(files: readonly FileRef[], ids: readonly string[]): Promise<void> {
		await this.query(
			`DELETE FROM piece USING (SELECT * FROM unnest($1::text[], $2::integer[]) AS file (purchase, part)
				UNION SELECT purchase, part FROM piece WHERE purchase = ANY($3)) AS gone
			WHERE piece.purchase = gone.purchase AND piece.part = gone.part`,
			[files.map(({ id }) => id), files.map(({ n }) => n), ids],
		);
		await super.remove(files, ids);
	}

	/** For good: what still runs in the background ends with an error. */
	async close(): Promise<void> {
		const pool = await this.pool?.catch(() => undefined);
		if (pool && !pool.ending) await pool.end();
	}

	private async query<T extends object>(sql: string, values: readonly unknown[]): Promise<T[]> {
		const work: Work<T[]> = async (client) => (await client.query(sql, [...values])).rows;
		return await this.repeated([], work, {});
	}

	/** Again as a whole while the database is away, restarts, or ends a deadlock. */
	private async repeated<T>(
		locks: readonly string[],
		work: Work<T>,
		{ patienceMs = this.options.patienceMs, signal }: { patienceMs?: number; signal?: AbortSignal },
	): Promise<T> {
		const until = performance.now() + patienceMs;
		let mayBeCommitted = false;
		const giveUp = (): void => {
			if (!mayBeCommitted) signal?.throwIfAborted();
		};
		const unlessGivenUp: Work<T> = async (client, now) => {
			const result = await work(client, now);
			giveUp();
			mayBeCommitted = true;
			return result;
		};
		for (let wait = 50; ; wait = Math.min(2 * wait, LONGEST_BACKOFF_MS)) {
			try {
				await (this.readiness ??= this.transaction(['schema'], this.create));
				return await this.transaction(locks, unlessGivenUp);
			} catch (error) {
				this.readiness = undefined;
				const wasThere = isGone(error);
				if (wasThere) this.generation++;
				giveUp();
				const isAgain = wasThere || isPassing(error);
				if (!isAgain || performance.now() > until) throw storeError(error, this.role);
				await sleep(wait * (0.5 + Math.random()));
			}
		}
	}

	private async transaction<T>(locks: readonly string[], work: Work<T>): Promise<T> {
		const client = await (await (this.pool ??= this.open())).connect();
		let isCommitted = false;
		try {
			// In one message, but statements of their own: one that locks and reads would read what was before.
			const lock = locks.map((name) => lockOf(client.escapeLiteral(name)));
			const begin = [BEGIN + this.options.statementMs, ...lock, NOW].join('; ');
			// `pg` has one result for each of several statements.
			const begun = [await client.query<{ now: number }>(begin)].flat().at(-1);
			const result = await work(client, begun?.rows[0]?.now ?? 0);
			await client.query('COMMIT');
			isCommitted = true;
			return result;
		} finally {
			// What has failed is undone by ending its connection, whatever state that is in.
			client.release(!isCommitted);
		}
	}

	private tx(client: PoolClient, now: number): Tx {
		const { me, options } = this;
		return {
			now,
			me,
			all: async (sql, ...values) => (await client.query(sql, [...values])).rows,
			isDead: (worker) => isDeadAt(worker, me, now, options.leaseMs),
			isOwed: async () => true,
		};
	}

	private async open(): Promise<Pool> {
		const pg = await import('pg');
		const types = new pg.TypeOverrides();
		types.setTypeParser(pg.types.builtins.INT8, Number);
		const pool = new pg.Pool({
			...this.options.connection,
			max: 2,
			idleTimeoutMillis: 10_000,
			allowExitOnIdle: true,
			connectionTimeoutMillis: this.options.connectMs,
			// A network that swallows everything answers nothing, the server's own limit included.
			query_timeout: this.options.statementMs,
			fallback_application_name: 'n8n-nodes-gpt-image',
			types,
		});
		// Without both, a restart of the database is an unhandled event, and ends n8n.
		pool.on('error', () => undefined);
		pool.on('connect', (client) => client.on('error', () => undefined));
		return pool;
	}

	/** Looks first: a schema that is there needs no right to create one, and tables no right to make any. */
	private readonly create: Work<void> = async (client) => {
		const [user] = (await client.query<{ role: string }>('SELECT current_user AS role')).rows;
		this.role = user?.role ?? this.role;
		const look = `SELECT to_regnamespace('${SCHEMA}') IS NOT NULL AS schema, to_regclass('${SCHEMA}.meta') IS NOT NULL AS meta`;
		const [found] = (await client.query<{ schema: boolean; meta: boolean }>(look)).rows;
		if (!found?.schema) await client.query(`CREATE SCHEMA ${SCHEMA}`);
		if (found?.meta) {
			type Meta = Readonly<Record<'version' | 'readable_from', number>>;
			const [meta] = (await client.query<Meta>('SELECT * FROM meta')).rows;
			if (meta && meta.readable_from > VERSION) throw newer('PostgreSQL');
			if (meta && meta.version >= VERSION) return;
		}
		for (const statement of [...schema, ...PIECE]) await client.query(statement);
	};
}

async function insert(
	client: PoolClient,
	id: string,
	part: number,
	bytes: Buffer | undefined,
): Promise<void> {
	for (let n = 0; bytes && n * PIECE_BYTES < bytes.length; n++)
		await client.query(
			'INSERT INTO piece (purchase, part, n, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
			[id, part, n, bytes.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES)],
		);
}
