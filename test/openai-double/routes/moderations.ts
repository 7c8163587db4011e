import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { Moderation, ModerationCreateResponse } from 'openai/resources/moderations';
import { findMarker } from '../faults';
import { serve, type Call } from '../http/call';
import { faultBefore } from '../http/faulty';
import { invalidRequest, missingParameter, modelNotFound } from '../rules/errors';
import { isRecord, Params, wrongType } from '../rules/params';
import type { State } from '../state';

const models = ['omni-moderation-latest', 'omni-moderation-2024-09-26'];

export function addModerations(app: FastifyInstance, state: State): void {
	serve(app, state, 'POST', '/v1/moderations', moderate);
}

async function moderate(call: Call): Promise<void> {
	const body = await call.json();
	const params = new Params(body);
	params.allowOnly(['input', 'model']);
	const model = params.text('model') ?? 'omni-moderation-latest';
	if (!models.includes(model)) throw modelNotFound(model);
	if (!params.has('input')) throw missingParameter('input');
	const inputs = readInputs(body.input);
	// The moderation marker is an answer here, not a fault.
	const text = inputs.flat().join('\n').replaceAll('[[moderation', '[[flag');
	if (await faultBefore(call, text)) return;
	await call.state.wait(call.fault('slow')?.ms ?? 0);
	const answer: ModerationCreateResponse = {
		id: `modr-${randomBytes(12).toString('hex')}`,
		model,
		results: inputs.map(judge),
	};
	await call.send(200, answer);
}

/** One entry per result: texts are judged one by one, the parts of a message together. */
function readInputs(input: unknown): string[][] {
	if (typeof input === 'string') return [[input]];
	if (!Array.isArray(input) || input.length === 0) {
		throw wrongType('input', 'a string or an array', input);
	}
	if (input.every((entry) => typeof entry === 'string')) return input.map((entry) => [entry]);
	return [input.map(readPart)];
}

function readPart(part: unknown, index: number): string {
	if (isRecord(part) && part.type === 'text' && typeof part.text === 'string') return part.text;
	if (
		isRecord(part) &&
		part.type === 'image_url' &&
		isRecord(part.image_url) &&
		typeof part.image_url.url === 'string' &&
		/^(https?:\/\/|data:image\/)/.test(part.image_url.url)
	) {
		return part.image_url.url.startsWith('data:') ? '' : part.image_url.url;
	}
	throw invalidRequest(
		`Invalid value for 'input[${index}]'. Expected a text or an image_url part.`,
		`input[${index}]`,
		'invalid_value',
	);
}

const textCategories = [
	'harassment',
	'harassment/threatening',
	'hate',
	'hate/threatening',
	'illicit',
	'illicit/violent',
	'sexual/minors',
] as const;
const imageCategories = [
	'self-harm',
	'self-harm/instructions',
	'self-harm/intent',
	'sexual',
	'violence',
	'violence/graphic',
] as const;
const categories = [...textCategories, ...imageCategories];

function judge(parts: string[]): Moderation {
	const text = parts.join('\n');
	const flagged = /forbidden/i.test(text) || findMarker(text, 'moderation') !== undefined;
	const kinds: ('text' | 'image')[] = parts.length > 1 ? ['text', 'image'] : ['text'];
	return {
		flagged,
		categories: record(categories, (name) => flagged && name === 'violence'),
		category_scores: record(categories, (name) => (flagged && name === 'violence' ? 0.97 : 0.0001)),
		category_applied_input_types: {
			...record(textCategories, (): 'text'[] => ['text']),
			...record(imageCategories, () => kinds),
		},
	};
}

function record<Name extends string, Value>(
	names: readonly Name[],
	value: (name: Name) => Value,
): Record<Name, Value> {
	return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
