import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
	NodeHelpers,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
	type IWorkflowBase,
} from 'n8n-workflow';
import sharp from 'sharp';
import { migrate, type Migration } from '../../migrate/workflow';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { startDouble, type Double } from '../openai-double';
import { execute, outputOf, startNode } from '../workflows/engine';

/** Six exported workflows, of every version of n8n's own image operations, moved and then run. */

const today = '2026-11-20';
const newType = 'n8n-nodes-gpt-image.gptImage';

function exported(name: string): IWorkflowBase {
	const file = path.join(__dirname, 'workflows', `${name}.json`);
	return JSON.parse(readFileSync(file, 'utf8')) as IWorkflowBase;
}

const moved = (name: string, day = today): Migration => migrate(exported(name), day);
const nodesOf = ({ workflow }: Migration): INode[] => workflow.nodes as INode[];

function nodeOf(migration: Migration, name: string): INode {
	const node = nodesOf(migration).find((candidate) => candidate.name === name);
	if (!node) throw new Error(`There is no node ${name}`);
	return node;
}

function notesOf({ moved }: Migration, name: string): string {
	const report = moved.find(({ node }) => node === name);
	return [...(report?.changes ?? []), ...(report?.checks ?? [])].join('\n');
}

const list = (value: string) => ({ __rl: true, mode: 'list', value });
const credentials = { gptImageApi: { id: null, name: 'GPT Image account' } };

