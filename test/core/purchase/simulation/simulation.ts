import { createHash } from 'node:crypto';
import { GptImageError } from '../../../../core/errors';
import type { Call, ItemRef, Purchase } from '../../../../core/job';
import { Spending } from '../../../../core/purchase/limits';
import { purchase } from '../../../../core/purchase/purchase';
import { orStopped } from '../../../../core/purchase/stop';
import { scopeOf } from '../../../../core/store/record';
import { Store, type Reuse } from '../../../../core/store/store';
import type { Arguments, Name, Result } from '../../../../core/store/transactions';
import { Memory, MemoryDriver } from '../../store/memory';
import { World } from './world';

/** Purchase and store under one seed, and a checker that knows what the world has billed. */

const LEASE_MS = 60_000;
const USD = 0.01;
const PRICE = 100_000_000;

/** One for all schedules, as to make it takes longer than one of them. */
const memory = new Memory(() => 0, LEASE_MS);

/** What OpenAI has billed. */
interface Billed {
	readonly image: string;
	readonly worker: string;
	readonly prompt: string;
	readonly session: string | undefined;
	isUnderWay: boolean;
}
/** What n8n got. */
interface Got {
	readonly execution: Execution;
	readonly prompt: string;
	readonly purchase: Purchase;
}
interface Execution {
	readonly id: string;
	readonly worker: string;
	readonly startMs: number;
	readonly prompts: readonly string[];
	readonly reuse: Reuse;
	readonly session: string | undefined;
	/** The user stops it after so many steps. */
	readonly stopAfter: number | undefined;
	readonly isGood: boolean;
	readonly isCalm: boolean;
}

const away = (): GptImageError =>
	new GptImageError('The database is away', {
		...{ code: 'store_unavailable', advice: '', retryable: false, billed: 'no' },
	});

/** Others get their chance before and after each transaction, and the database may be away: for it, or for its answer. */
class SteppedDriver extends MemoryDriver {
	constructor(
		memory: Memory,
		private readonly worker: string,
		private readonly world: World,
		private readonly trace: (line: string) => void,
	) {
		super(memory, worker);
	}

	override async run<N extends Name>(name: N, args: Arguments<N>): Promise<Result<N>> {
		await this.world.step(this.worker);
		const outage = this.world.outage();
		this.trace(`${this.worker} ${name}${outage ? `, the database is away ${outage}` : ''}`);
		if (outage === 'before') throw away();
		const result = await super.run(name, args);
		await this.world.step(this.worker);
		if (outage === 'behind') throw away();
		return result;
	}
}

class Simulation {
	private readonly world: World;
	private readonly stores = new Map<string, Store>();
	private readonly billed: Billed[] = [];
	private readonly got: Got[] = [];
	private readonly delivered = new Set<Execution>();
	readonly findings: string[] = [];
	private readonly perDay: number | undefined;
	private ids = 0;
	private executions = 0;

	constructor(
		seed: number,
		readonly trace: (line: string) => void,
	) {
		this.world = new World(seed);
		this.perDay = this.world.random.chance(0.2)
			? this.world.random.between(2, 6) * PRICE
			: undefined;
		memory.clear();
		memory.isShared = this.world.random.chance(0.5);
		memory.isGone = memory.isShared ? undefined : (worker) => this.world.isDead(worker);
		memory.now = () => this.world.now;
	}

	private storeOf(worker: string): Store {
		const known = this.stores.get(worker);
		if (known) return known;
		const { world } = this;
		const driver = new SteppedDriver(memory, worker, world, this.trace);
		const store = new Store({
			driver,
			leaseMs: LEASE_MS,
			runtime: {
				now: () => world.now,
				sleep: async (ms) => await world.sleep(worker, ms),
				every: (ms, action) => {
					let isOver = false;
					const beat = async (): Promise<void> => {
						for (;;) {
							await world.sleep(worker, ms);
							if (isOver) return;
							action();
						}
					};
					void beat();
					return () => (isOver = true);
				},
				id: () => `${worker}-${this.ids++}`,
				at: async () => await world.step(worker),
			},
		});
		this.stores.set(worker, store);
		return store;
	}

