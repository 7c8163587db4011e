import path from 'node:path';
import { inOwnProcess } from './measure';
import { megabytes, milliseconds, times, type Section } from './report';
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
		title: `CPU per ${SIZE} MB picture`,
		text: `${task.batch * task.rounds} pictures each way, one after the other, in one process and in random order; binaries in the file system. "n8n alone" is what n8n does for any node: its HTTP helper reads the answer, its binary store writes the picture.`,
		head: ['way', 'CPU per picture', 'to the floor', 'time per picture'],
		rows: [
			row('floor: fetch, parse, decode, hash, one write', floor),
			row('GPT Image, engine and ledger included', ours),
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

export async function memorySection(url: string): Promise<Section> {
	const run = async (who: RunTask['who'], items: number, lanes: number) =>
		await inOwnProcess<RunResult>(runChild, { who, url, items, lanes, marker });
	const few = 20;
	const many = 200;
	const floor = await run('floor', few, 1);
	const one = { few: await run('ours', few, 1), many: await run('ours', many, 1) };
	const four = { few: await run('ours', few, 4), many: await run('ours', many, 4) };
	const builtIn = { few: await run('builtIn', few, 1), many: await run('builtIn', many, 1) };
	const row = (name: string, items: number, { peakMb, baseMb, wallMs, cpuMs }: RunResult) => [
		name,
		String(items),
		megabytes(peakMb),
		megabytes(baseMb),
		milliseconds(wallMs),
		milliseconds(cpuMs),
	];
	return {
		title: `Peak memory for answers of ${SIZE} MB`,
		text: 'Each run in a process of its own with both nodes loaded; binaries in the file system. The peak is that of the whole process (RSS), the start what it had just before.',
		head: ['run', 'pictures', 'peak', 'start', 'time', 'CPU'],
		rows: [
			row('floor, one at a time', few, floor),
			row('GPT Image, 1 lane', few, one.few),
			row('GPT Image, 1 lane', many, one.many),
			row('GPT Image, 4 lanes', few, four.few),
			row('GPT Image, 4 lanes', many, four.many),
			row('built-in, one at a time', few, builtIn.few),
			row('built-in, one at a time', many, builtIn.many),
		],
		verdicts: [
			{
				what: `1 lane: peak of ${many} to ${few}`,
				value: one.many.peakMb / one.few.peakMb,
				atMost: 1.15,
			},
			{
				what: `4 lanes: peak of ${many} to ${few}`,
				value: four.many.peakMb / four.few.peakMb,
				atMost: 1.15,
			},
			{
				what: `1 lane: peak of ${few} to the built-in node`,
				value: one.few.peakMb / builtIn.few.peakMb,
				atMost: 1,
			},
			{
				what: `1 lane: peak of ${many} to the built-in node`,
				value: one.many.peakMb / builtIn.many.peakMb,
				atMost: 1,
			},
			{
				what: `4 lanes: peak of ${many} to the built-in node`,
				value: four.many.peakMb / builtIn.many.peakMb,
				atMost: 1.15,
			},
		],
	};
}
