import type { Client } from '../openai/client';
import type { PriceOverrides } from '../pricing/prices';

export interface CallContext {
	/** Throws in a dry run. */
	client(): Client;
	/** Undefined in a dry run. */
	readonly baseUrl: string | undefined;
	readonly prices: PriceOverrides;
	/** Limit of one call, in milliseconds. */
	readonly timeoutMs: number;
	/** Whether OpenAI's free moderation endpoint judges the request before it is paid. */
	readonly moderationCheck: boolean;
	/** Cancels only background work: everything else is billed anyway. */
	readonly signal: AbortSignal | undefined;
}
