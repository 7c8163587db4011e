import { existsSync } from 'node:fs';
import { run } from '../host/command';
import { step } from '../host/progress';
import { runAsRoot } from './root';

/**
 * Debian's maintainer scripts ask this file whether a service may be started; 101 is "not allowed".
 * https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
 */
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const WRITE_POLICY = `printf '#!/bin/sh\\nexit 101\\n' > ${POLICY_FILE} && chmod 755 ${POLICY_FILE}`;

let updated: Promise<unknown> | undefined;

/**
 * Installs the Debian packages that are missing, without recommended ones; the services in them are
 * not started: each test starts its own.
 */
export async function ensurePackages(...names: string[]): Promise<void> {
	const missing = await missingOf(names);
	if (missing.length === 0) return;
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
	updated ??= aptGet('update');
	await updated;
	const ownPolicy = !existsSync(POLICY_FILE);
	if (ownPolicy) await runAsRoot('sh', '-c', WRITE_POLICY);
	try {
		await aptGet('install', '--yes', '--no-install-recommends', ...names);
	} finally {
		if (ownPolicy) await runAsRoot('rm', '-f', POLICY_FILE);
	}
}

async function aptGet(...args: string[]): Promise<void> {
	// Another installation may be under way on this machine.
	const patient = ['-o', 'DPkg::Lock::Timeout=300'];
	await runAsRoot('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', ...patient, ...args);
}
