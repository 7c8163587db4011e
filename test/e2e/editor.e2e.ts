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
	for (const words of ['image', 'gpt', 'dall-e', 'dalle', 'picture', 'openai', 'inpaint']) {
		const found = await editor.searchNodes(words);
		assert.ok(found.includes('GPT Image'), `${words}: ${found.join(', ')}`);
	}
	assert.deepEqual((await editor.searchNodes('gpt image')).slice(0, 2), [
		'GPT Image',
		'GPT Image Cost',
	]);

	assert.deepEqual(await editor.actionsOf('GPT Image'), [
		'Generate image',
		'Edit image',
		'Send message',
	]);
	const node = await editor.addAction('Edit image');
	assert.equal(await node.name, 'Edit image');
	assert.ok((await node.parameters()).includes('maskSource'));
});

test('a model takes away what it cannot do', async () => {
	const node = await opened({ prompt: 'A mug' });
	assert.deepEqual((await node.parameters()).slice(0, 8), [
		'resource',
		'operation',
		'model',
		'prompt',
		'size',
		'quality',
		'numberOfImages',
		'dryRun',
	]);
	assert.deepEqual(await node.choices('quality'), ['Auto', 'Low', 'Medium', 'High']);
	assert.ok((await node.choices('size')).includes('Custom'));
	assert.ok(!(await node.options()).includes('Complexity'));

	await node.chooseModel('gpt-image-2.6-flare');
	assert.deepEqual(await node.choices('quality'), [...BASIC, 'Extra High', 'Max']);
	assert.ok((await node.options()).includes('Complexity'));

	await node.chooseModel('gpt-image-1.5');
	assert.deepEqual(await node.choices('quality'), BASIC);
	assert.deepEqual(await node.choices('size'), [
		'Auto',
		'By Aspect Ratio',
		'1024x1024 (Square)',
		'1536x1024 (Landscape 3:2)',
		'1024x1536 (Portrait 2:3)',
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

async function everything(node: NodeView) {
	assert.deepEqual(await node.choices('quality'), [...BASIC, 'Extra High', 'Max']);
	assert.ok((await node.choices('size')).includes('Custom'));
	const options = await node.options();
	for (const name of ['Complexity', 'Input Fidelity', 'Markup Field']) {
		assert.ok(options.includes(name), name);
	}
}

test('the model list tells what the key can use, and opens without a network', async (t) => {
	t.after(deleteOtherCredentials);
	const { stage, editor } = await inBrowser();
	const node = await opened({ prompt: 'A mug' });
	const listed = await node.models();
	assert.equal(listed[0], 'gpt-image-2 (exact price before the call)');
	assert.ok(listed.includes('gpt-image-1.5 (stops on 2026-12-01)'), listed.join('\n'));
	assert.ok(!listed.some((line) => line.startsWith('dall-e')));

	const data = { ...doubleCredential(stage.double), baseUrl: 'http://127.0.0.1:9/v1' };
	const offline = await stage.rest.saveCredential('Nobody there', 'gptImageApi', data);
	const workflow = oneNode({ credential: offline }, { prompt: 'A mug' });
	const { id } = await stage.rest.importWorkflow(workflow);
	await editor.openWorkflow(id);
	const alone = await (await editor.openNode('GPT Image')).models();
	assert.deepEqual(
		alone.map((line) => line.split(' ')[0]),
		[
			'gpt-image-2',
			'gpt-image-2.5-sunburst',
			'gpt-image-2.5-flare',
			'gpt-image-2.6-sunburst',
			'gpt-image-2.6-flare',
			'gpt-image-1.5',
			'chatgpt-image-latest',
			'gpt-image-1-mini',
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

test('a step shows its picture, and what it cost', async () => {
	const node = await opened({
		prompt: 'A lighthouse at dusk',
		size: '1536x1024',
		quality: 'low',
	});
	await node.execute();
	// 158 image tokens at $30 and 10 text tokens at $5 per million.
	assert.match(await node.hints(), /1 image, cost \$0\.0048\./);
	assert.deepEqual(await node.viewPicture(), { width: 1536, height: 1024 });
});

test('a refused size says which, why, and what to take instead', async () => {
	const node = await opened({ prompt: 'A mug', size: 'custom' });
	await node.type('width', '1000');
	await node.type('height', '1000');
	await node.execute();
	const { message, advice } = await node.failure();
	assert.equal(message, "'Size' 1000x1000 has an edge that is not divisible by 16 [item 0]");
	assert.match(advice, /^The nearest size this model can draw is 1008x1008\./);
});

test('a dry run needs no credential and says what it would cost', async () => {
	const { stage } = await inBrowser();
	const node = await opened({ prompt: 'A mug', quality: 'low' });
	const asked = stage.double.journal.length;
	await node.switch('dryRun');
	await node.execute();
	assert.match(
		await node.hints(),
		/1 image, dry run: nothing was sent, the cost would be \$0\.0059\./,
	);
	assert.deepEqual(await node.viewPicture(), { width: 1024, height: 1024 });
	assert.equal(stage.double.journal.length, asked);
});

test('the canvas says what a node does', async () => {
	const { stage, editor } = await inBrowser();
	const workflow = oneNode(stage, { operation: 'edit', prompt: 'A mug' });
	const { id } = await stage.rest.importWorkflow(workflow);
	await editor.openWorkflow(id);
	assert.ok((await editor.canvasTextOf('GPT Image')).includes('Edit Image'));
});

const BASIC = ['Auto', 'Low', 'Medium', 'High'];
