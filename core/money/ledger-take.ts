/** Which paid picture, if any, answers a wish, and how it is taken away from everybody else. */
import path from 'node:path';
import { claimCall, forgetCall, lostCalls } from './ledger-calls';
import type { Reservation } from './ledger-calls';
import { readEntry } from './ledger-entry';
import type { PictureRecord } from './ledger-entry';
import { HANDED_MS } from './ledger-home';
import type { Home } from './ledger-home';
import { byPayment, formatName, placeOf, scopeOf } from './ledger-names';
import type { EntryName, Place } from './ledger-names';
import { claim, whatAndAdvice } from './store';

/**
 * Which pictures of other executions are handed out instead of bought:
 * - `undelivered`: those that were paid and never delivered, once, to the same workflow and node
 * - `always`: also any picture of the same request that is younger than `reuseHours`
 * - `never`: none; within one execution nothing is bought twice all the same
 */
export type Reuse = 'undelivered' | 'always' | 'never';

/** Names an entry that this process holds. */
export interface LedgerEntry {
	readonly id: string;
}

export interface KeptPicture {
	readonly bytes: Buffer;
	/** Hex digest of `bytes`, checked. */
	readonly sha256: string;
	/** As given to `keep`, without prompts when they were not to be kept. */
	readonly record: PictureRecord;
	/** When it was paid, milliseconds since 1970. */
	readonly madeAt: number;
	/** undefined for a copy by `always`: it belongs to nobody and need not be handed. */
	readonly entry: LedgerEntry | undefined;
}

/** A call whose process died, or gave up, and that is this process's own now. */
export interface BegunCall {
	/** What was noted of it, e.g. an id by which it can be fetched. */
	readonly note: string;
	readonly mark: Reservation;
}

export interface Taken {
	/** undefined: it has to be bought. */
	readonly picture: KeptPicture | undefined;
	/** For the item, whether or not there is a picture. */
	readonly warnings: readonly string[];
	/** Marks of the lost calls that the warnings tell of: to be released once the item is safe. */
	readonly lostCalls: Reservation;
	/** A call for it that was cut off and can still be found. */
	readonly begun?: BegunCall;
}

export interface Wish {
	readonly fingerprint: string;
	readonly place: Place;
	readonly reuse: Reuse;
	/** Oldest age of a copy by `always`, milliseconds. */
	readonly copyAgeMs: number;
	/** Milliseconds since 1970. */
	readonly now: number;
}

interface Candidate {
	readonly name: EntryName;
	/** Whether it is taken away from others, or only copied. */
	readonly exclusive: boolean;
}

/** Entries that are renamed while they are looked at are looked for again, but not for ever. */
const ROUNDS = 3;

/** @returns never throws: what cannot be read has to be bought, with a warning */
export async function takePicture(home: Home, wish: Wish): Promise<Taken> {
	const warnings: string[] = [];
	const files: string[] = [];
	const lost = { warnings, lostCalls: { files } };
	try {
		for (let round = 0, moved = true; moved && round < ROUNDS; round++) {
			moved = false;
			for (const candidate of await candidatesFor(home, wish)) {
				const taken = await tryTake(home, candidate, wish, warnings);
				if (typeof taken === 'object') return { picture: taken, ...lost };
				moved ||= taken === 'moved';
			}
		}
		for (const call of await lostCalls(home, wish.fingerprint, wish.place)) {
			if (call.note !== '') {
				const mark = await claimCall(home, call, wish.place);
				if (mark) return { picture: undefined, ...lost, begun: { note: call.note, mark } };
				continue;
			}
			const time = new Date(call.sentAt).toISOString();
			warnings.push(
				`A call for this picture was sent at ${time} and cut off before its answer was kept; it may have been billed`,
			);
			files.push(call.file);
		}
	} catch (error) {
		warnings.push(`Paid pictures could not be looked up: ${whatAndAdvice(error)}`);
	}
	return { picture: undefined, ...lost };
}

async function candidatesFor(home: Home, wish: Wish): Promise<Candidate[]> {
	const entries = (await home.entriesOf(wish.fingerprint)).sort(byPayment);
	const place = placeOf(wish.place);
	const own = entries.filter(
		(entry) =>
			// `done` is over for good, unless this very process said so a moment ago and n8n runs the
			// node once more in the same execution.
			entry.place === place && (entry.state !== 'done' || entry.owner === home.owner.id),
	);
	const candidates = own.map((name) => ({ name, exclusive: true }));
	if (wish.reuse === 'never') return candidates;
	for (const name of entries) {
		if (own.includes(name) || name.scope !== scopeOf(wish.place)) continue;
		if (await isUndelivered(home, name, wish.now)) candidates.push({ name, exclusive: true });
	}
	if (wish.reuse === 'always') {
		const copies = entries.filter((name) => wish.now - name.madeAt < wish.copyAgeMs).reverse();
		candidates.push(...copies.map((name) => ({ name, exclusive: false })));
	}
	return candidates;
}

async function isUndelivered(home: Home, name: EntryName, now: number): Promise<boolean> {
	if (name.state === 'free') return true;
	if (name.state === 'done') return false;
	if (name.state === 'handed' && now - name.changedAt > HANDED_MS) return false;
	return !(await home.owner.isAlive(name.owner));
}

/** The state of an entry that an execution just made or took. */
export const heldFor = (
	home: Home,
	place: Place,
	now: number,
): Pick<EntryName, 'place' | 'state' | 'changedAt'> => ({
	place: placeOf(place),
	// After the end of its execution nobody would settle it, so then it is never held again.
	state: home.outcomes.has(place.executionId) ? 'free' : 'held',
	changedAt: now,
});

async function tryTake(
	home: Home,
	{ name, exclusive }: Candidate,
	{ place, now }: Wish,
	warnings: string[],
): Promise<KeptPicture | 'moved' | 'damaged'> {
	let held = name;
	if (exclusive) {
		await home.showLife();
		const mine = await home.move(name, heldFor(home, place, now));
		if (!mine) return 'moved';
		held = mine;
		home.hold(held, place);
	}
	const content = await readEntry(home.pathOf(held));
	if (content === 'gone') {
		if (exclusive) home.letGo(held.id);
		return 'moved';
	}
	if (content === 'damaged') {
		await claim(home.pathOf(held), path.join(home.damaged, formatName(held)));
		home.letGo(held.id);
		warnings.push(
			`A kept picture was damaged on disk; it was set aside in ${home.damaged} and not used`,
		);
		return 'damaged';
	}
	const { place: maker, ...kept } = content;
	if (exclusive) await forgetCall(home, name, maker);
	return { ...kept, madeAt: name.madeAt, entry: exclusive ? { id: name.id } : undefined };
}
