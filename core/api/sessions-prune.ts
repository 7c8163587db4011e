/** Keeps the folder of the conversations small. Looks at names and times only. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { claim, discard, namesIn, sweepTemporary, temporaryIn, writeWhole } from '../money/store';

const EVERY_MS = 3_600_000;

export interface SessionLimits {
	readonly maxAgeMs: number;
	/** For all pictures together. */
	readonly maxBytes: number;
}

interface Found {
	readonly target: string;
	readonly bytes: number;
	/** When it last changed, milliseconds since 1970. */
	readonly at: number;
}

async function contentOf(folder: string): Promise<Found[]> {
	const found: Found[] = [];
	for (const name of await namesIn(folder)) {
		const target = path.join(folder, name);
		const facts = await fs.stat(target).catch(() => undefined);
		if (facts) found.push({ target, bytes: facts.size, at: facts.mtimeMs });
	}
	return found;
}

/** Renamed first, so that whoever opens it just then finds it whole or not at all. */
async function remove({ target }: Found): Promise<void> {
	const gone = temporaryIn(path.dirname(target));
	if (await claim(target, gone)) await discard(gone);
}

async function removeOlder(folder: string, oldest: number): Promise<void> {
	for (const found of await contentOf(folder)) if (found.at < oldest) await remove(found);
	await sweepTemporary(folder);
}

async function removePictures(folder: string, oldest: number, maxBytes: number): Promise<void> {
	const pictures = (await contentOf(folder)).sort((a, b) => a.at - b.at);
	let total = pictures.reduce((sum, { bytes }) => sum + bytes, 0);
	for (const picture of pictures) {
		if (picture.at >= oldest && total <= maxBytes) break;
		await remove(picture);
		total -= picture.bytes;
	}
	await sweepTemporary(folder);
}

/**
 * Deletes conversations and pictures that are too old, and the oldest pictures when there are too
 * many; at most once an hour per folder, whichever process comes first.
 * @param folder of the sessions
 * @param now milliseconds since 1970
 * @throws GptImageError `storage_*`
 */
export async function pruneSessions(
	folder: string,
	{ maxAgeMs, maxBytes }: SessionLimits,
	now: number,
): Promise<void> {
	const marker = path.join(folder, 'pruned');
	const last = Number(await fs.readFile(marker, 'utf8').catch(() => '0'));
	if (now - last < EVERY_MS) return;
	await writeWhole(marker, String(now));
	const oldest = now - maxAgeMs;
	await removeOlder(path.join(folder, 'keys'), oldest);
	for (const bucket of await namesIn(path.join(folder, 'responses'))) {
		await removeOlder(path.join(folder, 'responses', bucket), oldest);
	}
	await removePictures(path.join(folder, 'pictures'), oldest, maxBytes);
}
