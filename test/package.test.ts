import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NodeHelpers, Workflow, type INodeType } from 'n8n-workflow';
import { node, nodeTypesOf } from './workflows/engine';
import { PackageDirectoryLoader } from 'n8n-core';

/** The built package, as n8n's own loader sees it. */

const root = path.join(__dirname, '..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
	n8n: { nodes: string[]; credentials: string[] };
	files: string[];
};

let loader: PackageDirectoryLoader;
beforeAll(async () => {
	loader = new PackageDirectoryLoader(root);
	await loader.loadAll();
});

it('shows the nodes and the credential, with icons, codex and the tool variant', () => {
	expect(Object.keys(loader.known.nodes).sort()).toEqual([
		'gptImage',
		'gptImageCost',
		'gptImageExport',
		'gptImageTrigger',
	]);
	expect(Object.keys(loader.known.credentials)).toEqual(['gptImageApi']);
	const [node] = loader.types.nodes.filter(({ name }) => name === 'gptImage');
	expect(node).toMatchObject({
		displayName: 'GPT Image',
		usableAsTool: true,
		iconUrl: {
			light: expect.stringMatching(/icons\/gptImage\.svg$/),
			dark: expect.stringMatching(/icons\/gptImage\.dark\.svg$/),
		},
		codex: { alias: expect.arrayContaining(['image', 'gpt', 'dall-e']) },
	});
	expect(loader.known.credentials.gptImageApi?.supportedNodes).toContain('gptImage');
});

it('requiring every built file of n8n loads no large dependency, and not what only a run needs', () => {
	const script = `
		const files = ${JSON.stringify([...manifest.n8n.nodes, ...manifest.n8n.credentials])};
		for (const file of files) require('./' + file);
		const loaded = Object.keys(require.cache).filter((file) =>
			/node_modules.(openai|sharp|gpt-tokenizer|@img)|dist.(nodes.*router|core.run)\\.js/.test(file));
		console.log(JSON.stringify(loaded));
	`;
	const output = execFileSync('node', ['-e', script], { cwd: root, encoding: 'utf8' });
	expect(JSON.parse(output)).toEqual([]);
});

it.each([
	[{ operation: 'generate' }, ['main']],
	[{ operation: 'generate', delivery: 'batch' }, ['Ordered']],
	[{ resource: 'conversation', operation: 'send', delivery: 'background' }, ['Ordered']],
	// The editor has no items yet.
	[{ operation: 'generate', delivery: '={{ $json.delivery }}' }, ['main']],
	[{ operation: 'generate', delivery: '={{ "batch" }}' }, ['Ordered']],
	[{ operation: 'collect' }, ['Images', 'Failed', 'Not Ready']],
	[{ operation: 'review' }, ['Pass', 'Fail']],
])('names the outputs: %j', (parameters, names) => {
	const gptImage = loader.getNode('gptImage').type as INodeType;
	const one = node('GPT Image', 'test.gptImage', parameters);
	const nodeTypes = nodeTypesOf({ 'test.gptImage': gptImage });
	const workflow = new Workflow({ nodes: [one], connections: {}, active: false, nodeTypes });
	const [own = one] = Object.values(workflow.nodes);
	const outputs = NodeHelpers.getNodeOutputs(workflow, own, gptImage.description);
	expect(outputs.map((output) => Object(output).displayName ?? output)).toEqual(names);
});

