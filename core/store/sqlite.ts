import { once } from 'node:events';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Worker as Thread } from 'node:worker_threads';
import { errorFromJson } from '../errors';
import type { Warning, WarningCode } from '../job';
import type { Driver } from './driver';
import { Files } from './files';
import { thisProcess } from './process';
import type { Asked, Setup, Told } from './sqlite-thread';
import type { Arguments, Name, Result } from './transactions';
import { folderUnusable } from './trouble';

/** The embedded store: rows in SQLite, owned by a thread; bytes and slips as files. */

export interface SqliteOptions extends Pick<Setup, 'folder' | 'leaseMs' | 'patienceMs'> {
	/** Undefined = by the file system. */
	readonly journal: Setup['journal'] | undefined;
	/** Called between steps, by tests. */
	readonly at: (point: string) => Promise<void>;
}

/** File systems that several machines may share, by f_type of statfs(2): NFS, SMB, CIFS, SMB2, 9p, FUSE, CephFS, GPFS, Lustre, AFS. */
const NETWORK = new Set([
	0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x65735546, 0x00c36400, 0x47504653,
	0x0bd00bd0, 0x5346414f,
]);

interface Line {
	ask(asked: Asked): Promise<Told>;
	close(): Promise<void>;
}

export class SqliteDriver extends Files implements Driver {
	readonly me = thisProcess();
	readonly warnings: Warning[] = [];
	/** All who share the folder find it by its slip. */
	readonly unnoted: readonly Warning[] = [];
	private readonly said = new Set<string>();
	generation = 0;
	private line: Promise<Line> | undefined;
	private threads = 0;

	constructor(private readonly options: SqliteOptions) {
		super(options.folder, options.at);
	}

	async run<N extends Name>(name: N, args: Arguments<N>, signal?: AbortSignal): Promise<Result<N>> {
		signal?.throwIfAborted();
		const { folder } = this;
		const line = (this.line ??= this.connect());
		let told: Told;
		try {
			told = await (await line).ask({ name, args });
		} catch (error) {
			if (this.line === line) this.line = undefined;
			throw folderUnusable(folder, error);
		}
		this.generation = this.threads * 1000 + told.generation;
		if (told.aside !== undefined)
			this.warn(
				'store_replaced',
				`The store's file in ${folder} was ${told.aside === '' ? 'missing' : `damaged and is now ${path.basename(told.aside)}`}; a new one was created. Paid images that were not delivered have been recovered; today's total and calls in progress have not: those calls may be billed twice.`,
			);
		if (told.failure !== undefined) throw errorFromJson(told.failure);
		return told.result as Result<N>;
	}

	async close(): Promise<void> {
		const line = await this.line?.catch(() => undefined);
		await line?.close();
		this.line = undefined;
	}

	private warn(code: WarningCode, message: string): void {
		if (!this.said.has(message)) this.warnings.push({ code, message });
		this.said.add(message);
	}

	private async connect(): Promise<Line> {
		const { me, folder, owed } = this;
		const { leaseMs, patienceMs, journal } = this.options;
		await this.prepare();
		const isNetwork = NETWORK.has((await fs.statfs(folder)).type);
		if (isNetwork)
			this.warn(
				'store_network',
				`The store's folder ${folder} is on a network file system: only one machine may work with it. For several, set N8N_GPT_IMAGE_STORE to a PostgreSQL database.`,
			);
		if (((await fs.stat(folder)).mode & 0o077) !== 0 && process.platform !== 'win32')
			this.warn(
				'store_rights',
				`Other users of this machine can access the store's folder ${folder}. Set its permissions to 0700.`,
			);
		this.threads++;
		return startThread({
			...{ folder, owed, me, leaseMs, patienceMs },
			journal: journal ?? (isNetwork ? 'TRUNCATE' : 'WAL'),
		});
	}
}

function startThread(setup: Setup): Line {
	// From source (tests), TypeScript has to be read by tsx.
	const ending = path.extname(__filename);
	const thread = new Thread(path.join(__dirname, `sqlite-thread${ending}`), {
		workerData: { gptImageStore: setup },
		// Node 22, and 24 before 24.15, say in n8n's log that node:sqlite is experimental.
		execArgv: [
			'--disable-warning=ExperimentalWarning',
			...(ending === '.ts' ? ['--import', 'tsx'] : []),
		],
		resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
	});
	/** Answered in the order in which they were asked. */
	const open: Array<PromiseWithResolvers<Told>> = [];
	let end: Error | undefined;
	const fail = (error: Error): void => {
		end = error;
		for (const { reject } of open.splice(0)) reject(error);
	};
	thread.unref();
	thread.on('message', (told: Told) => {
		open.shift()?.resolve(told);
		if (open.length === 0) thread.unref();
	});
	thread.on('error', fail);
	thread.on('exit', () => fail(new Error('The thread of the store ended')));
	return {
		ask: async (asked) => {
			if (end) throw end;
			const telling = Promise.withResolvers<Told>();
			thread.ref();
			thread.postMessage(asked);
			open.push(telling);
			return await telling.promise;
		},
		close: async () => {
			if (end) return;
			thread.ref();
			thread.postMessage('close');
			await once(thread, 'exit').catch(() => undefined);
		},
	};
}