	private callOf(execution: Execution, prompt: string, history: readonly Purchase[]): Call {
		const { world } = this;
		const { worker, session } = execution;
		const last = history.findLast(({ isOwed }) => isOwed !== true)?.id;
		const failure = (billed: 'no' | 'possibly', retryable: boolean): GptImageError =>
			new GptImageError('It failed', { code: 'server_error', advice: '', retryable, billed });
		return {
			key: createHash('sha256').update(`${prompt} ${last}`).digest('hex'),
			estimate: { usd: { min: USD, max: USD } },
			weight: { images: 1, inputImages: 0 },
			ask: async () => {
				await world.step(worker);
				const fate = execution.isCalm
					? 'answer'
					: world.random.pick({ answer: 70, lost: 12, free: 8, refused: 5, refusedAndBilled: 5 });
				if (fate === 'free' || fate === 'refused') throw failure('no', fate === 'free');
				const together = this.billed.filter(
					(one) => one.isUnderWay && !world.isDead(one.worker) && one.session === session,
				);
				if (session !== undefined && together.length > 0)
					this.findings.push(`two turns of ${session} at once`);
				const image = `image-${this.billed.length}`;
				const billed: Billed = { image, worker, prompt, session, isUnderWay: true };
				this.billed.push(billed);
				this.trace(`${worker} is billed ${image} of ${prompt}, ${fate}`);
				await world.sleep(worker, world.random.between(1, 30_000));
				billed.isUnderWay = false;
				if (fate !== 'answer') throw failure('possibly', fate === 'lost');
				return {
					parts: [{ bytes: Buffer.from(image), facts: { format: 'png' } }],
					usd: USD,
					warnings: [],
				};
			},
			finish: async () => await Promise.reject(new Error('not here')),
			preview: async () => [],
		};
	}

	private async execute(execution: Execution): Promise<void> {
		const { world } = this;
		const { id, worker, startMs, prompts, reuse, session, stopAfter } = execution;
		await world.sleep(worker, startMs);
		const store = this.storeOf(worker);
		const stop = new AbortController();
		const { signal } = stop;
		if (stopAfter !== undefined)
			void world.steps(worker, stopAfter).then(() => {
				this.trace(`${id} is stopped`);
				stop.abort();
			});
		const clock = {
			now: () => world.now,
			sleep: async (ms: number) => await world.sleep(worker, ms),
			random: () => world.random.next(),
		};
		const limits = { account: 'acme', keepPrompts: true, perDay: this.perDay };
		const context = {
			store,
			spending: new Spending(store, limits, 'skip', clock),
			reuse,
			retry: { maxRetries: 1, retryLost: !execution.isCalm, clock, pause: async () => undefined },
			signal,
		};
		const buy = async (prompt: string, itemIndex: number): Promise<void> => {
			const item: ItemRef = { ...this.item, executionId: id, itemIndex };
			const open = async () =>
				this.callOf(
					execution,
					prompt,
					session === undefined ? [] : await store.find({ session }, item),
				);
			try {
				const bought = await orStopped(purchase(open, item, session, context), signal);
				this.trace(`${id} got ${String(bought.purchase.parts[0]?.bytes)} of ${prompt}`);
				this.got.push({ execution, prompt, purchase: bought.purchase });
			} catch (error) {
				if (!(error instanceof GptImageError) || error.code === 'unexpected')
					this.findings.push(`${id}: ${String(error)}`);
			}
		};
		await Promise.all(prompts.map(buy));
		const isDelivered = execution.isGood && !signal.aborted;
		// From here on, n8n has saved it.
		if (isDelivered) this.delivered.add(execution);
		this.trace(`${id} settles as ${isDelivered ? 'delivered' : 'returned'}`);
		await store.settle(id, isDelivered ? 'delivered' : 'returned');
	}

	private readonly item = { workflowId: 'w', nodeId: 'n', runIndex: 0 };

	private async play(executions: readonly Execution[]): Promise<void> {
		const work = executions.map(
			(one) => [one.id, { worker: one.worker, done: this.execute(one) }] as const,
		);
		const hanging = await this.world.finish(new Map(work));
		for (const name of hanging) this.findings.push(`execution ${name} hangs`);
	}

