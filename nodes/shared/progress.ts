import {
	accumulateTokenUsage,
	type IExecuteFunctions,
	type INodeExecutionData,
} from 'n8n-workflow';
import type { Picture } from '../../core/job';
import type { Outcome } from '../../core/run';
import type { TokenKind } from '../../core/rules/model-types';
import { sumUsd } from '../../core/money/money';

/** What people are told while a run goes on, and at its end. */

export const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`;

function told(picture: Picture, done: number, total: number): string {
	const { cost, request, width, height, quality } = picture;
	const how = request.reused ? 'reused' : `${Math.round(request.durationMs / 1000)} s`;
	const paid = cost.usd === null ? 'cost unknown' : dollars(cost.usd);
	return `${done} of ${total}: ${width}x${height} ${quality}, ${how}, ${paid}`;
}

/**
 * Tells of each finished picture: a line in the browser's console of a manual run, a chunk where the
 * execution streams its answer, and the tokens to n8n's own statistics.
 * @param total pictures wanted
 */
export function tellProgress(
	context: IExecuteFunctions,
	total: number,
): (picture: Picture, itemIndex: number) => void {
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
		accumulateTokenUsage(context, tokens(inputKinds), tokens(outputKinds));
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
