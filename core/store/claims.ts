import { errorFromJson, toGptImageError } from '../errors';
import type { ItemRef, Purchase, Warning } from '../job';
import type { Reuse } from './choose';
import type { ClaimResult, Wanted } from './claim';
import type { Driver } from './driver';
import { Orders } from './orders';
import { itemOf, purchaseOf, scopeOf } from './record';
import type { PurchaseRow } from './schema';
import type { FailArguments } from './transactions';
import { imageDamaged, isUnusable, mayBeBilled, notKept } from './trouble';
import { Upkeep } from './upkeep';
import { Waiters, type Runtime } from './waiters';

/** Claims: who buys an image, and the purchases that this process holds from then on. */

export type Claim =
	| { readonly kind: 'paid'; readonly purchase: Purchase }
	/** `begun`: the ID of a response that an earlier worker asked for. `keep` gives the warnings again. */
	| {
			readonly kind: 'yours';
			readonly id: string;
			readonly begun?: string;
			readonly warnings: readonly Warning[];
	  }
	| { readonly kind: 'refused'; readonly error: Error }
	/** To be claimed again after `ended`; a signal ends the waiting, and gives the place in line back. */
	| { readonly kind: 'later'; ended(signal?: AbortSignal): Promise<void> };

/** What this process has claimed, is paying for, or holds until its execution ends. */
interface Entry {
	/** Undefined: the store cannot be used, and nothing of the purchase is in it. */
	row: PurchaseRow | undefined;
	/** The execution that holds it, which may not be the one that bought it. */
	readonly holder: string;
	readonly lost: readonly PurchaseRow[];
	readonly warnings: Warning[];
	keepPrompts: boolean;
	isPaid: boolean;
	hasEnded: boolean;
}

export interface StoreOptions {
	readonly driver: Driver;
	readonly runtime: Runtime;
	/** How long a worker counts as living after it was seen. */
	readonly leaseMs: number;
}

export abstract class Claims {
	protected readonly driver: Driver;
	protected readonly runtime: Runtime;
	protected readonly entries = new Map<string, Entry>();
	protected readonly waiters: Waiters;
	protected readonly upkeep: Upkeep;
	readonly orders: Orders;
	/** Claims of one session or key, one after the other: a pool would swap them. */
	private readonly asking = new Map<string, Promise<unknown>>();
	private readonly leaseMs: number;

	constructor({ driver, runtime, leaseMs }: StoreOptions) {
		this.driver = driver;
		this.runtime = runtime;
		this.leaseMs = leaseMs;
		this.waiters = new Waiters(driver, runtime);
		this.orders = new Orders(driver, runtime, leaseMs);
		const isBusy = (): boolean => this.entries.size + this.waiters.size + this.asking.size > 0;
		const isHeld = (id: string): boolean => this.entries.get(id)?.hasEnded === false;
		this.upkeep = new Upkeep(driver, runtime, leaseMs, isBusy, isHeld);
	}

	/**
	 * Is it paid, refused, on its way, or this caller's to buy? In a session the first claim only takes
	 * a place in line (`later`): whoever makes the key from the turns before reads them (`find`) after
	 * `ended`, when they change no more, and claims again for the same item.
	 * @param signal of an execution that was stopped: it takes nothing that another one could have
	 * @throws GptImageError `store_unavailable`, `store_newer`, `store_shared`: nothing may be sent
	 */
	async claim(
		key: string,
		item: ItemRef,
		reuse: Reuse,
		session: string | undefined,
		signal?: AbortSignal,
	): Promise<Claim> {
		const names = { scope: scopeOf(item), item: itemOf(item), execution: item.executionId };
		const wanted = { ...names, key, session: session ?? null, reuse };
		const line = session === undefined ? `key ${key}` : `session ${session}`;
		const before = this.asking.get(line);
		const mine = (async () => {
			await before?.catch(() => undefined);
			const warnings: Warning[] = [];
			for (;;) {
				const claim = await this.ask(wanted, warnings, signal);
				if (claim) return claim;
			}
		})();
		this.asking.set(line, mine);
		try {
			return await mine;
		} finally {
			if (this.asking.get(line) === mine) this.asking.delete(line);
		}
	}

