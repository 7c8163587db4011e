import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathWithThisNode } from './command';
import { startN8n, type N8n, type N8nOptions } from './n8n';
import type { PackedPackage } from './pack';
import { startRegistry } from './registry';
import { Rest } from './rest';

export interface InstanceOptions extends N8nOptions {
	packed: PackedPackage;
}

export interface Instance extends N8n {
	folder: string;
	rest: Rest;
	/** Stops n8n and the registry; the folder stays. */
	close: () => Promise<void>;
}

/**
 * Starts an n8n in `folder`, signs in, and installs the packed package through the community-nodes
 * screen's own endpoint: the first time with "install", later, when the package has changed, with
 * "update".
 */
export async function openInstance({
	folder,
	packed,
	env,
	host,
}: InstanceOptions): Promise<Instance> {
	const registry = await startRegistry(packed, join(folder, 'registry'));
	const node = host ? [dirname(host.node)] : [];
	const PATH = [registry.npmFolder, ...node, pathWithThisNode()].join(delimiter);
	let n8n: N8n | undefined;
	const close = async () => {
		await n8n?.service.stop();
		await registry.close();
	};
	try {
		n8n = await startN8n({ folder, host, env: { ...env, PATH } });
		const rest = new Rest(n8n.url);
		await rest.signIn();
		await installPackage(rest, packed, join(folder, 'installed-package'));
		return { ...n8n, folder, rest, close };
	} catch (error) {
		await close();
		throw error;
	}
}

/** `stamp` is a file that remembers which build is installed. */
async function installPackage(rest: Rest, { name, integrity }: PackedPackage, stamp: string) {
	const installed = (await rest.installedPackages()).find((entry) => entry.packageName === name);
	if (installed === undefined || installed.failedLoading) {
		await rest.installPackage(name);
	} else if (!existsSync(stamp) || (await readFile(stamp, 'utf8')) !== integrity) {
		await rest.updatePackage(name);
	}
	await writeFile(stamp, integrity);
}
