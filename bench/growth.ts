import path from 'node:path';
import { inOwnProcess } from './measure';
import { megabytes, milliseconds, times, type Section } from './report';
import type { RunResult, RunTask } from './run-child';

/** Images of 200 kB without latency: what an item costs as the items become many. */

const COUNTS = [10, 100, 1_000] as const;
const LANES = 4;
/** In MiB: 210 kB. */
const marker = '[[big 0.2]]';

export async function growthSection(url: string): Promise<Section> {
	const script = path.join(__dirname, 'run-child.ts');
	const run = async (who: RunTask['who'], items: number) =>
		await inOwnProcess<RunResult>(script, { who, url, items, lanes: LANES, marker });
	const rows: string[][] = [];
	const perItem = { ours: [] as number[], builtIn: [] as number[] };
	for (const who of ['ours', 'builtIn'] as const) {
		for (const items of COUNTS) {
			const { wallMs, cpuMs, peakMb } = await run(who, items);
			perItem[who].push(cpuMs / items);
			rows.push([
				who === 'ours' ? `GPT Image, ${LANES} lanes` : 'built-in',
				String(items),
				milliseconds(wallMs / items),
				milliseconds(cpuMs / items),
				megabytes(peakMb),
			]);
		}
	}
	const [few = Number.NaN, , many = Number.NaN] = perItem.ours;
	return {
		title: 'Growth from 10 to 1,000 items',
		text: `Images of 200 kB without latency, each run in a process of its own. An item of ${COUNTS[2]} costs our node ${times(many / few)} the CPU of an item of ${COUNTS[0]}.`,
		head: ['node', 'items', 'time per item', 'CPU per item', 'peak memory'],
		rows,
		verdicts: [
			{
				what: `CPU of each of ${COUNTS[2]} images of 200 kB to the built-in node`,
				value: many / (perItem.builtIn.at(-1) ?? Number.NaN),
				atMost: 1.4,
			},
		],
	};
}
