/**
 * Durable files: everything appears whole or not at all, survives a power cut once the promise
 * resolved, and is readable by its owner only. Processes, also on several machines that share the
 * volume, agree by atomic renames alone: there is no lock that a dead process could leave behind.
 */
import { randomUUID } from 'node:crypto';
import { promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { GptImageError } from '../errors';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * The errno code of a failed file operation, e.g. `ENOENT`. Not by `instanceof`: errors of the file
 * system may come from another realm, as they do under Jest.
 */
export const errnoOf = (error: unknown): string | undefined =>
	typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
		? error.code
		: undefined;

export const isMissing = (error: unknown): boolean => errnoOf(error) === 'ENOENT';

/** What people read instead of an errno; n8n replaces messages that contain one by a stock text. */
const FAILURES: Record<string, readonly [code: string, happened: string, advice: string]> = {
	ENOSPC: ['storage_full', 'the disk is full', 'Free some space on that disk.'],
	EDQUOT: ['storage_full', 'the disk quota is used up', 'Free some space or raise the quota.'],
	EROFS: ['storage_read_only', 'the disk is read-only', 'Choose a folder that n8n may write to.'],
	EACCES: [
		'storage_denied',
		'n8n may not read or write there',
		'Give the n8n user the right to read and write it.',
	],
	EPERM: [
		'storage_denied',
		'n8n may not read or write there',
		'Give the n8n user the right to read and write it.',
	],
	ENOTDIR: ['storage_not_a_folder', 'a file is in its place', 'Choose a folder, not a file.'],
	EEXIST: ['storage_not_a_folder', 'a file is in its place', 'Choose a folder, not a file.'],
	EMFILE: ['storage_busy', 'too many files are open', 'Raise the limit of open files.'],
	ENFILE: ['storage_busy', 'too many files are open', 'Raise the limit of open files.'],
};

/**
 * @param error what a file operation threw
 * @param target the file or folder it was about
 * @returns an error with a code that starts with `storage_` and a sentence for people
 */
export function storageError(error: unknown, target: string): GptImageError {
	if (error instanceof GptImageError) return error;
	const [code, happened, advice] = FAILURES[errnoOf(error) ?? ''] ?? [
		'storage_failed',
		'the file system refused',
		'Check the disk and the rights of the folder.',
	];
	return new GptImageError(`Could not use ${target}: ${happened}`, {
		code,
		advice,
		retryable: code === 'storage_busy',
		billed: 'no',
		cause: error,
	});
}

/** @returns one or two sentences for a warning */
export function whatAndAdvice(error: unknown): string {
	const { message, facts } = storageError(error, 'the disk');
	return `${message}. ${facts.advice}`;
}

/** Makes renames and new names in `folder` survive a power cut. */
async function syncFolder(folder: string): Promise<void> {
	let handle: FileHandle | undefined;
	try {
		handle = await fs.open(folder, 'r');
		await handle.sync();
	} catch (error) {
		// Windows and some network volumes cannot sync a folder; there is nothing better to do there.
		if (!['EPERM', 'EISDIR', 'EINVAL', 'EACCES', 'ENOTSUP'].includes(errnoOf(error) ?? '')) {
			throw storageError(error, folder);
		}
	} finally {
		await handle?.close();
	}
}

/** @returns the first folder that was made; a folder that is there needs no room on a full disk */
async function makeFolder(folder: string): Promise<string | undefined> {
	try {
		return await fs.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
	} catch (error) {
		const found = await fs.stat(folder).catch(() => undefined);
		if (found?.isDirectory()) return undefined;
		throw storageError(error, folder);
	}
}

/**
 * Creates `folder` and its parents for the owner only.
 * @throws GptImageError `storage_*`
 */
export async function ensureFolder(folder: string): Promise<void> {
	try {
		const created = await makeFolder(folder);
		if (created === undefined) return;
		const above = path.dirname(path.resolve(created));
		let level = path.resolve(folder);
		do {
			level = path.dirname(level);
			await syncFolder(level);
		} while (level !== above && level !== path.dirname(level));
	} catch (error) {
		throw storageError(error, folder);
	}
}

async function writeSynced(file: string, data: Buffer | string): Promise<void> {
	const handle = await fs.open(file, 'wx', FILE_MODE);
	try {
		await handle.writeFile(data);
		await handle.datasync();
	} finally {
		await handle.close();
	}
}

const TEMPORARY = '.tmp-';
/** A name in `folder` that no listing shows and that is swept if its writer dies. */
export const temporaryIn = (folder: string): string =>
	path.join(folder, `${TEMPORARY}${randomUUID()}`);

/** Deletes a file or folder if it can; what stays behind is harmless. */
export async function discard(target: string): Promise<void> {
	try {
		await fs.rm(target, { recursive: true, force: true });
	} catch {
		// Nothing depends on it.
	}
}

/**
 * Writes a file in one piece over whatever stood there.
 * @param file its folder must exist
 * @throws GptImageError `storage_*`; the old file is then untouched
 */
export async function writeWhole(file: string, data: Buffer | string): Promise<void> {
	const folder = path.dirname(file);
	const temporary = temporaryIn(folder);
	try {
		await writeSynced(temporary, data);
		await fs.rename(temporary, file);
		await syncFolder(folder);
	} catch (error) {
		await discard(temporary);
		throw storageError(error, file);
	}
}

/**
 * Writes a folder of files in one piece, if nobody else made that folder first.
 * @param target the folder to make; its parent must exist
 * @param files content by file name
 * @returns false when `target` was there already (it is then untouched)
 * @throws GptImageError `storage_*`; nothing is then left behind
 */
export async function writeFolderWhole(
	target: string,
	files: Readonly<Record<string, Buffer | string>>,
): Promise<boolean> {
	const parent = path.dirname(target);
	const temporary = temporaryIn(parent);
	try {
		await fs.mkdir(temporary, { mode: FOLDER_MODE });
		const written = await Promise.allSettled(
			Object.entries(files).map(([name, data]) => writeSynced(path.join(temporary, name), data)),
		);
		const failed = written.find((result) => result.status === 'rejected');
		if (failed) throw storageError(failed.reason, target);
		await syncFolder(temporary);
		const moved = await moveFolder(temporary, target);
		if (moved) await syncFolder(parent);
		else await discard(temporary);
		return moved;
	} catch (error) {
		await discard(temporary);
		throw storageError(error, target);
	}
}

async function exists(target: string): Promise<boolean> {
	try {
		await fs.lstat(target);
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw storageError(error, target);
	}
}

/** POSIX: a folder never replaces one that has something in it. Windows says EPERM instead. */
async function moveFolder(from: string, to: string): Promise<boolean> {
	try {
		await fs.rename(from, to);
		return true;
	} catch (error) {
		const code = errnoOf(error) ?? '';
		if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'EACCES'].includes(code) && (await exists(to)))
			return false;
		throw storageError(error, to);
	}
}

