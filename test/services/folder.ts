import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder } from '../host/paths';

/** A new, empty data folder for a service. */
export async function emptyFolder(name: string): Promise<string> {
	const folder = join(cacheFolder, 'services', name);
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	return folder;
}

/** What a service needs to know of the machine, and nothing of the developer's own settings. */
export const plainEnvironment: Record<string, string> = {
	PATH: process.env.PATH ?? '/usr/sbin:/usr/bin:/sbin:/bin',
	LANG: 'C.UTF-8',
	TZ: 'UTC',
};
