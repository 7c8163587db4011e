import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import type { Worker } from './driver';

/** What identifies an n8n process that buys, and whether it still runs. */

export function thisProcess(): Worker {
	const host = os.hostname();
	const worker = { id: randomUUID(), host, pid: process.pid };
	try {
		const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
		const realm = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
		return { ...worker, realm, start: startOf(process.pid) };
	} catch {
		// Not Linux: then only the lease says who lives.
		return { ...worker, realm: host, start: '' };
	}
}

/**
 * @param worker as its row has it; undefined = not known, which is dead
 * @param now milliseconds since 1970, by the database's clock
 */
export function isDeadAt(
	worker: (Worker & { readonly seen_at: number }) | undefined,
	me: Worker,
	now: number,
	leaseMs: number,
): boolean {
	if (!worker) return true;
	const isNear = worker.realm === me.realm && worker.start !== '';
	return isNear ? startOf(worker.pid) !== worker.start : now - worker.seen_at > leaseMs;
}

/** Field 22 of /proc/PID/stat (proc(5)); '' when there is no such process. */
function startOf(pid: number): string {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
	} catch {
		return '';
	}
}
