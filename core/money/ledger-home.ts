/** One ledger folder as this process knows it: its places on disk and what this process holds. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { GptImageError } from '../errors';
import { formatName, parseName, shortFingerprint } from './ledger-names';
import type { EntryName, Place } from './ledger-names';
import { HEARTBEAT_MS, Owner } from './ledger-owner';
import { claim, ensureFolder, namesIn, storageError } from './store';

/** How long a picture that was handed to n8n can still come back when its process dies. */
export const HANDED_MS = 24 * 3_600_000;
const EXECUTIONS_REMEMBERED = 1_000;

export type Outcome = 'delivered' | 'returned';

export interface Holding {
	readonly name: EntryName;
	readonly executionId: string;
}

export class Home {
	readonly pictures: string;
	readonly damaged: string;
	readonly calls: string;
	readonly refused: string;
	readonly owners: string;
	readonly owner: Owner;
	private lastInstant = 0;
	/** What this process took or made and has not settled, by entry id. */
	readonly holdings = new Map<string, Holding>();
	/** How executions ended, for calls that come in after their end. */
	readonly outcomes = new Map<string, Outcome>();
	/** Permanent refusals by execution, then by place and request. */
	readonly refusals = new Map<string, Map<string, GptImageError>>();
	prunedAt = 0;
	private preparing: Promise<void> | undefined;
	private shownAt = Number.NEGATIVE_INFINITY;
	private showing: Promise<void> | undefined;
	private readonly turns = new Map<string, Promise<void>>();

	constructor(readonly folder: string) {
		this.pictures = path.join(folder, 'pictures');
		this.damaged = path.join(folder, 'damaged');
		this.calls = path.join(folder, 'calls');
		this.refused = path.join(folder, 'refused');
		this.owners = path.join(folder, 'owners');
		this.owner = new Owner(this.owners);
	}

	/**
	 * Makes the folders, also again when someone deleted them since.
	 * @throws GptImageError `storage_*`
	 */
	async prepare(): Promise<void> {
		this.preparing ??= this.makeFolders();
		try {
			await this.preparing;
		} finally {
			this.preparing = undefined;
		}
	}

	private async makeFolders(): Promise<void> {
		const folders = [this.pictures, this.damaged, this.calls, this.refused, this.owners];
		for (const folder of folders) await ensureFolder(folder);
		try {
			await fs.access(this.pictures, fs.constants.R_OK | fs.constants.W_OK);
		} catch (error) {
			throw storageError(error, this.folder);
		}
	}

	/** Entries lie in 256 folders, so that a listing stays short. */
	bucketOf(fingerprint: string): string {
		return path.join(this.pictures, fingerprint.slice(0, 2));
	}

	pathOf(name: EntryName): string {
		return path.join(this.bucketOf(name.fingerprint), formatName(name));
	}

	/** @returns all entries of one picture wish, whoever made them */
	async entriesOf(fingerprint: string): Promise<EntryName[]> {
		const key = shortFingerprint(fingerprint);
		const entries: EntryName[] = [];
		for (const text of await namesIn(this.bucketOf(fingerprint))) {
			const name = text.startsWith(key) ? parseName(text) : undefined;
			if (name) entries.push(name);
		}
		return entries;
	}

	/** Must be true on disk before an entry of ours can be seen, or others would think us dead. */
	async showLife(): Promise<void> {
		const now = performance.now();
		if (now - this.shownAt > HEARTBEAT_MS / 2) {
			this.shownAt = now;
			// On a full disk the entry itself is what matters; without a sign of life it can only happen
			// that another process hands the picture out again.
			this.showing = this.owner.beat().catch(() => undefined);
		}
		await this.showing;
		this.owner.keepBeating();
	}

	hold(name: EntryName, place: Place): void {
		this.holdings.set(name.id, { name, executionId: place.executionId });
	}

	/** One change of an entry after the other: each needs the name that the one before gave it. */
	async inTurn(id: string, work: () => Promise<void>): Promise<void> {
		const mine = (this.turns.get(id) ?? Promise.resolve()).then(work, work);
		this.turns.set(id, mine);
		try {
			await mine;
		} finally {
			if (this.turns.get(id) === mine) this.turns.delete(id);
		}
	}

	/**
	 * Changes an entry's state by renaming it.
	 * @returns the new name; undefined when another process was quicker
	 * @throws GptImageError `storage_*`
	 */
	async move(name: EntryName, change: Partial<EntryName>): Promise<EntryName | undefined> {
		const next: EntryName = { ...name, owner: this.owner.id, ...change };
		return (await claim(this.pathOf(name), this.pathOf(next))) ? next : undefined;
	}

	letGo(id: string): void {
		this.holdings.delete(id);
		if (this.holdings.size === 0) this.owner.stopBeating();
	}

	remember(executionId: string, outcome: Outcome): void {
		this.outcomes.set(executionId, outcome);
		const oldest = this.outcomes.keys().next().value;
		if (this.outcomes.size > EXECUTIONS_REMEMBERED && oldest !== undefined) {
			this.outcomes.delete(oldest);
		}
	}

	/**
	 * Pictures are handed out in the order in which they were paid, also those of one millisecond.
	 * @returns milliseconds since 1970, later than any that was given out before
	 */
	nextInstant(now: number): number {
		this.lastInstant = Math.max(now, this.lastInstant + 1);
		return this.lastInstant;
	}

	/** An execution that waits may end in another process; nobody will settle it here. */
	forgetOld(now: number): void {
		for (const [id, { name }] of this.holdings) {
			if (name.state !== 'held' && now - name.changedAt > HANDED_MS) this.letGo(id);
		}
	}
}

const homes = new Map<string, Home>();

/** All ledgers of one folder in this process share what they hold. */
export function homeOf(folder: string): Home {
	const key = path.resolve(folder);
	const home = homes.get(key) ?? new Home(key);
	homes.set(key, home);
	return home;
}
