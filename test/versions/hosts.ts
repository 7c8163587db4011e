import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../host/command';
import { buildDatabaseDriver } from '../host/install';
import { usualHost, type Host } from '../host/n8n';
import { cacheFolder } from '../host/paths';
import { step } from '../host/progress';

/** Where the versions of n8n are installed, once: some 1.3 GB each. */
const folder = join(cacheFolder, 'versions');

/**
 * Where they run: outside the repository, in whose node_modules the package would find a newer
 * n8n-workflow than the one of the n8n that it is tried in.
 */
export const runFolder = join(tmpdir(), 'n8n-nodes-gpt-image-versions');

/**
 * What this registry lacks or has only at another address, and where a range of an old version
 * reaches for a newer package that does not fit the others.
 */
const overrides = {
	xlsx: '0.18.5',
	linkedom: '0.18.14',
	'@langchain/langgraph': '1.0.2',
	'@langchain/langgraph-checkpoint': '1.0.0',
	'msgpackr-extract': '3.0.4',
};

/** What npm would put in an older version at the top, where the newer packages find it. */
const atTop: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'2.23.4': { '@opentelemetry/core': '2.7.1' },
};

/** Node's binary out of the npm package that has nothing else. */
async function installNode(version: string): Promise<string> {
	const at = join(folder, `node-${version}`);
	const binary = join(at, 'bin', 'node');
	if (existsSync(binary)) return binary;
	await mkdir(at, { recursive: true });
	const name = `node-${process.platform}-${process.arch}@${version}`;
	const tarball = (await run('npm', ['pack', name, '--silent'], { cwd: at })).trim();
	await run('tar', ['-xzf', tarball, '--strip-components=1'], { cwd: at });
	return binary;
}

/**
 * @param n8n a version; `newest` is the one that the end-to-end tests use, on this Node
 * @param node the version of Node to run it on
 */
export async function installVersion(n8n: string, node: string): Promise<Host> {
	if (n8n === 'newest') return usualHost;
	const at = join(folder, n8n);
	const host = { modules: join(at, 'node_modules'), node: await installNode(node) };
	const driver = join(host.modules, 'sqlite3/build/Release/node_sqlite3.node');
	if (existsSync(driver)) return host;
	await mkdir(at, { recursive: true });
	const dependencies = { n8n, ...atTop[n8n] };
	const manifest = { name: 'host', private: true, dependencies, overrides };
	await writeFile(join(at, 'package.json'), JSON.stringify(manifest));
	await step(`Installing n8n ${n8n}: only the first time, some minutes`, async () => {
		const flags = ['--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund'];
		await run('npm', ['install', ...flags], { cwd: at });
		await buildDatabaseDriver(at);
	});
	return host;
}

/** As the Community Nodes screen leaves it, whose own check asks the public registry in old versions. */
export async function installBeside(folder: string, tarball: string): Promise<void> {
	const nodes = join(folder, '.n8n', 'nodes');
	await mkdir(nodes, { recursive: true });
	const manifest = { name: 'installed-nodes', private: true, dependencies: {} };
	await writeFile(join(nodes, 'package.json'), JSON.stringify(manifest));
	const flags = ['--ignore-scripts', '--omit=dev', '--omit=peer', '--legacy-peer-deps'];
	await run('npm', ['install', '--no-audit', '--no-fund', ...flags, tarball], { cwd: nodes });
}
