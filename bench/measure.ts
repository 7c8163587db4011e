import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export interface Used {
	readonly wallMs: number;
	/** User and system time of this process, all threads. */
	readonly cpuMs: number;
}

export async function used(work: () => Promise<unknown>): Promise<Used> {
	const cpu = process.cpuUsage();
	const started = performance.now();
	await work();
	const wallMs = performance.now() - started;
	const { user, system } = process.cpuUsage(cpu);
	return { wallMs, cpuMs: (user + system) / 1_000 };
}

/** Runs work with a folder that is gone afterwards. */
export async function withFolder<Result>(
	work: (folder: string) => Promise<Result> | Result,
): Promise<Result> {
	const folder = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-bench-'));
	try {
		return await work(folder);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

export const sum = (numbers: readonly number[]): number =>
	numbers.reduce((total, number) => total + number, 0);

export const median = (numbers: readonly number[]): number =>
	[...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** From here on `peakMegabytes` counts anew; only Linux can forget a peak, proc(5) clear_refs. */
export function forgetPeak(): void {
	globalThis.gc?.();
	if (process.platform === 'linux') writeFileSync('/proc/self/clear_refs', '5');
}

/** The most memory that this process had at once, all of it (RSS), in MB. */
export function peakMegabytes(): number {
	if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1_000;
	const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
	return (Number(kilobytes) * 1_024) / 1e6;
}

/**
 * Runs a script of this folder, with the task as its first argument, and waits for what it sends.
 * @param flags for Node
 */
export async function inOwnProcess<Result>(
	script: string,
	task: object,
	flags: readonly string[] = [],
): Promise<Result> {
	const child = fork(script, [JSON.stringify(task)], {
		execArgv: ['--import', 'tsx', '--expose-gc', ...flags],
		stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
	});
	return await new Promise<Result>((resolve, reject) => {
		child.once('message', (message) => resolve(message as Result));
		child.once('exit', (code, signal) =>
			reject(new Error(`${script} ended with ${signal ?? code} and said nothing`)),
		);
	});
}

/** The other side of `inOwnProcess`. */
export function answer<Task>(work: (task: Task) => Promise<object>): void {
	const task = JSON.parse(process.argv[2] ?? '{}') as Task;
	work(task).then(
		(result) => process.send?.(result, () => process.exit()),
		(error: unknown) => {
			console.error(error);
			process.exit(1);
		},
	);
}
