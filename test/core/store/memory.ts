import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Warning } from '../../../core/job';
import type { Driver, FileRef, Slip, Tx, Worker } from '../../../core/store/driver';
import { schema } from '../../../core/store/schema';
import {
	transact,
	type Arguments,
	type KeepArguments,
	type Name,
	type Result,
} from '../../../core/store/transactions';

/** What several workers of one process share: a database in memory, and bytes. */
export class Memory {
	readonly db = new DatabaseSync(':memory:');
	readonly bytes = new Map<string, Buffer>();
	readonly slips = new Map<string, Slip>();
	last: Promise<unknown> = Promise.resolve();
	/** As in PostgreSQL: rows say what is owed, bytes come with them, and slips are an outbox. */
	isShared = false;
	/** Whether a process of this machine is no more; undefined: only the lease says who lives. */
	isGone: ((worker: string) => boolean) | undefined;
	private readonly statements = new Map<string, StatementSync>();

	constructor(
		/** Milliseconds since 1970. */
		public now: () => number,
		readonly leaseMs: number,
	) {
		for (const statement of schema) this.db.exec(statement);
	}

	/** As new. */
	clear(): void {
		for (const table of ['purchase', 'part', 'worker', 'account'])
			this.prepare(`DELETE FROM ${table}`).run();
		this.prepare('UPDATE meta SET pruned_at = 0').run();
		this.bytes.clear();
		this.slips.clear();
		this.last = Promise.resolve();
	}

	prepare(sql: string): StatementSync {
		const statement = this.statements.get(sql) ?? this.db.prepare(sql);
		this.statements.set(sql, statement);
		return statement;
	}
}

const nameOf = ({ id, n, format }: FileRef): string => `${id}-${n}.${format}`;

/** A store's third driver: no thread, no file, no time of its own. For the simulation. */
export class MemoryDriver implements Driver {
	readonly me: Worker;
	readonly warnings: Warning[] = [];
	readonly unnoted = [];
	readonly generation = 1;
	/** Bytes that go with their rows. */
	private readonly writes = new Map<string, () => void>();

	constructor(
		private readonly memory: Memory,
		id: string,
	) {
		this.me = { id, host: 'memory', realm: '', pid: 0, start: '' };
	}

	async run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>> {
		const { db, now, leaseMs, slips, isShared, isGone } = this.memory;
		const tx: Tx = {
			now: now(),
			me: this.me,
			all: async <T extends object>(
				sql: string,
				...values: ReadonlyArray<string | number | null>
			) =>
				this.memory
					.prepare(sql)
					.all(Object.fromEntries(values.map((value, n) => [`$${n + 1}`, value]))) as T[],
			isDead: (worker) => !worker || (isGone?.(worker.id) ?? now() - worker.seen_at > leaseMs),
			isOwed: async (id) => isShared || slips.has(id),
		};
		const mine = this.memory.last.then(async () => {
			db.exec('BEGIN');
			try {
				const result = await transact(tx, name, args);
				db.exec('COMMIT');
				return result;
			} catch (error) {
				db.exec('ROLLBACK');
				throw error;
			}
		});
		this.memory.last = mine.catch(() => undefined);
		const result = await mine;
		if (isShared && name === 'keep') {
			const { id } = (args as KeepArguments).slip;
			this.writes.get(id)?.();
			slips.delete(id);
		}
		return result;
	}

	put: Driver['put'] = async (kept, bytes) => {
		const { slip } = kept;
		const { isShared, slips } = this.memory;
		const write = (): void => {
			for (const [n, { format }] of slip.parts.entries()) {
				const data = bytes[n];
				if (data) this.memory.bytes.set(nameOf({ id: slip.id, n, format }), data);
			}
		};
		if (isShared) {
			this.writes.set(slip.id, write);
			const sent = this.run('keep', kept);
			const isSent = await sent.then(
				() => true,
				() => false,
			);
			if (isSent) return true;
		}
		write();
		slips.set(slip.id, slip);
		return false;
	};
	bytes: Driver['bytes'] = async (file) => this.memory.bytes.get(nameOf(file));
	slip: Driver['slip'] = async (id) => this.memory.slips.get(id);
	slips: Driver['slips'] = async () => [...this.memory.slips.keys()];
	settle: Driver['settle'] = async (ids) => ids.forEach((id) => this.memory.slips.delete(id));
	remove: Driver['remove'] = async (files, ids) => {
		for (const id of ids) this.memory.slips.delete(id);
		for (const file of files) this.memory.bytes.delete(nameOf(file));
	};
	sweep: Driver['sweep'] = async () => undefined;
	close: Driver['close'] = async () => undefined;
}
