import { withoutMarkers } from '../faults';
import { isRecord } from '../rules/params';
import type { FunctionTool } from './tools';

/**
 * What the scripted chat model hands to a tool: the user's text in the field that looks most like a
 * prompt; for every other field what the text says of it as `name=value`, else the least that a
 * required field can hold.
 */
export function scriptedArguments(tool: FunctionTool, text: string): Record<string, unknown> {
	const schema = isRecord(tool.parameters) ? tool.parameters : {};
	const fields = isRecord(schema.properties) ? schema.properties : {};
	const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
	let rest = withoutMarkers(text);
	const values: Record<string, unknown> = {};
	for (const [name, field] of Object.entries(fields)) {
		const said = new RegExp(`\\b${escapeRegExp(name)}\\s*=\\s*("[^"]*"|\\S+)`, 'i').exec(rest);
		if (!said?.[1]) continue;
		values[name] = typed(field, said[1].replace(/^"|"$/g, ''));
		rest = rest.replace(said[0], '').replace(/\s+/g, ' ').trim();
	}
	const texts = Object.keys(fields).filter((name) => isText(fields[name]) && !(name in values));
	const main = texts.find((name) => /prompt|message|text|input|query/i.test(name)) ?? texts[0];
	if (main !== undefined) values[main] = rest;
	for (const name of required) values[name] ??= least(fields[name]);
	return values;
}

function isText(field: unknown): boolean {
	return isRecord(field) && field.type === 'string' && !Array.isArray(field.enum);
}

function typed(field: unknown, text: string): unknown {
	const type = isRecord(field) ? field.type : undefined;
	if (type === 'number' || type === 'integer') return Number(text);
	if (type === 'boolean') return text === 'true';
	return text;
}

function least(field: unknown): unknown {
	if (!isRecord(field)) return '';
	if (field.default !== undefined) return field.default;
	if (Array.isArray(field.enum)) return field.enum[0];
	switch (field.type) {
		case 'number':
		case 'integer':
			return 1;
		case 'boolean':
			return false;
		case 'array':
			return [];
		case 'object':
			return {};
		default:
			return '';
	}
}

const escapeRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
