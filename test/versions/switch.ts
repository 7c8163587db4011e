import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathWithThisNode, run } from '../host/command';
import { openInstance } from '../host/instance';
import { startN8n, type N8n } from '../host/n8n';
import { buildAndPack } from '../host/pack';
import { repository } from '../host/paths';
import { startRegistry } from '../host/registry';
import { Rest, RestError } from '../host/rest';
import { runFolder } from './hosts';

/**
 * What N8N_UNVERIFIED_PACKAGES_ENABLED=false, the default of n8n 3, does to this package in every
 * way of installing it. Prints what each gives, for docs/compatibility.md. Run by hand:
 * node --import tsx test/versions/switch.ts
 */

interface Way {
	readonly name: string;
	readonly env?: Record<string, string>;
	/** Fills n8n's user folder, while the switch is still on. */
	readonly prepare?: (folder: string) => Promise<void>;
	readonly act?: (rest: Rest) => Promise<unknown>;
}

/** The types of our nodes that n8n offers. */
async function offered(rest: Rest): Promise<string> {
	const names = (await rest.nodeTypes()).map(({ name }) => name);
	return names.filter((name) => /gptImage$/.test(name)).join(', ') || 'no node';
}

const about = /unverified|community|Bootstrapping|forbidden/i;
const linesAbout = (text: string): string[] =>
	text.split('\n').filter((line) => about.test(line) && !/^\s+at /.test(line));

async function attempt({ name, env, prepare, act }: Way, PATH: string): Promise<void> {
	const folder = join(runFolder, 'switch', name.replaceAll(/\W+/g, '-'));
	await mkdir(folder, { recursive: true });
	await prepare?.(folder);
	console.log(`# ${name}`);
	let n8n: N8n | undefined;
	try {
		const off = { N8N_UNVERIFIED_PACKAGES_ENABLED: 'false' };
		n8n = await startN8n({ folder, env: { ...off, ...env, PATH } });
		const rest = new Rest(n8n.url);
		await rest.signIn();
		await act?.(rest).catch((error: unknown) => {
			if (!(error instanceof RestError)) throw error;
			console.log(`refused: ${error.status} ${error.body.split('"stacktrace"')[0]}`);
		});
		console.log(`offers ${await offered(rest)}`);
	} catch (error) {
		console.log(`n8n does not start: ${String(error).split('\n')[0]}`);
	}
	await n8n?.service.stop();
	const log = await readFile(join(folder, 'n8n.log'), 'utf8');
	console.log(`log: ${[...new Set(linesAbout(log))].slice(-3).join('\n')}\n`);
}

async function main(): Promise<void> {
	const root = join(runFolder, 'switch');
	await rm(root, { recursive: true, force: true });
	const packed = await buildAndPack(repository, join(root, 'package'));
	const { name, version, integrity, tarball } = packed;
	const registry = await startRegistry(packed, join(root, 'registry'));
	const custom = join(root, 'custom');
	await mkdir(custom);
	await writeFile(join(custom, 'package.json'), JSON.stringify({ private: true }));
	await run('npm', ['install', '--omit=peer', '--legacy-peer-deps', tarball], { cwd: custom });

	const listed = (entry: object): Record<string, string> => ({
		N8N_COMMUNITY_PACKAGES_MANAGED_BY_ENV: 'true',
		N8N_COMMUNITY_PACKAGES: JSON.stringify([entry]),
	});
	const ways: readonly Way[] = [
		{ name: 'install by the screen', act: async (rest) => await rest.installPackage(name) },
		{ name: 'N8N_COMMUNITY_PACKAGES', env: listed({ name }) },
		{
			name: 'N8N_COMMUNITY_PACKAGES with a checksum',
			env: listed({ name, version, checksum: integrity }),
		},
		{
			name: 'a package that is there already',
			prepare: async (folder) => await (await openInstance({ folder, packed })).close(),
		},
		{
			name: 'a custom folder',
			env: { N8N_CUSTOM_EXTENSIONS: join(custom, 'node_modules', name, 'dist') },
		},
	];
	try {
		for (const way of ways) {
			await attempt(way, `${registry.npmFolder}:${pathWithThisNode()}`);
		}
	} finally {
		await registry.close();
	}
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
