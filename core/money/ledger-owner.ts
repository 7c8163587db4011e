/**
 * Who holds an entry, and whether that process still lives. On the same machine the kernel is asked;
 * another machine or container is known by the file it touches while it holds something.
 */
import { createHash, randomBytes } from 'node:crypto';
import { promises as fs, readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createOnce, errnoOf, isMissing, readJson, storageError } from './store';

export const HEARTBEAT_MS = 10_000;
/** A container that restarted has the same host and kernel, but sees other processes than before. */
const SILENT_SAME_KERNEL_MS = 30_000;
const SILENT_ELSEWHERE_MS = 120_000;

interface ProcessFacts {
	readonly host: string;
	readonly pid: number;
	/** The kernel's boot, the process namespace and the start of the process: Linux only. */
	readonly boot?: string;
	readonly namespace?: string;
	readonly start?: string;
}

async function readText(file: string): Promise<string | undefined> {
	return await fs.readFile(file, 'utf8').catch(() => undefined);
}

/**
 * Field 22 of /proc/PID/stat, clock ticks since boot, proc(5); field 3 says whether the process only
 * waits to be buried. The name before them may hold spaces.
 */
async function startOf(pid: number): Promise<string | undefined> {
	const stat = await readText(`/proc/${pid}/stat`);
	const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
	return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** Where process ids mean the same processes as here. */
function realm(): Pick<ProcessFacts, 'host' | 'boot' | 'namespace'> {
	const host = os.hostname();
	try {
		const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
		return { host, boot, namespace: readlinkSync('/proc/self/ns/pid') };
	} catch {
		return { host };
	}
}

async function factsOfThisProcess(): Promise<ProcessFacts> {
	const { host, boot, namespace } = realm();
	const { pid } = process;
	const start = await startOf(pid);
	return { host, pid, ...(boot && namespace && start ? { boot, namespace, start } : {}) };
}

/** 6 hex digits; other machines and containers have others. */
const realmDigest = (): string =>
	createHash('sha256').update(JSON.stringify(realm())).digest('hex').slice(0, 6);

/**
 * 20 hex digits, new for each process: 8 by chance, 6 of where it runs, 6 of its process id. So on
 * a disk too full for the owner's file it can still be told that the process is dead.
 */
const newOwnerId = (): string =>
	randomBytes(4).toString('hex') +
	realmDigest() +
	process.pid.toString(16).padStart(6, '0').slice(-6);

/** @returns whether the id alone says so */
const isDeadById = (id: string): boolean =>
	id.slice(8, 14) === realmDigest() && !pidExists(Number.parseInt(id.slice(14), 16));

function factsFrom(json: unknown): ProcessFacts | undefined {
	if (typeof json !== 'object' || json === null) return undefined;
	if (!('host' in json) || typeof json.host !== 'string') return undefined;
	if (!('pid' in json) || typeof json.pid !== 'number') return undefined;
	const { host, pid } = json;
	const text = (key: string): string | undefined => {
		const value: unknown = Reflect.get(json, key);
		return typeof value === 'string' ? value : undefined;
	};
	return { host, pid, boot: text('boot'), namespace: text('namespace'), start: text('start') };
}

function pidExists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return errnoOf(error) === 'EPERM';
	}
}

/** This process as an owner in one ledger folder, and its judge of other owners. */
export class Owner {
	/** See {@link newOwnerId}. */
	readonly id = newOwnerId();
	private facts: ProcessFacts | undefined;
	private beating: NodeJS.Timeout | undefined;

	/** @param folder where owners have their files; must exist before the first call */
	constructor(private readonly folder: string) {}

	private fileOf(id: string): string {
		return path.join(this.folder, `${id}.json`);
	}

	/**
	 * Shows that this process lives. The file's time is set by writing, not by `utimes`: on a shared
	 * volume it then comes from the server's clock, which all machines have in common.
	 * @throws GptImageError `storage_*`
	 */
	async beat(): Promise<void> {
		this.facts ??= await factsOfThisProcess();
		const file = this.fileOf(this.id);
		const text = JSON.stringify(this.facts);
		if (await createOnce(file, text)) return;
		try {
			const handle = await fs.open(file, 'r+');
			try {
				await handle.write(text, 0);
			} finally {
				await handle.close();
			}
		} catch (error) {
			if (!isMissing(error)) throw storageError(error, file);
		}
	}

	/** Beats while something is held; never keeps the process alive. */
	keepBeating(): void {
		if (this.beating) return;
		this.beating = setInterval(() => {
			void this.beat().catch(() => undefined);
		}, HEARTBEAT_MS);
		this.beating.unref();
	}

	stopBeating(): void {
		clearInterval(this.beating);
		this.beating = undefined;
	}

	/** @returns whether the process behind an owner id may still deliver what it holds */
	async isAlive(id: string): Promise<boolean> {
		if (id === this.id) return true;
		this.facts ??= await factsOfThisProcess();
		const ours = this.facts;
		const theirs = factsFrom(await readJson(this.fileOf(id)));
		if (theirs === undefined) {
			return !isDeadById(id) && (await this.heardWithin(SILENT_ELSEWHERE_MS, id));
		}
		const sameKernel = theirs.host === ours.host && theirs.boot === ours.boot;
		if (sameKernel && theirs.namespace === ours.namespace) {
			if (theirs.start !== undefined) return (await startOf(theirs.pid)) === theirs.start;
			return pidExists(theirs.pid) && (await this.heardWithin(SILENT_ELSEWHERE_MS, id));
		}
		const limit = sameKernel ? SILENT_SAME_KERNEL_MS : SILENT_ELSEWHERE_MS;
		return await this.heardWithin(limit, id);
	}

	private async heardWithin(limit: number, id: string): Promise<boolean> {
		try {
			const theirs = await fs.stat(this.fileOf(id));
			await this.beat();
			const ours = await fs.stat(this.fileOf(this.id));
			return ours.mtimeMs - theirs.mtimeMs <= limit;
		} catch (error) {
			// No file: it never held anything here, or was tidied away long ago. Any other failure says
			// nothing about the other process, and a picture handed out twice is the worse mistake.
			return !isMissing(error);
		}
	}
}
