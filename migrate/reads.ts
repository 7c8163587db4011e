/** Finds expressions that read the old node's output. */

import { fieldsOf, isRecord, listOf, type Fields } from '../core/rules/json';
import { nameOf, textsIn } from './json';

const isFile = 'gone: the image is in the binary field';

/** Keys of the old node's items; an item of GPT Image has the image's facts under `image`. */
const newKeys: Readonly<Record<string, string | undefined>> = {
	url: isFile,
	b64_json: isFile,
	revised_prompt: 'now `image.revisedPrompt`',
	fileName: 'now `image.fileName`',
	// Undefined: the binary has it.
	fileExtension: undefined,
	fileSize: undefined,
	fileType: undefined,
	mimeType: undefined,
};

const base = (names: string): string[] => names.split(' ').map((name) => `n8n-nodes-base.${name}`);

/** They hand on the items that they get. */
const passing = base('if filter switch wait noOp limit merge sort splitInBatches removeDuplicates');
/** Their text is a program, which names its items as it likes. */
const programs = base('code function functionItem');

/** Names of the nodes whose `$json` is an item of the named one. */
function readersOf({ nodes, connections }: Fields, name: string): Set<string> {
	const isPassing = new Set(
		listOf(nodes)
			.filter(isRecord)
			.filter(({ type }) => passing.includes(String(type)))
			.map(nameOf),
	);
	const found = new Set<string>();
	const open = [name];
	for (let next = open.pop(); next !== undefined; next = open.pop()) {
		for (const target of listOf(fieldsOf(fieldsOf(connections)[next]).main).flatMap(listOf)) {
			const reader = String(fieldsOf(target).node ?? '');
			if (found.has(reader)) continue;
			found.add(reader);
			if (isPassing.has(reader)) open.push(reader);
		}
	}
	return found;
}

const key = `\\??(?:\\.|\\[["'])(${Object.keys(newKeys).join('|')})\\b`;
const fromInput = `(?:\\$json|\\$input\\.\\w+(?:\\(\\))?(?:\\[\\d+\\])?\\.json)${key}`;
/** In a program, unless the statement names another node. */
const fromAny = `(?<!\\$(?:node|items)?[[(]["'][^$;\\n]*)\\bjson${key}`;

/** `$('Name')` and the older ways to say it, up to the key; another `$` begins another read. */
function fromNode(name: string): string {
	const escaped = name.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
	const quoted = `["']${escaped.replace(/["']/g, String.raw`\\?$&`)}["']`;
	return `\\$(?:(?:items)?\\(${quoted}|node\\[${quoted})[^$]*?\\bjson${key}`;
}

/**
 * @param name of the moved node, @param field in which its image is now
 * @returns a sentence for each place where another node reads a field that is gone
 */
export function brokenReads(workflow: Fields, name: string, field: string): string[] {
	const now = (old: string) => newKeys[old] ?? `now of the binary: \`$binary.${field}.${old}\``;
	const readers = readersOf(workflow, name);
	return listOf(workflow.nodes)
		.filter(isRecord)
		.flatMap((node) => {
			const isProgram = programs.includes(String(node.type));
			const direct = readers.has(nameOf(node)) ? [isProgram ? fromAny : fromInput] : [];
			const pattern = new RegExp([...direct, fromNode(name)].join('|'), 'g');
			return textsIn(node.parameters).flatMap(({ path, text }) => {
				const keys = [...text.matchAll(pattern)].flatMap(([, ...found]) =>
					found.filter((old) => old !== undefined),
				);
				return [...new Set(keys)].map(
					(old) => `"${nameOf(node)}" (${path}) reads \`${old}\`, which is ${now(old)}.`,
				);
			});
		});
}
