/** What both databases of the store can do: the interface of the drivers. */

import type { Warning } from '../job';
import type { PurchaseRow } from './schema';
import type { Arguments, KeepArguments, Name, Result } from './transactions';

export type Value = string | number | null;

/** A process that buys. */
export interface Worker {
	readonly id: string;
	readonly host: string;
	/** Where `pid` and `start` can be looked up: boot ID and PID namespace. */
	readonly realm: string;
	readonly pid: number;
	/** When the process began, by its kernel's count; '' = not known. */
	readonly start: string;
}
export interface WorkerRow extends Worker {
	readonly seen_at: number;
}

/** What a transaction of `transactions.ts` is given. */
export interface Tx {
	/** The database's clock when the transaction began: milliseconds since 1970, whole. */
	readonly now: number;
	readonly me: Worker;
	/**
	 * Runs one statement with `$1`, `$2`... bound. Integers and bigints come back as numbers.
	 * @returns its rows, also those of RETURNING
	 */
	all<T extends object>(sql: string, ...values: readonly Value[]): Promise<T[]>;
	/** Whether a worker lives no more; `undefined` = a worker that is not known, which is dead. */
	isDead(worker: WorkerRow | undefined): boolean;
	/** Whether the purchase's slip is there, if slips decide here; true where rows alone do. */
	isOwed(id: string): Promise<boolean>;
}

/** One part of a purchase as it is kept. `record` is JSON. */
export interface PartRow {
	/** Null where the part has no bytes, or has them no more. */
	readonly sha256: string | null;
	readonly size: number;
	readonly format: string;
	readonly record: string;
}
/** All that makes the rows of a paid purchase again. Written beside the bytes, before the rows. */
export interface Slip extends PurchaseRow {
	readonly parts: readonly PartRow[];
}
export interface FileRef {
	readonly id: string;
	readonly n: number;
	readonly format: string;
}

/**
 * A database and a place for bytes. It knows no table of ours (but PostgreSQL's for the bytes) and no rule: it opens, creates
 * `schema`, checks `meta.readable_from` (`store_newer`), and runs the named transactions whole.
 *
 * A driver must
 * - run each transaction durably and as if alone: SQLite by BEGIN IMMEDIATE, PostgreSQL by the
 *   advisory locks that `locksOf` names, taken in that order, each a statement of its own, before
 *   the transaction reads its clock or anything else;
 * - repeat a transaction as a whole when the database asks for it or the end of a commit is not
 *   known: every transaction may be repeated with the same arguments;
 * - take `now` from one clock for all that share the database;
 * - reject with a GptImageError: `store_unavailable` (away, locked), `store_newer`, `store_shared`:
 *   nothing is bought then. Or `not_kept` (a folder that cannot be used): then the store lets buying
 *   go on without keeping, unless a limit is set. Any other error is of this transaction alone;
 * - load its database module on first use, and keep nothing alive while no request is open.
 */
export interface Driver {
	readonly me: Worker;
	/** Grows by itself; the store takes them out, and tells each with the next purchase. */
	readonly warnings: Warning[];
	/** What to tell of a purchase whose slip is all that there is of it for now. */
	readonly unnoted: readonly Warning[];
	/** Another number = another database: rows may be missing that have slips. */
	readonly generation: number;
	/** @param signal gives up, with its reason, what cannot have been committed yet */
	run<N extends Name>(name: N, args: Arguments<N>, signal?: AbortSignal): Promise<Result<N>>;
	/**
	 * Writes a purchase's bytes, durably: with its rows where the database holds them, else with its slip.
	 * @param bytes in the order of `kept.slip.parts`; undefined for a part without
	 * @returns whether the rows are written; if not, `run('keep', kept)` follows
	 */
	put(kept: KeepArguments, bytes: readonly (Buffer | undefined)[]): Promise<boolean>;
	/** @returns undefined when there are none */
	bytes(file: FileRef): Promise<Buffer | undefined>;
	/** @returns undefined when there is none, or none that can be read */
	slip(id: string): Promise<Slip | undefined>;
	/** IDs of all slips. */
	slips(): Promise<readonly string[]>;
	/** Takes slips away: delivered, owed to nobody. Works on a full disk, and never throws. */
	settle(ids: readonly string[]): Promise<void>;
	/** Deletes bytes and slips. `rows` follow afterwards. */
	remove(files: readonly FileRef[], ids: readonly string[]): Promise<void>;
	/** Deletes what nothing refers to: only names of our own pattern, a day old. */
	sweep(): Promise<void>;
	close(): Promise<void>;
}
