/** @returns a page before, between and after the marks `<!-- name -->` and `<!-- /name -->` */
export function aroundMarks(page: string, name: string): readonly [string, string, string] {
	const start = `<!-- ${name} -->`;
	const from = page.indexOf(start) + start.length;
	const to = page.indexOf(`<!-- /${name} -->`);
	if (!page.includes(start) || to < from) throw new Error(`The marks of ${name} are missing`);
	return [page.slice(0, from), page.slice(from, to), page.slice(to)];
}

/** @returns the page with another text between the marks */
export function withText(page: string, name: string, text: string): string {
	const [before, , after] = aroundMarks(page, name);
	return `${before}\n\n${text}\n\n${after}`;
}

/** @returns a table in Markdown */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
	[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