describe('the workflows of GitHub', () => {
	const folder = path.join(root, '.github/workflows');
	const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
	const read = (name: string): string =>
		readFileSync(path.join(folder, name), 'utf8').replace(/^\s*#.*$/gm, '');
	/** The text of each job by its name. */
	const jobsOf = (text: string): Readonly<Record<string, string>> => {
		const [, jobs = ''] = text.split(/^jobs:$/m);
		const [, ...parts] = jobs.split(/^ {2}([\w-]+):$/m);
		return Object.fromEntries(
			parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? '']] : [])),
		);
	};

	it('use actions of others by the SHA of a commit', () => {
		const used = names.flatMap((name) =>
			[...read(name).matchAll(/\buses:\s*(\S+)/g)].map(([, action = '']) => action),
		);
		const ofOthers = used.filter((action) => !action.startsWith('./'));
		expect(ofOthers.length).toBeGreaterThan(4);
		expect(ofOthers.filter((action) => !/^[\w-]+\/[\w/-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
	});

	it('give the right to sign to the job that publishes, which runs no code of others', () => {
		const jobs = names.flatMap((name) => Object.entries(jobsOf(read(name))));
		expect(jobs.map(([name]) => name)).toEqual(expect.arrayContaining(['build', 'publish']));
		const signing = jobs.filter(([, text]) => text.includes('id-token'));
		expect(signing.map(([name]) => name)).toEqual(['publish']);
		const [, publish = ''] = signing[0] ?? [];
		expect(publish).toContain('environment: npm');
		expect([...publish.matchAll(/\brun:\s*(.*)/g)].map(([, command]) => command)).toEqual([
			expect.stringMatching(/^npm publish \.\/\*\.tgz .*--ignore-scripts\b/),
		]);
		expect(publish).not.toContain('checkout@');
	});

	it('are read-only and hold no secret beside that', () => {
		for (const name of names) {
			const text = read(name);
			const [before = ''] = text.split(/^jobs:$/m);
			expect(before).toMatch(/^permissions:\n {2}contents: read$/m);
			expect(text.match(/\b[\w-]+: write\b/g) ?? []).toEqual(
				name === 'publish.yml' ? ['id-token: write'] : [],
			);
			expect(text).not.toMatch(/\bsecrets\.|pull_request_target|workflow_run/);
		}
	});
});

describe('what is shown for a model', () => {
	const shown = (model: string, more: object = {}): string[] => {
		const type = loader.getNode('gptImage').type as INodeType;
		const values = {
			resource: 'image',
			operation: 'generate',
			model: { __rl: true, mode: 'list', value: model },
			...more,
		};
		const visible = (property: object, root: object, nested: object) =>
			NodeHelpers.displayParameter(nested as never, property as never, null, null, root as never);
		return type.description.properties
			.filter((property) => visible(property, values, values))
			.flatMap((property) => [
				property.name,
				...(property.options ?? []).flatMap((option) =>
					visible(option, values, property.name === 'options' ? {} : values)
						? [`${property.name}.${'value' in option ? String(option.value) : option.name}`]
						: [],
				),
			]);
	};

	it.each([
		[
			'gpt-image-2',
			['quality.high', 'size.custom', 'size.3840x2160'],
			['quality.xhigh', 'options.complexity'],
		],
		[
			'gpt-image-2-2026-04-21',
			['quality.high'],
			['quality.xhigh', 'quality.max', 'options.complexity'],
		],
		['gpt-image-2.5-flare', ['quality.max', 'size.custom'], ['options.complexity']],
		['gpt-image-2.6-flare', ['quality.max', 'options.complexity'], []],
		[
			'gpt-image-1.5',
			['size.1536x1024', 'size.auto'],
			['size.custom', 'size.3840x2160', 'quality.xhigh'],
		],
		['gpt-image-9', ['quality.max', 'options.complexity', 'size.custom'], []],
	])('%s', (model, present, absent) => {
		const names = shown(model);
		for (const name of present) expect(names).toContain(name);
		for (const name of absent) expect(names).not.toContain(name);
	});

	it('input fidelity only for gpt-image-1.5, markup only where it is taken', () => {
		const edit = { operation: 'edit' };
		expect(shown('gpt-image-1.5', edit)).toContain('options.inputFidelity');
		expect(shown('gpt-image-2', edit)).not.toContain('options.inputFidelity');
		expect(shown('gpt-image-2', edit)).not.toContain('options.markupField');
		expect(shown('gpt-image-2.5-sunburst', edit)).toContain('options.markupField');
	});
});
