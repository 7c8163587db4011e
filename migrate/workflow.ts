/** Moves the image nodes of one exported workflow. */

import { fieldsOf, isRecord, type Fields } from '../core/rules/json';
import { nameOf } from './json';
import { toNewParameters, type Notes } from './new-parameters';
import { readOldCall } from './old-call';
import { isOwnNode, withLastingModels } from './own-node';
import { brokenReads } from './reads';

/** What became of one node. */
export interface NodeReport extends Notes {
	readonly node: string;
	/** `OpenAI 1.8, image: generate`, `GPT Image` */
	readonly was: string;
}

export interface Migration {
	readonly workflow: Fields;
	readonly moved: readonly NodeReport[];
	/** Nodes of this package that name models that stop soon or have stopped. */
	readonly updated: readonly NodeReport[];
	/** Nodes that make or read OpenAI images and stay as they are, and why. */
	readonly left: ReadonlyArray<{ readonly node: string; readonly why: string }>;
}

const newType = 'n8n-nodes-gpt-image.gptImage';

/** Retry On Fail, error output, pinned data: what n8n itself holds for a node. */
function settings(node: Fields, workflow: Fields): Notes {
	const { retryOnFail, maxTries, onError, continueOnFail } = node;
	const changes: string[] = [];
	const checks: string[] = [];
	if (retryOnFail === true) {
		const tries = typeof maxTries === 'number' ? ` (${maxTries} tries)` : '';
		changes.push(
			`Retry On Fail${tries} is off: the node itself retries calls that were not billed. See option 'Max Retries'.`,
		);
	}
	if (continueOnFail === true || (typeof onError === 'string' && onError.startsWith('continue'))) {
		checks.push(
			'A failed item has `error`, and now also `message` (what to do) and `details` (code, status).',
		);
	}
	if (isRecord(workflow.pinData) && workflow.pinData[nameOf(node)] !== undefined) {
		checks.push("The pinned data is still the old node's: unpin it.");
	}
	return { changes, checks };
}

/** Everything that is n8n's and not the node type's stays: name, id, position, notes, On Error. */
function replaceNode(node: Fields, parameters: Fields): Fields {
	const { retryOnFail, maxTries, waitBetweenTries, ...kept } = node;
	return {
		...kept,
		parameters,
		type: newType,
		typeVersion: 1,
		// Empty until somebody chooses it: the key is not in the file, and our credential is another type.
		credentials: { gptImageApi: { id: null, name: 'GPT Image account' } },
	};
}

const callers = [
	'n8n-nodes-base.httpRequest',
	'n8n-nodes-base.httpRequestTool',
	'@n8n/n8n-nodes-langchain.toolHttpRequest',
];

/** Image calls that were made by hand. */
const isOwnCall = ({ type, parameters }: Fields): boolean =>
	callers.includes(String(type)) &&
	/\/images\/(generations|edits|variations)\b/.test(String(fieldsOf(parameters).url));

/**
 * Puts GPT Image in the place of n8n's own OpenAI image nodes, and lasting models into our own nodes.
 * @param exported a workflow as n8n exports it, parsed; it is not changed
 * @throws TypeError for JSON that is no workflow
 */
export function migrate(exported: unknown, today: string): Migration {
	if (!isRecord(exported) || !Array.isArray(exported.nodes)) {
		throw new TypeError('This is not a workflow that n8n has exported: it has no list of nodes.');
	}
	const moved: NodeReport[] = [];
	const updated: NodeReport[] = [];
	const left: Array<{ node: string; why: string }> = [];
	const nodes = exported.nodes.map((node: unknown) => {
		if (!isRecord(node)) return node;
		const parameters = fieldsOf(node.parameters);
		if (isOwnNode(String(node.type))) {
			const { parameters: now, changes, checks } = withLastingModels(parameters, today);
			if (changes.length + checks.length > 0) {
				updated.push({ node: nameOf(node), was: 'GPT Image', changes, checks });
			}
			return now === parameters ? node : { ...node, parameters: now };
		}
		const version = Number(node.typeVersion ?? 1);
		const call = readOldCall({ type: String(node.type), version, parameters });
		if (!call) {
			const why = 'calls the image API itself: replace it with a GPT Image node by hand';
			if (isOwnCall(node)) left.push({ node: nameOf(node), why });
			return node;
		}
		if ('unmoved' in call) {
			left.push({ node: nameOf(node), why: `GPT Image has no operation like ${call.unmoved}` });
			return node;
		}
		const { parameters: now, changes, checks } = toNewParameters(call, today);
		const own = settings(node, exported);
		const field = String(fieldsOf(now.options).outputField ?? 'data');
		moved.push({
			node: nameOf(node),
			was: `OpenAI ${version}, image: ${String(parameters.operation ?? call.operation)}`,
			changes: [...changes, ...own.changes],
			checks: [...checks, ...own.checks, ...brokenReads(exported, nameOf(node), field)],
		});
		return replaceNode(node, now);
	});
	return { workflow: { ...exported, nodes }, moved, updated, left };
}
