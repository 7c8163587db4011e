/**
 * Calls on their way: a mark is made before a call is sent and removed when its answer is known, so
 * a mark whose process died tells of a call that may be on the bill although its answer is lost.
 */
import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Home } from './ledger-home';
import { placeOf, scopeOf, shortFingerprint } from './ledger-names';
import type { EntryName, Place } from './ledger-names';
import { claim, createOnce, discard, namesIn } from './store';

/** What `reserve` gave and `release` takes back. */
export interface Reservation {
	readonly files: readonly string[];
}

interface Mark {
	readonly name: string;
	readonly place: string;
	readonly sentAt: number;
	readonly owner: string;
}

/**
 * The mark is not synced to disk: it is there for processes that die, and on a power cut the worst
 * is that a warning is missing.
 * @returns never throws; on a full disk nothing is marked
 */
export async function markCalls(
	home: Home,
	fingerprints: readonly string[],
	place: Place,
	now: number,
): Promise<Reservation> {
	const files: string[] = [];
	await home.showLife();
	for (const fingerprint of fingerprints) {
		const name = [
			shortFingerprint(fingerprint),
			scopeOf(place),
			placeOf(place),
			now.toString(36),
			randomBytes(4).toString('hex'),
			home.owner.id,
		].join('-');
		const file = path.join(home.calls, name);
		if (await createOnce(file, '').catch(() => false)) files.push(file);
	}
	return { files };
}

export async function unmarkCalls({ files }: Reservation): Promise<void> {
	for (const file of files) await fs.unlink(file).catch(() => undefined);
}

/** @returns never throws: without the note a lost call is only reported, not found again */
export async function noteCalls({ files }: Reservation, note: string): Promise<void> {
	for (const file of files) await fs.writeFile(file, note).catch(() => undefined);
}

/** No process has this id, so whoever looks takes its calls for lost. */
const NOBODY = '0'.repeat(20);

/** Leaves the marks to a later run, as if this process had died. */
export async function abandonCalls({ files }: Reservation): Promise<void> {
	for (const file of files) {
		const left = file.replace(/[0-9a-f]{20}$/, NOBODY);
		await claim(file, left).catch(() => false);
	}
}

async function marksOf(home: Home, fingerprint: string, scope: string): Promise<Mark[]> {
	const prefix = `${shortFingerprint(fingerprint)}-${scope}-`;
	const marks: Mark[] = [];
	for (const name of await namesIn(home.calls)) {
		const [, , place, sentAt, , owner] = name.startsWith(prefix) ? name.split('-') : [];
		if (!place || !sentAt || !owner) continue;
		if (await home.owner.isAlive(owner)) continue;
		marks.push({ name, place, sentAt: Number.parseInt(sentAt, 36), owner });
	}
	return marks;
}

/** A call whose process died, or gave up, before the answer was kept. */
export interface LostCall {
	/** Milliseconds since 1970. */
	readonly sentAt: number;
	/** What was noted of it; empty when nothing. */
	readonly note: string;
	readonly file: string;
}

/** @returns the lost calls for this picture; they are found again until their marks are removed */
export async function lostCalls(
	home: Home,
	fingerprint: string,
	place: Place,
): Promise<LostCall[]> {
	const calls: LostCall[] = [];
	for (const { name, sentAt } of await marksOf(home, fingerprint, scopeOf(place))) {
		const file = path.join(home.calls, name);
		calls.push({ sentAt, file, note: await fs.readFile(file, 'utf8').catch(() => '') });
	}
	return calls;
}

/**
 * The picture of a marked call turned up in the ledger: nothing was lost.
 * @param maker where the picture was made; calls for the same wish at other places had other ends
 */
export async function forgetCall(home: Home, entry: EntryName, maker: Place): Promise<void> {
	for (const mark of await marksOf(home, entry.fingerprint, entry.scope)) {
		const isItsPicture = mark.place === placeOf(maker) && mark.sentAt <= entry.madeAt;
		if (isItsPicture) await discard(path.join(home.calls, mark.name));
	}
}

/**
 * Takes a lost call away from everybody else who could find its answer. Its mark and its note become
 * this process's own, so that another finds them should this one die as well.
 * @returns the mark; undefined when another process was quicker
 */
export async function claimCall(
	home: Home,
	{ file }: LostCall,
	place: Place,
): Promise<Reservation | undefined> {
	const [fingerprint, scope, , sentAt, id] = path.basename(file).split('-');
	const name = [fingerprint, scope, placeOf(place), sentAt, id, home.owner.id].join('-');
	await home.showLife();
	const mine = path.join(home.calls, name);
	return (await claim(file, mine)) ? { files: [mine] } : undefined;
}
