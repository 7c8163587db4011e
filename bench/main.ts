import { spawn } from 'node:child_process';
import path from 'node:path';
import { installHost } from '../test/host/install';
import { startDoubleProcess } from '../test/faults/double-process';
import { footprintSection } from './footprint';
import { growthSection } from './growth';
import { LATENCY, lanesSection } from './lanes';
import { cpuSection, memorySection } from './images-to-items';
import {
	isReached,
	printedText,
	sectionText,
	writeResults,
	type Printed,
	type Section,
} from './report';

/**
 * All benches, one after the other, each in processes of its own, and bench/RESULTS.md.
 * Run: npm run bench, or npm run bench -- store for the store alone, or -- orders for a batch of 4 GB
 */

const results = path.join(__dirname, 'RESULTS.md');

async function measured(): Promise<Section[]> {
	const double = await startDoubleProcess();
	const { url } = double;
	const sections: Section[] = [];
	const add = (section: Section): void => {
		console.log(`\n${sectionText(section)}`);
		sections.push(section);
	};
	try {
		await double.setOptions({ latencyMs: LATENCY });
		add(await lanesSection(url));
		await double.setOptions({ latencyMs: 0 });
		add(await cpuSection(url));
		add(await memorySection(url));
		add(await growthSection(url));
		add(await footprintSection(url));
		return sections;
	} finally {
		await double.close();
	}
}

/** A bench that prints its own table; its exit code says whether it kept its bounds. */
async function print(title: string, script: string): Promise<Printed> {
	const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, script)], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let output = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
	const code = await new Promise((resolve) => child.once('close', resolve));
	const printed = { title, script, output, passed: code === 0 };
	console.log(`\n${printedText(printed)}`);
	return printed;
}

async function main(): Promise<void> {
	if (process.argv[2] === 'orders') return void (await print('Orders', 'orders.ts'));
	if (process.argv[2] === 'store') {
		await print('The store alone', 'store.ts');
		await print('Workers', 'workers.ts');
		return;
	}
	const started = performance.now();
	// The built-in node comes out of the full n8n that the demo uses too.
	await installHost();
	const sections = await measured();
	const printed = [
		await print('Keeping an image', 'keep.ts'),
		await print('The store alone', 'store.ts'),
		await print('Workers', 'workers.ts'),
		await print('Preparing and composing images', 'images.ts'),
		await print('Finding prices', 'estimates.ts'),
		await print('Exporting to channels', 'export.ts'),
	];
	const took = performance.now() - started;
	writeResults(results, sections, printed, took);
	const verdicts = sections.flatMap((section) => section.verdicts);
	const missed = verdicts.filter((verdict) => !isReached(verdict)).length;
	const failed = printed.filter(({ passed }) => !passed).length;
	console.log(
		`${verdicts.length - missed} of ${verdicts.length} bounds reached, ${printed.length - failed} of ${printed.length} further benches within theirs, ${(took / 60_000).toFixed(1)} minutes; written to bench/RESULTS.md`,
	);
	if (missed + failed > 0) process.exitCode = 1;
}

void main();