describe('parameters', () => {
	it('DALL-E 3 of version 1.8: HD, wide, style, retries and error output', () => {
		const migration = moved('linkedin-dall-e-3');
		const [, , before] = exported('linkedin-dall-e-3').nodes;
		expect(nodeOf(migration, 'Draw Header')).toEqual({
			id: before?.id,
			name: 'Draw Header',
			type: newType,
			typeVersion: 1,
			position: [440, 0],
			notes: 'Ask Mia before changing the style',
			onError: 'continueErrorOutput',
			credentials,
			parameters: {
				resource: 'image',
				operation: 'generate',
				model: list('gpt-image-2'),
				prompt: '=Header picture for: {{ $json.topic }}',
				size: '1792x1024',
				quality: 'high',
				numberOfImages: 1,
				options: {},
			},
		});
		const notes = notesOf(migration, 'Draw Header');
		expect(notes).toContain('dall-e-3 was shut down on 2026-05-12, now gpt-image-2');
		expect(notes).toContain('Retry On Fail (4 tries) is off');
		expect(notes).toContain('Style natural has no counterpart');
		expect(notes).toContain('pinned data');
	});

	it('gpt-image-1 of version 2.1: output field, and nodes that read what has moved', () => {
		const migration = moved('form-gpt-image-1');
		expect(nodeOf(migration, 'Generate an image')).toMatchObject({
			continueOnFail: true,
			parameters: {
				model: list('gpt-image-2.5-flare'),
				prompt: '={{ $json.wish }}',
				size: '1024x1536',
				quality: 'high',
				options: { outputField: 'picture' },
			},
		});
		const notes = notesOf(migration, 'Generate an image');
		expect(notes).toContain('"Upload" (name) reads `fileName`, which is now `image.fileName`');
		expect(notes).toContain('"Log" (columns.value.type) reads `mimeType`');
	});

	it('an edit of version 2.2: references, mask, and the format that was never sent', () => {
		const migration = moved('edit-with-mask');
		expect(nodeOf(migration, 'Edit an image')).toMatchObject({
			alwaysOutputData: true,
			parameters: {
				resource: 'image',
				operation: 'edit',
				model: list('gpt-image-2.5-flare'),
				images: {
					values: [
						{ source: 'field', field: 'photo' },
						{ source: 'field', field: 'logo' },
					],
				},
				maskSource: 'field',
				maskField: 'hole',
				maskMeaning: 'alpha',
				size: '1536x1024',
				quality: 'medium',
				numberOfImages: 2,
				options: {
					outputFormat: 'webp',
					outputCompression: 70,
					background: 'opaque',
					safetyIdentifier: 'shop-17',
				},
			},
		});
		const notes = notesOf(migration, 'Edit an image');
		expect(notes).toContain("'Output Format' webp takes effect now");
		expect(notes).toContain("'Input Fidelity' is left out: gpt-image-2.5-flare does not take it");
	});

	it('version 2.3: default and chosen models, expressions, and what stays', () => {
		const migration = moved('drafts-2-3');
		expect(nodeOf(migration, 'Draft').parameters).toMatchObject({
			model: list('gpt-image-1-mini'),
			size: 'auto',
			quality: 'auto',
		});
		expect(nodeOf(migration, 'Final')).toMatchObject({
			disabled: true,
			parameters: {
				model: { __rl: true, mode: 'id', value: '={{ $json.model }}' },
				size: '={{ $json.size }}',
				quality: '={{ $json.quality }}',
			},
		});
		expect(nodeOf(migration, 'Retouch').parameters).toMatchObject({
			operation: 'edit',
			model: list('gpt-image-1.5'),
			images: { values: [{ source: 'field', field: 'data' }] },
			size: '1024x1024',
			options: { inputFidelity: 'high' },
		});
		expect(notesOf(migration, 'Draft')).toContain('gpt-image-1-mini stops on 2026-12-01');
		expect(nodeOf(migration, 'Describe')).toEqual(exported('drafts-2-3').nodes[4]);
		expect(migration.left).toEqual([
			{ node: 'Describe', why: 'GPT Image has no operation like analyze' },
		]);
	});

	it('a model is replaced from the day on which it stops', () => {
		const parameters = nodeOf(moved('drafts-2-3', '2026-12-01'), 'Retouch').parameters;
		expect(parameters).toMatchObject({ model: list('gpt-image-2.5-flare'), options: {} });
	});

	it('the legacy node, versions 1 and 1.1', () => {
		const migration = moved('legacy-icons');
		expect(nodeOf(migration, 'OpenAI').parameters).toEqual({
			resource: 'image',
			operation: 'generate',
			model: list('gpt-image-2'),
			prompt: '={{ $json.title }}, flat icon',
			size: '1024x1024',
			quality: 'low',
			numberOfImages: 3,
			options: {},
		});
		expect(nodeOf(migration, 'OpenAI1').parameters).toMatchObject({
			size: 'custom',
			width: 1024,
			height: 1792,
			quality: 'high',
		});
		expect(nodeOf(migration, 'Chat')).toEqual(exported('legacy-icons').nodes[4]);
		const notes = notesOf(migration, 'OpenAI');
		expect(notes).toContain('256x256 cannot be drawn by gpt-image-2, now 1024x1024');
		expect(notes).toContain('"Download" (url) reads `url`, which is gone');
	});

	it('a DALL-E 2 edit that answered with a web address, and calls made by hand', () => {
		const migration = moved('dall-e-2-edit');
		expect(nodeOf(migration, 'Variation').parameters).toMatchObject({
			operation: 'edit',
			images: { values: [{ source: 'field', field: 'cat' }] },
			size: '1024x1024',
			quality: 'low',
			numberOfImages: '={{ $json.count }}',
		});
		expect(notesOf(migration, 'Variation')).toContain('"Save URL"');
		expect(migration.left).toEqual([
			{ node: 'Own Call', why: expect.stringContaining('calls the image API itself') as string },
		]);
	});
});

describe('a workflow', () => {
	it('keeps all that is not an image node: connections, settings, names', () => {
		const before = exported('linkedin-dall-e-3');
		const { workflow, moved: reports } = migrate(before, today);
		expect({ ...workflow, nodes: [] }).toEqual({ ...before, nodes: [] });
		expect(nodesOf(moved('linkedin-dall-e-3')).map(({ name }) => name)).toEqual(
			before.nodes.map(({ name }) => name),
		);
		expect(reports.map(({ node }) => node)).toEqual(['Draw Header']);
		expect(before).toEqual(exported('linkedin-dall-e-3'));
	});

	it('moved once, it has nothing left to move', () => {
		const once = migrate(exported('legacy-icons'), today);
		expect(migrate(once.workflow, today)).toMatchObject({ workflow: once.workflow, moved: [] });
	});

	it.each([[null], [[]], [{ nodes: {} }], ['text'], [{ data: [] }]])('refuses %j', (value) => {
		expect(() => migrate(value, today)).toThrow('not a workflow that n8n has exported');
	});
});

