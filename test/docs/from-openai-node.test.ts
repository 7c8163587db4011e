import { readFileSync } from 'node:fs';
import path from 'node:path';
import { reportOf } from '../../migrate/report';
import { migrate } from '../../migrate/workflow';
import { imageFields as fields } from './display-names';
import { codesIn, fenced, namesIn, rowsOf, section } from './tables';

/** The page's tables, held against what the migration does. */

const page = 'docs/from-openai-node.md';
const today = '2026-11-20';
const workflowFile = path.join(__dirname, '../migrate/workflows/form-gpt-image-1.json');
const table = (name: string): string[][] => rowsOf(section(page, name));

type Json = Record<string, unknown>;
interface Node {
	readonly name: string;
	readonly type: string;
	readonly parameters: Json;
}

interface Old {
	readonly type?: string;
	readonly version: number;
	readonly parameters: Json;
}

/** @returns the new node's parameters, those in its options beside the others */
function moved({ type, version, parameters }: Old): Json {
	const node = {
		name: 'Image',
		type: type ?? '@n8n/n8n-nodes-langchain.openAi',
		typeVersion: version,
		parameters: { resource: 'image', ...parameters },
	};
	const { workflow } = migrate({ nodes: [node], connections: {} }, today);
	const [after] = workflow.nodes as Node[];
	const { options, ...others } = after?.parameters ?? {};
	return { ...others, ...(options as Json) };
}

const listed = (value: string) => ({ __rl: true, mode: 'list', value });
const legacy = { type: 'n8n-nodes-base.openAi', version: 1.1 };

/**
 * All image parameters of n8n 2.41.1's OpenAI node and the older one, each with a node that shows
 * it and a value that is not its default.
 */
const samples: Record<string, Record<string, readonly [base: Old, value: unknown]>> = {
	generate: {
		model: [{ version: 1.8, parameters: {} }, 'gpt-image-1'],
		modelId: [{ version: 2.3, parameters: {} }, listed('gpt-image-2')],
		imageModel: [{ ...legacy, parameters: {} }, 'gpt-image-1'],
		prompt: [{ version: 2.3, parameters: {} }, 'a bee'],
		'options.size': [{ version: 2.3, parameters: {} }, '1024x1536'],
		'options.quality': [{ version: 2.3, parameters: {} }, 'high'],
		'options.dalleQuality': [{ version: 2.1, parameters: { model: 'dall-e-3' } }, 'hd'],
		'options.n': [{ version: 2.1, parameters: { model: 'dall-e-2' } }, 3],
		'options.binaryPropertyOutput': [{ version: 2.3, parameters: {} }, 'photo'],
		'options.style': [{ version: 2.1, parameters: { model: 'dall-e-3' } }, 'natural'],
		'options.returnImageUrls': [{ version: 2.1, parameters: { model: 'dall-e-3' } }, true],
		responseFormat: [{ ...legacy, parameters: {} }, 'imageUrl'],
	},
	edit: {
		model: [{ version: 2.2, parameters: {} }, 'dall-e-2'],
		modelId: [{ version: 2.3, parameters: {} }, listed('gpt-image-2')],
		prompt: [{ version: 2.3, parameters: {} }, 'a bee'],
		images: [{ version: 2.3, parameters: {} }, { values: [{ binaryPropertyName: 'photo' }] }],
		binaryPropertyName: [{ version: 2.2, parameters: { model: 'dall-e-2' } }, 'photo'],
		n: [{ version: 2.3, parameters: {} }, 3],
		size: [{ version: 2.3, parameters: {} }, 'auto'],
		quality: [{ version: 2.3, parameters: {} }, 'low'],
		responseFormat: [{ version: 2.2, parameters: { model: 'dall-e-2' } }, 'b64_json'],
		outputFormat: [{ version: 2.3, parameters: {} }, 'jpeg'],
		outputCompression: [{ version: 2.3, parameters: { outputFormat: 'jpeg' } }, 50],
		'options.imageMask': [{ version: 2.3, parameters: {} }, 'hole'],
		'options.background': [{ version: 2.3, parameters: {} }, 'opaque'],
		'options.inputFidelity': [
			// No model that lasts takes it; one that the table does not know may.
			{ version: 2.3, parameters: { modelId: listed('gpt-image-3') } },
			'high',
		],
		'options.user': [{ version: 2.3, parameters: {} }, 'shop-17'],
	},
};

const withValue = (base: Old, name: string, value: unknown): Old => ({
	...base,
	parameters: {
		...base.parameters,
		...(name.startsWith('options.') ? { options: { [name.slice(8)]: value } } : { [name]: value }),
	},
});

