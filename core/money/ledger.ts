/**
 * Pay once: every paid picture is on disk before anything else can go wrong, and is handed out
 * instead of bought again when the same wish comes back. An entry is a folder with the picture and
 * its record; its state is part of the folder's name, see ledger-names.ts.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { GptImageError } from '../errors';
import { abandonCalls, markCalls, noteCalls, unmarkCalls } from './ledger-calls';
import type { Reservation } from './ledger-calls';
import { withoutPrompts, writeEntry } from './ledger-entry';
import type { PictureRecord } from './ledger-entry';
import { homeOf } from './ledger-home';
import type { Home, Outcome } from './ledger-home';
import { scopeOf } from './ledger-names';
import type { EntryName, Place } from './ledger-names';
import { prune } from './ledger-prune';
import { forgetRefusals, recallRefusal, refusalsOnDisk, rememberRefusal } from './ledger-refusals';
import { heldFor, takePicture } from './ledger-take';
import type { LedgerEntry, Reuse, Taken } from './ledger-take';
import { ensureFolder, whatAndAdvice } from './store';

export type { Reservation } from './ledger-calls';
export type { PictureRecord } from './ledger-entry';
export type { Outcome } from './ledger-home';
export { wishAt, type Place } from './ledger-names';
export type { BegunCall, KeptPicture, LedgerEntry, Reuse, Taken } from './ledger-take';

export interface LedgerOptions {
	/** Made when missing; several processes and machines may share it. */
	readonly folder: string;
	readonly reuse: Reuse;
	readonly reuseHours: number;
	/** false: neither the prompt nor its revision is written to disk. */
	readonly keepPrompts: boolean;
	/** Delivered pictures are deleted, oldest first, while all take more than this. Default 1 GiB. */
	readonly maxBytes?: number;
	/** Delivered pictures older than this are deleted. Default 7. */
	readonly maxAgeDays?: number;
	/** Pictures that nobody ever got are deleted when older than this. Default 30. */
	readonly undeliveredDays?: number;
	/** Milliseconds since 1970; for tests. */
	readonly now?: () => number;
}

export interface Kept {
	/** Hex digest of the bytes, also when they could not be kept. */
	readonly sha256: string;
	/** undefined: it is not on disk, `warnings` says why. */
	readonly entry: LedgerEntry | undefined;
	readonly warnings: readonly string[];
}

