import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openBrowser, type OpenBrowser } from '../browser/chromium';
import { Editor } from '../browser/editor';
import type { NodeView } from '../browser/node-view';
import { oneNode, START, type NodeParameters } from '../browser/one-node';
import { doubleCredential, type Stage } from '../host/stage';
import type { SavedCredential } from '../host/types';
import { sharedStage } from './shared';

/** n8n's editor in a real browser: what a person finds, sees and reads. */

let opening: Promise<Opened> | undefined;

interface Opened {
	stage: Stage;
	editor: Editor;
	browser: OpenBrowser;
}

/** One browser for all tests of this file, signed in once. */
async function inBrowser(): Promise<Opened> {
	opening ??= (async () => {
		const stage = await sharedStage();
		const browser = await openBrowser({ width: 1440, height: 1000 });
		const editor = new Editor(browser.page, stage.url);
		await editor.signIn();
		return { stage, editor, browser };
	})();
	return await opening;
}

after(async () => await (await opening?.catch(() => undefined))?.browser.close());

/** The other tests find one credential of our type, as a newcomer has it. */
async function deleteOtherCredentials() {
	const { stage } = await inBrowser();
	const saved = await stage.rest.call<SavedCredential[]>('GET', '/rest/credentials');
	for (const { id, type } of saved) {
		if (type !== stage.credential.type || id === stage.credential.id) continue;
		await stage.rest.call('DELETE', `/rest/credentials/${id}`);
	}
}

/** An opened GPT Image node with the given parameters. */
async function opened(parameters: NodeParameters): Promise<NodeView> {
	const { stage, editor } = await inBrowser();
	const { id } = await stage.rest.importWorkflow(oneNode(stage, parameters));
	await editor.openWorkflow(id);
	return await editor.openNode('GPT Image');
}

test('the node panel finds the node by what people call it', async () => {
	const { stage, editor } = await inBrowser();
	const empty = { ...oneNode(stage, {}), nodes: [START], connections: {} };
	const { id } = await stage.rest.importWorkflow(empty);
	await editor.openWorkflow(id);
	for (const words of SEARCHED) {
		const found = await editor.searchNodes(words);
		assert.ok(found.includes('GPT Image'), `${words}: ${found.join(', ')}`);
	}
	assert.deepEqual((await editor.searchNodes('gpt image')).slice(0, 2), [
		'GPT Image',
		'GPT Image Cost',
	]);
	assert.equal((await editor.searchNodes('cost'))[0], 'GPT Image Cost');
	await editor.searchNodes('gpt image');
	assert.match((await editor.descriptions())[0] ?? '', /^Generate and edit images with OpenAI/);

	const actions = await editor.actionsOf('GPT Image');
	for (const action of ['Generate image', 'Edit image', 'Send message']) {
		assert.ok(actions.includes(action), actions.join(', '));
	}
	const node = await editor.addAction('Edit image');
	assert.equal(await node.name, 'Edit image');
	assert.ok((await node.parameters()).includes('maskSource'));
});

test('a model takes away what it cannot do', async () => {
	const node = await opened({ prompt: 'A mug' });
	// The collections follow; n8n gives those no such name.
	assert.deepEqual((await node.parameters()).slice(0, 6), [
		'resource',
		'operation',
		'model',
		'prompt',
		'size',
		'quality',
	]);
	// 196, 1,756 and 7,024 image tokens at $30 per million.
	assert.deepEqual(await node.choices('quality'), [
		'Auto (about $0.0059 to $0.2107)',
		'Low ($0.0059)',
		'Medium ($0.0527)',
		'High ($0.2107)',
	]);
	assert.ok((await node.choices('size')).includes('Custom'));
	assert.ok(!(await node.options()).includes('Complexity'));

	await node.chooseModel('gpt-image-2.6-flare');
	assert.deepEqual(await qualities(node), [...BASIC, 'Extra High', 'Max']);
	assert.ok((await node.options()).includes('Complexity'));

	// The double lists it whatever the day, as services do that are not OpenAI.
	await node.chooseModel('gpt-image-1.5');
	assert.deepEqual(await qualities(node), BASIC);
	assert.deepEqual(await node.choices('size'), [
		'1024x1024 (Square)',
		'1536x1024 (Landscape 3:2)',
		'1024x1536 (Portrait 2:3)',
		'Auto',
		'By Aspect Ratio',
	]);
	assert.ok(!(await node.options()).includes('Complexity'));
	assert.ok(!(await node.options()).includes('Input Fidelity'));
});

test('an id that is typed or computed keeps every choice', async () => {
	const node = await opened({ operation: 'edit', prompt: 'A mug' });
	assert.ok(!(await node.options()).includes('Input Fidelity'));
	await node.typeModel('gpt-image-9');
	await everything(node);
	await node.express('model', '{{ "gpt-image" + "-2" }}');
	await everything(node);
	await node.fix('model');
});

