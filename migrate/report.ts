/** The report of a migration, for people. */

import type { Migration } from './workflow';

const indent = (mark: string, lines: readonly string[]): string[] =>
	lines.map((line) => `  ${mark} ${line}`);

const nodes = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

/** The report for people, one paragraph per node. */
export function reportOf({ workflow, moved, updated, left }: Migration): string {
	const name = typeof workflow.name === 'string' ? `"${workflow.name}": ` : '';
	const heads = [
		...(moved.length > 0 ? [`${nodes(moved.length)} moved to GPT Image`] : []),
		...(updated.length > 0
			? [`${nodes(updated.length)} of GPT Image with a model that OpenAI retires`]
			: []),
	];
	const head = `${name}${heads.join(', ') || "no image node of n8n's OpenAI node found, nothing changed"}`;
	const paragraphs = [...moved, ...updated].map(({ node, was, changes, checks }) =>
		[`${node} (${was})`, ...indent('changed:', changes), ...indent('check:  ', checks)].join('\n'),
	);
	const stay = left.map(({ node, why }) => `${node} stays as it is: ${why}`);
	const after = [
		'After the import: choose a GPT Image credential in each node (with the Base URL of the old one, if',
		"it had its own). Items now keep the input's fields, and have `image` with size, tokens and cost.",
	].join('\n');
	return [
		head,
		...paragraphs,
		...(stay.length > 0 ? [stay.join('\n')] : []),
		...(moved.length > 0 ? [after] : []),
	].join('\n\n');
}
