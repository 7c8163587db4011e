import path from 'node:path';
import { inOwnProcess } from './measure';
import { megabytes, milliseconds, times, type Section, type Verdict } from './report';
import type { CpuResult, CpuTask } from './cpu-child';
import type { RunResult, RunTask } from './run-child';

/** Answers of 12 MB PNG become n8n items: CPU, time and memory beside the floor and the built-in. */

const SIZE = 12;
const marker = `[[big ${SIZE}]]`;

const runChild = path.join(__dirname, 'run-child.ts');
const cpuChild = path.join(__dirname, 'cpu-child.ts');

export async function cpuSection(url: string): Promise<Section> {
	const task: CpuTask = { url, megabytes: SIZE, batch: 5, rounds: 8 };
	const spent = await inOwnProcess<CpuResult>(cpuChild, task);
	const { bare, floor, host, ours, builtIn } = spent;
	const own = ours.cpuMs - host.cpuMs;
	const row = (name: string, { cpuMs, wallMs }: { cpuMs: number; wallMs: number }) => [
		name,
		milliseconds(cpuMs),
		times(cpuMs / floor.cpuMs),
		milliseconds(wallMs),
	];
	return {
		title: `CPU per ${SIZE} MB image`,
		text: `${task.batch * task.rounds} images each way, one after the other, in one process and in random order; binaries in the file system. "n8n alone" is what n8n does for any node: its HTTP helper reads the answer, its binary store writes the image. It leaves its buffers to the garbage collector, so our node, which gives them back, can take less than that.`,
		head: ['way', 'CPU per image', 'to the floor', 'time per image'],
		rows: [
			row('floor: fetch, parse, decode, hash, one write', floor),
			row('GPT Image, engine and store included', ours),
			row('built-in, engine included', builtIn),
			row('parse, decode, hash, one write, without fetch', bare),
			row('n8n alone: HTTP helper and binary store', host),
			['GPT Image less n8n alone', milliseconds(own), times(own / floor.cpuMs), ''],
		],
		verdicts: [
			{
				what: 'CPU of the whole node to fetch + parse + decode + hash + one write',
				value: ours.cpuMs / floor.cpuMs,
				atMost: 1.3,
			},
			{
				what: 'our own CPU (n8n alone taken off) to parse + decode + hash + one write',
				value: own / bare.cpuMs,
				atMost: 1.3,
			},
		],
	};
}

type Way = Pick<RunTask, 'who' | 'items' | 'lanes'>;

/** A peak moves with the moments of V8's collections: each way runs so often, in turns. */
const ROUNDS = 3;

/** @returns of each way the run with the median peak, and all peaks in order */
async function runInTurns<Name extends string>(url: string, ways: Readonly<Record<Name, Way>>) {
	const runs = new Map(
		(Object.keys(ways) as Name[]).map((name): [Name, RunResult[]] => [name, []]),
	);
	for (let round = 0; round < ROUNDS; round++) {
		for (const [name, done] of runs) {
			done.push(await inOwnProcess<RunResult>(runChild, { ...ways[name], url, marker }));
		}
	}
	return (name: Name) => {
		const sorted = [...(runs.get(name) ?? [])].sort((one, other) => one.peakMb - other.peakMb);
		const run = sorted[sorted.length >> 1];
		if (!run) throw new RangeError(`${name} never ran`);
		return { ...run, peaks: sorted.map(({ peakMb }) => peakMb) };
	};
}

const peak = (what: string, run: RunResult, other: RunResult, atMost: number): Verdict => ({
	what,
	value: run.peakMb / other.peakMb,
	atMost,
});

export async function memorySection(url: string): Promise<Section> {
	const few = 20;
	const many = 200;
	const runOf = await runInTurns(url, {
		floor: { who: 'floor', items: few, lanes: 1 },
		oneFew: { who: 'ours', items: few, lanes: 1 },
		oneMany: { who: 'ours', items: many, lanes: 1 },
		fourFew: { who: 'ours', items: few, lanes: 4 },
		fourMany: { who: 'ours', items: many, lanes: 4 },
		builtInFew: { who: 'builtIn', items: few, lanes: 1 },
		builtInMany: { who: 'builtIn', items: many, lanes: 1 },
	});
	const one = { few: runOf('oneFew'), many: runOf('oneMany') };
	const four = { few: runOf('fourFew'), many: runOf('fourMany') };
	const builtIn = { few: runOf('builtInFew'), many: runOf('builtInMany') };
	const row = (name: string, items: number, run: ReturnType<typeof runOf>) => [
		name,
		String(items),
		megabytes(run.peakMb),
		run.peaks.map((peak) => peak.toFixed(0)).join(', '),
		megabytes(run.baseMb),
		milliseconds(run.wallMs),
		milliseconds(run.cpuMs),
	];
	return {
		title: `Peak memory for answers of ${SIZE} MB`,
		text: `Each run in a process of its own with both nodes loaded; binaries in the file system. The peak is that of the whole process (RSS), the start what it had just before. Each run was made ${ROUNDS} times, in turns; the one with the median peak is shown.`,
		head: ['run', 'images', 'peak', 'all peaks', 'start', 'time', 'CPU'],
		rows: [
			row('floor, one at a time', few, runOf('floor')),
			row('GPT Image, 1 lane', few, one.few),
			row('GPT Image, 1 lane', many, one.many),
			row('GPT Image, 4 lanes', few, four.few),
			row('GPT Image, 4 lanes', many, four.many),
			row('built-in, one at a time', few, builtIn.few),
			row('built-in, one at a time', many, builtIn.many),
		],
		verdicts: [
			peak(`1 lane: peak of ${many} to ${few}`, one.many, one.few, 1.15),
			peak(`4 lanes: peak of ${many} to ${few}`, four.many, four.few, 1.15),
			peak(`1 lane: peak of ${few} to the built-in node`, one.few, builtIn.few, 1),
			peak(`1 lane: peak of ${many} to the built-in node`, one.many, builtIn.many, 1),
			peak(`4 lanes: peak of ${many} to the built-in node`, four.many, builtIn.many, 1.15),
		],
	};
}