	async run(): Promise<readonly string[]> {
		const { random } = this.world;
		const all = ['a mug', 'a jug'].slice(0, random.between(1, 2));
		const reuse: Reuse = random.chance(0.25)
			? { kind: 'always', hours: 24 }
			: { kind: 'undelivered' };
		const session = random.chance(0.25) ? 'chat' : undefined;
		const workers = random.between(1, 3);
		await this.play(
			Array.from({ length: random.between(1, 4) }, () => ({
				id: `execution-${this.executions++}`,
				worker: `worker-${random.between(1, workers)}`,
				startMs: random.between(0, 3) * 10_000,
				prompts: Array.from(
					{ length: random.between(1, 2) },
					() => all[random.between(0, all.length - 1)] ?? '',
				),
				reuse,
				session,
				stopAfter: random.chance(0.2) ? random.between(0, 40) : undefined,
				isGood: random.chance(0.6),
				isCalm: false,
			})),
		);
		this.world.drops = 0;
		this.world.outages = 0;
		// The calls of stopped executions come to their end, and the dead are known to be.
		await this.pass(10 * 60_000);
		// What is not delivered yet comes to those who ask for it in peace, and nothing else is bought.
		for (let round = 0; round < 12 && session === undefined; round++) {
			const owed = this.owed();
			const before = this.billed.length;
			await this.play([
				{
					...{ id: `peace-${round}`, worker: 'worker-of-peace', startMs: 0, prompts: all },
					...{
						reuse: { kind: 'undelivered' },
						session,
						stopAfter: undefined,
						isGood: true,
						isCalm: true,
					},
				},
			]);
			for (const { prompt, image } of this.billed.slice(before))
				if (owed.includes(prompt))
					this.findings.push(`${image} is bought although ${prompt} was owed`);
			if (owed.length === 0) break;
		}
		this.check(session);
		return this.findings;
	}

	private async pass(ms: number): Promise<void> {
		await this.world.finish(
			new Map([['time', { worker: 'time', done: this.world.sleep('time', ms) }]]),
		);
	}

	private deliveredImages(): string[] {
		const got = this.got.filter(({ execution }) => this.delivered.has(execution));
		return got.map(({ purchase: { parts } }) => String(parts[0]?.bytes));
	}

	/** Prompts of images that lie in the store and that nobody got. */
	private owed(): string[] {
		const select = "SELECT id FROM purchase WHERE state IN ('kept', 'available')";
		const rows = memory.isShared ? memory.prepare(select).all() : [];
		const ids = [...memory.slips.keys(), ...rows.map(({ id }) => String(id))];
		const kept = ids.map((id) => String(memory.bytes.get(`${id}-0.png`)));
		return this.billed.filter(({ image }) => kept.includes(image)).map(({ prompt }) => prompt);
	}

	private check(session: string | undefined): void {
		const images = this.deliveredImages();
		const kept = [...memory.bytes.values()].map(String);
		const tellers = new Map(
			this.got
				.filter(({ execution }) => this.delivered.has(execution))
				.map(({ prompt, purchase: { id, warnings } }) => [
					id,
					{ prompt, told: warnings.filter(({ code }) => code === 'may_have_been_billed').length },
				]),
		);
		for (const prompt of new Set(this.billed.map((one) => one.prompt))) {
			const gone = this.billed.filter(
				(one) => one.prompt === prompt && !images.includes(one.image),
			);
			if (session !== undefined) continue;
			const waiting = gone.filter(({ image }) => kept.includes(image));
			for (const { image } of waiting) this.findings.push(`${image} was kept and never delivered`);
			const told = [...tellers.values()]
				.filter((one) => one.prompt === prompt)
				.reduce((sum, one) => sum + one.told, 0);
			const isOver = this.perDay !== undefined;
			if (told < gone.length && !isOver)
				this.findings.push(`${gone.length} calls for ${prompt} brought nothing, ${told} are told`);
		}
		const spent = this.billed.length * PRICE;
		if (this.perDay !== undefined && spent > this.perDay)
			this.findings.push('the limit was passed');
		const sum = 'SELECT COALESCE(SUM(COALESCE(spent, reserved)), 0) AS sum FROM purchase';
		const counted = Number(memory.db.prepare(sum).get()?.sum);
		if (counted < spent) this.findings.push(`${counted} counted of ${spent} billed`);
		const scope = scopeOf({ ...this.item, executionId: '', itemIndex: 0 });
		const good = this.got.filter(
			({ execution }) => this.delivered.has(execution) && execution.reuse.kind !== 'always',
		);
		for (const {
			purchase: { id },
		} of good)
			if (good.filter((one) => one.purchase.id === id && !one.execution.isCalm).length > 1)
				this.findings.push(`${id} was delivered twice in ${scope}`);
	}
}

/**
 * @param trace gets a line for each step
 * @returns what should not be: nothing, for a good seed
 */
export async function simulate(
	seed: number,
	trace: (line: string) => void,
): Promise<readonly string[]> {
	return await new Simulation(seed, trace).run();
}
