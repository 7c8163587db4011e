import type { Facts } from '../job';
import type { Driver } from './driver';
import type { Line, OfOrder, Order, OrderRecord } from './order-rows';
import { moneyOf, partRow } from './record';
import type { PurchaseRow } from './schema';
import type { Runtime } from './waiters';

/** The verbs of orders, beside those of purchases. */

export interface NewOrder extends OrderRecord {
	readonly id: string;
	readonly remote: string | null;
	readonly scope: string;
	readonly execution: string;
	readonly account: string;
	/** IDs of purchases that were sent for it. */
	readonly lines: readonly string[];
	readonly files: readonly string[];
	/** What is needed to finish its images. */
	readonly kept: readonly Buffer[];
	/** Of the line of a turn, which is kept with the order. */
	readonly facts?: Facts;
}

export interface HeldOrder {
	readonly order: Order;
	/** Never throws. */
	release(): Promise<void>;
}

/** What orders need of a store. */
export class Orders {
	constructor(
		private readonly driver: Driver,
		private readonly runtime: Runtime,
		private readonly leaseMs: number,
	) {}

	/** Of a new order. */
	id(): string {
		return this.runtime.id();
	}

	/** @throws GptImageError `store_unavailable`: it is not placed, and nothing may be submitted */
	async place(order: NewOrder): Promise<void> {
		const { id, scope, execution, account, remote, lines, kept, facts, ...record } = order;
		const row: PurchaseRow = {
			...{ id, scope, execution, account, response: remote, record: JSON.stringify(record) },
			...{ key: `order ${id}`, item: '', worker: '', state: 'ordered', ended: 1, images: 0 },
			...{ session: null, teller: null, day: null, reserved: null, spent: null },
			...{ created_at: this.runtime.now(), sent_at: null, changed_at: 0, keep_until: 0 },
		};
		if (kept.length > 0) {
			const parts = await Promise.all(
				kept.map(async (bytes) => await partRow({ bytes, facts: {} }, false)),
			);
			const bytes = { slip: { ...row, parts }, state: 'delivered' } as const;
			if (!(await this.driver.put(bytes, kept))) await this.driver.run('keep', bytes);
			// An order is not owed to anybody.
			await this.driver.settle([id]);
		}
		const part = facts ? JSON.stringify({ facts }) : null;
		await this.driver.run('placeOrder', { row, lines, part });
		await this.runtime.at('placed');
	}

	async change({ id, remote, workflowId: _, account: __, ...record }: Order): Promise<void> {
		await this.driver.run('changeOrder', { id, remote, record: JSON.stringify(record) });
	}

	/** @returns the open orders of an account, oldest first */
	async open(account: string): Promise<readonly Order[]> {
		return await this.driver.run('findOrders', { account, isOwn: true });
	}

	/**
	 * @returns orders of a workflow that have something left and were placed with another key: the key
	 *   has changed, or a node has another credential
	 * @throws GptImageError when the store cannot be used
	 */
	async ofOtherKeys(account: string, workflowId: string): Promise<readonly Order[]> {
		const left: Order[] = [];
		for (const order of await this.allOfOtherKeys(account, workflowId)) {
			const lines = await this.lines(order);
			if (lines.some(({ state }) => state !== 'delivered')) left.push(order);
		}
		return left;
	}

	/** @returns the same, also those of which nothing is left */
	async allOfOtherKeys(account: string, workflowId: string): Promise<readonly Order[]> {
		const others = await this.driver.run('findOrders', { account, isOwn: false });
		return others.filter((order) => order.workflowId === workflowId);
	}

	/**
	 * Takes an order, so that nobody else works on it, on any machine, until it is released.
	 * @returns undefined when somebody else does, or when it is no more
	 */
	async hold(account: string, id: string): Promise<HeldOrder | undefined> {
		const token = this.runtime.id();
		const hold = async (ms: number): Promise<Order | undefined> =>
			await this.driver.run('holdOrder', { id, account, token, ms });
		const order = await hold(this.leaseMs);
		if (!order) return undefined;
		const stop = this.runtime.every(this.leaseMs / 4, () => {
			void hold(this.leaseMs).catch(() => undefined);
		});
		const release = async (): Promise<void> => {
			stop();
			await hold(0).catch(() => undefined);
		};
		return { order, release };
	}

	async lines({ id, line, remote }: OfOrder): Promise<readonly Line[]> {
		return await this.driver.run('linesOf', { id, line, remote });
	}

	/** Whether it may be submitted: all of its lines are kept. */
	async isPlaced(order: string): Promise<boolean> {
		return (await this.driver.run('placing', order)) === 'placed';
	}

	/** Forgets what a process had not placed whole when it died: nothing of it was submitted. */
	async dropBroken(account: string): Promise<void> {
		for (const { id, remote, isUnsure } of await this.open(account)) {
			if (remote !== null || isUnsure === true) continue;
			if ((await this.driver.run('placing', id)) === 'broken') await this.drop(id);
		}
	}

	/** @param remote the service's ID. @returns whether all of it was collected before */
	async wasCollected(account: string, remote: string): Promise<boolean> {
		return await this.driver.run('wasCollected', { account, remote });
	}

	/** @returns undefined also for a line of another account */
	async line(id: string, account: string): Promise<Facts | undefined> {
		return await this.driver.run('lineOf', { line: id, account });
	}

	/** @param usd undefined = not known: what was reserved counts on */
	async bill(id: string, usd: number | null): Promise<void> {
		const spent = moneyOf(usd);
		if (spent !== null) await this.driver.run('billLine', { id, spent });
	}

	/** @returns one of `NewOrder.kept`; undefined when it is no more */
	async kept(order: string, n: number): Promise<Buffer | undefined> {
		return await this.driver.bytes({ id: order, n, format: 'bin' });
	}

	async close({ id, line, remote }: OfOrder): Promise<void> {
		await this.driver.remove(await this.driver.run('filesOfOrder', id), []);
		await this.driver.run('closeOrder', { id, line, remote });
	}

	async drop(order: string): Promise<void> {
		const files = await this.driver.run('filesOfOrder', order);
		const lines = await this.lines({ id: order, remote: null });
		// Slips first: one whose row is gone would bring its line back without an order.
		const ids = lines.map(({ id }) => id);
		await this.driver.remove(files, ids);
		await this.driver.run('dropOrder', order);
	}
}
