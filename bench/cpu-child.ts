import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import { recycle } from '../core/openai/buffers';
import { execute, node, startNode } from '../test/workflows/engine';
import { loadBuiltInNode } from './built-in';
import { askForText, imageCall, parseDecodeHashWrite, runFloor } from './floor';
import { answer, median, sum, used, type Used } from './measure';
import { inFolder, loadOurNode, runBuiltIn, runOurs } from './nodes';

/**
 * CPU and time per large image, all ways in one process in random order, so that they have the
 * same caches, the same heap and the same neighbours on the machine.
 */

export interface CpuTask {
	readonly url: string;
	readonly megabytes: number;
	/** Images of one way in a row. */
	readonly batch: number;
	readonly rounds: number;
}

export const ways = ['bare', 'floor', 'host', 'ours', 'builtIn'] as const;
export type Way = (typeof ways)[number];

/** Per image. */
export type CpuResult = Readonly<Record<Way, Used>>;

/**
 * What n8n does for any node: its HTTP helper reads, its binary store writes; memory is given back
 * as by our node.
 */
function hostNode({ url, megabytes, batch }: CpuTask): INodeType {
	const image = randomBytes(megabytes * 2 ** 20);
	return {
		description: {
			...startNode([]).description,
			name: 'host',
			displayName: 'Host',
			inputs: ['main'],
		},
		async execute(this: IExecuteFunctions) {
			const items = [];
			for (let index = 0; index < batch; index++) {
				const body: unknown = await this.helpers.httpRequest({
					...imageCall(url, `[[big ${megabytes}]] mug`),
					encoding: 'stream',
				});
				if (!(body instanceof Readable)) throw new Error('The answer is no stream');
				for await (const piece of body) recycle(piece as Buffer);
				const data = await this.helpers.prepareBinaryData(image, 'mug.png', 'image/png');
				items.push({ json: {}, binary: { data } });
			}
			return [items];
		},
	};
}

async function runHost(type: INodeType): Promise<void> {
	const { data } = await execute({
		workflow: {
			nodes: [node('Start', 'test.start'), node('Host', 'test.host')],
			connections: { Start: { main: [[{ node: 'Host', type: 'main', index: 0 }]] } },
		},
		nodeTypes: { 'test.start': startNode([{ json: {} }]), 'test.host': type },
	});
	if (data.resultData.error) throw data.resultData.error;
}

async function measured(task: CpuTask, folder: string): Promise<CpuResult> {
	const { url, megabytes, batch, rounds } = task;
	const ours = loadOurNode();
	const builtIn = loadBuiltInNode();
	const host = hostNode(task);
	const marker = `[[big ${megabytes}]]`;
	const run = { url, items: batch, lanes: 1, marker };
	const text = await askForText(url, marker);
	const work: Record<Way, () => Promise<void>> = {
		bare: async () => {
			for (let index = 0; index < batch; index++) {
				await parseDecodeHashWrite(text, path.join(folder, 'bare.png'));
			}
		},
		floor: async () => await runFloor(run, folder),
		host: async () => await runHost(host),
		ours: async () => await runOurs(run, ours),
		builtIn: async () => await runBuiltIn(run, builtIn),
	};
	const spent: Record<Way, Used[]> = { bare: [], floor: [], host: [], ours: [], builtIn: [] };
	for (let round = -1; round < rounds; round++) {
		// In random order: the garbage of one way is collected in the time of the next.
		for (const way of [...ways].sort(() => Math.random() - 0.5)) {
			const its = await used(work[way]);
			if (round >= 0) spent[way].push(its);
		}
		await fs.rm(path.join(folder, 'binary'), { recursive: true, force: true });
		await fs.rm(path.join(folder, 'store', 'images'), { recursive: true, force: true });
	}
	const perImage = (way: Way): Used => ({
		cpuMs: sum(spent[way].map(({ cpuMs }) => cpuMs)) / rounds / batch,
		wallMs: median(spent[way].map(({ wallMs }) => wallMs)) / batch,
	});
	return Object.fromEntries(ways.map((way) => [way, perImage(way)])) as CpuResult;
}

answer<CpuTask>(async (task) => await inFolder(async (folder) => await measured(task, folder)));
