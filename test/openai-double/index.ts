import type { AddressInfo } from 'node:net';
import { endBatches, type BatchProblem, type End } from './batches/run';
import type { Faults } from './faults';
import type { JournalEntry } from './journal';
import { buildServer } from './server';
import { State, type DoubleOptions } from './state';
import type { WebhookCall } from './webhooks';

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
	/** Ends batches as told: all that are under way, or one. Other lines than the first `runs` never run. */
	endBatches(
		end: End,
		options?: { id?: string; runs?: number; error?: BatchProblem },
	): Promise<void>;
	/** Forgets stored responses as if their time had passed: all, or the named ones. */
	expire(ids?: readonly string[]): void;
	/** Sends an event (`batch.completed`) about an order to every webhook endpoint that wants its type. */
	emitEvent(type: string, id: string): Promise<Array<WebhookCall & { status: number }>>;
	/** Empties journal, faults, marker counts, rate limits, files, responses and webhooks; options stay. */
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
		endBatches: async (end, how) => await endBatches(app, state, end, how),
		expire: (ids) => state.responses.expire(ids),
		emitEvent: async (type, id) => await state.webhooks.emit(type, id, state.options.webhookOrigin),
		reset: () => state.reset(),
		close: async () => {
			state.close();
			await app.close();
		},
	};
}
