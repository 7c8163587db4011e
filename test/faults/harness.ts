import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Account } from './accounts';
import { startDoubleProcess } from './double-process';
import { Cluster } from './hosts';
import { Subjects } from './processes';
import { runSeries, type Happened } from './series';

/** Breaks the node until so many faults have happened, and counts what became of the images. */

export interface Harness {
	/** Faults that have to happen. */
	readonly faults: number;
	/** Plans are drawn from it; times are the machine's, so a repetition is not exact. */
	readonly seed: number;
	/** Series at the same time. */
	readonly lanes: number;
	/** Machines that share a store in PostgreSQL; 0: processes that share a folder. */
	readonly hosts: number;
	readonly onProgress?: (totals: Totals) => void;
}

export interface Totals extends Account {
	readonly faults: number;
	readonly happened: Happened;
	readonly series: number;
	readonly executions: number;
	/** Stores and rounds of all series; left behind when there are findings. */
	readonly folder: string;
}

const nothing: Totals = {
	faults: 0,
	happened: new Map(),
	series: 0,
	executions: 0,
	folder: '',
	paid: 0,
	delivered: 0,
	handedOn: 0,
	kept: 0,
	setAside: 0,
	uncertain: 0,
	unkept: 0,
	lost: 0,
	paidTwice: 0,
	findings: [],
};

function add(totals: Totals, result: Awaited<ReturnType<typeof runSeries>>): Totals {
	const { account, happened, executions, seed } = result;
	const kinds = new Map(totals.happened);
	for (const [kind, times] of happened) kinds.set(kind, (kinds.get(kind) ?? 0) + times);
	const plus = (key: Exclude<keyof Account, 'findings'>): number => totals[key] + account[key];
	return {
		faults: [...kinds.values()].reduce((sum, times) => sum + times, 0),
		happened: kinds,
		series: totals.series + 1,
		executions: totals.executions + executions,
		folder: totals.folder,
		paid: plus('paid'),
		delivered: plus('delivered'),
		handedOn: plus('handedOn'),
		kept: plus('kept'),
		setAside: plus('setAside'),
		uncertain: plus('uncertain'),
		unkept: plus('unkept'),
		lost: plus('lost'),
		paidTwice: plus('paidTwice'),
		findings: [
			...totals.findings,
			...account.findings.map((finding) => `series ${seed}, ${finding}`),
		],
	};
}

export async function harass({ faults, seed, lanes, hosts, onProgress }: Harness): Promise<Totals> {
	const work = mkdtempSync(path.join(os.tmpdir(), 'gpt-image-faults-'));
	const subjects = new Subjects(work, 2 * lanes);
	let totals: Totals = { ...nothing, folder: work };
	let next = seed;
	const lane = async (): Promise<void> => {
		const double = await startDoubleProcess();
		const cluster = hosts > 0 ? await Cluster.start(hosts) : undefined;
		try {
			while (totals.faults < faults) {
				const result = await runSeries(next++, double, subjects, work, cluster);
				totals = add(totals, result);
				onProgress?.(totals);
			}
		} finally {
			await double.close();
			await cluster?.close();
		}
	};
	try {
		await Promise.all(Array.from({ length: lanes }, lane));
		return totals;
	} finally {
		await subjects.close();
		if (totals.findings.length === 0) rmSync(work, { recursive: true, force: true });
	}
}

/** The closing count, for people. */
export function closingCount(totals: Totals): string {
	const kinds = [...totals.happened].sort((a, b) => b[1] - a[1]);
	const { faults, executions, series, paid, delivered, handedOn } = totals;
	const { uncertain, setAside, unkept, kept, lost, paidTwice } = totals;
	return [
		`${faults} faults in ${executions} executions of ${series} workflows: ${kinds.map(([kind, times]) => `${times} ${kind}`).join(', ')}`,
		`${paid} images paid`,
		`${delivered} delivered, ${handedOn} of them by a later run that bought nothing`,
		`${uncertain} uncertain: the answer never came whole, and the user was told`,
		`${setAside} damaged on disk and set aside`,
		`${unkept} not kept on a full disk whose execution then failed`,
		`${kept} still kept for the next run`,
		`${lost} lost, ${paidTwice} paid twice`,
		...(totals.findings.length > 0 ? [`see ${totals.folder}`] : []),
	].join('\n');
}
