import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INode, IWorkflowBase } from 'n8n-workflow';
import { migrate, type Migration } from '../../migrate/workflow';

/** Six exported workflows, of every version of n8n's own image operations, and what they become. */

export const today = '2026-11-20';
export const newType = 'n8n-nodes-gpt-image.gptImage';

export function exported(name: string): IWorkflowBase {
	const file = path.join(__dirname, 'workflows', `${name}.json`);
	return JSON.parse(readFileSync(file, 'utf8')) as IWorkflowBase;
}

export const moved = (name: string, day = today): Migration => migrate(exported(name), day);
export const nodesOf = ({ workflow }: Migration): INode[] => workflow.nodes as INode[];

export function nodeOf(migration: Migration, name: string): INode {
	const node = nodesOf(migration).find((candidate) => candidate.name === name);
	if (!node) throw new Error(`There is no node ${name}`);
	return node;
}
