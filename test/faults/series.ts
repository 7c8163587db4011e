import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, type Account, type Round } from './accounts';
import { mayMount } from './disk';
import type { DoubleProcess } from './double-process';
import type { Cluster } from './hosts';

import { cleanTask, planRound, planSeries, type Break, type RoundPlan } from './plan';
import type { Subjects } from './processes';
import { deliveriesFile, type Delivery, type RunReport, type RunTask } from './protocol';
import { Random } from './random';
import { folderGround, type Entry, type StoreView } from './store-view';

/** Faults that really happened, by their kind. */
export type Happened = Map<string, number>;

export interface SeriesResult {
	readonly seed: number;
	readonly account: Account;
	readonly executions: number;
	readonly happened: Happened;
}

/** Runs that a disturbed series is given to get everything delivered; some images wait in a row. */
const MOST_CLEAN_ROUNDS = 12;

const tell = (happened: Happened, kind: string, times = 1): void =>
	void (times > 0 && happened.set(kind, (happened.get(kind) ?? 0) + times));

/** One workflow with its store, broken again and again, and at last left in peace. */
export async function runSeries(
	seed: number,
	double: DoubleProcess,
	subjects: Subjects,
	work: string,
	cluster: Cluster | undefined,
): Promise<SeriesResult> {
	const random = new Random(seed);
	const plan = planSeries(random, seed, mayMount(), cluster?.hosts ?? 0);
	const folder = path.join(work, `series-${seed}`);
	const fills = plan.disk === 'fills';
	const ground = cluster ? await cluster.ground(folder, fills) : folderGround(folder, fills);
	const { view, disks } = ground;
	const happened: Happened = new Map();
	const rounds: Round[] = [];
	const findings: string[] = [];
	let executions = 0;
	let counted = 0;

	const play = async (given: RoundPlan): Promise<Round> => {
		const before = await view.entries();
		const damaged = given.damages ? await damageOne(random, view, before) : [];
		tell(happened, 'damaged file', damaged.length);
		if (given.roomKb !== undefined) {
			for (const disk of disks) disk.fillUpTo(given.roomKb);
			tell(happened, 'disk full');
		}
		await double.push(...given.faults);
		await double.setOptions({ storm: given.storm ? { ...given.storm, retryAfter: 0 } : null });
		let brokenAt: number | undefined;
		const tasks = given.tasks.map((task) => ({
			...task,
			url: double.url,
			...ground.place(),
			executionId: `${seed}-${++executions}`,
		}));
		const endTrouble = ground.trouble(given.troubles);
		const reports = await Promise.all(
			tasks.map(async (task) => {
				const subject = subjects.take();
				const report = await subject.run(task, task.killAfterMs);
				if (!report) {
					brokenAt ??= Date.now();
					await subject.kill();
				}
				subjects.recycle(subject);
				return report;
			}),
		);
		for (const kind of await endTrouble()) tell(happened, kind);
		for (const disk of disks) disk.empty();
		if (brokenAt !== undefined) await sleep(ground.leaseMs);
		// Calls of an execution that the user stopped come to their end after it.
		while (await view.isBuying()) await sleep(20);
		// What the dead have asked for is still being made, and paid.
		await sleep(plan.latencyMs + (given.faults.some(({ kind }) => kind === 'slow') ? 350 : 50));
		const journal = await double.journal();
		await double.reset();
		const round: Round = {
			tasks,
			reports,
			deliveries: tasks.map(deliveriesOf),
			brokenAt,
			isHasty: given.isHasty,
			hadFullDisk: given.roomKb !== undefined,
			journal,
			before,
			after: await view.entries(),
			damaged,
		};
		countFaults(happened, round);
		rounds.push(round);
		return round;
	};

	try {
		await double.setOptions({ latencyMs: plan.latencyMs });
		for (let number = 0; number < plan.rounds; number++) await play(planRound(random, plan));
		for (let number = 0; ; number++) {
			const { tasks, reports, deliveries } = await play(inPeace(plan));
			const without = plan.prompts.filter((prompt) => {
				const its = deliveries.flat().filter((delivery) => delivery.prompt === prompt);
				const isTold = its.some(({ told }) => told > 0);
				return its.length !== plan.count && !(isTold && its.length > 0);
			});
			// A database on a machine that is short of time may take too long, and then nothing was sent.
			const isAway = reports[0]?.error?.includes("The store's database cannot be used") === true;
			if (!isAway && (reports[0]?.status !== 'success' || without.length > 0)) {
				findings.push(
					`run ${tasks[0]?.executionId} in peace ended as ${reports[0]?.status} (${reports[0]?.error}) without images of ${without.join(', ')}`,
				);
			}
			const rest = (await view.entries()).filter(({ isOwed }) => isOwed).length;
			const open = await view.openCalls();
			if (rest + open === 0 && !isAway) break;
			if (number === MOST_CLEAN_ROUNDS) {
				findings.push(`${rest} images and ${open} calls are left at the end`);
				break;
			}
		}
		counted = await view.counted();
	} finally {
		await ground.close();
	}
	const account = accountFor(rounds);
	if (!rounds.some(({ hadFullDisk }) => hadFullDisk)) findings.push(...uncounted(account, counted));
	findings.push(...account.findings);
	if (findings.length > 0)
		writeFileSync(`${folder}-rounds.json`, JSON.stringify(rounds, null, '\t'));
	return { seed, account: { ...account, findings }, executions, happened };
}

/** 196 image tokens at $30 per million, in units of 1e-10 USD. */
const LEAST_PRICE = 58_800_000;

const uncounted = ({ paid }: Account, counted: number): string[] =>
	counted >= paid * LEAST_PRICE
		? []
		: [`limits count ${counted} of at least ${paid * LEAST_PRICE} that were billed`];

const inPeace = (plan: Parameters<typeof cleanTask>[0]): RoundPlan => ({
	tasks: [cleanTask(plan)],
	faults: [],
	storm: undefined,
	isHasty: false,
	damages: false,
	troubles: [],
	roomKb: undefined,
});

async function damageOne(
	random: Random,
	view: StoreView,
	entries: readonly Entry[],
): Promise<string[]> {
	const waiting = entries.filter(({ isOwed }) => isOwed);
	const victim = waiting[random.between(0, waiting.length - 1)];
	if (!victim) return [];
	await view.damage(victim);
	// A purchase is handed out whole or not at all.
	return entries.filter(({ purchase }) => purchase === victim.purchase).map(({ sha256 }) => sha256);
}

export function deliveriesOf({ folder, executionId }: RunTask): Delivery[] {
	const file = deliveriesFile(folder, executionId);
	if (!existsSync(file)) return [];
	try {
		return JSON.parse(readFileSync(file, 'utf8')) as Delivery[];
	} catch {
		// Killed while it was being written.
		return [];
	}
}

function countFaults(happened: Happened, { tasks, reports, journal }: Round): void {
	for (const { fault } of journal) if (fault !== null) tell(happened, fault);
	for (const [index, task] of tasks.entries()) {
		countBreak(happened, task, reports[index]);
	}
}

function countBreak(
	happened: Happened,
	task: RunTask & Break,
	report: RunReport | undefined,
): void {
	if (!report) tell(happened, task.killAtStep === undefined ? 'kill -9' : 'kill -9 at a step');
	if (report?.status === 'canceled') tell(happened, 'stopped by the user');
	if (task.laterNodeFails && report?.error?.includes('behind ours')) tell(happened, 'later node');
}
