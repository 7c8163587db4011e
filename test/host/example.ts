import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesFolder } from './environment';
import { repository } from './paths';
import type { WorkflowFile } from './types';

const examplesFolder = join(repository, 'examples');

/** Reads `examples/<name>.json`. */
export async function readExample(name: string): Promise<WorkflowFile> {
	return JSON.parse(await readFile(join(examplesFolder, `${name}.json`), 'utf8')) as WorkflowFile;
}

/** Puts an example's data file where the workflow looks for it, and returns that folder. */
export async function provideExampleFile(name: string, folder: string): Promise<string> {
	const files = filesFolder(folder);
	await mkdir(files, { recursive: true });
	await copyFile(join(examplesFolder, name), join(files, name));
	return files;
}
