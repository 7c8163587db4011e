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

const isPicture = (value: unknown): value is Picture => typeof value === 'object' && value !== null;

/** Summary under the output: how many came, what they cost, what was refused, what to know. */
export function summarize(
	outcomes: ReadonlyArray<Outcome<INodeExecutionData>>,
	refused: number,
): { message: string; type: 'info' | 'warning' } | undefined {
	const pictures = outcomes
		.flatMap((outcome) => ('items' in outcome ? outcome.items : []))
		.map((item) => item.json.image)
		.filter(isPicture);
	const failed = refused + outcomes.filter((outcome) => 'error' in outcome).length;
	const reused = pictures.filter((picture) => picture.request.reused).length;
	const warned = pictures.filter((picture) => picture.warnings.length > 0).length;
	if (pictures.length + failed < 2 && failed + reused + warned === 0) return undefined;
	const costs = pictures.map((picture) => picture.cost.usd);
	const known = costs.filter((usd): usd is number => usd !== null);
	const unknown = costs.length - known.length;
	const parts = [
		`${pictures.length} of ${pictures.length + failed} images`,
		`total cost ${dollars(sumUsd(known))}${unknown > 0 ? ` and ${unknown} of unknown cost` : ''}`,
		...(reused > 0 ? [`${reused} already paid and reused`] : []),
		...(failed > 0 ? [`${failed} refused or failed: see the items with 'error'`] : []),
		...(warned > 0 ? [`${warned} with warnings in 'image.warnings'`] : []),
	];
	return { message: `${parts.join(', ')}.`, type: failed + warned > 0 ? 'warning' : 'info' };
}
