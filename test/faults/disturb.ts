import { promises as fs } from 'node:fs';
import timers from 'node:timers/promises';

/** Trouble inside the process under test: at its file operations, and a clock that runs faster. */

export interface Trouble {
	/** Operations on files below these count. */
	readonly folders: readonly string[];
	readonly killAtStep?: number;
	readonly fullDisk?: { readonly folder: string; readonly from: number; readonly until: number };
}

let trouble: Trouble = { folders: [] };
let steps = 0;
let failures = 0;

/** Starts counting file operations anew. */
export function disturb(next: Trouble): void {
	trouble = next;
	steps = 0;
	failures = 0;
}

/** Operations that failed for want of space since `disturb`. */
export const fullDiskFailures = (): number => failures;

const below = (folder: string, target: string): boolean =>
	target === folder || target.startsWith(`${folder}/`);

/** @param needsSpace renames and deletions work on a full disk */
function step(target: string, needsSpace: boolean): void {
	if (!trouble.folders.some((folder) => below(folder, target))) return;
	steps += 1;
	if (steps === trouble.killAtStep) process.kill(process.pid, 'SIGKILL');
	const { fullDisk } = trouble;
	if (!needsSpace || !fullDisk || !below(fullDisk.folder, target)) return;
	if (steps < fullDisk.from || steps >= fullDisk.until) return;
	failures += 1;
	throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
}

type Wrapped = (call: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>;

function wrap(target: object, name: string, around: Wrapped): void {
	const original: unknown = Reflect.get(target, name);
	if (typeof original !== 'function') throw new Error(`There is no ${name} to disturb`);
	Reflect.set(
		target,
		name,
		async (...args: unknown[]) =>
			await around(async () => (await Reflect.apply(original, target, args)) as unknown, args),
	);
}

function wrapHandle(handle: object, target: string): void {
	for (const name of ['writeFile', 'write', 'datasync', 'sync', 'close']) {
		wrap(handle, name, async (call) => {
			step(target, name.startsWith('write'));
			return await call();
		});
	}
}

const isWriting = (flags: unknown): boolean => typeof flags === 'string' && /[wa+]/.test(flags);

/** Once per process, before anything works with files. */
export function installDisturbance(): void {
	for (const name of ['mkdir', 'rename', 'rm', 'unlink', 'readdir', 'readFile', 'writeFile']) {
		wrap(fs, name, async (call, [target]) => {
			if (typeof target === 'string') step(target, name === 'mkdir' || name === 'writeFile');
			return await call();
		});
	}
	wrap(fs, 'open', async (call, [target, flags]) => {
		if (typeof target !== 'string') return await call();
		step(target, isWriting(flags));
		const handle = await call();
		if (typeof handle === 'object' && handle !== null) wrapHandle(handle, target);
		return handle;
	});
}

const FASTER = 20;

/** Back-offs of seconds would be most of the time that the harness takes. */
export function shortenBackOffs(): void {
	const original: unknown = Reflect.get(timers, 'setTimeout');
	if (typeof original !== 'function') throw new Error('There is no clock to speed up');
	Reflect.set(timers, 'setTimeout', async (delay: unknown, ...rest: unknown[]) => {
		const shorter = typeof delay === 'number' ? delay / FASTER : delay;
		return (await Reflect.apply(original, timers, [shorter, ...rest])) as unknown;
	});
}
