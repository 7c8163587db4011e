import { execute, node, startNode } from '../test/workflows/engine';
import { loadBuiltInNode } from './built-in';
import { answer } from './measure';
import { inFolder, loadOurNode, runBuiltIn, runOurs } from './nodes';

/** The first image of a process: what it adds to n8n's engine, which has run a workflow already. */

export interface FirstImageTask {
	readonly who: 'ours' | 'builtIn';
	readonly url: string;
}

export interface FirstImage {
	readonly beforeMb: number;
	readonly afterMb: number;
}

function megabytes(): number {
	globalThis.gc?.();
	return process.memoryUsage().rss / 1e6;
}

async function runEmpty(): Promise<void> {
	await execute({
		workflow: { id: 'bench-0', nodes: [node('Start', 'test.start')], connections: {} },
		nodeTypes: { 'test.start': startNode([{ json: {} }]) },
		credentials: {},
	});
}

async function measured({ who, url }: FirstImageTask): Promise<FirstImage> {
	await runEmpty();
	const beforeMb = megabytes();
	const batch = { url, items: 1, lanes: 1 };
	if (who === 'ours') await runOurs(batch, loadOurNode());
	else await runBuiltIn(batch, loadBuiltInNode());
	return { beforeMb, afterMb: megabytes() };
}

answer<FirstImageTask>(async (task) => await inFolder(async () => await measured(task)));
