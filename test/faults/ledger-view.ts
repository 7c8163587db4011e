import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ledgerIn } from './folders';

/** The ledger's folder as it lies on disk, read without the code under test. */

export interface Entry {
	readonly folder: string;
	/** Same prompt, parameters and index of the image. */
	readonly wish: string;
	readonly prompt: string;
	/** Of the bytes as they are. */
	readonly sha256: string;
	/** `done` is delivered for good; anything else may still be handed out. */
	readonly state: string;
	/** Whether the process that changed it last still runs. */
	readonly isOwnerAlive: boolean;
}

const listed = (folder: string): string[] =>
	existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];

function isRunning(ledger: string, owner: string): boolean {
	try {
		const text = readFileSync(path.join(ledger, 'owners', `${owner}.json`), 'utf8');
		const { pid } = JSON.parse(text) as { pid: number };
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

interface RecordFile {
	readonly entry: { readonly file: string; readonly record: { readonly prompt: string } };
}

function contentOf(folder: string): { file: string; prompt: string } {
	const text = readFileSync(path.join(folder, 'record.json'), 'utf8');
	const { entry } = JSON.parse(text) as RecordFile;
	return { file: path.join(folder, entry.file), prompt: entry.record.prompt };
}

function entryOf(ledger: string, folder: string): Entry[] {
	const [, wish, state, owner] =
		/^([0-9a-f]{40})-.*\.([a-z]+)-([0-9a-f]{20})-/.exec(path.basename(folder)) ?? [];
	if (!wish || !state || !owner) return [];
	const { file, prompt } = contentOf(folder);
	const sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
	return [{ folder, wish, prompt, sha256, state, isOwnerAlive: isRunning(ledger, owner) }];
}

/** All kept pictures. Nobody may be changing them meanwhile. */
export function entriesIn(home: string): Entry[] {
	const ledger = ledgerIn(home);
	const pictures = path.join(ledger, 'pictures');
	return listed(pictures).flatMap((bucket) =>
		listed(path.join(pictures, bucket)).flatMap((name) =>
			entryOf(ledger, path.join(pictures, bucket, name)),
		),
	);
}

/** Calls that were sent and whose end nobody has told yet. */
export const openCalls = (home: string): string[] => listed(path.join(ledgerIn(home), 'calls'));

/** Whether a call is still waited for by a process that lives. */
export const isBuying = (home: string): boolean =>
	openCalls(home).some((name) => isRunning(ledgerIn(home), name.slice(-20)));

/** Flips one bit of a kept picture. */
export function damage({ folder }: Entry): void {
	const { file } = contentOf(folder);
	const bytes = readFileSync(file);
	const middle = bytes.length >> 1;
	bytes[middle] = (bytes[middle] ?? 0) ^ 1;
	writeFileSync(file, bytes);
}
