import {
	NodeHelpers,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeParameters,
	type INodeType,
} from 'n8n-workflow';
import sharp from 'sharp';
import { GptImage } from '../../nodes/GptImage/GptImage.node';
import { startDouble, type Double } from '../openai-double';
import { execute, outputOf, startNode } from '../workflows/engine';
import { moved, newType, nodeOf, nodesOf } from './moved';

/** What the moved nodes get in the test, for the fields and binaries that their workflows name. */
const image = async (mask = false): Promise<string> => {
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
	const photo = { data: await image(), mimeType: 'image/png', fileName: 'photo.png' };
	return {
		json: {
			topic: 'bees',
			idea: 'a bee',
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
			hole: { ...photo, data: await image(true) },
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
		// What the model draws of itself at size auto.
		['drafts-2-3', 'Draft', ['1254x1254 png']],
		['drafts-2-3', 'Retouch', ['1024x1024 png']],
		['legacy-icons', 'OpenAI', ['1024x1024 png', '1024x1024 png', '1024x1024 png']],
		['legacy-icons', 'OpenAI1', ['1024x1792 png']],
		['dall-e-2-edit', 'Variation', ['1024x1024 png', '1024x1024 png']],
	])("of %s runs in n8n's engine: %s", async (file, name, expected) => {
		const migration = moved(file);
		const node = nodeOf(migration, name);
		expect(issuesOf(node)).toBeNull();

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
			expected,
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
