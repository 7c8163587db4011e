import type { INodeType } from 'n8n-workflow';
import { estimateWithTokens } from '../core/pricing/estimate';
import { promptTokens } from '../core/pricing/prompt-tokens';
import { imageModels } from '../core/rules/model-table';
import { legalSizes } from '../core/rules/size';
import { execute, node, outputOf, startNode } from '../test/workflows/engine';
import { used, type Used } from './measure';

/**
 * How fast prices are found: 100,000 estimates, a prompt of 32,000 characters, 10,000 items through
 * the cost node on n8n's real engine. CPU time of this process, user and system.
 * Run: node --import tsx bench/estimates.ts
 */

const ESTIMATES = 100_000;
const CHARACTERS = 32_000;
const ITEMS = 10_000;

interface Measured extends Used {
	readonly what: string;
	readonly boundMs: number;
}

async function measured(
	what: string,
	boundMs: number,
	work: () => Promise<unknown>,
): Promise<Measured> {
	return { what, ...(await used(work)), boundMs };
}

async function manyEstimates(): Promise<void> {
	const rows = imageModels.filter((row) => row.until === undefined);
	let sum = 0;
	for (let index = 0; index < ESTIMATES; index++) {
		const row = rows[index % rows.length];
		if (!row) continue;
		const sizes = legalSizes(row.sizes);
		const { usd } = estimateWithTokens(
			{
				operation: 'generate',
				model: row.id,
				row,
				size: sizes[(index * 7919) % sizes.length] ?? 'auto',
				quality: row.qualities[1 + (index % (row.qualities.length - 1))] ?? 'low',
				count: 1 + (index % 10),
				format: 'png',
				partialImages: 0,
				inputFidelity: undefined,
				images: [],
			},
			{ min: 50, max: 50 },
		);
		sum += usd.max ?? 0;
	}
	if (sum === 0) throw new Error('The estimates came to nothing');
}

const prompts: ReadonlyArray<readonly [name: string, text: string]> = [
	['English prose', 'A photo of a red fox that jumps over snowy hills at dusk, cinematic light. '],
	['Japanese prose', '雪の丘を飛び越える赤い狐の写真、夕暮れ時の映画のような光。'],
	['Japanese without a stop', '猫が好きです'],
	['one letter', 'a'],
	['smileys', '😀'],
	['line breaks', '\n'],
];

/** By its full name: `GptImageCost.node` alone would find the codex file beside it. */
function costNode(): INodeType {
	const loaded = require('../nodes/GptImageCost/GptImageCost.node.ts') as {
		GptImageCost: new () => INodeType;
	};
	return new loaded.GptImageCost();
}

/** Reads the two expressions, which is n8n's work, and nothing else. */
const plainNode: INodeType = {
	description: costNode().description,
	async execute() {
		const items = this.getInputData().map((_, index) => ({
			json: {
				prompt: this.getNodeParameter('prompt', index),
				quality: this.getNodeParameter('quality', index),
			},
		}));
		return [items];
	},
};

async function throughTheNode(type: INodeType): Promise<void> {
	const items = Array.from({ length: ITEMS }, (_, index) => ({
		json: { product: `red mug number ${index}`, quality: index % 2 === 0 ? 'low' : 'medium' },
	}));
	const run = await execute({
		workflow: {
			nodes: [
				node('Start', 'test.start'),
				node('Cost', 'test.cost', {
					operation: 'estimate',
					prompt: '=Studio photo of {{ $json.product }} on a linen cloth',
					quality: '={{ $json.quality }}',
					budgetUsd: 100,
				}),
			],
			connections: { Start: { main: [[{ node: 'Cost', type: 'main', index: 0 }]] } },
		},
		nodeTypes: { 'test.start': startNode(items), 'test.cost': type },
	});
	const came = outputOf(run, 'Cost', 0).length + outputOf(run, 'Cost', 1).length;
	if (came !== ITEMS) throw new Error(`${came} of ${ITEMS} items came out`);
}

async function main(): Promise<void> {
	await manyEstimates();
	const results = [
		await measured(`${ESTIMATES} estimates without text`, 1000, manyEstimates),
		await measured('first prompt, tokenizer loaded', 1000, async () => await promptTokens('hello')),
	];
	for (const [name, unit] of prompts) {
		const text = unit.repeat(CHARACTERS).slice(0, CHARACTERS);
		const what = `${CHARACTERS} characters: ${name}`;
		results.push(await measured(what, 50, async () => await promptTokens(text)));
	}
	const cost = costNode();
	await throughTheNode(plainNode);
	const plain = await measured('', 0, async () => await throughTheNode(plainNode));
	results.push(
		await measured(
			`${ITEMS} items through the cost node`,
			plain.cpuMs * 2,
			async () => await throughTheNode(cost),
		),
	);
	for (const { what, cpuMs, wallMs, boundMs } of results) {
		const verdict = cpuMs <= boundMs ? 'ok' : 'TOO SLOW';
		console.log(
			`${what.padEnd(46)} ${cpuMs.toFixed(0).padStart(6)} ms CPU ${wallMs.toFixed(0).padStart(6)} ms wall  (bound ${boundMs.toFixed(0)}) ${verdict}`,
		);
	}
	if (results.some(({ cpuMs, boundMs }) => cpuMs > boundMs)) process.exitCode = 1;
}

void main();
