/**
 * Small JSON documents that several processes change, also over a shared volume. A document is a
 * folder of numbered versions: a writer makes the next number, which only one can, and whoever finds
 * it made reads again and tries the one after. So nobody ever waits for a writer that died, there is
 * no lock to be left behind, and no clock of any machine matters.
 */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
	claim,
	discard,
	ensureFolder,
	namesIn,
	readJson,
	storageError,
	sweepTemporary,
	temporaryIn,
	writeFolderWhole,
} from './store';

const FILE = 'document.json';
/** Old versions that stay: a reader that listed the folder just before can still open its pick. */
const VERSIONS_KEPT = 8;
/** Updates that a version remembers, so that a writer which slept can tell whether its own counted. */
const UPDATES_REMEMBERED = 100;
/** Only a broken file system makes an update lose this often; the caller must not hang on it. */
const MAX_ROUNDS = 200;

const versionName = (version: number): string => String(version).padStart(12, '0');

async function versionsOf(folder: string): Promise<number[]> {
	const names = await namesIn(folder);
	return names
		.filter((name) => /^\d{12,}$/.test(name))
		.map(Number)
		.sort((a, b) => b - a);
}

interface Content {
	readonly value: unknown;
	/** Ids of the updates that led here, newest first. */
	readonly updates: readonly unknown[];
}

function contentOf(json: unknown): Content | undefined {
	if (typeof json !== 'object' || json === null) return undefined;
	if (!('value' in json) || !('updates' in json) || !Array.isArray(json.updates)) return undefined;
	return { value: json.value, updates: json.updates };
}

/** The newest number, and the newest content that can be read. */
async function latestOf(folder: string): Promise<Content & { readonly version: number }> {
	for (let round = 0; ; round++) {
		const versions = await versionsOf(folder);
		const version = versions[0] ?? 0;
		for (const candidate of versions) {
			const content = contentOf(await readJson(path.join(folder, versionName(candidate), FILE)));
			if (content !== undefined) return { version, ...content };
		}
		// Writers may have passed all of these numbers between the listing and the reading.
		if (version === 0 || round === 3) return { version, value: undefined, updates: [] };
	}
}

/**
 * @param folder the document's folder, see {@link updateDocument}
 * @returns its newest readable content, undefined when there is none
 * @throws GptImageError `storage_*`
 */
export async function readDocument(folder: string): Promise<unknown> {
	return (await latestOf(folder)).value;
}

const turns = new Map<string, Promise<unknown>>();

/** One update at a time per document in this process, so that lanes do not outrun each other. */
async function inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
	const before = turns.get(key) ?? Promise.resolve();
	const mine = before.then(work, work);
	turns.set(key, mine);
	try {
		return await mine;
	} finally {
		if (turns.get(key) === mine) turns.delete(key);
	}
}

/**
 * Changes a document; a few milliseconds, most of them the disk's.
 * @param folder the document's own folder; made when missing
 * @param change new JSON content from the present one (undefined when there is none or none can be
 * read). It may run several times, so it must not have effects of its own. When it returns
 * undefined the document is left alone.
 * @returns what `change` returned last
 * @throws GptImageError `storage_*`; whatever `change` throws
 */
export async function updateDocument<T>(
	folder: string,
	change: (current: unknown) => T | undefined,
): Promise<T | undefined> {
	return await inTurn(path.resolve(folder), async () => {
		await ensureFolder(folder);
		const id = randomUUID().slice(0, 13);
		for (let round = 0; round < MAX_ROUNDS; round++) {
			const latest = await latestOf(folder);
			const value = change(latest.value);
			if (value === undefined) return undefined;
			const updates = [id, ...latest.updates.slice(0, UPDATES_REMEMBERED - 1)];
			if (await writeVersion(folder, latest.version + 1, { value, updates })) return value;
			await sleep(Math.random() * Math.min(50, 2 + round));
		}
		throw storageError(new Error(`no turn in ${MAX_ROUNDS} rounds`), folder);
	});
}

/** @returns false when another writer was first; nothing of ours is then left */
async function writeVersion(folder: string, version: number, content: Content): Promise<boolean> {
	const target = path.join(folder, versionName(version));
	if (!(await writeFolderWhole(target, { [FILE]: JSON.stringify(content) }))) return false;
	const versions = await versionsOf(folder);
	if (versions[0] !== version) {
		// Either others went on from ours, or they had passed this number and tidied it away before
		// we wrote it: then ours counts for nothing.
		const latest = await latestOf(folder);
		if (!latest.updates.includes(content.updates[0])) {
			await discard(target);
			return false;
		}
	}
	await tidy(folder, versions);
	return true;
}

async function tidy(folder: string, versions: readonly number[]): Promise<void> {
	for (const version of versions.slice(VERSIONS_KEPT)) {
		// Renamed first: a half-deleted version would be an empty folder, which a rename may replace.
		const gone = temporaryIn(folder);
		if (await claim(path.join(folder, versionName(version)), gone)) await discard(gone);
	}
	if ((versions[0] ?? 0) % 256 === 0) await sweepTemporary(folder);
}
