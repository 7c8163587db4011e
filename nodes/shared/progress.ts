import {
	accumulateTokenUsage,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import type { Picture, Reply } from '../../core/job';
import type { Outcome } from '../../core/run';
import type { TokenKind } from '../../core/rules/model-types';
import { sumUsd } from '../../core/money/money';

/** What people are told while a run goes on, and at its end. */

export const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`;

function told(picture: Picture | Reply, done: number, total: number): string {
	const { cost, request } = picture;
	const what = picture.bytes
		? `${picture.width}x${picture.height} ${picture.quality}`
		: 'answered in words';
	const how = request.reused ? 'reused' : `${Math.round(request.durationMs / 1000)} s`;
	const paid = cost.usd === null ? 'cost unknown' : dollars(cost.usd);
	// A turn of a conversation may bring more pictures than one.
	return `${done} of ${Math.max(done, total)}: ${what}, ${how}, ${paid}`;
}

/**
 * Tells of each finished picture: a line in the browser's console of a manual run, a chunk where the
 * execution streams its answer, and the tokens to n8n's own statistics.
 * @param total pictures wanted
 */
export function tellProgress(
	context: IExecuteFunctions,
	total: number,
): (picture: Picture | Reply, itemIndex: number) => void {
	let done = 0;
	return (picture, itemIndex) => {
		done += 1;
		const line = told(picture, done, total);
		context.sendMessageToUI(`GPT Image: ${line}`);
		if (context.isStreaming()) {
			context.sendChunk('begin', itemIndex);
			context.sendChunk('item', itemIndex, `${line}\n`);
			context.sendChunk('end', itemIndex);
		}
		const { usage, request } = picture;
		if (!usage || request.reused) return;
		const tokens = (kinds: readonly TokenKind[]) =>
			kinds.reduce((sum, kind) => sum + (usage[kind] ?? 0), 0);
		const { input = 0, inputCached = 0, output = 0 } = usage.chat ?? {};
		const read = tokens(inputKinds) + input + inputCached;
		accumulateTokenUsage(context, read, tokens(outputKinds) + output);
	};
}

const inputKinds = ['textInput', 'textInputCached', 'imageInput', 'imageInputCached'] as const;
const outputKinds = ['textOutput', 'imageOutput'] as const;

const isAnswer = (value: unknown): value is Picture | Reply =>
	typeof value === 'object' && value !== null;

const images = (count: number): string => `${count} image${count === 1 ? '' : 's'}`;

function paidText(answers: ReadonlyArray<Picture | Reply>): string {
	const costs = answers.map(({ cost }) => cost.usd);
	const known = costs.filter((usd): usd is number => usd !== null);
	const unknown = costs.length - known.length;
	const name = answers.length > 1 ? 'total cost' : 'cost';
	if (known.length === 0) return `${name} unknown`;
	return `${name} ${dollars(sumUsd(known))}${unknown > 0 ? ` and ${unknown} of unknown cost` : ''}`;
}

function plannedText(answers: ReadonlyArray<Picture | Reply>): string {
	const sum = (end: 'min' | 'max') =>
		sumUsd(answers.map(({ cost }) => cost.estimatedUsd[end] ?? 0));
	const [least, most] = [sum('min'), sum('max')];
	const isKnown = answers.every(({ cost }) => cost.estimatedUsd.max !== null);
	const upTo = !isKnown ? ' and more' : most > least ? ` to ${dollars(most)}` : '';
	return `dry run: nothing was sent, the cost would be ${dollars(least)}${upTo}`;
}

/** Summary under the output: how many came, what they cost, what was refused, what to know. */
export function summarize(
	outcomes: ReadonlyArray<Outcome<INodeExecutionData>>,
	refused: number,
): { message: string; type: 'info' | 'warning' } | undefined {
	const answers = outcomes
		.flatMap((outcome) => ('items' in outcome ? outcome.items : []))
		.map((item) => item.json.image)
		.filter(isAnswer);
	const failed = refused + outcomes.filter((outcome) => 'error' in outcome).length;
	if (answers.length + failed === 0) return undefined;
	const pictures = answers.filter((answer) => 'width' in answer).length;
	const words = answers.length - pictures;
	const planned = answers.filter(({ request }) => request.dryRun);
	const paid = answers.filter(({ request }) => !request.dryRun);
	const reused = answers.filter(({ request }) => request.reused).length;
	const warned = answers.filter(({ warnings }) => warnings.length > 0).length;
	const [warning, ...others] = new Set(answers.flatMap(({ warnings }) => warnings));
	const isOne = warned > 0 && others.length === 0;
	const parts = [
		failed > 0 ? `${pictures} of ${images(pictures + failed)}` : images(pictures),
		...(words > 0 ? [`${words} answered in words`] : []),
		...(paid.length > 0 ? [paidText(paid)] : []),
		...(planned.length > 0 ? [plannedText(planned)] : []),
		...(reused > 0 ? [`${reused} already paid and reused`] : []),
		...(failed > 0 ? [`${failed} refused or failed: see the items with 'error'`] : []),
		...(others.length > 0 ? [`${warned} with warnings in 'image.warnings'`] : []),
	];
	return {
		message: `${parts.join(', ')}.${isOne ? ` Warning: ${warning}.` : ''}`,
		type: failed + warned > 0 ? 'warning' : 'info',
	};
}
