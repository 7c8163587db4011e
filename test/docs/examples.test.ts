import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { INode, INodeProperties } from 'n8n-workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { GptImageCost } from '../../nodes/GptImageCost/GptImageCost.node';
import { GptImageExport } from '../../nodes/GptImageExport/GptImageExport.node';
import type { WorkflowFile } from '../host/types';

const folder = path.join(__dirname, '..', '..', 'examples');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
const readExample = (file: string) =>
	JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as WorkflowFile & { pinData?: object };

const properties: Record<string, INodeProperties[]> = {
	'n8n-nodes-gpt-image.gptImage': new GptImage().description.properties,
	'n8n-nodes-gpt-image.gptImageCost': new GptImageCost().description.properties,
	'n8n-nodes-gpt-image.gptImageExport': new GptImageExport().description.properties,
};

const isOurs = ({ type }: INode) => type in properties;

/** Names of all options that the node has, whichever operation shows them. */
const optionsOf = (type: string): string[] =>
	(properties[type] ?? [])
		.filter(({ name }) => name === 'options')
		.flatMap(({ options }) => options ?? [])
		.map(({ name }) => name);

describe.each(files)('%s', (file) => {
	const { nodes, connections, pinData } = readExample(file);

	it('has its paragraph and its image in examples/README.md', () => {
		expect(readme).toContain(`](${file})`);
		expect(readme).toContain(`](images/${file.replace('.json', '.webp')})`);
	});

	it('explains itself by notes', () => {
		const notes = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
		expect(notes.length).toBeGreaterThan(1);
	});

	it('names credentials and brings none of its author', () => {
		expect(pinData).toBeUndefined();
		for (const { credentials = {} } of nodes) {
			for (const { id, name } of Object.values(credentials)) {
				expect(id).toBeNull();
				expect(name).toMatch(/ account$/);
			}
		}
	});

	it('uses only parameters and options that our nodes have', () => {
		for (const { type, parameters } of nodes.filter(isOurs)) {
			const known = properties[type]?.map(({ name }) => name);
			for (const name of Object.keys(parameters)) expect(known).toContain(name);
			for (const name of Object.keys(parameters.options ?? {})) {
				expect(optionsOf(type)).toContain(name);
			}
		}
	});

	it('lets no refused image get lost', () => {
		const painters = nodes.filter(({ onError }) => onError === 'continueErrorOutput');
		for (const { name } of painters) {
			const [, refused] = connections[name]?.main ?? [];
			expect([name, refused?.length]).toEqual([name, 1]);
		}
	});
});
