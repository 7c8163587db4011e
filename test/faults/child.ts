import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import type {
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeType,
	IRun,
} from 'n8n-workflow';
import { flatPng } from '../openai-double/testing';
import { execute, node, outputOf, startNode, useBinaryMode } from '../workflows/engine';
import { disturb, installDisturbance, pretendHost, shortenBackOffs } from './disturb';
import {
	deliveriesFile,
	type Delivery,
	type Message,
	type RunReport,
	type RunTask,
} from './protocol';

/** The process under test: runs workflows with our node on n8n's engine, and may die at any moment. */

interface Image {
	readonly prompt: string;
	readonly request?: { readonly reused: boolean };
	readonly status?: 'ordered';
	readonly warnings: ReadonlyArray<{ readonly code: string }>;
}

/** Calls that may have been billed for nothing, and one of which only some images came. */
const telling: ReadonlySet<string> = new Set(['may_have_been_billed', 'images_missing']);

function deliveryOf({ prompt, request, warnings }: Image, bytes: Buffer | undefined): Delivery {
	const codes = warnings.map(({ code }) => code);
	return {
		prompt,
		sha256: bytes ? createHash('sha256').update(bytes).digest('hex') : '',
		reused: request?.reused === true,
		told: codes.filter((code) => telling.has(code)).length,
		unkept: codes.includes('not_kept'),
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
				const image = Object(json.image) as Image;
				if (!binary?.data && image.status !== 'ordered') continue;
				const bytes = binary?.data && (await this.helpers.getBinaryDataBuffer(index, 'data'));
				deliveries.push(deliveryOf(image, bytes));
			}
			writeFileSync(deliveriesFile(folder, executionId), JSON.stringify(deliveries));
			if (laterNodeFails) throw new Error('The node behind ours fails');
			return [items];
		},
	};
}

function parametersOf({ operation, count, calls }: RunTask): IDataObject {
	const params = { operation, size: '1024x1024', quality: 'low' };
	const text = '={{ $json.prompt }}';
	const message = {
		resource: 'conversation',
		prompt: text,
		continueFrom: 'new',
		action: 'generate',
	};
	const of = {
		generate: { resource: 'image', prompt: text },
		edit: {
			resource: 'image',
			images: { values: [{ source: 'field', field: 'photo' }] },
			prompt: text,
		},
		send: message,
		order: { resource: 'image', operation: 'generate', prompt: text, delivery: 'batch' },
		background: { ...message, operation: 'send', delivery: 'background' },
		collect: { resource: 'image' },
	}[operation];
	const isImage = operation === 'generate' || operation === 'edit' || operation === 'order';
	const options = isImage ? { numberOfImages: count } : {};
	return { ...params, ...of, options, limits: { ...calls } };
}

/** What an edit starts from. */
async function photoOf({ operation }: RunTask): Promise<Pick<INodeExecutionData, 'binary'>> {
	if (operation !== 'edit') return {};
	const data = (await flatPng(64, 64)).toString('base64');
	return { binary: { photo: { mimeType: 'image/png', fileName: 'photo.png', data } } };
}

/** Where n8n keeps binaries. */
const binaryFolder = process.argv[2] ?? '';

/** As it is installed: `npm run build` has made it. */
function ourNode(): INodeType {
	const loaded = require('../../dist/nodes/GptImage/GptImage.node.js') as {
		GptImage: new () => INodeType;
	};
	return new loaded.GptImage();
}

/** What a failed item says, or the error that stops the node, which names its item. */
function billedOf({ prompts }: RunTask, ended: IRun): string[] {
	const items = [...outputOf(ended, 'GPT Image', 0), ...outputOf(ended, 'GPT Image', 1)];
	return items.flatMap(({ json: { details } }) => {
		const { billed, itemIndex } = Object(details) as { billed?: string; itemIndex?: number };
		return billed === undefined || billed === 'no' ? [] : [prompts[itemIndex ?? 0] ?? ''];
	});
}

async function run(task: RunTask): Promise<RunReport> {
	const { executionId, folder } = task;
	const photo = await photoOf(task);
	await useBinaryMode(task.binaryMode, binaryFolder);
	const { host, operation } = task;
	const isOrder = operation === 'order' || operation === 'background' || operation === 'collect';
	process.env.N8N_GPT_IMAGE_STORE = host?.store ?? folder;
	if (host) process.env.N8N_USER_FOLDER = folder;
	pretendHost(host?.name.replace(' ', '-'));
	disturb([folder, binaryFolder], task.killAtStep);
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
			'test.start': startNode(
				operation === 'collect'
					? [{ json: {} }]
					: task.prompts.map((prompt) => ({ json: { prompt }, ...photo })),
			),
			'test.gptImage': ourNode(),
			'test.later': laterNode(task),
		},
		credentials: {
			gptImageApi: {
				// Calls of one key share their pace: a rate limit would slow down the next executions too. But
				// orders are found by their key.
				apiKey: `sk-faults-${isOrder ? task.workflowId : executionId}`,
				organizationId: '',
				projectId: '',
				baseUrl: task.url,
			},
		},
		onStart: ({ cancel }) => {
			if (task.cancelAfterMs !== undefined) setTimeout(cancel, task.cancelAfterMs);
		},
	});
	// What is still to come, such as a sign of life, is not this run's.
	disturb([], undefined);
	return {
		executionId,
		status: ended.status,
		error: ended.data.resultData.error?.message,
		billed: billedOf(task, ended),
		open: operation === 'collect' ? outputOf(ended, 'GPT Image', 2).length : 0,
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
