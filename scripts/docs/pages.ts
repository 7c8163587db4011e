/** The pages that are made from the code: `npm run docs` writes them, a test finds stale ones. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { modelsSchema } from '../../core/rules/own-models';
import { channelTable } from './channels';
import { costs } from './costs';
import { withText } from './markdown';
import { modelTable } from './models';
import { parameterTables } from './parameters';
import { outputSchemas } from './schemas';

const root = path.join(__dirname, '..', '..');

interface Page {
	readonly file: string;
	/** The whole text that the file should have. */
	readonly make: (present: string) => string;
}

const between =
	(name: string, make: () => string) =>
	(present: string): string =>
		withText(present, name, make());

const published = (): string =>
	`${JSON.stringify({ $schema: 'http://json-schema.org/draft-07/schema#', title: 'N8N_GPT_IMAGE_MODELS', ...modelsSchema }, undefined, 2)}\n`;

export const pages: readonly Page[] = [
	{ file: 'docs/models.schema.json', make: published },
	{ file: 'README.md', make: between('models', modelTable) },
	{ file: 'docs/parameters.md', make: between('parameters', parameterTables) },
	{ file: 'docs/costs.md', make: costs },
	{ file: 'docs/export.md', make: between('channels', channelTable) },
	...outputSchemas().map(({ file, text }) => ({ file, make: () => text })),
];

export function readPage(file: string): string {
	try {
		return readFileSync(path.join(root, file), 'utf8');
	} catch {
		return '';
	}
}

if (require.main === module) {
	for (const { file, make } of pages) {
		mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
		writeFileSync(path.join(root, file), make(readPage(file)));
	}
}
