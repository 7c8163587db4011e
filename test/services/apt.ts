import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { run } from '../host/command';
import { step } from '../host/progress';

/**
 * Debian's maintainer scripts ask this file whether a service may be started; 101 is "not allowed".
 * https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
 */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const NO_SERVICE = '#!/bin/sh\nexit 101\n';

const QUIET = { DEBIAN_FRONTEND: 'noninteractive' };

let updated: Promise<unknown> | undefined;

/**
 * Installs the Debian packages that are missing, without recommended ones; the services in them are
 * not started: each test starts its own.
 */
export async function ensurePackages(...names: string[]): Promise<void> {
	const missing = await missingOf(names);
	if (missing.length === 0) return;
	if (process.getuid?.() !== 0) {
		throw new Error(`Missing: run "sudo apt-get install ${missing.join(' ')}", then start again`);
	}
	await step(
		`Installing ${missing.join(', ')}`,
		async () => await install(missing),
		() => 'fetching and unpacking',
	);
}

async function missingOf(names: string[]): Promise<string[]> {
	// dpkg-query fails for packages that it has never heard of.
	const states = await Promise.all(
		names.map(
			async (name) =>
				await run('dpkg-query', ['--show', '--showformat=${db:Status-Status}', name], {
					cwd: '/',
				}).catch(() => ''),
		),
	);
	return names.filter((_, index) => states[index] !== 'installed');
}

async function install(names: string[]) {
	updated ??= run('apt-get', ['update', '--quiet'], { cwd: '/', env: QUIET });
	await updated;
	const ownPolicy = !existsSync(POLICY_FILE);
	if (ownPolicy) await writeFile(POLICY_FILE, NO_SERVICE, { mode: 0o755 });
	try {
		const args = ['install', '--yes', '--quiet', '--no-install-recommends'];
		// Another installation may be under way on this machine.
		args.push('-o', 'DPkg::Lock::Timeout=300', ...names);
		await run('apt-get', args, { cwd: '/', env: QUIET });
	} finally {
		if (ownPolicy) await rm(POLICY_FILE, { force: true });
	}
}
