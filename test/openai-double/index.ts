import type { AddressInfo } from 'node:net';
import type { Faults } from './faults';
import type { JournalEntry } from './journal';
import { buildServer } from './server';
import { State, type DoubleOptions } from './state';

export type { Fault, FaultKind } from './faults';
export type { FileDigest, JournalEntry } from './journal';
export type { DoubleOptions } from './state';

/** A running local OpenAI image API. */
export interface Double {
	/** Base URL for clients, ends with /v1. */
	readonly url: string;
	readonly port: number;
	/** Every request in the order of arrival; emptied by `reset`. */
	readonly journal: readonly JournalEntry[];
	readonly faults: Pick<Faults, 'push' | 'list' | 'clear'>;
	/** Changes take effect with the next request. */
	readonly options: DoubleOptions;
	/** Forgets stored responses as if their time had passed: all, or the named ones. */
	expire(ids?: readonly string[]): void;
	/** Empties journal, faults, marker counts, rate limits, files and responses; options stay. */
	reset(): void;
	/** Ends at once, open connections included. */
	close(): Promise<void>;
}

/** Starts a double on the loopback, on a free port unless one is given. */
export async function startDouble(
	options: Partial<DoubleOptions> & { port?: number } = {},
): Promise<Double> {
	const { port = 0, ...behaviour } = options;
	const state = new State(behaviour);
	const app = buildServer(state);
	await app.listen({ host: '127.0.0.1', port });
	const address = app.server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${address.port}/v1`,
		port: address.port,
		journal: state.journal,
		faults: state.faults,
		options: state.options,
		expire: (ids) => state.responses.expire(ids),
		reset: () => state.reset(),
		close: async () => {
			state.close();
			await app.close();
		},
	};
}
