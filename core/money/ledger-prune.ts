/** Keeps a ledger folder small. Reads names only, so that even 100,000 entries take a moment. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { HANDED_MS } from './ledger-home';
import type { Home } from './ledger-home';
import { formatName, parseName } from './ledger-names';
import type { EntryName } from './ledger-names';
import { sweepRefusals } from './ledger-refusals';
import { claim, discard, namesIn, sweepTemporary, temporaryIn, writeWhole } from './store';

const DAY_MS = 24 * 3_600_000;
const EVERY_MS = 3_600_000;
/** Marks of lost calls and owners' files: nobody asks after them later than this. */
const SMALL_FILES_MS = 7 * DAY_MS;

export interface Limits {
	/** For delivered pictures. */
	readonly maxBytes: number;
	readonly maxAgeMs: number;
	/** For pictures that nobody got. */
	readonly undeliveredMs: number;
}

/**
 * Prunes at most once an hour per folder, whichever process comes first.
 * @throws GptImageError `storage_*`
 */
export async function prune(home: Home, limits: Limits, now: number): Promise<void> {
	if (now - home.prunedAt < EVERY_MS) return;
	home.prunedAt = now;
	const marker = path.join(home.folder, 'pruned');
	const last = Number(await fs.readFile(marker, 'utf8').catch(() => '0'));
	if (now - last < EVERY_MS) return;
	await writeWhole(marker, String(now));
	await prunePictures(home, limits, now);
	for (const folder of [home.calls, home.owners, home.damaged]) {
		const limit = folder === home.damaged ? limits.undeliveredMs : SMALL_FILES_MS;
		await sweepOlder(folder, limit, now, `${home.owner.id}.json`);
	}
	await sweepRefusals(home, now);
	await sweepTemporary(home.folder, now);
}

const isDelivered = (entry: EntryName, now: number): boolean =>
	entry.state === 'done' || (entry.state === 'handed' && now - entry.changedAt > HANDED_MS);

async function prunePictures(home: Home, limits: Limits, now: number): Promise<void> {
	const delivered: EntryName[] = [];
	let total = 0;
	for (const bucket of await namesIn(home.pictures)) {
		const folder = path.join(home.pictures, bucket);
		await sweepTemporary(folder, now);
		for (const text of await namesIn(folder)) {
			const entry = parseName(text);
			if (!entry) continue;
			const age = now - entry.madeAt;
			const over = isDelivered(entry, now);
			if (age > (over ? limits.maxAgeMs : limits.undeliveredMs)) await remove(home, entry);
			else {
				total += entry.size;
				if (over) delivered.push(entry);
			}
		}
	}
	delivered.sort((a, b) => a.madeAt - b.madeAt);
	for (const entry of delivered) {
		if (total <= limits.maxBytes) return;
		await remove(home, entry);
		total -= entry.size;
	}
}

/** Renamed first, so that an entry which somebody is just taking is either whole or not there. */
async function remove(home: Home, entry: EntryName): Promise<void> {
	if (home.holdings.has(entry.id)) return;
	const folder = home.bucketOf(entry.fingerprint);
	const gone = temporaryIn(folder);
	if (await claim(path.join(folder, formatName(entry)), gone)) await discard(gone);
}

async function sweepOlder(folder: string, limit: number, now: number, but: string): Promise<void> {
	for (const name of await namesIn(folder)) {
		if (name === but) continue;
		const file = path.join(folder, name);
		const changed = await fs.stat(file).then(
			(facts) => facts.mtimeMs,
			() => now,
		);
		if (now - changed > limit) await discard(file);
	}
}
