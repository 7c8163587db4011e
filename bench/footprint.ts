import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hostModules } from '../test/host/paths';
import type { FirstImage, FirstImageTask } from './first-image-child';
import { inOwnProcess, median, withFolder } from './measure';
import { megabytes, type Section } from './report';

/** What the package costs a machine: on disk, when n8n starts, and with the first image. */

const root = path.resolve(__dirname, '..');
const langchain = path.join(hostModules, '@n8n/n8n-nodes-langchain');
const PROCESSES = 7;
const FIRST_IMAGES = 3;

interface Manifest {
	readonly n8n: { readonly nodes: readonly string[]; readonly credentials: readonly string[] };
}

const diskMb = (folder: string): number =>
	(Number.parseInt(execFileSync('du', ['-sk', folder], { encoding: 'utf8' }), 10) * 1_024) / 1e6;

/** The packed package with all it needs, as n8n's Community Nodes screen installs it. */
async function installedMb(): Promise<number> {
	return await withFolder((folder) => {
		const npm = (args: readonly string[], cwd: string): string =>
			execFileSync('npm', args, { cwd, encoding: 'utf8' }).trim();
		const pack = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
		const tarball = path.join(folder, npm(pack, root));
		writeFileSync(path.join(folder, 'package.json'), '{"private":true}');
		const omit = ['--omit=dev', '--omit=peer', '--legacy-peer-deps'];
		npm(['install', '--ignore-scripts', '--no-audit', '--no-fund', ...omit, tarball], folder);
		return diskMb(path.join(folder, 'node_modules'));
	});
}

/** Milliseconds of what n8n's loader does with the files at start, in a process that has its libraries. */
function loadingMs(from: string, files: readonly string[]): number {
	const script = `
		require('n8n-workflow');
		require('n8n-core');
		const started = performance.now();
		for (const file of ${JSON.stringify(files)})
			for (const part of Object.values(require(file))) if (typeof part === 'function') new part();
		process.stdout.write(String(performance.now() - started), () => process.exit());
	`;
	return median(
		Array.from({ length: PROCESSES }, () =>
			Number(execFileSync(process.execPath, ['-e', script], { cwd: from, encoding: 'utf8' })),
		),
	);
}

async function firstImageMb(task: FirstImageTask): Promise<number> {
	const child = path.join(__dirname, 'first-image-child.ts');
	const added: number[] = [];
	for (let round = 0; round < FIRST_IMAGES; round++) {
		const { beforeMb, afterMb } = await inOwnProcess<FirstImage>(child, task);
		added.push(afterMb - beforeMb);
	}
	return median(added);
}

export async function footprintSection(url: string): Promise<Section> {
	const { n8n } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
	const files = [...n8n.nodes, ...n8n.credentials].map((file) => path.join(root, file));
	const ours = {
		disk: await installedMb(),
		load: loadingMs(root, files),
		memory: await firstImageMb({ who: 'ours', url }),
	};
	const builtIn = {
		disk: diskMb(langchain),
		load: loadingMs(langchain, [path.join(langchain, 'dist/nodes/vendors/OpenAi/OpenAi.node.js')]),
		memory: await firstImageMb({ who: 'builtIn', url }),
	};
	const row = (name: string, { disk, load, memory }: typeof ours): readonly string[] => [
		name,
		megabytes(disk),
		`${load.toFixed(0)} ms`,
		megabytes(memory),
	];
	return {
		title: 'Footprint',
		text: `On disk: ours is the packed package with its dependencies, installed as the Community Nodes screen does; of the built-in node it is n8n's package that holds it, without the dependencies. Load: requiring the ${files.length} files that our package.json names, and the one of the built-in node, and making what they export, as n8n's loader does, in a new process that has n8n-workflow and n8n-core already; median of ${PROCESSES}. First image: what the process has more (RSS, after a collection) than the engine alone after a workflow without either node; median of ${FIRST_IMAGES}.`,
		head: ['node', 'on disk', 'load', 'first image'],
		rows: [row('GPT Image, all nodes', ours), row('built-in', builtIn)],
		verdicts: [
			{ what: 'installed size', value: ours.disk, atMost: 60, unit: 'MB' },
			{ what: 'loading every built node file', value: ours.load, atMost: 40, unit: 'ms' },
			{
				what: 'the same, to the built-in node',
				value: ours.load / builtIn.load,
				atMost: 1,
			},
			{ what: 'memory added by the first image', value: ours.memory, atMost: 50, unit: 'MB' },
		],
	};
}