/**
 * Takes a file or folder by renaming it: of any number of processes that try, one succeeds.
 * @returns false when it is not there (any more)
 * @throws GptImageError `storage_*`
 */
export async function claim(from: string, to: string): Promise<boolean> {
	try {
		await fs.rename(from, to);
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw storageError(error, from);
	}
}

/**
 * Creates a small file unless it is there.
 * @returns false when it is there already
 * @throws GptImageError `storage_*`
 */
export async function createOnce(file: string, data: string): Promise<boolean> {
	try {
		await fs.writeFile(file, data, { flag: 'wx', mode: FILE_MODE });
		return true;
	} catch (error) {
		if (errnoOf(error) === 'EEXIST') return false;
		throw storageError(error, file);
	}
}

/** @returns the file's JSON; undefined when it is missing, unreadable or not JSON */
export async function readJson(file: string): Promise<unknown> {
	try {
		return JSON.parse(await fs.readFile(file, 'utf8')) as unknown;
	} catch {
		return undefined;
	}
}

/** @returns the names in a folder, without our temporary ones; none when the folder is missing */
export async function namesIn(folder: string): Promise<string[]> {
	try {
		const names = await fs.readdir(folder);
		return names.filter((name) => !name.startsWith(TEMPORARY));
	} catch (error) {
		if (isMissing(error)) return [];
		throw storageError(error, folder);
	}
}

/** Deletes what writers that died left in `folder` more than an hour ago. */
export async function sweepTemporary(folder: string, now: number = Date.now()): Promise<void> {
	const HOUR = 3_600_000;
	let names: string[];
	try {
		names = (await fs.readdir(folder)).filter((name) => name.startsWith(TEMPORARY));
	} catch {
		return;
	}
	for (const name of names) {
		const target = path.join(folder, name);
		const made = await fs.lstat(target).then(
			(facts) => facts.mtimeMs,
			() => now,
		);
		if (now - made > HOUR) await discard(target);
	}
}
