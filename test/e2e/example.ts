import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { filesFolder } from '../host/environment';
import { failureOf } from '../host/execution';
import { provideExampleFile, readExample } from '../host/example';
import type { Rest } from '../host/rest';
import type { Stage } from '../host/stage';
import type { SavedWorkflow } from '../host/types';
import { until } from './double';

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

/** Runs an example up to where it waits for a person. @returns the execution's ID */
export async function runUntilWaiting({ rest, double }: Stage, name: string): Promise<string> {
	double.reset();
	const workflow = await importExample(rest, name);
	const executionId = await rest.startWorkflow(workflow.id, 'Start');
	await until('the execution waits', async () => {
		const execution = await rest.execution(executionId);
		if (execution.status === 'error') throw new Error(failureOf(execution));
		return execution.status === 'waiting';
	});
	return executionId;
}

/** The folder of n8n's file nodes, emptied, with the named files of examples/ in it. */
export async function freshFiles({ folder }: Stage, ...names: string[]): Promise<string> {
	const files = filesFolder(folder);
	await rm(files, { recursive: true, force: true });
	await mkdir(files, { recursive: true });
	for (const name of names) await provideExampleFile(name, folder);
	return files;
}

/** Photos as they come from a camera or a phone: each name an image of its own. */
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
