import { GptImageError } from '../../../core/errors';
import type { Reuse } from '../../../core/store/choose';
import type { ItemRef } from '../../../core/job';
import { callOf, itemAt } from './items';
import type { Claim, Limits, Purchase, Store } from '../../../core/store/store';

/** What every store must do, whatever holds its rows. A new driver is held to it by `contract.test.ts`. */

export interface Member {
	readonly store: Store;
	/** It stops at once and without a word, as a killed process does; others see that it is dead. */
	die(): Promise<void>;
}
export interface Place {
	/** Another worker on the same database, from nothing. */
	join(): Promise<Member>;
	/** Deletes all purchases and bytes; workers stay. */
	clear(): Promise<void>;
	/** Runs SQL of the test's own beside the store. Table names are unqualified. */
	sql(text: string): Promise<ReadonlyArray<Record<string, unknown>>>;
	/** Overwrites the kept bytes of a part. */
	damage(purchase: string, n: number): Promise<void>;
	end(): Promise<void>;
}

type Verb = (...args: unknown[]) => Promise<unknown>;

const CENT = 100_000_000;
const DAY = 86_400_000;
const undelivered: Reuse = { kind: 'undelivered' };
const always: Reuse = { kind: 'always', hours: 24 };
const never: Reuse = { kind: 'never' };
const noLimits: Limits = { account: 'acme', keepPrompts: true };

const answerOf = (text: string, usd: number | null = 0.01, responseId?: string) => ({
	parts: [
		{ bytes: Buffer.from(text), facts: { format: 'png', width: 1 }, texts: { prompt: text } },
	],
	usd,
	...(responseId !== undefined && { responseId }),
	warnings: [],
});
const failure = (
	billed: 'no' | 'possibly' | 'yes',
	retryable: boolean,
	usd?: number,
): GptImageError =>
	new GptImageError('It failed', { code: 'server_error', advice: 'None.', billed, retryable, usd });

function yours(claim: Claim): string {
	if (claim.kind !== 'yours') throw new Error(`expected a purchase of ours, got ${claim.kind}`);
	return claim.id;
}
function paid(claim: Claim): Purchase {
	if (claim.kind !== 'paid') throw new Error(`expected a paid purchase, got ${claim.kind}`);
	return claim.purchase;
}
function later(claim: Claim): (signal?: AbortSignal) => Promise<void> {
	if (claim.kind !== 'later') throw new Error(`expected to wait, got ${claim.kind}`);
	return claim.ended;
}
const textOf = ({ parts }: Purchase): string => String(parts[0]?.bytes);
const codes = ({ warnings }: Pick<Purchase, 'warnings'>): readonly string[] =>
	warnings.map(({ code }) => code);