/** What the moved nodes get in the test, for the fields and binaries that their workflows name. */
const picture = async (mask = false): Promise<string> => {
	const channels = mask ? 4 : 3;
	const background = mask ? { r: 0, g: 0, b: 0, alpha: 1 } : { r: 90, g: 140, b: 160 };
	const whole = sharp({ create: { width: 384, height: 256, channels, background } });
	const hole = await sharp({
		create: { width: 100, height: 100, channels: 4, background: '#fff' },
	})
		.png()
		.toBuffer();
	const made = mask ? whole.composite([{ input: hole, blend: 'dest-out' }]) : whole;
	return (await made.png().toBuffer()).toString('base64');
};

async function givenItem(): Promise<INodeExecutionData> {
	const photo = { data: await picture(), mimeType: 'image/png', fileName: 'photo.png' };
	return {
		json: {
			topic: 'bees',
			wish: 'a bee',
			prompt: 'a bee',
			model: 'gpt-image-2',
			size: '1024x1536',
			quality: 'low',
			title: 'Bee',
			count: 2,
		},
		binary: {
			data: photo,
			photo,
			logo: photo,
			cat: photo,
			hole: { ...photo, data: await picture(true) },
		},
	};
}

/** Stands for every node of the workflow that is not ours: hands its items on. */
const passOn: INodeType = {
	description: {
		...startNode([]).description,
		inputs: ['main'],
		outputs: ['main'],
	},
	async execute() {
		return [this.getInputData()];
	},
};

describe('the moved workflow', () => {
	let double: Double;
	beforeAll(async () => (double = await startDouble()));
	afterAll(async () => await double.close());
	beforeEach(() => double.reset());

	it.each([
		['linkedin-dall-e-3', 'Draw Header', ['1792x1024 png']],
		['form-gpt-image-1', 'Generate an image', ['1024x1536 png']],
		['edit-with-mask', 'Edit an image', ['384x256 webp', '384x256 webp']],
		['drafts-2-3', 'Draft', ['1024x1024 png']],
		['drafts-2-3', 'Retouch', ['1024x1024 png']],
		['legacy-icons', 'OpenAI', ['1024x1024 png', '1024x1024 png', '1024x1024 png']],
		['legacy-icons', 'OpenAI1', ['1024x1792 png']],
		['dall-e-2-edit', 'Variation', ['1024x1024 png', '1024x1024 png']],
	])("of %s runs in n8n's engine: %s", async (file, name, pictures) => {
		const migration = moved(file);
		// The day on which the older models stop has come for whoever runs this later.
		const node = nodeOf(moved(file, new Date().toISOString().slice(0, 10)), name);
		expect(issuesOf(nodeOf(migration, name))).toBeNull();

		const start = {
			...nodeOf(migration, name),
			name: 'Start',
			type: 'test.start',
			credentials: {},
		};
		const after = nodesOf(migration).find(({ type }) => type !== newType);
		const run = await execute({
			workflow: {
				nodes: [start, node, { ...start, name: 'After', type: after?.type ?? '' }],
				connections: {
					Start: { main: [[{ node: name, type: 'main', index: 0 }]] },
					[name]: { main: [[{ node: 'After', type: 'main', index: 0 }]] },
				},
			},
			nodeTypes: {
				'test.start': startNode([await givenItem()]),
				[newType]: new GptImage(),
				[after?.type ?? '']: passOn,
			},
			credentials: {
				gptImageApi: {
					apiKey: 'sk-test',
					organizationId: '',
					projectId: '',
					baseUrl: double.url,
				},
			},
		});
		expect(run.data.resultData.error).toBeUndefined();
		const images = outputOf(run, 'After').map(({ json }) => json.image as IDataObject);
		expect(images.map((image) => `${image.width}x${image.height} ${image.format}`)).toEqual(
			pictures,
		);
	});
});

/** What the editor would mark red. */
function issuesOf(node: INode): unknown {
	const { properties } = new GptImage().description;
	const filled = NodeHelpers.getNodeParameters(
		properties,
		node.parameters as INodeParameters,
		true,
		false,
		node,
		new GptImage().description,
	);
	return NodeHelpers.getNodeParametersIssues(
		properties,
		{ ...node, parameters: filled ?? {} },
		new GptImage().description,
	);
}