describe.each(Object.entries(samples))('parameters of %s', (operation, olds) => {
	const rows = table(operation).map(([, old = '', now = '']) => [old, now] as const);

	it('are all in the table, and no others', () => {
		const names = rows.flatMap(([old]) => codesIn(old));
		expect(names.toSorted()).toEqual(Object.keys(olds).toSorted());
	});

	it.each(rows.flatMap(([old, now]) => codesIn(old).map((name) => [name, now] as const)))(
		'%s goes to %s',
		(name, now) => {
			const [base, value] = olds[name] ?? [{ version: 0, parameters: {} }, undefined];
			const old = { ...base, parameters: { operation, ...base.parameters } };
			const plain = operation === 'edit' ? old : base;
			const [before, after] = [moved(plain), moved(withValue(plain, name, value))];
			const changed = Object.keys(after).filter(
				(key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]),
			);
			const expected = namesIn(now).map((displayName) => fields.get(displayName));
			// Another model may take another quality with it.
			const also = now === '_Model_' ? ['quality', 'size'] : [];
			expect(changed.filter((key) => !also.includes(key)).toSorted()).toEqual(expected.toSorted());
		},
	);
});

const assignments = (cell: string): Record<string, string> =>
	Object.fromEntries(codesIn(cell).map((code) => code.split(': ')));

describe('values', () => {
	it.each(table('values').map(([was = '', now = '']) => [was, now] as const))(
		'%s is now %s',
		(was, now) => {
			const { model, ...others } = assignments(was);
			// Sizes and qualities without a model are those of the edit, which has them all.
			const isEdit = model === undefined && !was.includes('1792');
			const parameters = isEdit
				? { operation: 'edit', modelId: listed('gpt-image-2'), ...others }
				: { modelId: listed(model ?? 'dall-e-3'), options: others };
			const { model: newModel, ...after } = moved({ version: 2.3, parameters });
			const given = { ...after, model: (newModel as { value: string }).value };
			const expected = Object.entries(assignments(now));
			expect(expected.map(([key]) => [key, String((given as Json)[key])])).toEqual(expected);
		},
	);

	it('have the prices of docs/costs.md', () => {
		const costs = readFileSync(path.join(__dirname, '../../docs/costs.md'), 'utf8');
		const prices = table('values').flatMap(
			([, , why = '']) => why.match(/\$[\d.]+(?= now)/g) ?? [],
		);
		expect(prices).toEqual(['$0.0059', '$0.0527', '$0.211']);
		for (const price of prices) expect(costs).toContain(`| ${price} |`);
	});

	it('of gpt-image-1-mini change before the day that the table names', () => {
		const node = {
			name: 'Image',
			type: '@n8n/n8n-nodes-langchain.openAi',
			typeVersion: 2.3,
			parameters: { resource: 'image' },
		};
		const { workflow } = migrate({ nodes: [node], connections: {} }, '2026-11-30');
		expect((workflow.nodes as Node[])[0]?.parameters.model).toEqual(listed('gpt-image-2.6-flare'));
	});
});

describe('what later nodes read', () => {
	const keys = table('reads').filter(([old]) => old !== '`$json.error`');

	it.each(keys.map(([old = '', now = '']) => [old, now] as const))('%s: %s', (old, now) => {
		const nodes = [
			{
				name: 'Image',
				type: '@n8n/n8n-nodes-langchain.openAi',
				typeVersion: 2.3,
				parameters: { resource: 'image' },
			},
			{ name: 'Next', type: 'n8n-nodes-base.set', parameters: { x: `={{ ${codesIn(old)[0]} }}` } },
		];
		const connections = { Image: { main: [[{ node: 'Next', type: 'main', index: 0 }]] } };
		const { moved: reports } = migrate({ nodes, connections }, today);
		const [note = ''] = (reports[0]?.checks ?? []).filter((check) => check.startsWith('"Next"'));
		const [code = ''] = codesIn(now);
		expect(note).toContain(code === '$binary' ? 'binary field' : code.replace('$json.', ''));
	});
});

it('every field of an HTTP Request goes to a parameter that there is', () => {
	for (const [old, now = ''] of table('http')) {
		for (const name of namesIn(now))
			expect([old, name, fields.has(name)]).toEqual([old, name, true]);
	}
});

describe('the worked example', () => {
	const exported = JSON.parse(readFileSync(workflowFile, 'utf8')) as { nodes: Node[] };
	const migration = migrate(exported, today);
	const after = migration.workflow.nodes as Node[];

	it('is what the command prints', () => {
		expect(fenced(section(page, 'report'))).toBe(reportOf(migration));
	});

	it('shows the parameters before and after', () => {
		expect(JSON.parse(fenced(section(page, 'before')))).toEqual(exported.nodes[1]?.parameters);
		expect(JSON.parse(fenced(section(page, 'after')))).toEqual(after[1]?.parameters);
	});
});
