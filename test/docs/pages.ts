import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { costs } from './costs';
import { modelTable } from './models';
import { parametersPage } from './parameters';

/** The pages that are made from the code: `npm run docs` writes them, a test finds stale ones. */

const root = path.join(__dirname, '..', '..');

interface Page {
	readonly file: string;
	/** The whole text that the file should have. */
	readonly make: (present: string) => string;
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
const between =
	(name: string, make: () => string) =>
	(present: string): string => {
		const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
		const from = present.indexOf(start);
		const to = present.indexOf(end);
		if (from < 0 || to < from) throw new Error(`The marks of ${name} are missing`);
		return `${present.slice(0, from + start.length)}\n\n${make()}\n\n${present.slice(to)}`;
	};

export const pages: readonly Page[] = [
	{ file: 'README.md', make: between('models', modelTable) },
	{ file: 'docs/parameters.md', make: parametersPage },
	{ file: 'docs/costs.md', make: costs },
];

export function readPage(file: string): string {
	try {
		return readFileSync(path.join(root, file), 'utf8');
	} catch {
		return '';
	}
}

export function writePages(): void {
	for (const { file, make } of pages) {
		writeFileSync(path.join(root, file), make(readPage(file)));
	}
}
