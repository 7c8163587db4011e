/** Fuzzes what meets data from outside: `npm run test:fuzz -- [seconds] [seed]`. */

import { round } from '../test/fuzz/round';
import { targets } from '../test/fuzz/targets';

async function main(): Promise<void> {
	const seconds = Number(process.argv[2] ?? 60);
	let seed = Number(process.argv[3] ?? Date.now() % 1e9);
	const all = await targets();
	const end = Date.now() + seconds * 1000;
	// The first use of each loads its libraries.
	for (const target of all) await round(target, 1, false);
	let [rounds, failed] = [0, 0];
	for (; Date.now() < end; seed++) {
		for (const target of all) {
			rounds += 1;
			const wrong = await round(target, seed, true);
			if (wrong === undefined) continue;
			failed += 1;
			console.error(`${target.name}, seed ${seed}: ${wrong}`);
		}
	}
	console.log(`${rounds} rounds up to seed ${seed - 1}, ${failed} failed`);
	process.exitCode = failed > 0 ? 1 : 0;
}

void main();