/** Without their prices. */
const qualities = async (node: NodeView): Promise<string[]> =>
	(await node.choices('quality')).map((choice) => choice.replace(/ \(.*/, ''));

async function everything(node: NodeView) {
	assert.deepEqual(await qualities(node), [...BASIC, 'Extra High', 'Max']);
	assert.ok((await node.choices('size')).includes('Custom'));
	const options = await node.options();
	for (const name of ['Complexity', 'Input Fidelity', 'Markup Field']) {
		assert.ok(options.includes(name), name);
	}
}

test('the model list tells what the key can use, and opens without a network', async (t) => {
	t.after(deleteOtherCredentials);
	const { stage, editor } = await inBrowser();
	// A day that whoever runs this will not see.
	stage.double.options.shutdownDates = { 'gpt-image-1.5': '2999-12-31' };
	const node = await opened({ prompt: 'A mug' });
	const listed = await node.models();
	assert.equal(listed[0], 'gpt-image-2 ($0.0527 for 1024x1024 Medium)');
	assert.ok(
		listed.some((line) => line.startsWith('gpt-image-1.5 (stops on 2999-12-31; about $0.0338')),
		listed.join('\n'),
	);
	assert.ok(!listed.some((line) => line.startsWith('dall-e')));

	const data = { ...doubleCredential(stage.double), baseUrl: 'http://127.0.0.1:9/v1' };
	const offline = await stage.rest.saveCredential('Nobody there', 'gptImageApi', data);
	const workflow = oneNode({ credential: offline }, { prompt: 'A mug' });
	const { id } = await stage.rest.importWorkflow(workflow);
	await editor.openWorkflow(id);
	const alone = await (await editor.openNode('GPT Image')).models();
	// Older models follow until their last day.
	assert.deepEqual(
		alone.slice(0, 5).map((line) => line.split(' ')[0]),
		[
			'gpt-image-2',
			'gpt-image-2.5-sunburst',
			'gpt-image-2.5-flare',
			'gpt-image-2.6-sunburst',
			'gpt-image-2.6-flare',
		],
	);
});

test('a credential is refused, corrected and accepted', async (t) => {
	t.after(deleteOtherCredentials);
	const { stage } = await inBrowser();
	const node = await opened({ prompt: 'A mug' });
	const { baseUrl } = doubleCredential(stage.double);
	const refusal = await node.newCredential({ apiKey: 'sk-bad', baseUrl: String(baseUrl) });
	assert.match(refusal ?? '', /Couldn.t connect/);
	assert.equal(await node.saveCredential({ apiKey: 'sk-good' }), undefined);
});

test('a step shows its image, and what it cost', async () => {
	const node = await opened({
		prompt: 'A lighthouse at dusk',
		size: '1536x1024',
		quality: 'low',
	});
	await node.execute();
	// 158 image tokens at $30 and 10 text tokens at $5 per million.
	assert.match(await node.hints(), /1 image, cost \$0\.0048\./);
	assert.deepEqual(await node.viewImage(), { width: 1536, height: 1024 });
});

test('a refused size says which, why, and what to take instead', async () => {
	const node = await opened({ prompt: 'A mug', size: 'custom' });
	await node.type('width', '1000');
	await node.type('height', '1000');
	await node.execute();
	const { message, advice } = await node.failure();
	assert.equal(
		message,
		"'Size' 1000x1000 has a width or height that is not a multiple of 16 [item 0]",
	);
	assert.match(advice, /^The closest size this model supports is 1008x1008\./);
});

test('a dry run needs no credential and says what it would cost', async () => {
	const { stage } = await inBrowser();
	const node = await opened({ prompt: 'A mug', quality: 'low', options: { dryRun: false } });
	const asked = stage.double.journal.length;
	await node.switch('dryRun');
	await node.execute();
	assert.match(
		await node.hints(),
		/1 image, dry run: nothing was sent, the cost would be \$0\.0059\./,
	);
	assert.deepEqual(await node.viewImage(), { width: 1024, height: 1024 });
	assert.equal(stage.double.journal.length, asked);
});

test('the first screen of Generate shows every field on a laptop without scrolling', async (t) => {
	const { browser } = await inBrowser();
	await browser.page.setViewportSize({ width: 1440, height: 900 });
	t.after(async () => await browser.page.setViewportSize({ width: 1440, height: 1000 }));
	const heights: ReadonlyArray<readonly [NodeParameters, number]> = [
		[{}, 767],
		// These have more fields than a screen; n8n needs 68 px for each.
		[{ operation: 'edit' }, 1015],
		[{ resource: 'conversation', operation: 'send' }, 1035],
	];
	for (const [operation, most] of heights) {
		const node = await opened({ prompt: 'A mug', ...operation });
		const height = await node.height();
		assert.ok(height <= most, `${JSON.stringify(operation)}: ${height} px`);
	}
});

test('a field is mapped before the first run', async () => {
	const { stage, editor } = await inBrowser();
	const workflow = oneNode(stage, { prompt: 'A mug' });
	workflow.nodes.push({
		...START,
		id: 'next',
		name: 'Next',
		type: 'n8n-nodes-base.set',
		typeVersion: 3.4,
	});
	workflow.connections['GPT Image'] = { main: [[{ node: 'Next', type: 'main', index: 0 }]] };
	const { id } = await stage.rest.importWorkflow(workflow);
	await editor.openWorkflow(id);
	const node = await editor.openNode('Next');
	assert.equal(await node.mapField('fileName', 'assignments'), '{{ $json.image.fileName }}');
});

test('the canvas says what a node does', async () => {
	const { stage, editor } = await inBrowser();
	const workflow = oneNode(stage, { operation: 'edit', prompt: 'A mug' });
	const { id } = await stage.rest.importWorkflow(workflow);
	await editor.openWorkflow(id);
	assert.ok((await editor.canvasTextOf('GPT Image')).includes('Edit Image'));
});

const BASIC = ['Auto', 'Low', 'Medium', 'High'];

/** What people type who look for such a node. */
const SEARCHED = [
	'image',
	'ai image',
	'create image',
	'image generation',
	'openai image',
	'picture',
	'photo',
	'thumbnail',
	'banner',
	'draw',
	'dall-e',
	'dalle',
	'openai',
	'gpt',
	'inpaint',
	'edit photo',
	'remove background',
	'alt text',
	'describe image',
	// What only the trigger is about: n8n gives both one entry, with the words of this node.
	'batch',
];
