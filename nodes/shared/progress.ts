import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Picture } from '../../core/job';
import type { Outcome } from '../../core/run';
import { sumUsd } from '../../core/money/money';

/** What people are told while a run goes on, and at its end. */

export const dollars = (usd: number): string => `$${usd.toFixed(usd > 0 && usd < 1 ? 4 : 2)}`;

/** A line in the browser's console for each finished picture of a manual run. */
export function tellProgress(
	context: IExecuteFunctions,
	total: number,
): (picture: Picture) => void {
	let done = 0;
	return (picture) => {
		done += 1;
		const { cost, request, width, height, quality } = picture;
		const how = request.reused ? 'reused' : `${Math.round(request.durationMs / 1000)} s`;
		const paid = cost.usd === null ? 'cost unknown' : dollars(cost.usd);
		context.sendMessageToUI(
			`GPT Image: ${done} of ${total}: ${width}x${height} ${quality}, ${how}, ${paid}`,
		);
	};
}

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
