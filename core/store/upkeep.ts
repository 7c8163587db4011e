import { GptImageError, toGptImageError } from '../errors';
import type { Driver } from './driver';
import { prune } from './prune';
import type { Runtime } from './waiters';

/** @throws what may be right when it is tried again: the store is away */
function throwPassing(error: unknown): void {
	if (error instanceof GptImageError && !error.is('unexpected')) throw error;
}

/** So long is waited once more for a store that an item has waited for in vain. */
const STILL_AWAY_MS = 4_000;

/** What a worker does beside buying: it shows that it lives, repeats what could not be written, recovers, prunes. */
export class Upkeep {
	/** What could not be written: repeated before the next claim, and by itself. */
	private readonly overdue: Array<() => Promise<unknown>> = [];
	private stop: (() => void) | undefined;
	private beatAt = -Infinity;
	/** Why an item has waited for the store in vain: nobody waits so long once more. */
	private away: GptImageError | undefined;
	private generation: number | undefined;
	private catching: Promise<void> | undefined;
	private pruning: Promise<void> | undefined;

	/**
	 * @param leaseMs how long a worker counts as living after it was seen
	 * @param isBusy whether something of this worker is open
	 * @param isHeld whether an execution of this worker that has not ended has this purchase
	 */
	constructor(
		private readonly driver: Driver,
		private readonly runtime: Runtime,
		private readonly leaseMs: number,
		private readonly isBusy: () => boolean,
		private readonly isHeld: (id: string) => boolean,
	) {}

	/** Whether another database was opened since all slips were looked at. */
	get isBehind(): boolean {
		return this.generation !== this.driver.generation;
	}

	/** Shows by itself that this worker lives, as long as something is open. */
	start(): void {
		this.stop ??= this.runtime.every(this.leaseMs / 4, () => {
			if (this.isBusy() || this.overdue.length > 0)
				void this.driver
					.run('beat', null)
					.then(async () => await this.catchUp())
					.catch(() => undefined);
			else this.rest();
		});
	}

	/** @returns whether the next transaction has to show it */
	beat(): boolean {
		this.start();
		const isDue = this.runtime.now() - this.beatAt >= this.leaseMs / 8;
		if (isDue) this.beatAt = this.runtime.now();
		return isDue;
	}

	/**
	 * What is read before anything is sent.
	 * @throws GptImageError while the store is away; of many items, only the first ones wait long for it
	 */
	async asked<T>(read: () => Promise<T>): Promise<T> {
		const answer = this.ready().then(read);
		return await answer.catch((error: unknown) => {
			// The beat may have gone with it.
			this.beatAt = -Infinity;
			const known = toGptImageError(error);
			this.away = known.is('store_unavailable') ? known : undefined;
			throw error;
		});
	}

	private rest(): void {
		this.stop?.();
		this.stop = undefined;
	}

	/** Now, or as soon as it can be, but not before what could not be written earlier. @returns whether it was now */
	async write(action: () => Promise<unknown>): Promise<boolean> {
		try {
			if (this.overdue.length > 0) await this.catchUp();
			await action();
			return true;
		} catch {
			this.overdue.push(action);
			return false;
		}
	}

	/** The same for what holds no image: of a store that is away, it is not waited for as long. */
	async leave(action: () => Promise<unknown>): Promise<void> {
		if (!this.away) return void (await this.write(action));
		this.overdue.push(action);
		await this.ready().catch(() => undefined);
	}

	private async ready(): Promise<void> {
		const { away } = this;
		const ready = this.catchUp();
		if (!away) return await ready;
		const late = this.runtime.sleep(STILL_AWAY_MS).then(() => {
			throw away;
		});
		await Promise.race([ready, late]);
	}

	/** @throws GptImageError while the store is away */
	async catchUp(): Promise<void> {
		this.catching ??= this.repeat().finally(() => (this.catching = undefined));
		await this.catching;
	}

	private async repeat(): Promise<void> {
		const { driver, overdue } = this;
		if (this.away) await driver.run('beat', null);
		for (let action = overdue[0]; action; action = overdue[0]) {
			// What fails for good is given up: a slip that stays is found when the store is next opened.
			await action().catch(throwPassing);
			overdue.shift();
		}
		while (this.isBehind) {
			await driver.run('beat', null);
			const { generation } = driver;
			const ids = await driver.slips();
			const rows = new Map((await driver.run('look', ids)).map((row) => [row.id, row]));
			const isUnkept = (id: string): boolean => {
				const { state = 'lost', isDead = true } = rows.get(id) ?? {};
				return ['lost', 'told'].includes(state) || (['claimed', 'sent'].includes(state) && isDead);
			};
			await this.recover(ids.filter(isUnkept));
			this.generation = generation;
		}
		this.away = undefined;
	}

	/** Purchases that are paid by their slips, whatever their rows say. @returns whether there is any */
	async recover(ids: readonly string[]): Promise<boolean> {
		let isAny = false;
		for (const id of ids) {
			const slip = await this.driver.slip(id);
			if (!slip) continue;
			const state = this.isHeld(id) ? 'kept' : 'available';
			// One that is damaged must not stop all others.
			await this.driver.run('keep', { slip, state }).then(() => (isAny = true), throwPassing);
		}
		return isAny;
	}

	prune(): void {
		this.pruning = prune(this.driver).catch(() => undefined);
	}

	async end(): Promise<void> {
		this.rest();
		await this.pruning;
	}
}
