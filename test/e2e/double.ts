import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '../openai-double';

const POLL_MS = 50;
const PATIENCE_MS = 120_000;

/** Waits for something that other processes bring about. */
export async function until(what: string, look: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = performance.now() + PATIENCE_MS;
	while (!(await look())) {
		if (performance.now() > deadline) throw new Error(`Waited in vain until ${what}`);
		await sleep(POLL_MS);
	}
}

/** How many images OpenAI would have billed. */
export function paidIn(journal: readonly JournalEntry[]): number {
	return journal.reduce((sum, { paid }) => sum + paid, 0);
}

/** The prompts of calls whose answer the client was not there to get. */
export function lostIn(journal: readonly JournalEntry[]): string[] {
	return journal.filter(({ aborted, paid }) => aborted && paid > 0).map(promptOf);
}

export const promptOf = ({ body }: JournalEntry): string => String(body?.prompt);
