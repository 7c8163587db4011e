import { createHash, randomUUID } from 'node:crypto';
import path from 'node:path';
import { fieldsOf } from '../rules/unknown';
import type { Money } from './money';
import { discard, namesIn } from './store';
import { updateDocument } from './store-document';

/**
 * What was spent through one credential on one day (UTC), on disk, shared by all processes that use
 * the folder. One document per credential and day.
 */

interface Held {
	readonly money: Money;
	/** Milliseconds since 1970; afterwards the process that held it counts as dead. */
	readonly until: number;
}
interface Day {
	readonly spent: Money;
	readonly held: Readonly<Record<string, Held>>;
}

/**
 * Longer than any call with its retries takes. A reservation that outlives it is dropped; should its
 * process be alive after all, what it paid is still added when it settles.
 */
const HOLD_MS = 60 * 60_000;
const DAYS_KEPT = 7;
const DAY_MS = 24 * 60 * 60_000;

export type DayAnswer =
	| { readonly ok: true; readonly day: string; readonly id: string }
	| { readonly ok: false; readonly spent: Money; readonly held: Money };

const money = (value: unknown): Money =>
	typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;

function readDay(stored: unknown, now: number): Day {
	const { spent, held } = fieldsOf(stored);
	const alive: Record<string, Held> = {};
	for (const [id, value] of Object.entries(fieldsOf(held))) {
		const { money: amount, until } = fieldsOf(value);
		if (typeof until === 'number' && until > now) alive[id] = { money: money(amount), until };
	}
	return { spent: money(spent), held: alive };
}

const heldIn = (day: Day): Money =>
	Object.values(day.held).reduce((sum, { money: amount }) => sum + amount, 0);

const dayOf = (now: number): string => new Date(now).toISOString().slice(0, 10);

export class DaySpend {
	private readonly home: string;

	/**
	 * @param folder where the documents lie; made when missing
	 * @param key names the credential; only its digest is written
	 * @param now milliseconds since 1970
	 */
	constructor(
		folder: string,
		key: string,
		private readonly now: () => number,
	) {
		this.home = path.join(folder, createHash('sha256').update(key).digest('hex').slice(0, 24));
	}

	/**
	 * Reserves an amount unless the day would pass its limit.
	 * @throws GptImageError `storage_*`
	 */
	async reserve(amount: Money, limit: Money): Promise<DayAnswer> {
		const now = this.now();
		const id = randomUUID();
		const name = dayOf(now);
		let refusal: DayAnswer | undefined;
		await updateDocument<Day>(path.join(this.home, name), (stored) => {
			const day = readDay(stored, now);
			const held = heldIn(day);
			if (day.spent + held + amount > limit) {
				refusal = { ok: false, spent: day.spent, held };
				return undefined;
			}
			refusal = undefined;
			const mine = { money: amount, until: now + HOLD_MS };
			return { spent: day.spent, held: { ...day.held, [id]: mine } };
		});
		if (refusal) return refusal;
		await this.forgetOldDays(name);
		return { ok: true, day: name, id };
	}

	/**
	 * Replaces a reservation by what was spent, on the day it was made.
	 * @throws GptImageError `storage_*`; the reservation then stands until it expires
	 */
	async settle(day: string, id: string, amount: Money): Promise<void> {
		await updateDocument<Day>(path.join(this.home, day), (stored) => {
			const { spent, held } = readDay(stored, this.now());
			const others = Object.fromEntries(Object.entries(held).filter(([key]) => key !== id));
			return { spent: spent + amount, held: others };
		});
	}

	private forgotten = '';

	private async forgetOldDays(today: string): Promise<void> {
		if (this.forgotten === today) return;
		this.forgotten = today;
		const oldest = dayOf(this.now() - DAYS_KEPT * DAY_MS);
		for (const name of await namesIn(this.home)) {
			if (/^\d{4}-\d{2}-\d{2}$/.test(name) && name < oldest) {
				await discard(path.join(this.home, name));
			}
		}
	}
}
