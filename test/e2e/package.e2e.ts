import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CREDENTIAL_TYPE, doubleCredential } from '../host/stage';
import { sharedStage } from './shared';

const NODE_TYPE = 'n8n-nodes-gpt-image.gptImage';

test('the community-nodes screen installs the packed package', async () => {
	const { rest, folder, packed } = await sharedStage();
	const [entry, ...others] = await rest.installedPackages();
	assert.ok(entry);
	assert.deepEqual(others, []);
	assert.equal(entry.packageName, 'n8n-nodes-gpt-image');
	assert.equal(entry.installedVersion, packed.version);
	assert.equal(entry.failedLoading, false);
	assert.ok(entry.installedNodes.some(({ type }) => type === NODE_TYPE));

	const installed = join(folder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-gpt-image');
	const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as object;
	assert.ok('dependencies' in manifest);
	assert.ok(!('devDependencies' in manifest), 'n8n strips devDependencies');
	assert.ok(!('peerDependencies' in manifest), 'n8n strips peerDependencies');
	for (const module of ['pg', 'sharp']) {
		assert.ok(existsSync(join(installed, 'node_modules', module)), `${module} is installed`);
	}
	for (const module of ['n8n-workflow', 'n8n-core', 'openai', 'typescript', 'jest']) {
		assert.ok(!existsSync(join(installed, 'node_modules', module)), `${module} is not installed`);
	}
});

test('n8n lists the nodes, also as tools, and serves its icons', async () => {
	const { rest } = await sharedStage();
	const types = (await rest.nodeTypes()).filter(({ name }) => name.startsWith(NODE_TYPE));
	assert.deepEqual(types.map(({ name }) => name).sort(), [
		NODE_TYPE,
		`${NODE_TYPE}Cost`,
		`${NODE_TYPE}CostTool`,
		`${NODE_TYPE}Export`,
		`${NODE_TYPE}Tool`,
		`${NODE_TYPE}Trigger`,
	]);

	const node = types.find(({ name }) => name === NODE_TYPE);
	assert.equal(node?.displayName, 'GPT Image');
	assert.equal(node.credentials?.[0]?.name, CREDENTIAL_TYPE);
	assert.ok(typeof node.iconUrl === 'object');
	for (const path of [node.iconUrl.light, node.iconUrl.dark]) {
		const answer = await rest.send('GET', `/${path}`);
		assert.match(answer.headers.get('content-type') ?? '', /^image\/svg\+xml/);
		assert.match(await answer.text(), /<svg/);
	}
});

test('the credential test passes with a good key and fails with a bad one', async () => {
	const { rest, credential, double } = await sharedStage();
	const types = await rest.credentialTypes();
	const type = types.find(({ name }) => name === CREDENTIAL_TYPE);
	assert.equal(type?.displayName, 'GPT Image API');

	const data = doubleCredential(double);
	const good = await rest.testCredential(credential, data);
	assert.equal(good.status, 'OK', good.message);

	const bad = await rest.testCredential(credential, { ...data, apiKey: 'sk-bad' });
	assert.equal(bad.status, 'Error');
	assert.doesNotMatch(bad.message, /sk-bad/);
});
