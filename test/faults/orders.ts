import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault, JournalEntry } from '../openai-double';
import type { DoubleProcess } from './double-process';
import { mayMount } from './disk';
import { cleanTask, planSeries } from './plan';
import type { Subjects } from './processes';
import { deliveriesOf } from './series';
import type { Delivery, RunReport, RunTask } from './protocol';
import { Random } from './random';
import { folderGround } from './store-view';

/**
 * Orders under trouble: rows are ordered until an execution has got their orders, and collected until
 * nothing is open; processes die at any step, answers are lost, downloads are cut.
 */

export interface OrdersResult {
	readonly billed: number;
	readonly killed: number;
	readonly findings: readonly string[];
}

interface Run {
	readonly operation: RunTask['operation'];
	readonly report: RunReport | undefined;
	readonly deliveries: readonly Delivery[];
}

const MOST_ROUNDS = 12;
/** Rounds with trouble, before all is left in peace. */
const TROUBLED = 4;

const faultsOf = (random: Random): Fault[] =>
	Array.from({ length: random.between(0, 2) }, () => {
		const path = random.pick({
			'/v1/files': 20,
			'/v1/batches': 30,
			'/content': 25,
			'/v1/responses': 25,
		});
		const kind = random.pick({ '500': 20, cut: 40, reset: 30, '503': 10 });
		const isSent = kind === 'reset' && path !== '/content' && random.chance(0.5);
		return {
			...{ kind, times: 1, match: { path } },
			...(isSent ? { billed: true } : {}),
			...(kind === '503' ? { retryAfter: 0 } : {}),
			...(path === '/content' ? { lines: random.between(0, 3) } : {}),
		};
	});

export async function runOrders(
	seed: number,
	double: DoubleProcess,
	subjects: Subjects,
	work: string,
): Promise<OrdersResult> {
	const random = new Random(seed);
	const plan = planSeries(random, seed, mayMount(), 0);
	const ground = folderGround(`${work}/orders-${seed}`, false);
	const kind = random.pick({ order: 70, background: 30 });
	const count = kind === 'order' ? plan.count : 1;
	const runs: Run[] = [];
	let killed = 0;

	const play = async (operation: RunTask['operation'], isTroubled: boolean): Promise<Run> => {
		const steps = plan.prompts.length * count * 12;
		if (isTroubled) await double.push(...faultsOf(random));
		const task: RunTask = {
			...{ ...cleanTask(plan), count, operation, url: double.url, ...ground.place() },
			executionId: `orders-${seed}-${runs.length}`,
			onError: isTroubled && random.chance(0.4) ? 'continueRegularOutput' : 'stopWorkflow',
			laterNodeFails: isTroubled && random.chance(0.2),
			...(isTroubled && random.chance(0.6) ? { killAtStep: random.between(1, steps) } : {}),
		};
		const subject = subjects.take();
		const killAfterMs =
			isTroubled && random.chance(0.2)
				? random.between(0, 150 + 40 * plan.prompts.length)
				: undefined;
		const report = await subject.run(task, killAfterMs);
		if (!report) {
			killed += 1;
			await subject.kill();
		}
		subjects.recycle(subject);
		const run = { operation, report, deliveries: deliveriesOf(task) };
		runs.push(run);
		return run;
	};

	const findings: string[] = [];
	try {
		await double.setOptions({ latencyMs: 0 });
		for (let round = 0; ; round++) {
			const { report, deliveries } = await play(kind, round < TROUBLED);
			// n8n has them, although the process may have been killed right after.
			const isIn = report?.status !== 'error' && deliveries.length === plan.prompts.length;
			if (isIn) break;
			if (round > MOST_ROUNDS) findings.push(`rows were never ordered: ${report?.error}`);
			if (round > MOST_ROUNDS) break;
			if (random.chance(0.3)) await play('collect', round < TROUBLED);
		}
		for (let round = 0; round < MOST_ROUNDS; round++) {
			// A background turn takes its moment.
			await sleep(50);
			const isTroubled = round < TROUBLED;
			const { report } = await play('collect', isTroubled);
			const owed = (await ground.view.entries()).filter(({ isOwed }) => isOwed).length;
			if (!isTroubled && report?.status !== 'success')
				findings.push(`Collect in peace ended as ${report?.status}: ${report?.error}`);
			if (!isTroubled && owed === 0 && report?.open === 0) break;
		}
		const journal = await double.journal();
		const counted = await ground.view.counted();
		findings.push(...accountFor(kind, plan.prompts, count, runs, journal, counted));
		const billed = journal.reduce((sum, { paid }) => sum + paid, 0);
		return { billed, killed, findings: findings.map((one) => `orders ${seed} (${kind}): ${one}`) };
	} finally {
		await double.reset();
		await ground.close();
	}
}

/** 196 image tokens at half of $30 per million, in units of 1e-10 USD. */
const LEAST_PRICE = 29_400_000;

function accountFor(
	kind: 'order' | 'background',
	prompts: readonly string[],
	count: number,
	runs: readonly Run[],
	journal: readonly JournalEntry[],
	counted: number,
): string[] {
	const findings: string[] = [];
	const got = new Map<string, number>();
	for (const { operation, report, deliveries } of runs)
		for (const { sha256 } of operation === 'collect' ? deliveries : []) {
			if (report?.status === 'error') continue;
			got.set(sha256, (got.get(sha256) ?? 0) + (report ? 1 : 0));
		}
	const billed = journal.filter(({ paid }) => paid > 0);
	for (const prompt of prompts) {
		const its = billed.filter(({ body }) => JSON.stringify(body).includes(`"${prompt}"`));
		const images = its.flatMap(({ imageSha256 }) => imageSha256);
		const missing = images.filter((sha256) => !got.has(sha256)).length;
		const told = toldOf(prompt, runs);
		if (images.length < count) findings.push(`"${prompt}" was never made`);
		if (missing > 0 && (kind === 'order' || told === 0))
			findings.push(`"${prompt}": ${missing} of ${images.length} images LOST, ${told} told`);
		if (images.length > count && (kind === 'order' || told === 0))
			findings.push(`"${prompt}" was bought ${images.length} times for ${count}, ${told} told`);
	}
	for (const [sha256, times] of got) {
		if (times > 1) findings.push(`given to ${times} good executions: ${sha256.slice(0, 8)}`);
		if (!billed.some(({ imageSha256 }) => imageSha256.includes(sha256)))
			findings.push(`bytes that nobody made: ${sha256.slice(0, 8)}`);
	}
	const paid = billed.reduce((sum, entry) => sum + entry.paid, 0);
	if (counted < paid * LEAST_PRICE)
		findings.push(`limits count ${counted} of at least ${paid * LEAST_PRICE} that were billed`);
	return findings;
}

/** How often an item of this row says that a call may have been billed for nothing. */
const toldOf = (prompt: string, runs: readonly Run[]): number =>
	runs
		.flatMap(({ deliveries, report }) => [
			...deliveries.filter((one) => one.prompt === prompt).map(({ told }) => told),
			...(report?.billed ?? []).filter((one) => one === prompt).map(() => 1),
		])
		.reduce((sum, times) => sum + times, 0);
