/** Reads n8n's own OpenAI image nodes. */

import { fieldsOf, isRecord, listOf, type Fields } from '../core/rules/json';
import { isExpression } from './json';

/**
 * What an image node of n8n's own would have asked OpenAI for. An absent value was left to OpenAI.
 * Read from n8n 2.41.1: @n8n/n8n-nodes-langchain (vendors/OpenAi, versions 1 to 2.3) and
 * n8n-nodes-base (OpenAi, versions 1 and 1.1). Parameters that those nodes hide for the chosen model
 * are not sent by them, so they are left out here as well.
 */
export interface OldCall {
	readonly operation: 'generate' | 'edit';
	/** A model's id, or an expression. */
	readonly model: string;
	readonly prompt: unknown;
	readonly size?: unknown;
	readonly quality?: unknown;
	readonly style?: unknown;
	readonly count?: unknown;
	/** Whether the answer was a web address instead of a file; an expression may decide. */
	readonly asUrl: boolean | string;
	readonly outputField?: unknown;
	/** Names of binary fields. */
	readonly images?: readonly unknown[];
	readonly maskField?: unknown;
	readonly background?: unknown;
	readonly inputFidelity?: unknown;
	readonly endUser?: unknown;
	/** Shown by the old node's editor, but never sent by any version of it. */
	readonly unsentFormat?: unknown;
	readonly unsentCompression?: unknown;
}

export interface OldNode {
	readonly type: string;
	readonly version: number;
	readonly parameters: Fields;
}

/** An operation on images that stays where it is, because GPT Image has nothing like it. */
export interface UnsupportedCall {
	readonly unmoved: string;
}

export const builtInType = '@n8n/n8n-nodes-langchain.openAi';
export const legacyType = 'n8n-nodes-base.openAi';

type Family = 'dall-e-2' | 'dall-e-3' | 'gpt-image' | 'unknown';

function familyOf(model: string): Family {
	if (model === 'dall-e-2' || model === 'dall-e-3') return model;
	return model.includes('gpt-image') ? 'gpt-image' : 'unknown';
}

/** A resource locator or a plain value; n8n leaves out of a saved workflow what is the default. */
function modelOf(value: unknown, preset: string): string {
	const chosen = isRecord(value) ? value.value : value;
	return typeof chosen === 'string' && chosen.trim() !== '' ? chosen.trim() : preset;
}

const flag = (value: unknown): boolean | string => (isExpression(value) ? value : value === true);

function readGenerate({ parameters, version }: OldNode): OldCall {
	const model =
		version >= 2.2
			? modelOf(parameters.modelId, 'gpt-image-1-mini')
			: modelOf(parameters.model, 'dall-e-3');
	const options = fieldsOf(parameters.options);
	const family = familyOf(model);
	const is = (...families: Family[]) => family === 'unknown' || families.includes(family);
	// Before gpt-image-1 the DALL-E 3 option had the name that the other models' quality has now.
	const isDallE3Quality = options.quality === 'hd' || options.quality === 'standard';
	return {
		operation: 'generate',
		model,
		prompt: parameters.prompt,
		size: options.size,
		quality:
			(is('dall-e-3') ? options.dalleQuality : undefined) ??
			(is('gpt-image') || (is('dall-e-3') && isDallE3Quality) ? options.quality : undefined),
		style: is('dall-e-3') ? options.style : undefined,
		count: is('dall-e-2') ? options.n : undefined,
		asUrl: is('dall-e-2', 'dall-e-3') && flag(options.returnImageUrls),
		outputField: options.binaryPropertyOutput,
	};
}

function readEdit({ parameters, version }: OldNode): OldCall {
	const model = modelOf(version >= 2.3 ? parameters.modelId : parameters.model, 'gpt-image-1');
	const options = fieldsOf(parameters.options);
	const format = parameters.responseFormat ?? 'url';
	const call = {
		operation: 'edit',
		model,
		prompt: parameters.prompt,
		size: parameters.size ?? '1024x1024',
		count: parameters.n,
		maskField: options.imageMask,
		endUser: options.user,
	} as const;
	if (familyOf(model).startsWith('dall-e')) {
		return {
			...call,
			images: [parameters.binaryPropertyName ?? 'data'],
			asUrl: isExpression(format) ? format : format === 'url',
		};
	}
	const entries = isRecord(parameters.images)
		? listOf(parameters.images.values).map((entry) => fieldsOf(entry).binaryPropertyName ?? 'data')
		: ['data'];
	return {
		...call,
		quality: parameters.quality ?? 'auto',
		asUrl: false,
		images: entries.filter((name) => name !== ''),
		background: options.background,
		inputFidelity: options.inputFidelity,
		unsentFormat: parameters.outputFormat,
		unsentCompression: parameters.outputCompression,
	};
}

function readLegacy({ parameters, version }: OldNode): OldCall {
	const options = fieldsOf(parameters.options);
	const format = parameters.responseFormat ?? 'binaryData';
	return {
		operation: 'generate',
		model: modelOf(version > 1 ? parameters.imageModel : parameters.model, 'dall-e-2'),
		prompt: parameters.prompt,
		size: options.size,
		quality: options.quality,
		style: options.style,
		count: options.n,
		asUrl: isExpression(format) ? format : format === 'imageUrl',
	};
}

/** @returns undefined for a node that has nothing to do with OpenAI images */
export function readOldCall(node: OldNode): OldCall | UnsupportedCall | undefined {
	const { type, parameters } = node;
	if (parameters.resource !== 'image') return undefined;
	if (type === legacyType) {
		const operation = parameters.operation ?? 'create';
		return operation === 'create' ? readLegacy(node) : { unmoved: String(operation) };
	}
	if (type !== builtInType) return undefined;
	const operation = parameters.operation ?? 'generate';
	if (operation === 'generate') return readGenerate(node);
	return operation === 'edit' && node.version >= 2
		? readEdit(node)
		: { unmoved: String(operation) };
}
