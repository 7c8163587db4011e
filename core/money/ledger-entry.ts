/** What lies in an entry's folder: the picture as a file that people can open, and its record. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isRecord } from '../rules/unknown';
import type { Place } from './ledger-names';
import { isMissing, namesIn, readJson, storageError, writeFolderWhole } from './store';

/** JSON-able facts about a picture: usage, cost when made, request id, model, size, format... */
export type PictureRecord = Readonly<Record<string, unknown>>;

interface EntryContent {
	readonly bytes: Buffer;
	readonly sha256: string;
	readonly record: PictureRecord;
	/** Where it was made; the entry's name says where it was wanted last. */
	readonly place: Place;
}

const RECORD = 'record.json';

const sha256Of = (data: Buffer | string): string => createHash('sha256').update(data).digest('hex');

function fileNameFor(record: PictureRecord): string {
	const { format } = record;
	return typeof format === 'string' && /^[a-z0-9]{2,5}$/.test(format)
		? `picture.${format}`
		: 'picture';
}

const isPlace = (value: unknown): value is Place =>
	isRecord(value) &&
	typeof value.workflowId === 'string' &&
	typeof value.nodeId === 'string' &&
	typeof value.executionId === 'string' &&
	typeof value.itemIndex === 'number' &&
	typeof value.runIndex === 'number';

/**
 * Writes an entry, whole or not at all; synced to disk when it resolves.
 * @param folder the entry's folder; its parent must exist
 * @throws GptImageError `storage_*`
 */
export async function writeEntry(
	folder: string,
	{ bytes, sha256, record, place }: EntryContent,
): Promise<void> {
	const file = fileNameFor(record);
	const entry = { file, sha256, place, record };
	// The record has a digest of its own: a flipped digit in a cost is damage as well.
	const text = JSON.stringify({ digest: sha256Of(JSON.stringify(entry)), entry });
	const made = await writeFolderWhole(folder, { [file]: bytes, [RECORD]: text });
	if (!made) throw storageError(new Error('the entry exists'), folder);
}

/**
 * @returns `gone` when another process moved or deleted the entry, `damaged` when a digest does not
 * fit or a file is missing
 * @throws GptImageError `storage_*` when the disk refuses to read: that says nothing about the entry
 */
export async function readEntry(folder: string): Promise<EntryContent | 'gone' | 'damaged'> {
	const json = await readJson(path.join(folder, RECORD));
	if (!isRecord(json) || !isRecord(json.entry)) return await goneOrDamaged(folder);
	const { digest, entry } = json;
	const { file, sha256, record, place } = entry;
	if (sha256Of(JSON.stringify(entry)) !== digest) return 'damaged';
	if (typeof file !== 'string' || typeof sha256 !== 'string') return 'damaged';
	if (!isRecord(record) || !isPlace(place)) return 'damaged';
	try {
		const bytes = await fs.readFile(path.join(folder, path.basename(file)));
		return sha256Of(bytes) === sha256 ? { bytes, sha256, record, place } : 'damaged';
	} catch (error) {
		if (isMissing(error)) return await goneOrDamaged(folder);
		throw storageError(error, folder);
	}
}

async function goneOrDamaged(folder: string): Promise<'gone' | 'damaged'> {
	return (await namesIn(folder)).length === 0 ? 'gone' : 'damaged';
}

/** @returns the record without `prompt`, `revisedPrompt` and what a chat model said (`text`), at any depth */
export function withoutPrompts(record: PictureRecord): PictureRecord {
	const strip = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(strip);
		if (!isRecord(value)) return value;
		const kept = Object.entries(value).filter(
			([key]) => !/^(?:(?:revised_?)?prompt|text)$/i.test(key),
		);
		return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]));
	};
	const stripped = strip(record);
	return isRecord(stripped) ? stripped : {};
}
