import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import type { FileRef, Slip } from './driver';
import { DAY } from './schema';
import type { Arguments, KeepArguments, Name, Result } from './transactions';
import { refusal } from './trouble';

/** Bytes and slips as files: the embedded store's, and the outbox of a database that is away. */

const ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const IMAGE = new RegExp(`^(${ID})-\\d+\\.[a-z0-9]{1,8}$`);
const SLIP = new RegExp(`^(${ID})\\.json(\\.tmp)?$`);
/**
 * Bytes of a slip, which says all of a purchase but its images; the usual ones have some thousand. The
 * store's thread has 64 MB: one that it cannot hold would end it on every try.
 */
const MOST_SLIP = 8 * 2 ** 20;
const DAMAGED = /^store\.sqlite\.damaged-\d+(-wal|-shm)?$/;

export const isMissing = (error: unknown): boolean =>
	Reflect.get(Object(error), 'code') === 'ENOENT';

/** Like a recursive mkdir, which never ends below /proc. @returns whether it was made now */
async function makeFolder(folder: string): Promise<boolean> {
	const isThere = async (): Promise<boolean> =>
		(await fs.stat(folder).catch(() => undefined))?.isDirectory() === true;
	if (await isThere()) return false;
	if (folder !== path.dirname(folder)) await makeFolder(path.dirname(folder));
	await fs.mkdir(folder, { mode: 0o700 }).catch(async (error: unknown) => {
		if (!(await isThere())) throw error;
	});
	return true;
}

async function sync(folder: string): Promise<void> {
	const handle = await fs.open(folder, 'r');
	await handle.sync().finally(async () => await handle.close());
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
async function write(file: string, data: Buffer | string): Promise<void> {
	const handle = await fs.open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
	try {
		await handle.writeFile(data);
		await handle.datasync();
	} finally {
		await handle.close();
	}
}

export const filesOf = ({ id, parts }: Slip): readonly FileRef[] =>
	parts.map(({ format }, n) => ({ id, n, format }));

/** @throws GptImageError `not_kept` for a slip that would never be read again */
export function checkSize(slip: Slip): void {
	if (Buffer.byteLength(JSON.stringify(slip)) <= MOST_SLIP) return;
	throw refusal(
		'not_kept',
		'Its text is longer than the store accepts',
		"Check the service behind the 'Base URL' in the credential: it responds with megabytes of text.",
	);
}

export abstract class Files {
	readonly owed: string;
	private readonly images: string;
	private syncing: Promise<unknown> = Promise.resolve();
	private nextSync: Promise<void> | undefined;

	/**
	 * @param folder absolute
	 * @param at called between steps, by tests
	 */
	constructor(
		readonly folder: string,
		protected readonly at: (point: string) => Promise<void>,
	) {
		this.owed = path.join(folder, 'owed');
		this.images = path.join(folder, 'images');
	}

	/** See `Driver`. */
	abstract run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>>;

	private readonly image = ({ id, n, format }: FileRef): string =>
		path.join(this.images, id.slice(0, 2), `${id}-${n}.${format}`);
	private readonly slipFile = (id: string): string => path.join(this.owed, `${id}.json`);

	/** @throws what the file system says when the folders can neither be found nor made */
	async prepare(): Promise<void> {
		for (const folder of [this.folder, this.owed, this.images]) await makeFolder(folder);
	}

	/** Leaves nothing behind when it fails. */
	async put({ slip }: KeepArguments, bytes: ReadonlyArray<Buffer | undefined>): Promise<boolean> {
		const slipFile = this.slipFile(slip.id);
		const files = filesOf(slip).map(this.image);
		await this.write(slip, files, bytes).catch(async (error: unknown) => {
			for (const file of [slipFile, `${slipFile}.tmp`, ...files])
				await fs.rm(file, { force: true }).catch(() => undefined);
			throw error;
		});
		await this.at('slip');
		return false;
	}

	private async write(
		slip: Slip,
		files: readonly string[],
		bytes: ReadonlyArray<Buffer | undefined>,
	): Promise<void> {
		const folder = path.join(this.images, slip.id.slice(0, 2));
		const slipFile = this.slipFile(slip.id);
		for (const one of [folder, this.owed]) if (await makeFolder(one)) await sync(path.dirname(one));
		for (const [n, file] of files.entries()) {
			const data = bytes[n];
			// No slip names it before it is whole, so it needs no temporary name.
			if (data) await write(file, data);
		}
		await this.at('bytes');
		await write(`${slipFile}.tmp`, JSON.stringify(slip));
		await fs.rename(`${slipFile}.tmp`, slipFile);
		await Promise.all([sync(folder), this.syncOwed()]);
	}

	/** One flush for all slips that are written while the one before it runs. */
	private async syncOwed(): Promise<void> {
		this.nextSync ??= this.syncing.then(async () => {
			this.nextSync = undefined;
			await sync(this.owed);
		});
		this.syncing = this.nextSync.catch(() => undefined);
		await this.nextSync;
	}

	async bytes(file: FileRef): Promise<Buffer | undefined> {
		return await fs.readFile(this.image(file)).catch(() => undefined);
	}

	/** @returns undefined for one that cannot be read, or that the store could not write: it is left */
	async slip(id: string): Promise<Slip | undefined> {
		try {
			if ((await fs.stat(this.slipFile(id))).size > MOST_SLIP) return undefined;
			const slip = JSON.parse(await fs.readFile(this.slipFile(id), 'utf8')) as Slip;
			return slip.id === id ? slip : undefined;
		} catch {
			return undefined;
		}
	}

	async slips(): Promise<readonly string[]> {
		const names = await fs.readdir(this.owed).catch(() => []);
		return names.flatMap((name) => (name.endsWith('.json') && SLIP.exec(name)?.[1]) || []);
	}

	async settle(ids: readonly string[]): Promise<void> {
		const settled = ids.map(
			async (id) => await fs.unlink(this.slipFile(id)).catch(() => undefined),
		);
		await Promise.all(settled);
	}

	async remove(files: readonly FileRef[], ids: readonly string[]): Promise<void> {
		for (const file of [...ids.map(this.slipFile), ...files.map(this.image)])
			await fs.rm(file, { force: true });
	}

	/** A slip that is whole is never swept: it is recovered. */
	async sweep(): Promise<void> {
		const folders = (await fs.readdir(this.images)).filter((name) => /^[0-9a-f]{2}$/.test(name));
		for (const name of (await fs.readdir(this.folder)).filter((one) => DAMAGED.test(one)))
			await this.expire(path.join(this.folder, name), 30 * DAY);
		for (const folder of [this.owed, ...folders.map((name) => path.join(this.images, name))]) {
			const pattern = folder === this.owed ? SLIP : IMAGE;
			const ours = (await fs.readdir(folder)).flatMap((name) => {
				const [, id, end] = pattern.exec(name) ?? [];
				return id === undefined || (pattern === SLIP && !end) ? [] : [{ name, id, end }];
			});
			const rows = await this.run(
				'look',
				ours.map(({ id }) => id),
			);
			const known = new Set(rows.map(({ id }) => id));
			for (const { name, id, end } of ours)
				if (end || !known.has(id)) await this.expire(path.join(folder, name), DAY);
		}
	}

	private async expire(file: string, ms: number): Promise<void> {
		const { mtimeMs } = await fs.lstat(file);
		if (Date.now() - mtimeMs > ms) await fs.rm(file, { force: true });
	}
}
