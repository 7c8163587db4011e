import { parseArgs } from 'node:util';
import { closingCount, harass } from './harness';

/** npm run test:faults -- [--faults 10000] [--seed 1] [--lanes 2] [--store postgres --hosts 3] */

const SIGN_OF_LIFE_MS = 15_000;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			faults: { type: 'string', default: '10000' },
			seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
			lanes: { type: 'string', default: '2' },
			store: { type: 'string', default: 'folder' },
			hosts: { type: 'string', default: '3' },
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
		hosts: values.store === 'postgres' ? Number(values.hosts) : 0,
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
