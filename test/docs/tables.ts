/** Reading of the pages: tables and blocks between `<!-- name -->` and `<!-- /name -->`. */
import { aroundMarks } from '../../scripts/docs/markdown';
import { readPage } from '../../scripts/docs/pages';

/** @returns the text between the marks of `name` on a page */
export const section = (file: string, name: string): string =>
	aroundMarks(readPage(file), name)[1].trim();

/** @returns the cells of each row below the table's heading */
export const rowsOf = (text: string): string[][] =>
	text
		.split('\n')
		.filter((line) => line.startsWith('|'))
		.slice(2)
		.map((line) =>
			line
				.split('|')
				.slice(1, -1)
				.map((cell) => cell.trim()),
		);

/** @returns what stands in a fenced block, whatever its language */
export const fenced = (text: string): string => text.replace(/^```\w*\n/, '').replace(/\n```$/, '');

/** @returns the words between backticks */
export const codesIn = (text: string): string[] =>
	[...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

/** @returns display names: what stands in italics */
export const namesIn = (text: string): string[] =>
	[...text.matchAll(/(?<![\w`])_([^_]+)_(?![\w`])/g)].map(([, name = '']) => name);
