import { migrate } from '../../migrate/workflow';

/** Nodes and expressions as people really save them, each in the smallest workflow that shows it. */

const today = '2026-11-20';
const openAi = '@n8n/n8n-nodes-langchain.openAi';

type Json = Record<string, unknown>;

const imageNode = (parameters: Json, typeVersion: number, type = openAi): Json => ({
	name: "Bob's image",
	type,
	typeVersion,
	position: [0, 0],
	parameters: { resource: 'image', ...parameters },
});

function movedAlone(parameters: Json, typeVersion: number, type?: string) {
	const { workflow, moved } = migrate(
		{ nodes: [imageNode(parameters, typeVersion, type)], connections: {} },
		today,
	);
	const [node] = workflow.nodes as Array<{ parameters: Json }>;
	return { parameters: node?.parameters, notes: moved.flatMap((m) => [...m.changes, ...m.checks]) };
}

describe('values', () => {
	it('HD as n8n saved it before gpt-image-1', () => {
		const { parameters } = movedAlone({ options: { quality: 'hd', size: '1024x1792' } }, 1.3);
		expect(parameters).toMatchObject({
			quality: 'high',
			size: 'custom',
			width: 1024,
			height: 1792,
		});
	});

	it('a quality that was left over from another model is not taken for the DALL-E 3 one', () => {
		expect(movedAlone({ options: { quality: 'low' } }, 2.1).parameters).toMatchObject({
			quality: 'medium',
		});
	});

	it('a size that never was one', () => {
		const { parameters, notes } = movedAlone({ options: { size: 'large' } }, 2.1);
		expect(parameters).toMatchObject({ size: 'auto' });
		expect(notes).toContain("'Size': large is not a valid size, now auto.");
	});

	it('no images and a count of 0', () => {
		const { parameters, notes } = movedAlone({ operation: 'edit', images: {}, n: 0 }, 2.3);
		expect(parameters).toMatchObject({ images: { values: [] }, options: {} });
		expect(notes).toContain("'Images' is empty: an edit needs at least one.");
	});

	it('an image field that n8n left out of the file because it is the default', () => {
		const images = { values: [{ binaryPropertyName: '={{ $json.field }}' }, {}] };
		expect(movedAlone({ operation: 'edit', images }, 2.3).parameters).toMatchObject({
			images: {
				values: [
					{ source: 'field', field: '={{ $json.field }}' },
					{ source: 'field', field: 'data' },
				],
			},
		});
	});

	it('a snapshot, and a model that nobody knows', () => {
		const snapshot = { modelId: { __rl: true, mode: 'list', value: 'gpt-image-2-2026-04-21' } };
		expect(movedAlone(snapshot, 2.3).parameters).toMatchObject({
			model: { __rl: true, mode: 'id', value: 'gpt-image-2-2026-04-21' },
		});
		const { parameters, notes } = movedAlone({ modelId: 'house-model' }, 2.3);
		expect(parameters).toMatchObject({ model: { mode: 'id', value: 'house-model' } });
		expect(notes.join('\n')).toContain('house-model is not in GPT Image');
	});
});

/** A workflow in which `reader` follows the image, with `between` on the way. */
function readsOf(reader: Json, between: readonly Json[] = [], options: Json = {}): string[] {
	const nodes = [imageNode({ options }, 2.3), ...between, { name: 'Reader', ...reader }];
	const names = nodes.map(({ name }) => String(name));
	const connections = Object.fromEntries(
		names.map((name, i) => [name, { main: [[{ node: names[i + 1], type: 'main', index: 0 }]] }]),
	);
	const { moved } = migrate({ nodes, connections }, today);
	return moved.flatMap(({ checks }) => checks.filter((check) => check.startsWith('"Reader"')));
}

const set = (value: string): Json => ({ type: 'n8n-nodes-base.set', parameters: { value } });
const code = (jsCode: string): Json => ({ type: 'n8n-nodes-base.code', parameters: { jsCode } });
const wait: Json = { name: 'Wait', type: 'n8n-nodes-base.wait', parameters: {} };
const other: Json = { name: 'Other', type: 'n8n-nodes-base.set', parameters: {} };

describe('reads of what is gone', () => {
	it.each([
		['={{ $json.url }}', 'url'],
		['={{ $json?.url }}', 'url'],
		["={{ $json['fileName'] }}", 'fileName'],
		['={{ $input.item.json.url }}', 'url'],
		['={{ $input.first().json.url }}', 'url'],
		['={{ $input.all()[0].json.url }}', 'url'],
		["={{ $('Bob\\'s image').item.json.url }}", 'url'],
		['={{ $("Bob\'s image").first().json["revised_prompt"] }}', 'revised_prompt'],
		['={{ $node["Bob\'s image"].json.url }}', 'url'],
		['={{ $items("Bob\'s image")[0].json.url }}', 'url'],
	])('%s', (expression, key) => {
		expect(readsOf(set(expression))).toEqual([
			expect.stringContaining(`"Reader" (value) reads \`${key}\``) as string,
		]);
	});

	it.each([
		['={{ $json.urls }}'],
		['={{ $json.product.url }}'],
		["={{ $('Form').item.json.url }}"],
		["={{ $('Bob\\'s image').item.binary.data.fileName + $('Form').item.json.url }}"],
		['url'],
	])('%s is none', (expression) => {
		expect(readsOf(set(expression))).toEqual([]);
	});

	it('in a program, however it names its items', () => {
		const program = code(
			"const title = $('Form').first().json.url;\nreturn items.map((one) => ({ json: { link: one.json.url } }));",
		);
		expect(readsOf(program)).toHaveLength(1);
		expect(readsOf(code("return [{ json: { url: $('Form').first().json.url } }];"))).toEqual([]);
	});

	it('behind nodes that hand items on, not behind others', () => {
		expect(readsOf(set('={{ $json.url }}'), [wait])).toHaveLength(1);
		expect(readsOf(set('={{ $json.url }}'), [other])).toEqual([]);
	});

	it('names the binary field in which the image is now', () => {
		const [note] = readsOf(set('={{ $json.mimeType }}'), [], { binaryPropertyOutput: 'photo' });
		expect(note).toContain('`$binary.photo.mimeType`');
	});
});

it.each([
	['n8n-nodes-base.httpRequest', 'https://api.openai.com/v1/images/edits'],
	['n8n-nodes-base.httpRequest', '={{ $vars.gateway }}/images/variations'],
	['@n8n/n8n-nodes-langchain.toolHttpRequest', 'https://api.openai.com/v1/images/generations'],
])('%s to %s is named and stays', (type, url) => {
	const node = { name: 'Call', type, parameters: { url } };
	const { workflow, left } = migrate({ nodes: [node], connections: {} }, today);
	expect(workflow.nodes).toEqual([node]);
	expect(left).toEqual([{ node: 'Call', why: expect.stringContaining('by hand') as string }]);
});
