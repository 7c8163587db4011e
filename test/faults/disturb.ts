import files, { promises as fs } from 'node:fs';
import timers from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Client } from 'pg';

/** Trouble inside the process under test: it dies at a step, and its clock runs faster. */

let folders: readonly string[] = [];
let killAtStep: number | undefined;
let steps = 0;

/**
 * Starts counting steps anew: operations on files below these folders, what goes to the store's
 * thread and comes from it, and queries to a database.
 */
export function disturb(below: readonly string[], killAt: number | undefined): void {
	folders = below;
	killAtStep = killAt;
	steps = 0;
}

function step(): void {
	steps += 1;
	if (steps === killAtStep) process.kill(process.pid, 'SIGKILL');
}

function stepAt(target: unknown): void {
	if (typeof target !== 'string') return;
	if (folders.some((folder) => target === folder || target.startsWith(`${folder}/`))) step();
}

/** @param before gets what the function is called with */
function wrap(target: object, name: string, before: (args: unknown[]) => void): void {
	const original: unknown = Reflect.get(target, name);
	if (typeof original !== 'function') throw new Error(`There is no ${name} to disturb`);
	Reflect.set(target, name, function (this: unknown, ...args: unknown[]): unknown {
		before(args);
		return Reflect.apply(original, this, args);
	});
}

/** Once per process, before anything works with files. */
export function installDisturbance(): void {
	for (const name of [
		'mkdir',
		'rename',
		'rm',
		'unlink',
		'readdir',
		'readFile',
		'writeFile',
		'open',
	])
		wrap(fs, name, ([target]) => stepAt(target));
	wrap(Client.prototype, 'query', step);
	wrap(Worker.prototype, 'postMessage', step);
	wrap(Worker.prototype, 'emit', ([event]) => event === 'message' && step());
}

const BOOT_ID = '/proc/sys/kernel/random/boot_id';
let hostName: string | undefined;
const readFileSync = files.readFileSync;

/** From now on this process seems to run on a machine of that name; undefined: on its own. */
export function pretendHost(name: string | undefined): void {
	hostName = name;
	// As the compiled store calls it.
	Reflect.set(files, 'readFileSync', (file: string, ...more: [BufferEncoding]) =>
		file === BOOT_ID && hostName !== undefined ? hostName : readFileSync(file, ...more),
	);
}

const FASTER = 20;

/** Back-offs of seconds would be most of the time that the harness takes. */
export function shortenBackOffs(): void {
	wrap(timers, 'setTimeout', (args) => {
		if (typeof args[0] === 'number') args[0] /= FASTER;
	});
}
