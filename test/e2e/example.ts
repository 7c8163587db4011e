import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { filesFolder } from '../host/environment';
import { provideExampleFile, readExample } from '../host/example';
import type { Rest } from '../host/rest';
import type { Stage } from '../host/stage';
import type { SavedWorkflow } from '../host/types';

interface Assignment {
	name: string;
	value: string | number;
}

/** Imports an example with some values of its Settings node changed. */
export async function importExample(
	rest: Rest,
	name: string,
	settings: Record<string, string | number> = {},
): Promise<SavedWorkflow> {
	const file = await readExample(name);
	const node = file.nodes.find((candidate) => candidate.name === 'Settings');
	const { assignments } = node?.parameters.assignments as { assignments: Assignment[] };
	for (const [setting, value] of Object.entries(settings)) {
		const assignment = assignments.find((candidate) => candidate.name === setting);
		assert.ok(assignment, `${name} has a setting "${setting}"`);
		assignment.value = value;
	}
	return await rest.importWorkflow(file);
}

/** The folder of n8n's file nodes, emptied, with the named files of examples/ in it. */
export async function freshFiles({ folder }: Stage, ...names: string[]): Promise<string> {
	const files = filesFolder(folder);
	await rm(files, { recursive: true, force: true });
	await mkdir(files, { recursive: true });
	for (const name of names) await provideExampleFile(name, folder);
	return files;
}

/** Photos as they come from a camera or a phone: each name a picture of its own. */
export async function providePhotos(files: string, ...names: string[]): Promise<void> {
	const folder = join(files, 'photos');
	await mkdir(folder, { recursive: true });
	for (const [index, name] of names.entries()) {
		const hue = (index * 97) % 360;
		const scene = `<svg width="1200" height="900">
			<rect width="1200" height="900" fill="hsl(${hue} 30% 80%)"/>
			<circle cx="600" cy="480" r="260" fill="hsl(${hue} 60% 45%)"/>
		</svg>`;
		await sharp(Buffer.from(scene)).jpeg().toFile(join(folder, name));
	}
}
