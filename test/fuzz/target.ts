import type { Random } from './mutate';

/** What is fuzzed. A target may throw GptImageErrors; bounds are those of docs/security.md. */
export interface Target {
	readonly name: string;
	/** Bytes that it may take at most beside its input, by the table of bounds. */
	readonly mostBytes: number;
	run(random: Random): Promise<void>;
}

export const megabyte = 2 ** 20;
