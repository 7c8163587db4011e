import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountFor, type Account, type Round } from './accounts';
import { mayMount, SmallDisk } from './disk';
import type { DoubleProcess } from './double-process';
import { deliveriesFile } from './folders';
import { damage, entriesIn, isBuying, openCalls, type Entry } from './ledger-view';
import { cleanTask, planRound, planSeries, type Break, type RoundPlan } from './plan';
import type { Subjects } from './processes';
import type { Delivery, RunReport, RunTask } from './protocol';
import { Random } from './random';

/** Faults that really happened, by their kind. */
export type Happened = Map<string, number>;

export interface SeriesResult {
	readonly seed: number;
	readonly account: Account;
	readonly executions: number;
	readonly happened: Happened;
}

/** Runs that a disturbed series is given to get everything delivered; some pictures wait in a row. */
const MOST_CLEAN_ROUNDS = 12;

const tell = (happened: Happened, kind: string, times = 1): void =>
	void (times > 0 && happened.set(kind, (happened.get(kind) ?? 0) + times));

/** One workflow with its ledger, broken again and again, and at last left in peace. */
export async function runSeries(
	seed: number,
	double: DoubleProcess,
	subjects: Subjects,
	work: string,
): Promise<SeriesResult> {
	const random = new Random(seed);
	const plan = planSeries(random, seed, mayMount());
	const folder = path.join(work, `series-${seed}`);
	const disk = plan.disk === 'fills' ? SmallDisk.mountAt(folder) : undefined;
	const happened: Happened = new Map();
	const rounds: Round[] = [];
	const findings: string[] = [];
	let executions = 0;

	const play = async (given: RoundPlan): Promise<Round> => {
		const before = entriesIn(folder);
		const damaged = given.damages ? damageOne(random, before) : [];
		tell(happened, 'damaged file', damaged.length);
		if (given.roomKb !== undefined) disk?.fillUpTo(given.roomKb);
		await double.push(...given.faults);
		await double.setOptions({ storm: given.storm ? { ...given.storm, retryAfter: 0 } : null });
		let brokenAt: number | undefined;
		const tasks = given.tasks.map((task) => ({
			...task,
			url: double.url,
			folder,
			executionId: `${seed}-${++executions}`,
		}));
		const reports = await Promise.all(
			tasks.map(async (task) => {
				const subject = subjects.take();
				const report = await subject.run(task, task.killAfterMs);
				if (!report) {
					brokenAt ??= Date.now();
					await subject.kill();
				}
				subjects.giveBack(subject);
				return report;
			}),
		);
		// Calls of an execution that the user stopped come to their end after it.
		while (isBuying(folder)) await sleep(20);
		disk?.empty();
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
			hadFullDisk: given.roomKb !== undefined || tasks.some(({ fullDisk }) => fullDisk),
			journal,
			before,
			after: entriesIn(folder),
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
			const wanted = plan.prompts.length * plan.count;
			const came = deliveries.flat().length;
			if (reports[0]?.status !== 'success' || came !== wanted) {
				findings.push(
					`run ${tasks[0]?.executionId} in peace ended as ${reports[0]?.status} (${reports[0]?.error}) with ${came} of ${wanted} pictures`,
				);
			}
			const rest = entriesIn(folder).filter(({ state }) => state !== 'done').length;
			if (rest === 0 && openCalls(folder).length === 0) break;
			if (number === MOST_CLEAN_ROUNDS) {
				findings.push(`${rest} pictures and ${openCalls(folder).length} calls are left at the end`);
				break;
			}
		}
	} finally {
		disk?.unmount();
	}
	const account = accountFor(rounds);
	findings.push(...account.findings);
	if (findings.length > 0)
		writeFileSync(`${folder}-rounds.json`, JSON.stringify(rounds, null, '\t'));
	return { seed, account: { ...account, findings }, executions, happened };
}

const inPeace = (plan: Parameters<typeof cleanTask>[0]): RoundPlan => ({
	tasks: [cleanTask(plan)],
	faults: [],
	storm: undefined,
	isHasty: false,
	damages: false,
	roomKb: undefined,
});

function damageOne(random: Random, entries: readonly Entry[]): string[] {
	const waiting = entries.filter(({ state }) => state === 'free');
	const victim = waiting[random.between(0, waiting.length - 1)];
	if (!victim) return [];
	damage(victim);
	return [victim.sha256];
}

function deliveriesOf({ folder, executionId }: RunTask): Delivery[] {
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
	if (!report) tell(happened, task.killAtStep === undefined ? 'kill -9' : 'kill -9 at a file');
	if (report?.status === 'canceled') tell(happened, 'stopped by the user');
	if (task.laterNodeFails && report?.error?.includes('behind ours')) tell(happened, 'later node');
	if (report && report.fullDisk > 0) tell(happened, 'disk full');
}