export function holdTo(name: string, open: () => Promise<Place>): void {
	describe(name, () => {
		let place: Place;
		let a: Store;
		let b: Store;
		let memberA: Member;
		let isDead = false;
		beforeAll(async () => {
			place = await open();
			memberA = await place.join();
			b = (await place.join()).store;
		});
		beforeEach(async () => {
			await place.clear();
			if (isDead) memberA = await place.join();
			isDead = false;
			a = memberA.store;
		});
		afterAll(async () => await place.end());
		const killA = async (): Promise<void> => {
			isDead = true;
			await memberA.die();
		};

		const claim = async (
			store: Store,
			item: ItemRef,
			{ key = 'key', reuse = undelivered, session = undefined as string | undefined } = {},
		): Promise<Claim> => await store.claim(key, item, reuse, session);
		const buy = async (
			store: Store,
			item: ItemRef,
			text: string,
			options: { key?: string; reuse?: Reuse } = {},
		): Promise<Purchase> => {
			const id = yours(await claim(store, item, options));
			expect(await store.send(id, callOf(0.02), noLimits)).toEqual({ kind: 'sent' });
			return await store.keep(id, answerOf(text));
		};
		const spentToday = async (store: Store): Promise<number> => {
			const id = yours(await claim(store, itemAt('probe', 0, 'probe'), { key: 'probe' }));
			const sending = await store.send(id, callOf(1000), { ...noLimits, perDay: 1 });
			await store.fail(id, failure('no', true));
			if (sending.kind !== 'over') throw new Error(sending.kind);
			return (sending.spent + sending.reserved) / CENT;
		};

		describe('a purchase', () => {
			it('is delivered once: the next execution buys a new one', async () => {
				const purchase = await buy(a, itemAt('1', 0), 'one');
				const { parts, ...others } = purchase;
				expect(parts).toMatchObject(answerOf('one').parts);
				expect({ ...others, id: '' }).toEqual({
					id: '',
					usd: 0.01,
					reused: false,
					attempts: 1,
					warnings: [],
				});
				await a.settle('1', 'delivered');
				yours(await claim(a, itemAt('2', 0)));
				yours(await claim(b, itemAt('3', 0)));
			});

			it('is owed to its node after a failed execution, also in another process', async () => {
				const { id } = await buy(a, itemAt('1', 0), 'one');
				await a.settle('1', 'returned');
				const purchase = paid(await claim(b, itemAt('2', 7)));
				expect(purchase).toMatchObject({ id, usd: 0.01, reused: true, attempts: 1, warnings: [] });
				expect(purchase.parts).toMatchObject(answerOf('one').parts);
				// It is held now, so nobody else gets it.
				yours(await claim(a, itemAt('3', 0)));
				await b.settle('2', 'delivered');
				yours(await claim(b, itemAt('4', 0)));
			});

			it('is not owed to another node, and to nobody who wants none', async () => {
				await buy(a, itemAt('1', 0), 'one');
				await a.settle('1', 'returned');
				yours(await claim(a, itemAt('2', 0, 'other')));
				yours(await claim(a, itemAt('2', 0), { reuse: never }));
			});

			it('answers its own item again within the execution, also without reuse', async () => {
				const { id } = await buy(a, itemAt('1', 0), 'one');
				expect(paid(await claim(a, itemAt('1', 0), { reuse: never })).id).toBe(id);
				yours(await claim(a, itemAt('1', 1)));
			});

			it('is owed when its worker died before the execution ended', async () => {
				await buy(a, itemAt('1', 0), 'one');
				yours(await claim(b, itemAt('2', 0), { key: 'key' }));
				await killA();
				expect(textOf(paid(await claim(b, itemAt('3', 0))))).toBe('one');
			});

			it('is owed for a day after its worker died: n8n may have saved it', async () => {
				const hour = 3_600_000;
				for (const [hours, kind] of [
					[23, 'paid'],
					[25, 'yours'],
				] as const) {
					await place.clear();
					const member = await place.join();
					await buy(member.store, itemAt('1', 0), 'one');
					await member.die();
					await place.sql(`UPDATE purchase SET changed_at = changed_at - ${hours * hour}`);
					expect((await claim(b, itemAt('2', 0))).kind).toBe(kind);
				}
			});

			it('of a round of a loop is not the one of the round before', async () => {
				await buy(a, itemAt('1', 0), 'one');
				const next = { ...itemAt('1', 0), runIndex: 1 };
				expect((await claim(a, next)).kind).toBe('yours');
				expect(textOf(paid(await claim(a, itemAt('1', 0))))).toBe('one');
			});

			it('of an execution that waited while its worker died is not given to it once more', async () => {
				await buy(a, itemAt('1', 0), 'one');
				await buy(a, itemAt('1', 0, 'collect'), 'two', { key: 'line' });
				await killA();
				yours(await claim(b, { ...itemAt('1', 0), runIndex: 1 }));
				const once: Reuse = { kind: 'once', keepPrompts: true };
				for (const next of [
					{ ...itemAt('1', 0, 'collect'), runIndex: 1 },
					itemAt('1', 0, 'collect again'),
				])
					expect((await claim(b, next, { key: 'line', reuse: once })).kind).toBe('refused');
				// Others get it, and so does one that is run again from its start.
				expect(textOf(paid(await claim(b, itemAt('1', 0))))).toBe('one');
				const other = itemAt('2', 0, 'collect');
				expect(textOf(paid(await claim(b, other, { key: 'line', reuse: once })))).toBe('two');
			});

			it('keeps many parts in order, with and without bytes', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.05, 3), noLimits);
				const big = Buffer.alloc(3_000_001, 7);
				const parts = [
					{ bytes: big, facts: { format: 'jpeg', n: 0 } },
					{ facts: { n: 1 }, texts: { text: 'only words' } },
					{ bytes: Buffer.from('two'), facts: { format: '../../etc', n: 2 } },
				];
				await a.keep(id, { parts, usd: 0.05, warnings: [{ code: 'cost', message: 'a warning' }] });
				await a.settle('1', 'returned');
				const purchase = paid(await claim(b, itemAt('2', 0)));
				// Compared apart: Jest takes a minute for three million bytes.
				expect(purchase.parts[0]?.bytes?.equals(big)).toBe(true);
				expect(purchase.parts.map(({ facts }) => facts)).toEqual(parts.map(({ facts }) => facts));
				expect(purchase.parts.slice(1)).toMatchObject(parts.slice(1));
				expect(purchase.warnings).toEqual([{ code: 'cost', message: 'a warning' }]);
			});

			it('is bought again, with a warning, when its bytes are damaged', async () => {
				const { id } = await buy(a, itemAt('1', 0), 'one');
				await a.settle('1', 'returned');
				await place.damage(id, 0);
				const again = await claim(b, itemAt('2', 0));
				expect(again).toMatchObject({ kind: 'yours', warnings: [{ code: 'image_damaged' }] });
				await b.send(yours(again), callOf(0.02), noLimits);
				expect(codes(await b.keep(yours(again), answerOf('two')))).toEqual(['image_damaged']);
			});

			it('keeps no prompts where the account says so', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), { ...noLimits, keepPrompts: false });
				expect(await a.keep(id, answerOf('secret words'))).toMatchObject(answerOf('secret words'));
				await a.settle('1', 'returned');
				const tables = await Promise.all(
					['purchase', 'part'].map(async (table) => await place.sql(`SELECT * FROM ${table}`)),
				);
				expect(JSON.stringify(tables)).not.toContain('secret words');
				const [part] = paid(await claim(b, itemAt('2', 0))).parts;
				expect(part).toEqual({
					bytes: Buffer.from('secret words'),
					facts: { format: 'png', width: 1 },
					sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
				});
			});

			it('can be kept and settled again and again', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.send(id, callOf(0.02), noLimits);
				await a.keep(id, answerOf('one'));
				await a.keep(id, answerOf('one'));
				expect(await spentToday(a)).toBe(1);
				await a.settle('1', 'returned');
				await a.settle('1', 'returned');
				expect(textOf(paid(await claim(b, itemAt('2', 0))))).toBe('one');
				expect(await place.sql('SELECT purchase FROM part')).toHaveLength(1);
			});
		});

		describe('reuse = always', () => {
			it('copies what anybody bought, and leaves it to its owner', async () => {
				await buy(a, itemAt('1', 0), 'one');
				expect(textOf(paid(await claim(b, itemAt('2', 0, 'other'), { reuse: always })))).toBe(
					'one',
				);
				await b.settle('2', 'delivered');
				await a.settle('1', 'returned');
				expect(textOf(paid(await claim(b, itemAt('3', 0))))).toBe('one');
			});

			it('takes the newest, and none that is too old', async () => {
				const { id } = await buy(a, itemAt('1', 0), 'old');
				await buy(a, itemAt('1', 1), 'new');
				await a.settle('1', 'delivered');
				await place.sql(`UPDATE purchase SET created_at = created_at - 1000 WHERE id = '${id}'`);
				expect(textOf(paid(await claim(b, itemAt('2', 0), { reuse: always })))).toBe('new');
				await place.sql(`UPDATE purchase SET created_at = created_at - ${DAY + 1000}`);
				yours(await claim(b, itemAt('2', 1), { reuse: always }));
			});

			it('copies nothing of another account', async () => {
				await buy(a, itemAt('1', 0), 'one', { reuse: always });
				const reuse = (account: string): Reuse => ({ kind: 'always', hours: 24, account });
				const other = itemAt('2', 0, 'other node');
				expect((await claim(b, other, { reuse: reuse('other') })).kind).toBe('yours');
				const same = await claim(b, itemAt('3', 0, 'third'), { reuse: reuse('acme') });
				expect(textOf(paid(same))).toBe('one');
			});

			it('waits for no call of another account', async () => {
				const id = yours(await claim(a, itemAt('1', 0), { reuse: always }));
				await a.send(id, callOf(0.02), noLimits);
				const reuse = (account: string): Reuse => ({ kind: 'always', hours: 24, account });
				later(await claim(b, itemAt('3', 0, 'third'), { reuse: reuse('acme') }));
				yours(await claim(b, itemAt('2', 0, 'other node'), { reuse: reuse('other') }));
			});

			it('waits for whoever buys it, in the order of asking', async () => {
				const id = yours(await claim(a, itemAt('1', 0), { reuse: always }));
				await a.send(id, callOf(0.02), noLimits);
				const second = later(await claim(b, itemAt('2', 0), { reuse: always }));
				const third = later(await claim(a, itemAt('1', 1), { reuse: always }));
				await a.fail(id, failure('no', true));
				await Promise.all([
					second(),
					(async () => {
						// The third may look first, and is still behind the second.
						later(await claim(a, itemAt('1', 1), { reuse: always }));
					})(),
				]);
				const next = yours(await claim(b, itemAt('2', 0), { reuse: always }));
				await b.send(next, callOf(0.02), noLimits);
				await b.keep(next, answerOf('one'));
				await third();
				expect(textOf(paid(await claim(a, itemAt('1', 1), { reuse: always })))).toBe('one');
			});

			it('does not wait for the dead', async () => {
				yours(await claim(a, itemAt('1', 0), { reuse: always }));
				const ended = later(await claim(b, itemAt('2', 0), { reuse: always }));
				await killA();
				await ended();
				yours(await claim(b, itemAt('2', 0), { reuse: always }));
			});

			it('takes the place of the dead away, who may only be asleep and would send, too', async () => {
				const id = yours(await claim(a, itemAt('1', 0), { reuse: always }));
				await killA();
				const mine = yours(await claim(b, itemAt('2', 0), { reuse: always }));
				expect(mine).not.toBe(id);
				expect(await place.sql('SELECT id FROM purchase')).toEqual([{ id: mine }]);
			});
		});

		describe('stopping', () => {
			it('makes a second run wait for the calls of the first, and gives it what they bring', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.settle('1', 'returned');
				const ended = later(await claim(b, itemAt('2', 0)));
				await a.keep(id, answerOf('one'));
				await ended();
				expect(textOf(paid(await claim(b, itemAt('2', 0))))).toBe('one');
			});

			it('gives what is kept in that very moment to the next run', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				const driver = Reflect.get(a, 'driver') as Record<'put' | 'run', Verb>;
				const { put, run } = driver;
				const thenSettle = async (verb: Verb, args: unknown[]): Promise<unknown> => {
					const result = await Reflect.apply(verb, driver, args);
					const isKept = verb === put ? result === true : args[0] === 'keep';
					if (isKept) {
						Object.assign(driver, { put, run });
						await a.settle('1', 'returned');
					}
					return result;
				};
				driver.put = async (...args) => await thenSettle(put, args);
				driver.run = async (...args) => await thenSettle(run, args);
				await a.keep(id, answerOf('one'));
				expect(textOf(paid(await claim(b, itemAt('2', 0))))).toBe('one');
			});

			it('ends waiting by the signal, and gives the place back', async () => {
				const id = yours(await claim(a, itemAt('1', 0), { reuse: always }));
				const ended = later(await claim(b, itemAt('2', 0), { reuse: always }));
				const stop = new AbortController();
				const waiting = ended(stop.signal);
				stop.abort();
				await waiting;
				await a.fail(id, failure('no', true));
				yours(await claim(a, itemAt('3', 0), { reuse: always }));
			});

			it('gives places back when the execution ends', async () => {
				const id = yours(await claim(a, itemAt('1', 0), { reuse: always }));
				later(await claim(b, itemAt('2', 0), { reuse: always }));
				await b.settle('2', 'returned');
				await a.fail(id, failure('no', true));
				yours(await claim(a, itemAt('3', 0), { reuse: always }));
			});
		});

		describe('a failed call', () => {
			it('that is not billed is as if it had not been', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.fail(id, failure('no', true));
				expect(await claim(a, itemAt('1', 0))).toMatchObject({ kind: 'yours', warnings: [] });
				expect(await spentToday(b)).toBe(0);
			});

			it('that was refused is not sent again in its execution', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.fail(id, failure('no', false));
				const again = await claim(b, itemAt('1', 0));
				expect(again).toMatchObject({
					kind: 'refused',
					error: { message: 'It failed', code: 'server_error', billed: 'no', retryable: false },
				});
				await a.fail(yours(await claim(a, itemAt('1', 1))), failure('no', true));
				await a.settle('1', 'returned');
				yours(await claim(a, itemAt('1', 0)));
				expect(await spentToday(b)).toBe(0);
			});

			it('that was refused and billed counts in the day, and is told when its execution is over', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.fail(id, failure('yes', false));
				expect((await claim(a, itemAt('1', 0))).kind).toBe('refused');
				await a.settle('1', 'returned');
				expect(await spentToday(b)).toBe(2);
				const warnings = [{ code: 'may_have_been_billed' }];
				expect(await claim(a, itemAt('2', 0))).toMatchObject({ kind: 'yours', warnings });
			});

			it('that was refused and may have been billed is not sent again, and counts by what was reserved', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.fail(id, failure('possibly', false));
				expect((await claim(b, itemAt('1', 0))).kind).toBe('refused');
				await a.settle('1', 'returned');
				expect(await spentToday(b)).toBe(2);
				expect(await claim(a, itemAt('2', 0))).toMatchObject({
					kind: 'yours',
					warnings: [{ code: 'may_have_been_billed' }],
				});
			});

			it('that was refused is told, too, when its execution was settled first', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.settle('1', 'returned');
				await a.fail(id, failure('possibly', false));
				expect(await spentToday(b)).toBe(2);
				expect(await claim(a, itemAt('2', 0))).toMatchObject({
					kind: 'yours',
					warnings: [{ code: 'may_have_been_billed' }],
				});
			});

			it('whose cost is known counts by that', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.fail(id, failure('yes', false, 0.0125));
				expect((await claim(a, itemAt('1', 0))).kind).toBe('refused');
				await a.settle('1', 'returned');
				expect(await spentToday(b)).toBe(1.25);
			});

			it('is not refused while its answer can be fetched', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.note(id, 'resp_1');
				await a.fail(id, failure('possibly', false));
				expect(await claim(a, itemAt('1', 0))).toMatchObject({ kind: 'yours', begun: 'resp_1' });
			});

			it('whose answer was lost is told once, and counts by what was reserved', async () => {
				const first = yours(await claim(a, itemAt('1', 0)));
				await a.send(first, callOf(0.02), noLimits);
				await a.fail(first, failure('possibly', true));
				const second = await claim(a, itemAt('1', 0));
				expect(second).toMatchObject({ warnings: [{ code: 'may_have_been_billed' }] });
				// Another row with the same key does not tell it too.
				expect(await claim(b, itemAt('2', 0))).toMatchObject({ kind: 'yours', warnings: [] });
				await a.send(yours(second), callOf(0.02), noLimits);
				const purchase = await a.keep(yours(second), answerOf('one'));
				expect(codes(purchase)).toEqual(['may_have_been_billed']);
				expect(purchase.attempts).toBe(2);
				expect(await spentToday(b)).toBe(3);
				await a.settle('1', 'delivered');
				expect(await claim(a, itemAt('3', 0))).toMatchObject({ kind: 'yours', warnings: [] });
			});

			it('whose answer was lost is told to its own node only', async () => {
				const first = yours(await claim(a, itemAt('1', 0)));
				await a.send(first, callOf(0.02), noLimits);
				await a.fail(first, failure('possibly', true));
				await a.settle('1', 'returned');
				const other = await claim(b, itemAt('2', 0, 'other node'));
				expect(other).toMatchObject({ kind: 'yours', warnings: [] });
				expect(await claim(b, itemAt('2', 0))).toMatchObject({
					warnings: [{ code: 'may_have_been_billed' }],
				});
			});

			it('stays untold when whoever would have told it fails or dies', async () => {
				const first = yours(await claim(a, itemAt('1', 0)));
				await a.send(first, callOf(0.02), noLimits);
				await a.fail(first, failure('possibly', true));
				await a.fail(yours(await claim(a, itemAt('1', 0))), failure('no', true));
				const third = yours(await claim(a, itemAt('1', 0)));
				await a.send(third, callOf(0.02), noLimits);
				await killA();
				const fourth = await claim(b, itemAt('2', 0));
				expect(fourth).toMatchObject({
					warnings: [{ code: 'may_have_been_billed' }, { code: 'may_have_been_billed' }],
				});
				await b.send(yours(fourth), callOf(0.02), noLimits);
				expect((await b.keep(yours(fourth), answerOf('one'))).attempts).toBe(3);
				expect(await spentToday(b)).toBe(5);
			});

			it('is told with an image that is owed, and not again', async () => {
				await buy(a, itemAt('1', 0), 'one');
				const second = yours(await claim(a, itemAt('1', 1)));
				await a.send(second, callOf(0.02), noLimits);
				await a.fail(second, failure('possibly', true));
				await a.settle('1', 'returned');
				expect(codes(paid(await claim(b, itemAt('2', 0))))).toEqual(['may_have_been_billed']);
				await b.settle('2', 'returned');
				// The image was not delivered, so its warning comes with it once more; the call is no other's.
				expect(codes(paid(await claim(a, itemAt('3', 0))))).toEqual(['may_have_been_billed']);
				expect(await claim(a, itemAt('3', 1))).toMatchObject({ kind: 'yours', warnings: [] });
			});

			it('of a dead worker may still be paid out, when its answer comes after all', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await place.sql(`UPDATE purchase SET worker = 'cut off' WHERE id = '${id}'`);
				const other = yours(await claim(b, itemAt('2', 0)));
				await b.send(other, callOf(0.02), noLimits);
				expect(codes(await b.keep(other, answerOf('two')))).toEqual(['may_have_been_billed']);
				await a.keep(id, answerOf('one'));
				await b.settle('2', 'delivered');
				expect(textOf(paid(await claim(b, itemAt('3', 0))))).toBe('one');
			});
		});

		describe('a response that was begun', () => {
			const begin = async (): Promise<void> => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.02), noLimits);
				await a.note(id, 'resp_1');
				await killA();
			};

			it('is taken over, and is neither told nor counted twice', async () => {
				await begin();
				const next = await claim(b, itemAt('2', 0));
				expect(next).toMatchObject({ kind: 'yours', begun: 'resp_1', warnings: [] });
				const purchase = await b.keep(yours(next), answerOf('one', 0.01, 'resp_1'));
				expect(purchase).toMatchObject({ responseId: 'resp_1', attempts: 1, warnings: [] });
				expect(await spentToday(b)).toBe(1);
			});

			it('is told when it could not be fetched and another was asked for', async () => {
				await begin();
				const id = yours(await claim(b, itemAt('2', 0)));
				await b.send(id, callOf(0.02), noLimits);
				const purchase = await b.keep(id, answerOf('one', 0.01, 'resp_2'));
				expect(codes(purchase)).toEqual(['may_have_been_billed']);
				expect(await spentToday(b)).toBe(3);
			});
		});

		describe('limits', () => {
			it('of a day are never passed, whatever it costs in the end', async () => {
				const limits = { ...noLimits, perDay: 5 * CENT };
				const send = async (store: Store, key: string, usd: number) => {
					const id = yours(await claim(store, itemAt(key, 0), { key }));
					return [id, await store.send(id, callOf(usd), limits)] as const;
				};
				const [first] = await send(a, '1', 0.03);
				expect(await send(b, '2', 0.03)).toMatchObject({
					1: { kind: 'over', limit: 'perDay', spent: 0, reserved: 3 * CENT },
				});
				expect(await send(b, '3', 0.02)).toMatchObject({ 1: { kind: 'sent' } });
				await a.keep(first, answerOf('one', 0.01));
				expect(await send(b, '4', 0.03)).toMatchObject({
					1: { kind: 'over', limit: 'perDay', spent: CENT, reserved: 2 * CENT },
				});
				expect(await send(a, '5', 0.02)).toMatchObject({ 1: { kind: 'sent' } });
				const other = yours(await claim(a, itemAt('6', 0), { key: '6' }));
				expect(await a.send(other, callOf(0.05), { ...limits, account: 'other' })).toEqual({
					kind: 'sent',
				});
			});

			it('count the calls of the dead, and those whose cost is not known', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await a.send(id, callOf(0.04), noLimits);
				const other = yours(await claim(b, itemAt('2', 0, 'other')));
				await b.send(other, callOf(0.03), noLimits);
				await b.keep(other, answerOf('two', null));
				await killA();
				expect(await spentToday(b)).toBe(7);
			});

			it('stay passed when the costs are more than a whole number of units can be', async () => {
				for (const key of ['1', '2', '3']) {
					const id = yours(await claim(a, itemAt(key, 0), { key }));
					await a.send(id, callOf(0.01), noLimits);
					await a.keep(id, answerOf(key, 800_000));
				}
				expect(await spentToday(b)).toBe(240_000_000);
			});

			it('of a run count one node in one execution', async () => {
				const limits = { ...noLimits, perRun: 3 * CENT };
				const id = yours(await claim(a, itemAt('1', 0), { key: '1' }));
				expect(await a.send(id, callOf(0.02), limits)).toEqual({ kind: 'sent' });
				await a.keep(id, answerOf('one', 0.02));
				const second = yours(await claim(a, itemAt('1', 1), { key: '2' }));
				expect(await a.send(second, callOf(0.02), limits)).toEqual({
					kind: 'over',
					limit: 'perRun',
					spent: 2 * CENT,
					reserved: 0,
				});
				const node = yours(await claim(a, itemAt('1', 1, 'other'), { key: '3' }));
				expect(await a.send(node, callOf(0.02), limits)).toEqual({ kind: 'sent' });
				await a.settle('1', 'returned');
				// What an earlier execution paid is not the next one's.
				paid(await claim(a, itemAt('2', 0), { key: '1' }));
				const next = yours(await claim(a, itemAt('2', 1), { key: '4' }));
				expect(await a.send(next, callOf(0.03), limits)).toEqual({ kind: 'sent' });
			});

			it('wait for calls of the same run, which may turn out cheaper', async () => {
				const limits = { ...noLimits, perRun: 3 * CENT };
				const first = yours(await claim(a, itemAt('1', 0), { key: '1' }));
				await a.send(first, callOf(0.02), limits);
				const second = yours(await claim(a, itemAt('1', 1), { key: '2' }));
				expect(await a.send(second, callOf(0.02), limits)).toMatchObject({ kind: 'wait' });
				await a.keep(first, answerOf('one', 0.01));
				expect(await a.send(second, callOf(0.02), limits)).toEqual({ kind: 'sent' });
			});

			it('hold the images of a minute, over all workers', async () => {
				const limits = { ...noLimits, imagesPerMinute: 3 };
				const first = yours(await claim(a, itemAt('1', 0), { key: '1' }));
				expect(await a.send(first, callOf(0.01, 2), limits)).toEqual({ kind: 'sent' });
				const second = yours(await claim(b, itemAt('2', 0), { key: '2' }));
				const sending = await b.send(second, callOf(0.01, 2), limits);
				expect(sending.kind).toBe('wait');
				if (sending.kind === 'wait') {
					expect(sending.ms).toBeGreaterThan(30_000);
					expect(sending.ms).toBeLessThanOrEqual(60_000);
				}
				await place.sql('UPDATE purchase SET sent_at = sent_at - 60000');
				expect(await b.send(second, callOf(0.01, 2), limits)).toEqual({ kind: 'sent' });
				// More than a minute may have is sent alone.
				await place.sql('UPDATE purchase SET sent_at = sent_at - 60000');
				const third = yours(await claim(b, itemAt('3', 0), { key: '3' }));
				expect(await b.send(third, callOf(0.01, 10), limits)).toEqual({ kind: 'sent' });
			});

			it('pause an account for all workers', async () => {
				await a.pause('acme', 50_000);
				await a.pause('acme', 10_000);
				const id = yours(await claim(b, itemAt('1', 0)));
				const sending = await b.send(id, callOf(0.01), noLimits);
				expect(sending.kind === 'wait' && sending.ms > 20_000).toBe(true);
				expect(await b.send(id, callOf(0.01), { ...noLimits, account: 'other' })).toEqual({
					kind: 'sent',
				});
			});

			it('tell a worker whose purchase is another’s by now', async () => {
				const id = yours(await claim(a, itemAt('1', 0)));
				await place.sql(`UPDATE purchase SET worker = 'another' WHERE id = '${id}'`);
				expect(await a.send(id, callOf(0.01), noLimits)).toEqual({ kind: 'gone' });
			});
		});

		describe('a session', () => {
			/** Waits for its turn; the key depends on how many turns came before. */
			const turn = async (store: Store, item: ItemRef, say: () => void = () => undefined) => {
				for (;;) {
					const history = await store.find({ session: 's' });
					const next = await claim(store, item, { key: `turn ${history.length}`, session: 's' });
					if (next.kind !== 'later') {
						const id = yours(next);
						say();
						await store.send(id, callOf(0.02), noLimits);
						await store.keep(
							id,
							answerOf(`turn ${history.length}`, 0.01, `resp_${history.length}`),
						);
						return;
					}
					await next.ended();
				}
			};

			it('has one chain, first asked first served, over all workers', async () => {
				const order: string[] = [];
				const all = [];
				for (const [n, store] of [a, b, a, b, b, a].entries()) {
					const item = itemAt(store === a ? '1' : '2', n);
					// Each has its place before the next one asks.
					const ended = later(await claim(store, item, { key: 'turn 0', session: 's' }));
					all.push(ended().then(async () => await turn(store, item, () => order.push(String(n)))));
				}
				await Promise.all(all);
				expect(order.join('')).toBe('012345');
				const history = await b.find({ session: 's' });
				expect(history.map(({ responseId }) => responseId)).toEqual(
					[0, 1, 2, 3, 4, 5].map((n) => `resp_${n}`),
				);
				expect(history.map(({ parts }) => parts[0]?.bytes?.toString())).toEqual([
					...Array<undefined>(5).fill(undefined),
					'turn 5',
				]);
				expect(history[2]?.parts[0]?.texts).toEqual({ prompt: 'turn 2' });
				expect(await b.find({ session: 'other' })).toEqual([]);
			});

			it('goes on when a worker died in its turn', async () => {
				const first = itemAt('1', 0);
				await later(await claim(a, first, { key: 'turn 0', session: 's' }))();
				yours(await claim(a, first, { key: 'turn 0', session: 's' }));
				const waiting = turn(b, itemAt('2', 0));
				await killA();
				await waiting;
				expect(await b.find({ session: 's' })).toHaveLength(1);
			});

			it('goes on from its own turn when its worker died while it waited', async () => {
				await turn(a, itemAt('1', 0));
				await killA();
				const owed = async (item: ItemRef) =>
					(await b.find({ session: 's' }, item)).map(({ isOwed }) => isOwed === true);
				expect(await owed({ ...itemAt('1', 0), runIndex: 1 })).toEqual([false]);
				expect(await owed(itemAt('1', 0, 'final'))).toEqual([false]);
				expect(await owed(itemAt('1', 0))).toEqual([true]);
				expect(await owed(itemAt('2', 0))).toEqual([true]);
			});

			it('answers what is paid at once', async () => {
				await turn(a, itemAt('1', 0));
				await a.settle('1', 'returned');
				expect(textOf(paid(await claim(b, itemAt('2', 0), { key: 'turn 0', session: 's' })))).toBe(
					'turn 0',
				);
			});
		});

		it('finds a purchase by its response', async () => {
			const id = yours(await claim(a, itemAt('1', 0)));
			await a.send(id, callOf(0.02), noLimits);
			await a.keep(id, answerOf('one', 0.01, 'resp_9'));
			const own = { responseId: 'resp_9', account: 'acme', workflowId: 'workflow' };
			expect((await b.find(own)).map(textOf)).toEqual(['one']);
			expect((await b.find({ ...own, account: 'new key' })).map(textOf)).toEqual(['one']);
			expect((await b.find({ ...own, workflowId: 'other' })).map(textOf)).toEqual(['one']);
			expect(await b.find({ ...own, responseId: 'resp_8' })).toEqual([]);
		});

		it('finds no purchase of another key in another workflow, whoever knows its response', async () => {
			const id = yours(await claim(a, itemAt('1', 0)));
			await a.send(id, callOf(0.02), noLimits);
			await a.keep(id, answerOf('one', 0.01, 'resp_9'));
			for (const workflowId of ['work', 'workflow2', 'workflow","', '%', '']) {
				expect(await b.find({ responseId: 'resp_9', account: 'evil', workflowId })).toEqual([]);
			}
		});

		describe('an order', () => {
			const place = async (
				turn: { line?: string; lines?: string[] } = {},
				id = a.orders.id(),
				store = a,
			): Promise<string> => {
				await store.orders.place({
					...{ id, kind: 'batch', status: 'validating', remote: `batch_${id}`, account: 'acme' },
					...{ endpoint: '/v1/images/generations', scope: '["w","n"]', execution: '1' },
					...{ files: [], lines: [], kept: [], orderedAt: 0, expiresAt: null },
					...{ requests: { total: 1, completed: 0, failed: 0 }, ...turn },
				});
				return id;
			};

			it('is held by one at a time, also within one process', async () => {
				const id = await place();
				const held = await a.orders.hold('acme', id);
				expect(held?.order).toMatchObject({ id, remote: `batch_${id}` });
				expect(await a.orders.hold('acme', id)).toBeUndefined();
				expect(await b.orders.hold('acme', id)).toBeUndefined();
				await held?.release();
				const next = await b.orders.hold('acme', id);
				expect(next?.order.id).toBe(id);
				await next?.release();
			});

			it('may have more lines than a statement may have parameters', async () => {
				const { id } = await buy(a, itemAt('1', 0), 'one');
				const lines = [...Array.from({ length: 40_000 }, (_, n) => `line ${n}`), id];
				const order = await place({ lines });
				expect(await a.orders.lines({ id: order, remote: null })).toEqual([{ id, state: 'open' }]);
			});

			it('is one line when two have asked for one response', async () => {
				const first = yours(await claim(a, itemAt('1', 0)));
				await a.send(first, callOf(0.02), noLimits);
				const id = await place({ line: first, lines: [first] });
				await killA();
				const second = yours(await claim(b, itemAt('2', 0)));
				await b.send(second, callOf(0.02), noLimits);
				await place({ line: second, lines: [second] }, id, b);
				expect(await b.orders.lines({ id, line: second, remote: 'resp_1' })).toEqual([
					{ id: second, state: 'open' },
				]);
			});

			it('is not held by the dead', async () => {
				const id = await place();
				const lost = await a.orders.hold('acme', id);
				expect(lost).toBeDefined();
				await killA();
				const held = await b.orders.hold('acme', id);
				expect(held?.order.id).toBe(id);
				await held?.release();
				await lost?.release();
			});
		});

		describe('in time', () => {
			const age = async (days: number, where = '1 = 1'): Promise<void> => {
				for (const column of ['created_at', 'changed_at', 'keep_until', 'sent_at'])
					await place.sql(
						`UPDATE purchase SET ${column} = ${column} - ${days * DAY} WHERE ${where}`,
					);
				await place.sql(`UPDATE purchase SET day = day - ${days} WHERE ${where}`);
				await place.sql('UPDATE meta SET pruned_at = 0');
			};
			/** A worker prunes when it settles for the first time. */
			const prune = async (): Promise<void> => {
				const { store } = await place.join();
				await store.settle('none', 'delivered');
				await store.close();
			};
			const states = async (): Promise<readonly unknown[]> =>
				(await place.sql('SELECT state FROM purchase ORDER BY created_at, id')).map(
					({ state }) => state,
				);

			it('loses what was delivered, and keeps what is owed for 30 days', async () => {
				await buy(a, itemAt('1', 0), 'one');
				await a.settle('1', 'delivered');
				await buy(a, itemAt('2', 0), 'two');
				await a.settle('2', 'returned');
				await prune();
				expect(await states()).toEqual(['delivered', 'available']);
				await age(2);
				await prune();
				expect(await states()).toEqual(['available']);
				await age(29);
				await prune();
				expect(await states()).toEqual([]);
				expect(await place.sql('SELECT * FROM part')).toEqual([]);
			});

			it('forgets nothing that counts today', async () => {
				await buy(a, itemAt('1', 0), 'one');
				await a.settle('1', 'delivered');
				const id = yours(await claim(a, itemAt('2', 0)));
				await a.send(id, callOf(0.04), noLimits);
				await a.fail(id, failure('yes', false));
				await a.settle('2', 'returned');
				await place.sql(`UPDATE purchase SET changed_at = 0, keep_until = 0, created_at = 0`);
				await prune();
				expect(await spentToday(a)).toBe(5);
			});

			it('keeps what Always may still want', async () => {
				await buy(a, itemAt('1', 0), 'one', { reuse: { kind: 'always', hours: 72 } });
				await a.settle('1', 'delivered');
				await age(2);
				await prune();
				expect(
					textOf(paid(await claim(b, itemAt('2', 0), { reuse: { kind: 'always', hours: 72 } }))),
				).toBe('one');
			});

			it('keeps a session with its last image', async () => {
				for (const n of [0, 1]) {
					const item = itemAt('1', n);
					await later(await claim(a, item, { key: `${n}`, session: 's' }))();
					const id = yours(await claim(a, item, { key: `${n}`, session: 's' }));
					await a.send(id, callOf(0.02), noLimits);
					await a.keep(id, answerOf(`turn ${n}`, 0.01, `resp_${n}`));
				}
				await a.settle('1', 'delivered');
				await age(2);
				await prune();
				const history = await b.find({ session: 's' });
				expect(history.map(({ responseId }) => responseId)).toEqual(['resp_0', 'resp_1']);
				expect(history.map(({ parts }) => parts[0]?.bytes?.toString())).toEqual([
					undefined,
					'turn 1',
				]);
				await age(29);
				await prune();
				expect(await b.find({ session: 's' })).toEqual([]);
			});
		});
	});
}
