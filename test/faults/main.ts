import { parseArgs } from 'node:util';
import { closingCount, harass } from './harness';

/** npm run test:faults -- [--faults 10000] [--seed 1] [--lanes 2] */

const SIGN_OF_LIFE_MS = 15_000;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			faults: { type: 'string', default: '10000' },
			seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
			lanes: { type: 'string', default: '2' },
		},
	});
	const started = performance.now();
	const seconds = (): string => ((performance.now() - started) / 1_000).toFixed(0);
	let said = started;
	let found = 0;
	console.log(`${values.faults} faults, seed ${values.seed}`);
	const totals = await harass({
		faults: Number(values.faults),
		seed: Number(values.seed),
		lanes: Number(values.lanes),
		onProgress: ({ faults, findings, paid, delivered }) => {
			for (const finding of findings.slice(found)) console.log(`  ${finding}`);
			found = findings.length;
			if (performance.now() - said < SIGN_OF_LIFE_MS) return;
			said = performance.now();
			console.log(`  ${faults} faults, ${paid} paid, ${delivered} delivered, ${seconds()} s`);
		},
	});
	console.log(`${closingCount(totals)}\n${seconds()} s`);
	if (totals.findings.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
