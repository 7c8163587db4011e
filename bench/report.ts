import { writeFileSync } from 'node:fs';
import os from 'node:os';

/** What the benches found, for the screen and for RESULTS.md. */

export interface Verdict {
	/** What was asked for, e.g. `8 lanes: wall time to the ideal`. */
	readonly what: string;
	readonly value: number;
	/** At most this, or at least this. */
	readonly atMost?: number;
	readonly atLeast?: number;
	readonly unit?: string;
}

export interface Section {
	readonly title: string;
	/** What was done, in a sentence or two. */
	readonly text: string;
	readonly head: readonly string[];
	readonly rows: ReadonlyArray<readonly string[]>;
	readonly verdicts: readonly Verdict[];
}

/** A bench with a script and an output of its own. */
export interface Printed {
	readonly title: string;
	readonly script: string;
	readonly output: string;
	readonly passed: boolean;
}

export const times = (ratio: number): string => `${ratio.toFixed(2)}x`;
export const milliseconds = (value: number): string =>
	value < 1_000 ? `${value.toFixed(value < 10 ? 1 : 0)} ms` : `${(value / 1_000).toFixed(2)} s`;
export const megabytes = (value: number): string => `${value.toFixed(0)} MB`;

export const isReached = ({ value, atMost, atLeast }: Verdict): boolean =>
	value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY);

function verdictRow(verdict: Verdict): readonly string[] {
	const { what, value, atMost, atLeast, unit = 'x' } = verdict;
	const show = (number: number): string =>
		unit === 'x' ? times(number) : `${number.toFixed(0)} ${unit}`;
	const bound = atMost === undefined ? `at least ${show(atLeast ?? 0)}` : `at most ${show(atMost)}`;
	return [what, bound, show(value), isReached(verdict) ? 'reached' : 'MISSED'];
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
	const all = [head, ...rows];
	const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
	const line = (row: readonly string[]): string =>
		`| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
	const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
	return [line(head), rule, ...rows.map(line)].join('\n');
}

const verdictHead = ['must reach', 'bound', 'measured', ''] as const;

export function sectionText({ title, text, head, rows, verdicts }: Section): string {
	const judged = verdicts.length > 0 ? `\n\n${table(verdictHead, verdicts.map(verdictRow))}` : '';
	return `## ${title}\n\n${text}\n\n${table(head, rows)}${judged}\n`;
}

export const printedText = ({ title, script, output, passed }: Printed): string =>
	`## ${title}\n\n\`bench/${script}\`${passed ? '' : ' MISSED a bound'}:\n\n\`\`\`text\n${output.trim()}\n\`\`\`\n`;

/** The whole of RESULTS.md. */
export function writeResults(
	file: string,
	sections: readonly Section[],
	printed: readonly Printed[],
	tookMs: number,
): void {
	const verdicts = sections.flatMap((section) => section.verdicts.map(verdictRow));
	const memory = Math.round(os.totalmem() / 2 ** 30);
	const text = [
		'# Results of the bench',
		'',
		`Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${os.availableParallelism()} cores, ${memory} GB of memory, Node ${process.versions.node}, ${Math.round(tookMs / 60_000)} minutes. All figures of a table are of one run on one machine, so it is the ratios that count. The local OpenAI (test/openai-double) runs in a process of its own, and its work is in no figure. "Built-in" is n8n's own OpenAI node (@n8n/n8n-nodes-langchain, version 2.3 of the node) on the same engine with the same server and items.`,
		'',
		table(verdictHead, verdicts),
		'',
		...sections.map(sectionText),
		...printed.map(printedText),
	].join('\n');
	writeFileSync(file, text);
}
