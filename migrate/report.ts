import type { Migration } from './workflow';

const indented = (mark: string, lines: readonly string[]): string[] =>
	lines.map((line) => `  ${mark} ${line}`);

/** The report for people, one paragraph per node. */
export function reportOf({ workflow, moved, left }: Migration): string {
	const name = typeof workflow.name === 'string' ? `"${workflow.name}": ` : '';
	const count = moved.length === 1 ? '1 node' : `${moved.length} nodes`;
	const head =
		moved.length === 0
			? `${name}no image node of n8n's OpenAI node found, nothing changed`
			: `${name}${count} moved to GPT Image`;
	const paragraphs = moved.map(({ node, was, changes, checks }) =>
		[`${node} (${was})`, ...indented('changed:', changes), ...indented('check:  ', checks)].join(
			'\n',
		),
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
