/** What the ledger's tests share: folders that vanish, places, child processes, names on disk. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Ledger, LedgerOptions, Place } from '../../../core/money/ledger';
import type { ChildCalls } from './ledger-child';

const cleanups: (() => void)[] = [];

/** For `afterEach`. */
export function cleanUp(): void {
	for (const cleanup of cleanups.splice(0).reverse()) cleanup();
}

export function newFolder(): string {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gpt-image-ledger-'));
	cleanups.push(() => fs.rmSync(folder, { recursive: true, force: true }));
	return folder;
}

export const onCleanUp = (cleanup: () => void): void => void cleanups.push(cleanup);

export const optionsFor = (folder: string, more: Partial<LedgerOptions> = {}): LedgerOptions => ({
	folder,
	reuse: 'undelivered',
	reuseHours: 24,
	keepPrompts: true,
	...more,
});

export const placeIn = (executionId: string, more: Partial<Place> = {}): Place => ({
	workflowId: 'workflow-1',
	nodeId: 'node-1',
	executionId,
	itemIndex: 0,
	runIndex: 0,
	...more,
});

export const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex');

export const somePicture = (size = 1_000): Buffer => randomBytes(size);

export const keep = async (ledger: Ledger, key: string, place: Place, bytes = somePicture()) => {
	const kept = await ledger.keep(key, place, {
		bytes,
		record: { format: 'png', usd: 0.04, requestId: 'req_1' },
	});
	return { bytes, ...kept };
};

/** What the ledger hands out for a request, if anything. */
export const bytesFor = async (
	ledger: Ledger,
	key: string,
	place: Place,
): Promise<Buffer | undefined> => (await ledger.take(key, place)).picture?.bytes;

/** Every file and folder below, relative, sorted. */
export function tree(folder: string): string[] {
	return fs
		.readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.map((name) => name.split(path.sep).join('/'))
		.sort();
}

/** The folders of entries, with their state. */
export const entryFolders = (folder: string): string[] =>
	tree(folder)
		.filter((name) => /^pictures\/[^/]+\/[^/]+$/.test(name))
		.map((name) => path.join(folder, name));

export const statesIn = (folder: string): string[] =>
	entryFolders(folder)
		.map((name) => /\.([a-z]+)-[0-9a-f]{20}-/.exec(path.basename(name))?.[1] ?? '?')
		.sort();

export interface Child {
	readonly process: ChildProcess;
	call<K extends keyof ChildCalls>(
		method: K,
		...args: Parameters<ChildCalls[K]>
	): Promise<Awaited<ReturnType<ChildCalls[K]>>>;
	/** kill -9, and wait until the kernel has buried it. */
	kill(): Promise<void>;
}

export async function startChild(): Promise<Child> {
	const child = fork(path.join(__dirname, 'ledger-child.ts'), {
		execArgv: ['--import', 'tsx'],
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	cleanups.push(() => child.kill('SIGKILL'));
	const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
	let lastId = 0;
	const answerTo = async (id: number): Promise<unknown> =>
		await new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
	child.on('message', (message: { id: number; result?: unknown; error?: string }) => {
		const { resolve, reject } = waiting.get(message.id) ?? {};
		waiting.delete(message.id);
		if (message.error === undefined) resolve?.(message.result);
		else reject?.(new Error(message.error));
	});
	await answerTo(0);
	return {
		process: child,
		async call(method, ...args) {
			const id = ++lastId;
			child.send({ id, method, args });
			return (await answerTo(id)) as never;
		},
		async kill() {
			const gone = new Promise((resolve) => child.once('exit', resolve));
			child.kill('SIGKILL');
			await gone;
		},
	};
}
