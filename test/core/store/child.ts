import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { GptImageError } from '../../../core/errors';
import { itemAt, callOf } from './items';
import type { StoreConfig } from '../../../core/store/config';
import { openStore } from '../../../core/store/open';
import type { Limits, Purchase } from '../../../core/store/store';

/** A process that buys, for the races: what to do comes as JSON, what it has seen leaves as lines. */

export interface Task {
	readonly store: StoreConfig;
	readonly execution: string;
	readonly journal: string;
	readonly keys: readonly string[];
	readonly lanes: number;
	readonly always: boolean;
	readonly session?: string;
	readonly perDay?: number;
	/** Where to kill itself: the point's name and how often to pass it before. */
	readonly dieAt?: readonly [string, number];
	/** A call's answer is lost, or is fetchable by a response ID. */
	readonly call?: 'lost' | 'noted';
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const write = (...words: readonly unknown[]): void =>
	appendFileSync(task.journal, `${JSON.stringify([task.execution, ...words])}\n`);
let passes = task.dieAt?.[1] ?? 0;
const at = async (point: string): Promise<void> => {
	if (point === task.dieAt?.[0] && passes-- === 0) process.kill(process.pid, 'SIGKILL');
	// Others get a chance between any two steps.
	await sleep(Math.random() * 3);
};
const failure = (billed: 'no' | 'possibly'): GptImageError =>
	new GptImageError('It failed', { code: 'server_error', advice: '', retryable: true, billed });
const store = openStore({ ...task.store, at });
const limits: Limits = {
	account: 'acme',
	keepPrompts: true,
	...(task.perDay !== undefined && { perDay: task.perDay }),
};

async function buy(key: string, n: number): Promise<Purchase | 'over'> {
	for (;;) {
		const history = task.session === undefined ? [] : await store.find({ session: task.session });
		const reuse = task.always
			? { kind: 'always' as const, hours: 24 }
			: { kind: 'undelivered' as const };
		const claim = await store.claim(key, itemAt(task.execution, n), reuse, task.session);
		if (claim.kind === 'paid') return claim.purchase;
		if (claim.kind === 'refused') throw claim.error;
		if (claim.kind === 'later') {
			await claim.ended();
			continue;
		}
		let sending = await store.send(claim.id, callOf(0.01), limits);
		while (sending.kind === 'wait') {
			await sleep(sending.ms);
			sending = await store.send(claim.id, callOf(0.01), limits);
		}
		if (sending.kind === 'over') {
			await store.fail(claim.id, failure('no'));
			return 'over';
		}
		if (sending.kind !== 'sent') throw new Error(sending.kind);
		write('billed', key);
		await sleep(20 + Math.random() * 30);
		if (task.call === 'noted') await store.note(claim.id, `resp_${key}`);
		await at('answered');
		if (task.call === 'lost') {
			await store.fail(claim.id, failure('possibly'));
			throw new Error('lost');
		}
		const facts = { format: 'png', key, previous: history.at(-1)?.responseId ?? null };
		const part = { bytes: Buffer.alloc(20_000, key), facts };
		return await store.keep(claim.id, {
			parts: [part],
			usd: 0.007,
			responseId: `resp_${key}`,
			warnings: [],
		});
	}
}

async function main(): Promise<void> {
	const queue = [...task.keys.entries()];
	const lane = async (): Promise<void> => {
		for (let next = queue.shift(); next; next = queue.shift()) {
			const [n, key] = next;
			const purchase = await buy(key, n);
			if (purchase === 'over') write('over', key);
			else
				write(
					'got',
					key,
					purchase.warnings.map(({ code }) => code),
					purchase.parts[0]?.facts.key,
				);
		}
	};
	await Promise.all(Array.from({ length: task.lanes }, lane));
	await store.settle(task.execution, 'delivered');
	write('delivered');
	await store.close();
}
main().catch((error: unknown) => {
	write('failed', String(error));
	process.exitCode = 1;
});
