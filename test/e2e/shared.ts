import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import { cacheFolder } from '../host/paths';
import { openStage, type Stage } from '../host/stage';

let opened: Promise<Stage> | undefined;

/** The n8n and the double that the tests of one run share; the first test that asks starts them. */
export async function sharedStage(): Promise<Stage> {
	opened ??= openFresh();
	return await opened;
}

async function openFresh(): Promise<Stage> {
	const folder = join(cacheFolder, 'e2e');
	await rm(folder, { recursive: true, force: true });
	return await openStage(folder);
}

after(async () => {
	const stage = await opened?.catch(() => undefined);
	await stage?.close();
});
