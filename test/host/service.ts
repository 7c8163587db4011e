import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastLines } from './command';

export interface ServiceOptions {
	name: string;
	command: string;
	args: string[];
	cwd: string;
	env: Record<string, string>;
	logFile: string;
	/** Asked again and again until it says that the service can be used. */
	isReady: () => Promise<boolean>;
	/** What asks the service to end; SIGTERM unless told. */
	stopSignal?: NodeJS.Signals;
}

const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 250;

/** A server process in a process group of its own, which is stopped with all its children. */
export class Service {
	private child: ChildProcess | undefined;

	constructor(private readonly options: ServiceOptions) {}

	get pid(): number | undefined {
		return this.child?.pid;
	}

	/** Returns once the service is ready; throws with the end of its log when it is not. */
	async start(): Promise<void> {
		const { command, args, cwd, env, logFile } = this.options;
		const log = openSync(logFile, 'a');
		this.child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
		closeSync(log);
		process.once('exit', this.killGroup);
		await once(this.child, 'spawn');
		try {
			await this.waitUntilReady(this.child);
		} catch (error) {
			await this.kill();
			throw error;
		}
	}

	/** Asks the service to end, and kills what is left of it after 20 seconds at most. */
	async stop(signal = this.options.stopSignal ?? 'SIGTERM'): Promise<void> {
		this.child?.kill(signal);
		await this.ended(STOP_TIMEOUT_MS);
		await this.kill();
	}

	/** Ends the service as a crash or a power cut would: it gets no chance to tidy up. */
	async kill(): Promise<void> {
		this.killGroup();
		await this.ended(STOP_TIMEOUT_MS);
		process.off('exit', this.killGroup);
		this.child = undefined;
	}

	/** The same service again: same folder, same ports. */
	async restart(): Promise<void> {
		await this.stop();
		await this.start();
	}

	async log(): Promise<string> {
		return await readFile(this.options.logFile, 'utf8');
	}

	/** The whole group: a killed n8n would leave its task runner behind. */
	private readonly killGroup = () => {
		if (this.child?.pid === undefined) return;
		try {
			process.kill(-this.child.pid, 'SIGKILL');
		} catch {
			// The group has ended already.
		}
	};

	private async waitUntilReady(child: ChildProcess) {
		const deadline = performance.now() + READY_TIMEOUT_MS;
		while (performance.now() < deadline) {
			if (hasEnded(child)) throw await this.failure('ended while it started');
			if (await this.options.isReady()) return;
			await sleep(POLL_MS);
		}
		throw await this.failure(`was not ready after ${READY_TIMEOUT_MS / 1000} s`);
	}

	private async failure(what: string): Promise<Error> {
		const { name, logFile } = this.options;
		return new Error(`${name} ${what}. The end of ${logFile}:\n${lastLines(await this.log())}`);
	}

	private async ended(timeoutMs: number): Promise<boolean> {
		const { child } = this;
		if (child === undefined || hasEnded(child)) return true;
		return await Promise.race([
			once(child, 'exit').then(() => true),
			sleep(timeoutMs, false, { ref: false }),
		]);
	}
}

function hasEnded(child: ChildProcess): boolean {
	return child.exitCode !== null || child.signalCode !== null;
}

/** Whether an address answers with a status that says success. */
export async function answers(url: string): Promise<boolean> {
	const answer = await fetch(url).catch(() => undefined);
	return answer?.ok ?? false;
}
