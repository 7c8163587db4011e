/** Lines of a table with a heading; numbers stand right, all else left. */
export function table(headings: string[], rows: Array<Array<string | number>>): string {
	const cells = rows.map((row) => row.map(String));
	const widths = headings.map((heading, column) =>
		Math.max(heading.length, ...cells.map((row) => row[column]?.length ?? 0)),
	);
	const isNumber = headings.map((_, column) =>
		rows.every((row) => typeof row[column] === 'number' || row[column] === ''),
	);
	const line = (row: string[]) =>
		row
			.map((cell, column) => {
				const width = widths[column] ?? 0;
				return isNumber[column] ? cell.padStart(width) : cell.padEnd(width);
			})
			.join('  ')
			.trimEnd();
	const rule = widths.map((width) => '-'.repeat(width));
	return [headings, rule, ...cells].map(line).join('\n');
}
