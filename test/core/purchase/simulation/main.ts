import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { simulate } from './simulation';

/**
 * npm run test:simulation -- [--schedules 100000] [--seed 1], with a process for each core.
 * One schedule alone is told step by step.
 */

async function simulateFrom(first: number, schedules: number): Promise<boolean> {
	let isGood = true;
	for (let seed = first; seed < first + schedules; seed++) {
		const findings = await simulate(seed, schedules === 1 ? console.log : () => undefined);
		if (findings.length === 0) continue;
		isGood = false;
		console.log(`seed ${seed}: ${findings.join('; ')}`);
	}
	return isGood;
}

async function inProcess(first: number, schedules: number): Promise<boolean> {
	const range = ['--seed', String(first), '--schedules', String(schedules), '--here'];
	const child = fork(__filename, range, { execArgv: ['--import', 'tsx'] });
	return await new Promise((resolve) => child.once('exit', (code) => resolve(code === 0)));
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			schedules: { type: 'string', default: '100000' },
			seed: { type: 'string', default: '1' },
			here: { type: 'boolean', default: false },
		},
	});
	const [schedules, first] = [Number(values.schedules), Number(values.seed)];
	const started = performance.now();
	const cores = values.here || schedules === 1 ? 1 : availableParallelism();
	const share = Math.ceil(schedules / cores);
	const simulating = Array.from({ length: cores }, async (_, core) => {
		const from = first + core * share;
		const count = Math.min(share, first + schedules - from);
		return cores === 1 ? await simulateFrom(from, count) : await inProcess(from, count);
	});
	if ((await Promise.all(simulating)).includes(false)) process.exitCode = 1;
	if (values.here) return;
	const seconds = ((performance.now() - started) / 1_000).toFixed(0);
	const result = process.exitCode === 1 ? 'some failed' : 'none failed';
	console.log(`${schedules} schedules from seed ${first}, ${result}, ${seconds} s`);
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