/** @param options see {@link LedgerOptions}; nothing is touched before the first use */
export function openLedger(options: LedgerOptions): Ledger {
	return new Ledger(homeOf(options.folder), options);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GIGABYTE = 2 ** 30;

export class Ledger {
	/** What is wrong with the folder as a whole; then nothing is kept and nothing is handed out. */
	readonly warnings: string[] = [];
	private ready: Promise<boolean> | undefined;
	private refusedBefore: Promise<ReadonlySet<string>> | undefined;

	constructor(
		private readonly home: Home,
		private readonly options: LedgerOptions,
	) {}

	private now(): number {
		return this.options.now?.() ?? Date.now();
	}

	/** @returns whether the folder can be used; found out once, so that items do not each try */
	private async usable(): Promise<boolean> {
		this.ready ??= this.home.prepare().then(
			() => true,
			(error: unknown) => {
				this.warnings.push(`Paid pictures are not kept: ${whatAndAdvice(error)}`);
				return false;
			},
		);
		return await this.ready;
	}

	/**
	 * Looks for a picture that need not be bought, and takes it away from everybody else.
	 * @param fingerprint see `imageFingerprint`
	 * @param copies false: only what is this workflow's own, even if copies are wanted elsewhere
	 * @returns never throws: what cannot be read is bought, with a warning
	 */
	async take(fingerprint: string, place: Place, copies = true): Promise<Taken> {
		if (!(await this.usable()))
			return { picture: undefined, warnings: [], lostCalls: { files: [] } };
		const { reuseHours } = this.options;
		const reuse = this.options.reuse === 'always' && !copies ? 'undelivered' : this.options.reuse;
		const wish = { fingerprint, place, reuse, now: this.now(), copyAgeMs: reuseHours * HOUR_MS };
		const taken = await takePicture(this.home, wish);
		if (taken.picture?.entry) await this.freeIfOver(taken.picture.entry, place);
		return taken;
	}

	/**
	 * Makes a paid picture safe. When it resolves, the picture survives a power cut.
	 * @param picture `record` is any JSON-able object; if its `format` is a word, the file on disk has
	 * that extension
	 * @returns never throws: on a full or read-only disk there is a warning and no entry
	 */
	async keep(
		fingerprint: string,
		place: Place,
		picture: { readonly bytes: Buffer; readonly record: PictureRecord },
	): Promise<Kept> {
		const { bytes, record } = picture;
		const sha256 = createHash('sha256').update(bytes).digest('hex');
		if (!(await this.usable())) return { sha256, entry: undefined, warnings: [...this.warnings] };
		try {
			await this.home.showLife();
			const name: EntryName = {
				...heldFor(this.home, place, this.now()),
				fingerprint,
				madeAt: this.home.nextInstant(this.now()),
				size: bytes.length,
				scope: scopeOf(place),
				id: randomBytes(4).toString('hex'),
				owner: this.home.owner.id,
			};
			await ensureFolder(this.home.bucketOf(fingerprint));
			const kept = this.options.keepPrompts ? record : withoutPrompts(record);
			await writeEntry(this.home.pathOf(name), { bytes, sha256, record: kept, place });
			this.home.hold(name, place);
			await this.freeIfOver(name, place);
			return { sha256, entry: { id: name.id }, warnings: [] };
		} catch (error) {
			const warning = `This picture could not be kept, so a second run would buy it again: ${whatAndAdvice(error)}`;
			return { sha256, entry: undefined, warnings: [warning] };
		}
	}

	/**
	 * Says that a node's run ended well and its pictures are in n8n's hands.
	 * @param entries of `keep` and `take`
	 * @param state `delivered` when nobody will call `settle`, because n8n cannot tell how the
	 * execution ends
	 */
	async hand(
		entries: readonly LedgerEntry[],
		state: 'handed' | 'delivered' = 'handed',
	): Promise<void> {
		const handOne = async ({ id }: LedgerEntry): Promise<void> => {
			const holding = this.home.holdings.get(id);
			if (!holding) return;
			const outcome = this.home.outcomes.get(holding.executionId);
			if (state === 'delivered') await this.finish(id, true);
			else if (outcome === undefined) await this.change(id, 'handed');
			else await this.finish(id, outcome === 'delivered');
		};
		await Promise.all(entries.map(handOne));
		await this.pruneIfDue();
	}

	/**
	 * Says how an execution ended. Pictures that were handed are then delivered for good, or free for
	 * the next execution; those whose node never ended well are free in both cases.
	 * @param executionId as in `Place`; unknown ones do nothing
	 */
	async settle(executionId: string, outcome: Outcome): Promise<void> {
		this.home.remember(executionId, outcome);
		const its = [...this.home.holdings].filter(([, held]) => held.executionId === executionId);
		const settleOne = async ([id, { name }]: (typeof its)[number]): Promise<void> =>
			await this.finish(id, outcome === 'delivered' && name.state === 'handed');
		await Promise.all(its.map(settleOne));
		await forgetRefusals(this.home, executionId);
		await this.pruneIfDue();
	}

	/**
	 * Marks calls as sent, so that a later run can tell that one may have been paid and lost.
	 * @param fingerprints of all images that one call will answer
	 */
	async reserve(fingerprints: readonly string[], place: Place): Promise<Reservation> {
		if (!(await this.usable())) return { files: [] };
		return await markCalls(this.home, fingerprints, place, this.now());
	}

	/** Adds to the mark of a call by what it can be found again, should this process die. */
	async note(reservation: Reservation, note: string): Promise<void> {
		await noteCalls(reservation, note);
	}

	/** After the pictures of a call are kept, or its failure is known. */
	async release(reservation: Reservation): Promise<void> {
		await unmarkCalls(reservation);
	}

	/**
	 * What became of the call is not known: whoever wants the picture next is told, and can find the
	 * call by its note.
	 */
	async abandon(reservation: Reservation): Promise<void> {
		await abandonCalls(reservation);
	}

	/** Remembers a permanent refusal while the execution lasts; others are ignored. */
	async refuse(fingerprint: string, place: Place, failure: GptImageError): Promise<void> {
		await this.usable();
		await rememberRefusal(this.home, fingerprint, place, failure, this.now());
	}

	/** @returns why the same request at the same place was refused for good in this execution */
	async refusal(fingerprint: string, place: Place): Promise<GptImageError | undefined> {
		// Listed once for all items: another process can only have run an earlier try of this execution.
		this.refusedBefore ??= refusalsOnDisk(this.home);
		return await recallRefusal(this.home, await this.refusedBefore, fingerprint, place, this.now());
	}

	/** When the user stops an execution, n8n settles it while its calls still come to their end. */
	private async freeIfOver({ id }: LedgerEntry, { executionId }: Place): Promise<void> {
		if (this.home.outcomes.has(executionId)) await this.change(id, 'free');
	}

	private async finish(id: string, delivered: boolean): Promise<void> {
		await this.change(id, delivered ? 'done' : 'free');
		this.home.letGo(id);
	}

	private async change(id: string, state: EntryName['state']): Promise<void> {
		await this.home.inTurn(id, async () => {
			const holding = this.home.holdings.get(id);
			if (!holding) return;
			try {
				const name = await this.home.move(holding.name, { state, changedAt: this.now() });
				if (name) this.home.holdings.set(id, { ...holding, name });
				else this.home.letGo(id);
			} catch (error) {
				this.warnings.push(`A picture could not be marked as ${state}: ${whatAndAdvice(error)}`);
			}
		});
	}

	private async pruneIfDue(): Promise<void> {
		const now = this.now();
		this.home.forgetOld(now);
		const { maxBytes = GIGABYTE, maxAgeDays = 7, undeliveredDays = 30 } = this.options;
		const limits = {
			maxBytes,
			maxAgeMs: Math.max(maxAgeDays * DAY_MS, this.options.reuseHours * HOUR_MS),
			undeliveredMs: undeliveredDays * DAY_MS,
		};
		try {
			if (await this.usable()) await prune(this.home, limits, now);
		} catch (error) {
			this.warnings.push(`Old pictures could not be deleted: ${whatAndAdvice(error)}`);
		}
	}
}
