import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './command';
import { nodeHeaders } from './headers';
import { hostFolder, hostModules } from './paths';
import { step } from './progress';

const LOCK = join(hostFolder, 'package-lock.json');

/** Inside node_modules, so that whoever deletes that folder deletes the stamp with it. */
const STAMP = join(hostModules, '.installed');

const FETCHED_TARBALL = /npm http (fetch|cache).*\.tgz/;

interface Lock {
	packages: Record<string, { version?: string }>;
}

/** n8n's version in the lock. */
export async function hostVersion(): Promise<string> {
	return (await readLock()).packages['node_modules/n8n']?.version ?? 'unknown';
}

/** Installs the full n8n of package-lock.json beside this file, unless that is done already. */
export async function installHost(): Promise<void> {
	// A driver compiled for another Node would be thrown away by the next run.
	if (Number.parseInt(process.versions.node, 10) < 24) {
		throw new Error(
			`n8n needs Node 24, this is ${process.version}: start it through npm, e.g. npm run demo`,
		);
	}
	const stamp = await expectedStamp();
	if (existsSync(STAMP) && (await readFile(STAMP, 'utf8')) === stamp) return;

	const total = Object.keys((await readLock()).packages).length - 1;
	let fetched = 0;
	await step(
		`Installing n8n ${await hostVersion()}: only the first time, some minutes and 2.6 GB`,
		async () => {
			// No install scripts: one dependency (Kafka's client) wants a download and a compiler, and
			// only the Kafka node needs it. sqlite3, which n8n's database needs, is compiled below.
			const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=http'];
			await run('npm', args, {
				cwd: hostFolder,
				onErrorLine: (line) => (fetched += FETCHED_TARBALL.test(line) ? 1 : 0),
			});
		},
		() => (fetched < total ? `${fetched} of about ${total} packages fetched` : 'unpacking'),
	);
	await step(
		'Building its database driver',
		async () => await buildDatabaseDriver(hostFolder),
		() => 'compiling sqlite3',
	);
	await writeFile(STAMP, stamp);
}

/** Its driver has Node's stable interface: built with one Node, it runs on the others too. */
export async function buildDatabaseDriver(folder: string): Promise<void> {
	const workFolder = await mkdtemp(join(tmpdir(), 'node-headers-'));
	try {
		const headers = await nodeHeaders(workFolder);
		const env = headers === undefined ? undefined : { npm_config_nodedir: headers };
		await run('npm', ['rebuild', 'sqlite3'], { cwd: folder, env });
		await run(process.execPath, ['-e', 'require("sqlite3")'], { cwd: folder });
	} finally {
		await rm(workFolder, { recursive: true, force: true });
	}
}

async function expectedStamp(): Promise<string> {
	const digest = createHash('sha256')
		.update(await readFile(LOCK))
		.digest('hex');
	return `${digest} ${process.platform}-${process.arch} node ${process.versions.modules}\n`;
}

async function readLock(): Promise<Lock> {
	return JSON.parse(await readFile(LOCK, 'utf8')) as Lock;
}

if (require.main === module) {
	installHost().catch((error: unknown) => {
		console.error(error);
		process.exitCode = 1;
	});
}
