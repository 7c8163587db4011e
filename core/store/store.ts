import { errorToJson, toGptImageError, type GptImageError } from '../errors';
import type { Answer, Call, ItemRef, Purchase } from '../job';
import { Claims } from './claims';
import { checkSize } from './files';
import { itemOf, moneyOf, partRow, purchaseOf } from './record';
import type { Limits, NotSent } from './send';
import type { Arguments, FoundRows, History, KeepArguments } from './transactions';
import { inWords, isUnusable, mayBeBilled, notKept, succeeds, unavailable } from './trouble';

/** The verbs after a claim: what happens to money and images, whatever database is below. */

export type { Purchase } from '../job';
export type { Reuse } from './choose';
export type { Claim } from './claims';
export type { Limits } from './send';

export type Sending = { readonly kind: 'sent' } | NotSent;
export class Store extends Claims {
	/**
	 * Pause, pace, limits and the mark that a call may be billed from now on, in one step.
	 * @param call whose highest price is known where a limit is set
	 * @throws GptImageError `store_unavailable`: nothing may be sent
	 */
	async send(
		id: string,
		{ estimate, weight }: Pick<Call, 'estimate' | 'weight'>,
		limits: Limits,
	): Promise<Sending> {
		const entry = this.entries.get(id);
		if (!entry) return { kind: 'gone' };
		const hasLimit = limits.perRun !== undefined || limits.perDay !== undefined;
		const reserved = moneyOf(estimate.usd.max);
		// OpenAI counts images that go in beside those that come out; the larger number decides.
		const images = Math.max(weight.images, weight.inputImages);
		entry.keepPrompts = limits.keepPrompts;
		if (!entry.row) {
			if (hasLimit) throw unavailable(entry.warnings.at(-1)?.message ?? '');
			return { kind: 'sent' };
		}
		try {
			const sending = await this.driver.run('send', { id, images, reserved, limits });
			if (sending.kind !== 'sent') return sending;
			entry.row = sending.row;
		} catch (error) {
			if (!isUnusable(error)) throw toGptImageError(error);
			if (hasLimit) throw unavailable(inWords(error));
			entry.warnings.push(notKept(error));
			entry.row = undefined;
		}
		await this.runtime.at('sent');
		return { kind: 'sent' };
	}

	/**
	 * The answer can be fetched by this ID, also by another process; undefined: no more. Never throws.
	 */
	async note(id: string, responseId: string | undefined): Promise<void> {
		const entry = this.entries.get(id);
		if (!entry?.row) return;
		const response = responseId ?? null;
		entry.row = { ...entry.row, response };
		await this.upkeep.write(async () => await this.driver.run('note', { id, response }));
		await this.runtime.at('noted');
	}

	/** Keeps what was paid for. Never throws: what cannot be kept says so (`not_kept`). */
	async keep(id: string, answer: Answer): Promise<Purchase> {
		const { driver, upkeep } = this;
		const entry = this.entries.get(id);
		const { lost = [], keepPrompts = false } = entry ?? {};
		const { responseId, usd } = answer;
		const told = lost.filter(({ response }) => response === null || response !== responseId);
		const warnings = [...(entry?.warnings ?? []), ...told.map(mayBeBilled), ...answer.warnings];
		const rows = await Promise.all(
			answer.parts.map(async (part) => await partRow(part, keepPrompts)),
		);
		const parts = answer.parts.map((part, n) => ({
			...part,
			sha256: rows[n]?.sha256 ?? undefined,
		}));
		const attempts = answer.attempts ?? 1 + told.length;
		if (!entry?.row) this.entries.delete(id);
		else {
			const { row } = entry;
			const record = JSON.stringify({ usd, attempts, warnings });
			const response = responseId ?? row.response;
			let kept: KeepArguments = {
				slip: { ...row, response, spent: moneyOf(usd), record, parts: rows },
				state: entry.hasEnded ? 'available' : 'kept',
			};
			let isNoted = false;
			try {
				checkSize(kept.slip);
				isNoted = await driver.put(
					kept,
					answer.parts.map(({ bytes }) => bytes),
				);
			} catch (error) {
				warnings.push(notKept(error));
				kept = { ...kept, slip: { ...kept.slip, parts: [] }, state: 'delivered' };
			}
			isNoted ||= await upkeep.write(async () => await driver.run('keep', kept));
			if (!isNoted && kept.state !== 'delivered') warnings.push(...driver.unnoted);
			await this.runtime.at('kept');
			entry.isPaid = true;
			if (entry.hasEnded || kept.state === 'delivered') this.forget(id, entry);
			// Its execution ended in this moment, and n8n did not wait for it.
			if (entry.hasEnded && kept.state === 'kept')
				await this.settleRows({ delivered: [], returned: [id], execution: entry.holder });
			this.waiters.wake(id);
		}
		warnings.push(...driver.warnings.splice(0));
		return { id, parts, responseId, usd, reused: false, attempts, warnings };
	}

