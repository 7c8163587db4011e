import type { Call } from '../http/call';
import { invalidRequest } from '../rules/errors';
import { isRecord, Params, wrongType } from '../rules/params';
import type { Turn } from './turn';

/** How a test wants a question with a JSON schema to be answered. */
export interface AnswerRule {
	/** Only questions with this in their text or instructions. */
	textIncludes?: string;
	/** How many questions it answers; without it, all. */
	times?: number;
	/** Merged over an answer in which everything passes; a text is sent as it is. */
	answer?: Record<string, unknown> | string;
	/** The model refuses in these words. */
	refusal?: string;
}

/** Structured Outputs (guide, 2026-10): strict schemas name every property and allow no other. */
function checkStrict(schema: unknown, at: string): void {
	if (!isRecord(schema)) throw wrongType(at, 'an object', schema);
	if (schema.type === 'array') checkStrict(schema.items, `${at}.items`);
	if (schema.type !== 'object') return;
	const names = Object.keys(isRecord(schema.properties) ? schema.properties : {});
	const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
	if (schema.additionalProperties !== false || names.some((name) => !required.includes(name))) {
		throw invalidRequest(
			`Invalid schema for response_format: 'additionalProperties' must be false and 'required' must name every property of ${at}.`,
			'text.format.schema',
			'invalid_json_schema',
		);
	}
	for (const [name, property] of Object.entries(
		isRecord(schema.properties) ? schema.properties : {},
	)) {
		checkStrict(property, `${at}.${name}`);
	}
}

/** @returns the schema of the answer, when the request has one */
export function readFormat(params: Params): Record<string, unknown> | undefined {
	const format = params.object('text')?.format;
	if (!isRecord(format) || format.type !== 'json_schema') return undefined;
	if (typeof format.name !== 'string' || !/^[\w-]{1,64}$/.test(format.name)) {
		throw invalidRequest('Invalid name of the format.', 'text.format.name', 'invalid_value');
	}
	if (!isRecord(format.schema)) throw wrongType('text.format.schema', 'an object', format.schema);
	if (format.schema.type !== 'object') {
		throw invalidRequest('The schema must be an object.', 'text.format.schema', 'invalid_value');
	}
	if (format.strict === true) checkStrict(format.schema, 'schema');
	return format.schema;
}

/** A value of that shape: everything passes, every value of a list of values once. */
function valueOf(schema: unknown): unknown {
	if (!isRecord(schema)) return null;
	if (Array.isArray(schema.enum)) return schema.enum[0];
	if (schema.type === 'object' && isRecord(schema.properties)) {
		return Object.fromEntries(
			Object.entries(schema.properties).map(([name, property]) => [name, valueOf(property)]),
		);
	}
	if (schema.type === 'array') return listOf(schema.items);
	if (schema.type === 'boolean') return true;
	return schema.type === 'string' ? '' : 0;
}

function listOf(items: unknown): unknown[] {
	const properties = isRecord(items) && isRecord(items.properties) ? items.properties : {};
	const [name, values] =
		Object.entries(properties).flatMap(([key, property]) =>
			isRecord(property) && Array.isArray(property.enum) ? [[key, property.enum] as const] : [],
		)[0] ?? [];
	if (name === undefined || !values) return [];
	const one = valueOf(items);
	return values.map((value: unknown) => ({ ...(isRecord(one) ? one : {}), [name]: value }));
}

/** What the scripted model answers: by the test's first rule that fits, else that all is well. */
export function answerOf(call: Call, turn: Turn): { text: string } | { refusal: string } {
	const { answers } = call.state.options;
	const asked = `${turn.instructions}\n${turn.input.texts.join('\n')}`;
	const rule = answers.find(
		({ textIncludes = '', times = 1 }) => times > 0 && asked.includes(textIncludes),
	);
	if (rule?.times !== undefined) rule.times -= 1;
	if (rule?.refusal !== undefined) return { refusal: rule.refusal };
	if (typeof rule?.answer === 'string') return { text: rule.answer };
	const whole = valueOf(turn.schema);
	return { text: JSON.stringify({ ...(isRecord(whole) ? whole : {}), ...rule?.answer }) };
}
