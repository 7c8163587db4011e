import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { median } from './measure';
import type { Section } from './report';

/** What n8n's start pays for the package: requiring every file that package.json names. */

const root = path.resolve(__dirname, '..');
const PROCESSES = 11;

interface Manifest {
	readonly n8n: { readonly nodes: readonly string[]; readonly credentials: readonly string[] };
}

export function loadingSection(): Section {
	const { n8n } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
	const files = [...n8n.nodes, ...n8n.credentials].map((file) => path.join(root, file));
	const script = `
		require('n8n-workflow');
		const started = performance.now();
		for (const file of ${JSON.stringify(files)}) require(file);
		console.log(performance.now() - started);
	`;
	const taken = Array.from({ length: PROCESSES }, () =>
		Number(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' })),
	);
	return {
		title: 'Loading',
		text: `Requiring the ${files.length} built files that package.json names, in a new process that has n8n-workflow already, as n8n has. Median of ${PROCESSES} processes.`,
		head: ['files', 'median', 'fastest', 'slowest'],
		rows: [
			[
				String(files.length),
				...[median(taken), Math.min(...taken), Math.max(...taken)].map(
					(value) => `${value.toFixed(1)} ms`,
				),
			],
		],
		verdicts: [
			{ what: 'requiring every built node file', value: median(taken), atMost: 40, unit: 'ms' },
		],
	};
}