	/**
	 * Released, refused for this execution, or lost: what is refused for good is not sent again, whatever it
	 * cost, unless an answer can be fetched by its response. Never throws.
	 */
	async fail(id: string, error: GptImageError): Promise<void> {
		const isFree = error.billed === 'no';
		const isFetchable = !isFree && typeof this.entries.get(id)?.row?.response === 'string';
		// Nobody waited for the answer, which may come all the same.
		const isLeft = !isFree && error.is('aborted', 'timeout');
		const isFinal = !error.retryable && !isFetchable && !isLeft;
		await this.end({
			id,
			outcome: isFinal ? 'refused' : isFree ? 'released' : 'lost',
			record: JSON.stringify(errorToJson(error)),
			spent: isFree ? 0 : moneyOf(error.usd),
		});
	}

	/**
	 * The execution is over, or waits.
	 * @param outcome `delivered`: n8n has what was kept; `returned`: it is owed to the next one. Never throws.
	 * @param owed purchases that n8n did not get, whatever the outcome
	 */
	async settle(
		executionId: string,
		outcome: 'delivered' | 'returned',
		owed?: ReadonlySet<string>,
	): Promise<void> {
		const { driver, runtime, entries } = this;
		const mine = [...entries].filter(([, { holder }]) => holder === executionId);
		for (const [, entry] of mine) entry.hasEnded = true;
		const paid = mine.filter(([, { isPaid }]) => isPaid).map(([id]) => id);
		const isDelivered = (id: string): boolean => outcome === 'delivered' && !owed?.has(id);
		const delivered = paid.filter(isDelivered);
		const returned = paid.filter((id) => !isDelivered(id));
		// The slip decides what is owed. Taking it away needs no space, so it comes first.
		await driver.settle(delivered);
		await runtime.at('unowed');
		await this.settleRows({ delivered, returned, execution: executionId });
		for (const [id, entry] of mine) if (entry.isPaid) this.forget(id, entry);
		await runtime.at('settled');
	}

	private async settleRows(args: Arguments<'settle'>): Promise<void> {
		const { driver, upkeep } = this;
		const settle = async (): Promise<void> => {
			// Whoever settles may be the one that prunes this hour.
			if (await driver.run('settle', args)) upkeep.prune();
		};
		const isEmpty = args.delivered.length + args.returned.length === 0;
		await (isEmpty ? upkeep.leave(settle) : upkeep.write(settle));
	}

	/**
	 * @param of a session, whose turns come oldest first, or a response
	 * @param item for it, turns that nobody got are told apart (`isOwed`)
	 * @returns what was paid; bytes only in the last that has any
	 */
	async find(of: History, item?: ItemRef): Promise<readonly Purchase[]> {
		const all = await this.upkeep.asked(
			async () => await this.driver.run('find', { of, item: item ? itemOf(item) : null }),
		);
		const last = all.findLast(({ parts }) => parts.some(({ sha256 }) => sha256 !== null));
		const read = async (one: FoundRows): Promise<readonly Purchase[]> => {
			const whole = await purchaseOf(this.driver, one, one === last);
			const purchase = whole ?? (await purchaseOf(this.driver, one, false));
			return purchase ? [{ ...purchase, ...(one.isOwed && { isOwed: true }) }] : [];
		};
		return (await Promise.all(all.map(read))).flat();
	}

	/** Nothing is sent with this account for so long. Never throws. @returns whether it is noted */
	async pause(account: string, ms: number): Promise<boolean> {
		return await succeeds(this.driver.run('pause', { account, ms }));
	}

	async close(): Promise<void> {
		await this.upkeep.end();
		await this.driver.close();
	}
}
