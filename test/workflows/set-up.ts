import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDouble, type Double, type DoubleOptions } from '../openai-double';
import { useBinaryMode } from './engine';

/** An empty store, which the nodes of this process use from now on. */
export function newStore(): string {
	const folder = mkdtempSync(path.join(tmpdir(), 'gpt-image-store-'));
	process.env.N8N_GPT_IMAGE_STORE = folder;
	return folder;
}

/** For `beforeEach`: an empty store, and a double that remembers nothing. */
export function startAfresh(double: Double): string {
	double.reset();
	return newStore();
}

/** What tests of workflows start with: a local OpenAI, n8n's binaries in memory, an empty store. */
export async function setUp(options: Partial<DoubleOptions> = {}): Promise<Double> {
	newStore();
	await useBinaryMode('memory');
	return await startDouble(options);
}

/** The store's rows, read by SQL of our own. */
export function rowsIn<Row>(folder: string, sql: string): Row[] {
	const database = new DatabaseSync(path.join(folder, 'store.sqlite'));
	try {
		return database.prepare(sql).all() as Row[];
	} finally {
		database.close();
	}
}

/** All that lies in the store's folder but images: names and contents. */
export const textIn = (folder: string): string =>
	readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && !/\.(?:png)$/.test(entry.name))
		.map((entry) => {
			const file = path.join(entry.parentPath, entry.name);
			return `${file}\n${readFileSync(file, 'latin1')}`;
		})
		.join('\n');

/** Waits until nothing that was bought is on its way, as after a stop. */
export async function callsEnded(folder: string): Promise<void> {
	const open = "SELECT id FROM purchase WHERE state IN ('claimed', 'sent')";
	while (rowsIn(folder, open).length > 0) await sleep(50);
}

/** Does something as soon as so many requests have reached the double. */
export function onceSent(double: Double, requests: number, then: () => void): void {
	const timer = setInterval(() => {
		if (double.journal.length < requests) return;
		clearInterval(timer);
		then();
	}, 20);
}
