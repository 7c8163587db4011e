import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreConfig } from './config';
import { PostgresDriver } from './postgres';
import { SqliteDriver } from './sqlite';
import { Store } from './store';
import type { Runtime } from './waiters';

/** From plain configuration to a store. */

export type StoreConfiguration = StoreConfig & {
	/** Called between the steps of every verb, by tests. */
	readonly at?: (point: string) => Promise<void>;
};

/** How long a process waits for another one's transaction. */
const PATIENCE_MS = 10_000;
/** Together less than the 30 s in which a claim has its answer: 18 + 3 + 8. */
const POSTGRES_PATIENCE = { patienceMs: 18_000, connectMs: 3_000, statementMs: 8_000 };

/** @returns a store that opens its database, and loads what it needs for that, at the first claim */
export function openStore({ at = async () => undefined, ...config }: StoreConfiguration): Store {
	const { folder, leaseMs } = config;
	const runtime: Runtime = {
		now: Date.now,
		sleep: async (ms) => await sleep(ms),
		every: (ms, action) => {
			const timer = setInterval(action, ms).unref();
			return () => clearInterval(timer);
		},
		id: randomUUID,
		at,
	};
	const driver =
		config.kind === 'sqlite'
			? new SqliteDriver({ folder, leaseMs, at, patienceMs: PATIENCE_MS, journal: undefined })
			: new PostgresDriver({
					...{ leaseMs, at, ...POSTGRES_PATIENCE },
					connection: config.connection,
					outbox: path.join(folder, 'outbox'),
				});
	return new Store({ driver, runtime, leaseMs });
}