	/** @returns undefined when it has to be asked again */
	private async ask(
		wanted: Wanted,
		warnings: Warning[],
		signal: AbortSignal | undefined,
	): Promise<Claim | undefined> {
		const { driver, runtime, upkeep } = this;
		const id = runtime.id();
		const asked = runtime.now();
		let result;
		try {
			result = await upkeep.asked(
				async () => await driver.run('claim', { ...wanted, id, beat: upkeep.beat() }, signal),
			);
		} catch (error) {
			if (!isUnusable(error)) throw toGptImageError(error);
			warnings.push(notKept(error));
			this.enter(id, { row: undefined, lost: [], warnings }, wanted);
			return { kind: 'yours', id, warnings };
		}
		if (result.kind === 'yours') return await this.own(result, wanted, warnings);
		if (upkeep.isBehind) return undefined;
		if (result.kind === 'paid') return await this.handOut(result, wanted, warnings, asked);
		if (result.kind === 'refused')
			return { kind: 'refused', error: errorFromJson(JSON.parse(result.row.record)) };
		const { id: place, behind } = result;
		const ended = async (signal?: AbortSignal): Promise<void> => {
			upkeep.start();
			await this.waiters.wait(behind, signal);
			if (signal?.aborted) await this.release(place);
		};
		return { kind: 'later', ended };
	}

	private async own(
		{ row, lost, left }: Extract<ClaimResult, { kind: 'yours' }>,
		wanted: Wanted,
		warnings: readonly Warning[],
	): Promise<Claim | undefined> {
		const { id } = row;
		this.enter(id, { row, lost, warnings }, wanted);
		// A call is not lost whose slip is there.
		const ids = [...lost.map((call) => call.id), ...left];
		const isFound = await this.upkeep.recover(ids).catch(async (error: unknown) => {
			await this.release(id);
			throw error;
		});
		await this.runtime.at('claimed');
		if (isFound || this.upkeep.isBehind) return void (await this.release(id));
		const begun = lost.findLast(({ response }) => response !== null)?.response ?? undefined;
		const told = lost.filter(({ response }) => response === null || response !== begun);
		return {
			kind: 'yours',
			id,
			...(begun !== undefined && { begun }),
			warnings: [...warnings, ...told.map(mayBeBilled)],
		};
	}

	private async handOut(
		{ lost, isCopy, ...paid }: Extract<ClaimResult, { kind: 'paid' }>,
		wanted: Wanted,
		warnings: Warning[],
		asked: number,
	): Promise<Claim | undefined> {
		const { row } = paid;
		const { id } = row;
		const ids = lost.map((call) => call.id);
		if (await this.upkeep.recover(ids)) return undefined;
		const purchase = await purchaseOf(this.driver, paid, true);
		if (!purchase) {
			await this.driver.run('damaged', id);
			warnings.push(imageDamaged);
			return undefined;
		}
		const kept = [...purchase.warnings, ...lost.map(mayBeBilled)];
		// A worker that was cut off for its lease is dead for the others: one of them may have it by now.
		const isLate = this.runtime.now() - asked > this.leaseMs / 2;
		if (!isCopy && (lost.length > 0 || isLate)) {
			const record = JSON.stringify({ ...JSON.parse(row.record), warnings: kept });
			if (!(await this.driver.run('tell', { id, record, lost: ids }))) return undefined;
		}
		// Not earlier: what could not be handed out must not be settled as delivered.
		if (!isCopy) this.enter(id, { row, lost: [], warnings: [] }, wanted).isPaid = true;
		const all = [...warnings, ...kept, ...this.driver.warnings.splice(0)];
		return { kind: 'paid', purchase: { ...purchase, warnings: all } };
	}

	private enter(
		id: string,
		{ row, lost, warnings }: Pick<Entry, 'row' | 'lost'> & { warnings: readonly Warning[] },
		{ execution, reuse }: Wanted,
	): Entry {
		// What was ordered is not sent once more, which is where others say whether to keep prompts.
		const keepPrompts = reuse.kind === 'once' && reuse.keepPrompts;
		const flags = { keepPrompts, isPaid: false, hasEnded: false };
		const entry: Entry = { row, lost, warnings: [...warnings], holder: execution, ...flags };
		this.entries.set(id, entry);
		return entry;
	}

	/** Unless another execution has taken it meanwhile. */
	protected forget(id: string, entry: Entry): void {
		if (this.entries.get(id) === entry) this.entries.delete(id);
	}

	/** After a claim that failed, or that is not followed by another: gives back what it may have. Never throws. */
	async leave(item: ItemRef): Promise<void> {
		const leave = async (): Promise<void> =>
			await this.driver.run('leave', { item: itemOf(item), held: [...this.entries.keys()] });
		await this.upkeep.leave(leave);
	}

	/** Gives a claim back of which nothing was sent. Never throws. */
	async release(id: string): Promise<void> {
		await this.end({ id, outcome: 'released', record: '{}', spent: 0 });
	}

	protected async end(args: FailArguments): Promise<void> {
		const { id } = args;
		const entry = this.entries.get(id);
		if (!entry || entry.row)
			await this.upkeep.write(async () => await this.driver.run('fail', args));
		this.entries.delete(id);
		await this.runtime.at('failed');
		this.waiters.wake(id);
	}
}
