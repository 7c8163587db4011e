import { loadBuiltInNode } from './built-in';
import { answer, forgetPeak, peakMegabytes, used, type Used } from './measure';
import { runFloor } from './floor';
import { inFolder, loadOurNode, runBuiltIn, runOurs, type Batch } from './nodes';

/** One run in a process of its own, both nodes loaded, so that its peak is its own. */

export interface RunTask extends Batch {
	readonly who: 'ours' | 'builtIn' | 'floor';
}

export interface RunResult extends Used {
	readonly peakMb: number;
	/** Before the run, everything loaded and used once. */
	readonly baseMb: number;
}

async function measured({ who, ...batch }: RunTask, folder: string): Promise<RunResult> {
	const ours = loadOurNode();
	const builtIn = loadBuiltInNode();
	const run = {
		ours: async (given: Batch) => await runOurs(given, ours),
		builtIn: async (given: Batch) => await runBuiltIn(given, builtIn),
		floor: async (given: Batch) => await runFloor(given, folder),
	}[who];
	await run({ ...batch, items: 1, lanes: 1, marker: '' });
	forgetPeak();
	const baseMb = process.memoryUsage().rss / 1e6;
	const spent = await used(async () => await run(batch));
	return { ...spent, peakMb: peakMegabytes(), baseMb };
}

answer<RunTask>(async (task) => await inFolder(async (folder) => await measured(task, folder)));
