import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failureOf, outputOf } from '../host/execution';
import { installHost } from '../host/install';
import { startN8n, type Host, type N8n } from '../host/n8n';
import { buildAndPack } from '../host/pack';
import { repository } from '../host/paths';
import { CREDENTIAL_NAME, CREDENTIAL_TYPE, doubleCredential } from '../host/stage';
import { startDouble } from '../openai-double';
import { Rest } from '../host/rest';
import { installBeside, installVersion, runFolder } from './hosts';
import { workflow } from './workflow';

/**
 * The packed package in old versions of n8n, on the Node that they ask for: each generates, edits,
 * converses and fails once. Run by hand: npm run test:versions [-- version node]
 */

/** The oldest, one between, and the newest that the registry gives whole. */
const usual: ReadonlyArray<readonly [n8n: string, node: string]> = [
	['2.0.3', '22.23.5'],
	['2.23.4', '22.23.5'],
	['newest', process.versions.node],
];

async function tryVersion(host: Host, tarball: string, folder: string): Promise<void> {
	await rm(folder, { recursive: true, force: true });
	const double = await startDouble();
	let n8n: N8n | undefined;
	// An old n8n refuses to start when it is to do without a module that it does not know.
	const env = { N8N_DISABLED_MODULES: '' };
	try {
		await installBeside(folder, tarball);
		n8n = await startN8n({ folder, host, env });
		const rest = new Rest(n8n.url);
		await rest.signIn();
		const data = doubleCredential(double);
		const credential = await rest.saveCredential(CREDENTIAL_NAME, CREDENTIAL_TYPE, data);
		const { status, message } = await rest.testCredential(credential, data);
		assert.equal(status, 'OK', message);
		const saved = await rest.importWorkflow(workflow(credential));
		const { executionId } = await rest.call<{ executionId: string }>(
			'POST',
			`/rest/workflows/${saved.id}/run`,
			// The first versions want the workflow as well.
			{ workflowData: saved, triggerToStartFrom: { name: 'Start' } },
		);
		const execution = await rest.finished(executionId);
		assert.equal(failureOf(execution), undefined);
		for (const name of ['Generate', 'Edit', 'Converse']) {
			const [item] = outputOf(execution, name);
			const image = item?.binary?.data;
			assert.ok(image, `${name} gave no image`);
			const bytes = await rest.download(image);
			assert.equal(bytes.toString('latin1', 1, 4), 'PNG');
			const { cost } = item.json.image as { cost: { usd: number } };
			assert.ok(cost.usd > 0, `${name} cost ${cost.usd}`);
		}
		const [failed] = outputOf(execution, 'Fail');
		assert.match(String(failed?.json.error), /moderation/i);
		const log = await readFile(join(folder, 'n8n.log'), 'utf8');
		assert.doesNotMatch(log, /ExperimentalWarning/);
	} finally {
		await n8n?.service.stop();
		await double.close();
	}
}

const versionOf = async ({ modules }: Host): Promise<string> => {
	const manifest = await readFile(join(modules, 'n8n', 'package.json'), 'utf8');
	return (JSON.parse(manifest) as { version: string }).version;
};

async function main(): Promise<void> {
	const [n8n, node = process.versions.node] = process.argv.slice(2);
	const { tarball } = await buildAndPack(repository, join(runFolder, 'package'));
	const results: string[] = [];
	for (const [version, onNode] of n8n === undefined ? usual : [[n8n, node] as const]) {
		if (version === 'newest') await installHost();
		const host = await installVersion(version, onNode);
		const name = `n8n ${await versionOf(host)} on Node ${onNode}`;
		try {
			await tryVersion(host, tarball, join(runFolder, version));
			results.push(`ok      ${name}`);
		} catch (error) {
			console.error(error);
			results.push(`failed  ${name}`);
			process.exitCode = 1;
		}
		console.log(results.at(-1));
	}
	console.log(results.join('\n'));
}

main().catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
