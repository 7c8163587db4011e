import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type { IDataObject, IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';
import { flatPng } from '../openai-double/testing';
import { execute, node, outputOf, startNode, useBinaryMode } from '../workflows/engine';
import { disturb, fullDiskFailures, installDisturbance, shortenBackOffs } from './disturb';
import { deliveriesFile } from './folders';
import type { Delivery, Message, RunReport, RunTask } from './protocol';

/** The process under test: runs workflows with our node on n8n's engine, and may die at any moment. */

const isRecord = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null;

function deliveryOf(image: unknown, bytes: Buffer): Delivery {
	const { prompt, request, warnings } = isRecord(image) ? image : {};
	const { attempts, reused } = isRecord(request) ? request : {};
	const said = Array.isArray(warnings) ? warnings.map(String) : [];
	return {
		prompt: String(prompt),
		sha256: createHash('sha256').update(bytes).digest('hex'),
		attempts: Number(attempts),
		reused: reused === true,
		told: said.filter((warning) => /may have been billed/.test(warning)).length,
		unkept: said.some((warning) => /could not be kept|are not kept/.test(warning)),
	};
}

/** The node behind ours: what it writes down was delivered, even if this process dies right after. */
function laterNode({ folder, executionId, laterNodeFails }: RunTask): INodeType {
	return {
		description: {
			...startNode([]).description,
			name: 'later',
			displayName: 'Later',
			group: ['output'],
			inputs: ['main'],
		},
		async execute(this: IExecuteFunctions) {
			const deliveries: Delivery[] = [];
			const items = this.getInputData();
			for (const [index, { json, binary }] of items.entries()) {
				if (!binary?.data) continue;
				const bytes = await this.helpers.getBinaryDataBuffer(index, 'data');
				deliveries.push(deliveryOf(json.image, bytes));
			}
			writeFileSync(deliveriesFile(folder, executionId), JSON.stringify(deliveries));
			if (laterNodeFails) throw new Error('The node behind ours fails');
			return [items];
		},
	};
}

function parametersOf({ operation, folder, count, calls }: RunTask): IDataObject {
	const wish = { operation, size: '1024x1024', quality: 'low' };
	const text = '={{ $json.prompt }}';
	const of = {
		generate: { resource: 'image', prompt: text, numberOfImages: count },
		edit: {
			resource: 'image',
			images: { values: [{ source: 'field', field: 'photo' }] },
			prompt: text,
			numberOfImages: count,
		},
		send: { resource: 'conversation', message: text, continueFrom: 'new', action: 'generate' },
	}[operation];
	return {
		...wish,
		...of,
		options: { ...calls, ledgerFolder: folder },
	};
}

/** What an edit starts from. */
async function photoOf({ operation }: RunTask): Promise<Pick<INodeExecutionData, 'binary'>> {
	if (operation !== 'edit') return {};
	const data = (await flatPng(64, 64)).toString('base64');
	return { binary: { photo: { mimeType: 'image/png', fileName: 'photo.png', data } } };
}

/** Where n8n keeps binaries. */
const binaryFolder = process.argv[2] ?? '';

/** By its full name: `GptImage.node` alone would find the codex file beside it. */
function ourNode(): INodeType {
	const loaded = require('../../nodes/GptImage/GptImage.node.ts') as {
		GptImage: new () => INodeType;
	};
	return new loaded.GptImage();
}

async function run(task: RunTask): Promise<RunReport> {
	const { executionId, folder } = task;
	const photo = await photoOf(task);
	await useBinaryMode(task.binaryMode, binaryFolder);
	disturb({
		folders: [folder, binaryFolder],
		killAtStep: task.killAtStep,
		fullDisk: task.fullDisk && { folder, ...task.fullDisk },
	});
	const next = (name: string) => ({ node: name, type: 'main' as const, index: 0 });
	const ended = await execute({
		executionId,
		workflow: {
			id: task.workflowId,
			nodes: [
				node('Start', 'test.start'),
				node('GPT Image', 'test.gptImage', parametersOf(task), {
					credentials: { gptImageApi: { id: '1', name: 'Double' } },
					onError: task.onError,
					retryOnFail: task.tries > 1,
					maxTries: task.tries,
					waitBetweenTries: 1,
				}),
				node('Later', 'test.later'),
			],
			connections: {
				Start: { main: [[next('GPT Image')]] },
				'GPT Image': { main: [[next('Later')]] },
			},
		},
		nodeTypes: {
			'test.start': startNode(task.prompts.map((prompt) => ({ json: { prompt }, ...photo }))),
			'test.gptImage': ourNode(),
			'test.later': laterNode(task),
		},
		credentials: {
			gptImageApi: {
				// Calls of one key share their pace: a rate limit would slow down the next executions too.
				apiKey: `sk-faults-${executionId}`,
				organizationId: '',
				projectId: '',
				baseUrl: task.url,
			},
		},
		onStart: ({ cancel }) => {
			if (task.cancelAfterMs !== undefined) setTimeout(cancel, task.cancelAfterMs);
		},
	});
	const fullDisk = fullDiskFailures();
	// What is still to come, such as a sign of life, is not this run's.
	disturb({ folders: [] });
	const items = [...outputOf(ended, 'GPT Image', 0), ...outputOf(ended, 'GPT Image', 1)];
	return {
		executionId,
		status: ended.status,
		error: ended.data.resultData.error?.message,
		failed: items.filter(({ json }) => json.error !== undefined).length,
		fullDisk,
	};
}

const say = (message: Message): void => void process.send?.(message);

function main(): void {
	ourNode();
	installDisturbance();
	shortenBackOffs();
	process.on('message', (task: RunTask) => {
		run(task).then(
			(report) => say({ kind: 'report', report }),
			(error: unknown) => {
				console.error(error);
				process.exit(1);
			},
		);
	});
	process.on('disconnect', () => process.exit());
	say({ kind: 'ready' });
}

main();
