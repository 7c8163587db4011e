import { readdirSync } from 'node:fs';
import path from 'node:path';
import { displayNames } from './display-names';
import { readPage } from '../../scripts/docs/pages';
import { namesIn } from './tables';

/** Pages write names of fields in italics; each must be one that the editor shows. */

/** Fields, buttons and nodes of n8n's own. */
const ofN8n = new Set([
	'Binary File',
	'Continue (using error output)',
	'Continue (using regular output)',
	'Convert to File',
	'Download File',
	'Extract from File',
	'GPT Image',
	'HTTP Request',
	'Move File to Base64 String',
	'On Error',
	'Respond',
	'Response Format',
	'Respond to Webhook',
	'Save successful production executions',
	'Wordpress',
	'n8n Binary File',
]);

const docs = readdirSync(path.join(__dirname, '../../docs'))
	.filter((name) => name.endsWith('.md'))
	.map((name) => `docs/${name}`);

it.each(['README.md', 'examples/README.md', ...docs])('%s names fields that there are', (file) => {
	const unknown = namesIn(readPage(file))
		.flatMap((name) => name.split(' > '))
		.filter((name) => !displayNames.has(name) && !ofN8n.has(name));
	expect(unknown).toEqual([]);
});
