/** Reports progress during a run, and a summary at its end. */

import type { IExecuteFunctions } from 'n8n-workflow';
import type { OrderOutput, Output, Warning, WarningCode } from '../../core/job';
import { dollars, sumUsd } from '../../core/pricing/money';
import { answerField } from './items';

const answerText = ({ kind, pass }: NonNullable<Output['answer']>): string =>
	kind === 'describe' ? 'described' : pass ? 'passed' : 'failed';

function lineOf(output: Output, done: number, total: number): string {
	const { cost, request } = output.image;
	const what = output.answer
		? answerText(output.answer)
		: output.bytes
			? `${output.image.width}x${output.image.height} ${output.image.quality}`
			: 'text only';
	const how = request.reused ? 'reused' : `${Math.round(request.durationMs / 1000)} s`;
	const paid = cost.usd === null ? 'cost unknown' : dollars(cost.usd);
	// A turn of a conversation may return several images.
	return `${done} of ${Math.max(done, total)}: ${what}, ${how}, ${paid}`;
}

/** A line in the browser's console of a manual run. @param total images wanted */
export function tellProgress(context: IExecuteFunctions, total: number): (output: Output) => void {
	let done = 0;
	return (output) => {
		done += 1;
		context.sendMessageToUI(`GPT Image: ${lineOf(output, done, total)}`);
	};
}

/** What the summary needs of an output: no bytes. */
export type Said = Pick<Output, 'image' | 'answer' | 'warnings'>;
type Facts = Output['image'];

/** The same of an order. */
export type Ordered = Pick<OrderOutput, 'image' | 'warnings'>;

const images = (count: number): string => `${count} image${count === 1 ? '' : 's'}`;

/** The sum of what is known, and how many costs are not: those without an upper end. */
function sumText(
	costs: ReadonlyArray<{ readonly min: number | null; readonly max: number | null }>,
) {
	const known = costs.filter(({ max }) => max !== null);
	if (known.length === 0) return 'unknown';
	const unknown = costs.length - known.length;
	const [least, most] = (['min', 'max'] as const).map((end) =>
		dollars(sumUsd(known.map((cost) => cost[end] ?? 0))),
	);
	const sum = least === most ? least : `${least} to ${most}`;
	return `${sum}${unknown > 0 ? ` and ${unknown} of unknown cost` : ''}`;
}

const exactly = (usd: number | null) => ({ min: usd, max: usd });

const paidText = (answers: readonly Facts[]): string =>
	`${answers.length > 1 ? 'total cost' : 'cost'} ${sumText(answers.map(({ cost }) => exactly(cost.usd)))}`;

const plannedText = (answers: readonly Facts[]): string =>
	`dry run: nothing was sent, the cost would be ${sumText(answers.map(({ cost }) => cost.estimatedUsd))}`;

/** What will be paid for when it is done. */
function orderedText(orders: readonly Ordered[]): string {
	const most = sumText(orders.map(({ image }) => exactly(image.cost.estimatedUsd.max)));
	const upTo = most === 'unknown' ? '' : ` for up to ${most}`;
	return `${orders.length} ordered${upTo}: get ${orders.length === 1 ? 'it' : 'them'} with Collect`;
}

/** What became of questions: a run asks questions of one kind. */
function judgedText(answers: ReadonlyArray<NonNullable<Output['answer']>>): string {
	const { length } = answers;
	if (answers[0]?.kind === 'describe') return `${images(length)} described`;
	const passed = answers.filter(({ pass }) => pass).length;
	return `${images(length)} reviewed, ${passed} passed, ${length - passed} failed`;
}

/** Warnings about money and about images that are not what was asked for, the gravest first. */
const grave: readonly WarningCode[] = [
	'may_have_been_billed',
	'not_kept',
	'images_missing',
	'fallback_image',
	'image_damaged',
	'fallback',
	'restarted',
	'budget_reduced',
	'input_renamed',
];

/** @returns the most important warning in words, and how many others there are */
function warningText(outputs: ReadonlyArray<Pick<Said, 'warnings' | 'answer'>>): string {
	const warnings = outputs.flatMap((output) => output.warnings);
	const rank = ({ code }: Warning) => (grave.includes(code) ? grave.indexOf(code) : grave.length);
	const [first, ...others] = new Set(
		warnings.toSorted((a, b) => rank(a) - rank(b)).map(({ message }) => message),
	);
	if (first === undefined) return '';
	const [answer] = outputs.flatMap((output) => output.answer ?? []);
	const field = answer ? answerField[answer.kind] : 'image';
	const rest = others.length > 0 ? ` (${others.length} more in '${field}.warnings')` : '';
	return ` Warning: ${first.replace(/\.$/, '')}${rest}.`;
}

/** Summary under the output: number of images, cost, orders, refusals, warnings. */
export function hintSummary(
	context: IExecuteFunctions,
	outputs: readonly Said[],
	ordered: readonly Ordered[],
	failed: number,
): void {
	if (outputs.length + ordered.length + failed === 0) return;
	const answers = outputs.map(({ image }) => image);
	const judged = outputs.flatMap(({ answer }) => answer ?? []);
	const made = answers.filter((answer) => 'width' in answer).length;
	const words = answers.length - made - judged.length;
	const planned = answers.filter(({ request }) => request.dryRun);
	const paid = answers.filter(({ request }) => !request.dryRun);
	const reused = answers.filter(({ request }) => request.reused).length;
	const warning = warningText([...outputs, ...ordered]);
	const count = failed > 0 ? `${made} of ${images(made + failed)}` : images(made);
	const isOrder = ordered.length > 0 && outputs.length === 0;
	const isTalk = words > 0 && made + failed === 0;
	const parts = [
		...(isOrder || isTalk ? [] : [judged.length > 0 ? judgedText(judged) : count]),
		...(words > 0 ? [`${words} response${words === 1 ? '' : 's'} with text only`] : []),
		...(paid.length > 0 ? [paidText(paid)] : []),
		...(planned.length > 0 ? [plannedText(planned)] : []),
		...(reused > 0 ? [`${reused} already paid and reused`] : []),
		...(ordered.length > 0 ? [orderedText(ordered)] : []),
		...(failed > 0 ? [`${failed} refused or failed: see the items with 'error'`] : []),
	];
	context.addExecutionHints({
		message: `${parts.join(', ')}.${warning}`,
		type: failed > 0 || warning !== '' ? 'warning' : 'info',
		location: 'outputPane',
	});
}

/** Warnings of the whole run, above the output. */
export const hintWarnings = (context: IExecuteFunctions, messages: readonly string[]): void =>
	context.addExecutionHints(...messages.map((message) => ({ message, type: 'warning' as const })));
