import Module, { createRequire } from 'node:module';
import path from 'node:path';
import type { IVersionedNodeType } from 'n8n-workflow';
import { hostModules } from '../test/host/paths';

/**
 * n8n's own OpenAI node, out of the full n8n that the demo installs, on the engine that our node
 * runs on: both sides then share n8n-workflow and n8n-core, in memory as well.
 */

interface Loader {
	_resolveFilename(request: string, ...rest: unknown[]): string;
}

const isLoader = (value: unknown): value is Loader =>
	typeof value === 'function' && '_resolveFilename' in value;

/** Packages that hold the engine's state or its error classes. */
const shared = ['n8n-workflow', 'n8n-core', '@n8n/di'];

export function loadBuiltInNode(): IVersionedNodeType {
	const loader: unknown = Module;
	if (!isLoader(loader)) throw new Error('This Node has no CommonJS loader');
	const { resolve: find } = createRequire(__filename);
	const ours = new Map(shared.map((name) => [name, find(name)]));
	const resolve = loader._resolveFilename.bind(loader);
	loader._resolveFilename = (request, ...rest) => ours.get(request) ?? resolve(request, ...rest);
	try {
		const file = '@n8n/n8n-nodes-langchain/dist/nodes/vendors/OpenAi/OpenAi.node.js';
		const loaded = require(path.join(hostModules, file)) as {
			OpenAi: new () => IVersionedNodeType;
		};
		return new loaded.OpenAi();
	} finally {
		loader._resolveFilename = resolve;
	}
}
